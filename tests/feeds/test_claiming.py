"""The claim: due feeds of live sources, each in one worker's hands."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from feeds import claiming, schedule
from feeds.claiming import LEASE, PER_HOST, Claim, claim
from feeds.models import FeedState, HostPause
from readinglist.catalog.models import Feed
from tests.fixtures.posts import make_feed, make_source

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _database(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("transactional_db" if "workers" in request.node.name else "db")


def feed_at(number: int, **fields: Any) -> Feed:
    """A feed on a host of its own."""
    return make_feed(url=f"https://host{number}.example/feed", **fields)


def claimed(*, now: datetime = NOW, **options: Any) -> list[int]:
    return [one.feed_id for one in claim(now=now, **options)]


def set_state(feed: Feed, **fields: Any) -> FeedState:
    return FeedState.objects.create(feed=feed, **{"next_at": NOW, "url": feed.url} | fields)


def test_a_feed_without_a_state_is_due() -> None:
    feed = feed_at(1)
    (mine,) = claim(now=NOW)

    assert (mine.feed_id, mine.url, mine.etag, mine.body_hash, mine.failures) == (feed.pk, feed.url, "", "", 0)
    state = FeedState.objects.get()
    assert (state.feed, state.lease_until, state.lease_token) == (feed, NOW + LEASE, mine.token)


def test_what_the_last_visit_left_comes_along() -> None:
    feed = feed_at(1)
    left = {"etag": '"1"', "last_modified": "Fri, 20 Nov", "body_hash": "ab", "body_size": 12, "failures": 3}
    left |= {"usual_gap": timedelta(days=400, seconds=1), "newest_at": NOW - DAY, "failing_since": NOW - MINUTE}
    left |= {"succeeded_at": NOW - DAY, "ttl_minutes": 90, "skip_hours": [0, 23], "skip_days": [6]}
    left |= {"moved_to": "https://host2.example/feed", "moved_count": 2}
    set_state(feed, **left)

    (mine,) = claim(now=NOW)

    assert {name: getattr(mine, name) for name in left} == left


def test_only_what_is_due_is_claimed() -> None:
    due, later, stopped = feed_at(1), feed_at(2), feed_at(3)
    set_state(due)
    set_state(later, next_at=NOW + MINUTE)
    set_state(stopped, stopped_at=NOW - DAY)
    assert claimed() == [due.pk]


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_feeds_of_sources_that_are_not_live_are_left_alone(status: str) -> None:
    set_state(feed_at(1, source=make_source(status=status)))
    feed_at(2, source=make_source(status=status))
    assert claimed() == []


def test_a_lease_holds_until_it_ends() -> None:
    feed = feed_at(1)
    assert claimed() == [feed.pk]
    assert claimed(now=NOW + LEASE - MINUTE) == []
    assert claimed(now=NOW + LEASE) == [feed.pk]


def test_feeds_of_a_worker_that_died_come_last_and_one_by_one() -> None:
    lost = [feed_at(number) for number in range(3)]
    assert len(claim(now=NOW)) == 3
    later = NOW + LEASE
    fresh = [feed_at(number) for number in range(3, 5)]

    batches = [claim(now=later) for _ in range(5)]

    assert [one.feed_id for one in batches[0]] == [feed.pk for feed in fresh]
    assert [[one.feed_id for one in batch] for batch in batches[1:]] == [*([feed.pk] for feed in lost), []]
    assert [[one.was_lost for one in batch] for batch in batches[:2]] == [[False, False], [True]]


def test_lost_feeds_do_not_take_the_places_of_their_host_s_others() -> None:
    for number in range(PER_HOST):
        make_feed(url=f"https://many.example/{number}")
    claim(now=NOW)
    other = make_feed(url="https://many.example/other")
    assert claimed(now=NOW + LEASE) == [other.pk]


def test_what_is_given_back_is_due_as_before() -> None:
    feed = feed_at(1)
    claiming.release(claim(now=NOW), now=NOW)
    assert claimed() == [feed.pk]


def test_who_lost_the_lease_cannot_give_it_back() -> None:
    feed_at(1)
    lost = claim(now=NOW)
    claim(now=NOW + LEASE)
    claiming.release(lost, now=NOW + LEASE)
    assert claimed(now=NOW + LEASE) == []


def test_a_new_address_is_due_at_once_and_has_no_validators() -> None:
    feed = feed_at(1)
    set_state(feed, next_at=NOW + DAY, etag='"1"', last_modified="x", body_hash="ab", moved_to="x", moved_count=2)
    Feed.objects.filter(pk=feed.pk).update(url="https://host1.example/new")

    (mine,) = claim(now=NOW)

    assert (mine.url, mine.etag, mine.last_modified, mine.body_hash) == ("https://host1.example/new", "", "", "ab")
    assert (mine.moved_to, mine.moved_count) == ("", 0)


def test_what_a_curator_pinned_comes_along() -> None:
    feed_at(1, visit_minutes=90)
    feed_at(2)
    assert [one.pinned for one in claim(now=NOW)] == [timedelta(minutes=90), None]


def test_a_visit_that_lies_ahead_was_a_clock_s_that_ran_ahead() -> None:
    ahead, just_now = feed_at(1), feed_at(2)
    set_state(ahead, visited_at=NOW + 2 * HOUR, next_at=NOW + 3 * HOUR)
    set_state(just_now, visited_at=NOW + MINUTE, next_at=NOW + 3 * HOUR)  # by a machine whose clock differs
    assert claimed() == [ahead.pk]


def test_what_skips_a_weekend_waits_for_it() -> None:
    feed = feed_at(1)
    set_state(feed, next_at=NOW + schedule.FURTHEST)
    assert claimed() == []
    assert claimed(now=NOW + schedule.FURTHEST) == [feed.pk]


def test_a_clock_that_ran_ahead_stops_no_feed() -> None:
    feed = feed_at(1)
    month = NOW + timedelta(days=30)
    set_state(feed, next_at=month + DAY, lease_until=month + LEASE, lease_token="0" * 32)
    HostPause.objects.create(host="host1.example", until=month)
    assert claimed() == [feed.pk]


@pytest.mark.parametrize(
    "url",
    [
        "https://busy.example/a",
        "http://BUSY.example:8080/a",
        "https://user:word@busy.example/a",
        "https://busy.example?a",
        "https://busy.example",
    ],
)
def test_hosts_that_asked_to_wait_are_left_alone(url: str) -> None:
    feed = make_feed(url=url)
    other = make_feed(url="https://busy.example.org/busy.example/")
    HostPause.objects.create(host="busy.example", until=NOW + MINUTE)
    assert claimed() == [other.pk]
    assert claimed(now=NOW + MINUTE) == [feed.pk]


def test_a_pause_holds_for_an_address_in_brackets() -> None:
    make_feed(url="http://[::1]:8000/a")
    HostPause.objects.create(host="[::1]", until=NOW + MINUTE)
    assert claimed() == []


def test_a_batch_takes_what_has_waited_longest() -> None:
    feeds = [feed_at(number) for number in range(4)]
    for number, feed in enumerate(feeds):
        set_state(feed, next_at=NOW - number * MINUTE)
    assert claimed(limit=2) == [feeds[2].pk, feeds[3].pk]
    assert claimed(limit=2) == [feeds[0].pk, feeds[1].pk]


def test_a_batch_is_never_larger_than_its_limit() -> None:
    known = [feed_at(number) for number in range(3)]
    for feed in known:
        set_state(feed)
    new = [feed_at(number) for number in range(3, 6)]
    assert claimed(limit=4) == [known[0].pk, *(feed.pk for feed in new)]


def test_a_batch_takes_few_feeds_of_one_host() -> None:
    for number in range(PER_HOST + 3):
        make_feed(url=f"https://many.example/{number}")
    other = feed_at(1)
    assert len(claimed()) == PER_HOST + 1
    assert len(claimed()) == 3
    assert FeedState.objects.filter(feed=other).exists()


def test_only_some_feeds_may_be_asked_for() -> None:
    feeds = [feed_at(number) for number in range(3)]
    assert claimed(only=[feeds[1].pk]) == [feeds[1].pk]
    assert claimed(only=[]) == []


def test_what_is_made_due_is_due_and_runs_again() -> None:
    later, stopped, new = feed_at(1), feed_at(2), feed_at(3)
    set_state(later, next_at=NOW + DAY)
    set_state(stopped, next_at=NOW + DAY, stopped_at=NOW - DAY)
    claiming.make_due(Feed.objects.all(), now=NOW)
    assert claimed() == [later.pk, stopped.pk, new.pk]


def test_it_is_one_statement(django_assert_num_queries: Callable[..., Any]) -> None:
    for number in range(30):
        feed_at(number)
    with django_assert_num_queries(1):
        claim(now=NOW)


def test_many_workers_share_the_feeds_between_them() -> None:
    feeds = [feed_at(number) for number in range(60)]
    for feed in feeds[::2]:
        set_state(feed, next_at=NOW - MINUTE)
    FeedState.objects.filter(feed__in=feeds[::4]).update(lease_until=NOW - MINUTE, lease_token="0" * 32)
    start = threading.Barrier(4)

    def take() -> list[Claim]:
        with closing(connection):
            start.wait(10)
            mine: list[Claim] = []
            while batch := claim(now=NOW, limit=7):
                mine += batch
            return mine

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(take) for _ in range(4)]
        taken = [one.feed_id for worker in workers for one in worker.result()]

    assert len(taken) == len(set(taken))
    while rest := claimed():  # a worker may have found nothing while others were just taking the rest
        taken += rest
    assert sorted(taken) == [feed.pk for feed in feeds]
