"""The whole pipeline, from claim to stamp, against a real server."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import OperationalError

from feeds import claiming, parse, stamping, store, update
from feeds.claiming import Claim
from feeds.fetch import Answer
from feeds.models import FeedState, Fetch, HostPause, Outcome
from feeds.schedule import LONGEST, SHORTEST
from feeds.update import Progress, Summary, read, settle
from readinglist.catalog.models import Feed, Post
from tests.feeds.making import parsed, rss
from tests.fixtures.far import Far, Gate
from tests.fixtures.posts import make_feed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def visit(now: datetime = NOW, **options: Any) -> Summary:
    return update.visit(now=now, random=Random(1), **options)


def numbers(summary: Summary) -> tuple[int, int, int, int]:
    """Fetched, unchanged, failed, new posts."""
    return (summary.fetched, summary.unchanged, summary.failed, summary.new_posts)


def state_of(feed: Feed) -> FeedState:
    return FeedState.objects.get(feed=feed)


@pytest.fixture
def feed(far: Far) -> Feed:
    return make_feed(url=far.serve("/feed", rss("a", "b"), etag='"1"', last_modified="Sun, 01 Nov 2026 00:00:00 GMT"))


# -------------------------------------------------------------------- success
def test_a_due_feed_is_fetched_and_its_posts_are_stored(feed: Feed) -> None:
    summary = visit()

    assert (summary.feeds, *numbers(summary)) == (1, 1, 0, 0, 2)
    assert set(Post.objects.values_list("feed", "url")) == {
        (feed.pk, "https://blog.example/a"),
        (feed.pk, "https://blog.example/b"),
    }
    state = state_of(feed)
    assert (state.status, state.error, state.failures, state.failing_since) == ("fetched", "", 0, None)
    assert (state.etag, state.last_modified) == ('"1"', "Sun, 01 Nov 2026 00:00:00 GMT")
    assert (state.usual_gap, state.newest_at) == (timedelta(hours=1), datetime(2026, 11, 1, tzinfo=UTC))
    assert (state.lease_until, state.lease_token) == (None, None)
    assert NOW <= state.visited_at == state.succeeded_at < NOW + timedelta(seconds=30)  # type: ignore[operator]
    assert NOW + SHORTEST <= state.next_at <= NOW + LONGEST + timedelta(seconds=30)


def test_every_visit_leaves_a_row(feed: Feed, far: Far) -> None:
    visit()
    size = len(rss("a", "b"))
    visit(NOW + DAY)
    far.serve("/feed", rss("c", "b"), etag='"2"')
    visit(NOW + 2 * DAY)

    rows = Fetch.objects.order_by("at").values_list("status", "http_status", "bytes", "saved", "new_count")
    assert list(rows) == [
        ("fetched", 200, size, 0, 2),
        ("unchanged", 304, 0, size, 0),
        ("fetched", 200, size, 0, 1),
    ]
    assert Fetch.objects.first().feed == feed  # type: ignore[union-attr]


def test_what_is_not_due_is_not_asked_for(feed: Feed, far: Far) -> None:
    visit()
    assert visit(NOW + timedelta(minutes=1)).feeds == 0
    assert len(far.asked("/feed")) == 1


def test_validators_are_sent_and_a_304_costs_nothing(feed: Feed, far: Far) -> None:
    visit()
    before = state_of(feed)
    assert numbers(visit(NOW + DAY)) == (0, 1, 0, 0)

    asked = far.asked("/feed")[1]
    assert asked.headers["If-None-Match"] == '"1"'
    after = state_of(feed)
    kept = ("etag", "last_modified", "body_hash", "body_size", "usual_gap", "newest_at")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.succeeded_at > NOW + DAY  # type: ignore[operator]


def test_an_unchanged_body_is_not_parsed(feed: Feed, far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    visit()
    far.serve("/feed", rss("a", "b"), etag='"2"')
    monkeypatch.delattr(parse, "parse")
    assert numbers(visit(NOW + DAY)) == (0, 1, 0, 0)
    assert state_of(feed).etag == '"2"'


def test_a_new_build_date_alone_writes_no_post(feed: Feed, far: Far) -> None:
    visit()
    far.serve("/feed", rss("a", "b", built="today"))
    assert numbers(visit(NOW + DAY)) == (1, 0, 0, 0)
    assert state_of(feed).etag == ""


def test_an_edit_is_counted_and_is_not_new(feed: Feed, far: Far) -> None:
    visit()
    far.serve("/feed", rss("a", "b", title="Edited"))
    assert visit(NOW + DAY).new_posts == 0
    assert Fetch.objects.first().changed_count == 2  # type: ignore[union-attr]
    assert set(Post.objects.values_list("title", flat=True)) == {"Edited a", "Edited b"}


# -------------------------------------------------------------------- failure
@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (404, "", Outcome.NOT_FOUND),
        (410, "", Outcome.GONE),
        (500, "", Outcome.SERVER_ERROR),
        (200, "<!doctype html><html><body>Hello</body></html>", Outcome.NOT_A_FEED),
        (200, "<rss version='2.0'><channel", Outcome.BROKEN),
    ],
)
def test_what_a_feed_answers_stands_in_words_and_the_others_are_stored(
    feed: Feed, far: Far, status: int, body: str, outcome: Outcome
) -> None:
    odd = make_feed(url=far.serve("/odd", body, status=status, etag='"odd"'))
    visit()

    state = state_of(odd)
    assert state.status == outcome
    assert Fetch.objects.get(feed=odd).status == outcome
    assert Post.objects.filter(feed=feed).count() == 2
    assert len(state.error) > 20
    assert (state.failures, state.etag, state.body_hash, state.succeeded_at) == (1, "", "", None)
    assert state.failing_since == state.visited_at


def test_a_failing_feed_is_tried_again_and_forgets_its_failures(feed: Feed, far: Far) -> None:
    visit()
    good = state_of(feed)
    far.serve("/feed", "", status=500)
    now = NOW + DAY
    waits = []
    for _ in range(10):
        visit(now)
        state = state_of(feed)
        waits.append(state.next_at - now)
        now = state.next_at
    assert state.failures == 10
    assert state.failing_since < NOW + DAY + timedelta(minutes=1)  # type: ignore[operator]
    assert (state.etag, state.body_hash, state.succeeded_at) == (good.etag, good.body_hash, good.succeeded_at)
    assert waits[0] < timedelta(minutes=20)
    assert waits[-1] > timedelta(hours=19)

    far.serve("/feed", rss("a", "b", "c"))
    assert numbers(visit(now)) == (1, 0, 0, 1)
    state = state_of(feed)
    assert (state.failures, state.failing_since, state.error, state.status) == (0, None, "", "fetched")


def test_a_body_that_broke_is_asked_for_again_whole(feed: Feed, far: Far) -> None:
    far.serve("/feed", "<html>Out of order</html>", etag='"1"')
    visit()
    far.serve("/feed", rss("a"), etag='"1"')
    assert numbers(visit(NOW + DAY)) == (1, 0, 0, 1)


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_asks_to_wait_is_left_alone_with_all_its_feeds(feed: Feed, far: Far, status: int) -> None:
    far.serve("/feed", "", status=status, headers={"Retry-After": "7200"})
    visit()
    other = make_feed(url=far.serve("/other", rss("x")))
    elsewhere = make_feed(url=far.url("/other", host="127.0.0.2"))

    assert state_of(feed).next_at >= NOW + timedelta(hours=2)
    assert HostPause.objects.get().host == "127.0.0.1"
    visit(NOW + timedelta(minutes=119))
    assert not FeedState.objects.filter(feed=other).exists()
    assert state_of(elsewhere).status == "fetched"
    visit(NOW + timedelta(minutes=121))
    assert state_of(other).status == "fetched"


def test_of_two_times_that_a_host_asked_for_the_later_holds(feed: Feed, far: Far) -> None:
    far.serve("/feed", "", status=429, headers={"Retry-After": "7200"})
    hasty = make_feed(url=far.serve("/hasty", "", status=429, headers={"Retry-After": "60"}))
    both = [claiming.claim(now=NOW, only=[one.pk]) for one in (feed, hasty)]
    for (claim,), seconds in zip(both, (7200, 60), strict=True):
        asked = Answer(claim.feed_id, Outcome.BUSY, "Later.", url=claim.url, retry_after=seconds)
        settle([read(claim, asked, now=NOW)], now=NOW, random=Random(1))
    assert HostPause.objects.get().until == NOW + timedelta(hours=2)


def test_a_pause_by_a_clock_that_ran_ahead_gives_way(feed: Feed, far: Far) -> None:
    HostPause.objects.create(host="127.0.0.1", until=NOW + 30 * DAY)
    far.serve("/feed", "", status=429, headers={"Retry-After": "60"})
    visit()
    assert HostPause.objects.get().until < NOW + DAY


def test_a_pause_is_the_host_s_that_asked_for_it(feed: Feed, far: Far) -> None:
    far.serve("/busy", "", status=429, headers={"Retry-After": "60"})
    far.redirect("/feed", far.url("/busy", host="127.0.0.2"), status=302)
    visit()
    assert HostPause.objects.get().host == "127.0.0.2"


def test_a_fault_of_this_program_is_one_feeds_own(
    feed: Feed, far: Far, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    odd = make_feed(url=far.serve("/odd", rss("boom")))
    true_parse = parse.parse

    def parse_or_fail(body: bytes, **options: Any) -> parse.ParsedFeed:
        if b"boom" in body:
            raise ZeroDivisionError
        return true_parse(body, **options)

    monkeypatch.setattr(parse, "parse", parse_or_fail)
    assert numbers(visit()) == (1, 0, 1, 2)
    assert (state_of(odd).status, state_of(feed).status) == ("fault", "fetched")
    assert "ZeroDivisionError" in caplog.text


def test_posts_that_cannot_be_stored_leave_those_of_others_untouched(
    feed: Feed, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = make_feed(url=far.serve("/odd", rss("nul")))
    true_parse = parse.parse

    def parse_nul(body: bytes, **options: Any) -> parse.ParsedFeed:
        return parse.ParsedFeed((parsed("x", title="\x00"),)) if b"nul" in body else true_parse(body, **options)

    monkeypatch.setattr(parse, "parse", parse_nul)
    assert numbers(visit()) == (1, 0, 1, 2)
    assert (state_of(odd).status, state_of(feed).status) == ("fault", "fetched")
    assert Post.objects.filter(feed=feed).count() == 2


# --------------------------------------------------------------------- leases
def raising(error: BaseException) -> Callable[..., None]:
    def fail(*args: Any, **options: Any) -> None:
        raise error

    return fail


def held(feed: Feed, now: datetime = NOW) -> Claim:
    (claim,) = claiming.claim(now=now, only=[feed.pk])
    return claim


def answer_to(claim: Claim, *guids: str) -> Answer:
    body = rss(*guids).encode()
    return Answer(claim.feed_id, Outcome.FETCHED, http_status=200, url=claim.url, body=body, etag='"x"')


def finish(claim: Claim, *guids: str, now: datetime = NOW) -> list[stamping.Visit]:
    return settle([read(claim, answer_to(claim, *guids), now=now)], now=now, random=Random(1))


def test_who_lost_the_lease_writes_nothing(feed: Feed) -> None:
    lost = held(feed)
    mine = held(feed, now=NOW + claiming.LEASE)

    assert finish(lost, "old") == []
    assert not Post.objects.exists()
    assert not Fetch.objects.exists()
    assert state_of(feed).lease_token == mine.token
    assert len(finish(mine, "new")) == 1
    assert finish(lost, "old") == []
    assert Post.objects.get().url == "https://blog.example/new"


def test_a_feed_that_was_deleted_on_the_way_is_passed_by(feed: Feed, far: Far) -> None:
    other = make_feed(url=far.serve("/other", rss("x")))
    claims = claiming.claim(now=NOW)
    Feed.objects.filter(pk=feed.pk).delete()
    visits = settle([read(one, answer_to(one, "a"), now=NOW) for one in claims], now=NOW, random=Random(1))
    assert [one.claim.feed_id for one in visits] == [other.pk]


def test_a_run_that_is_broken_off_gives_back_what_it_had_not_visited(
    feed: Feed, far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "SLICE_SECONDS", 0.05)
    gate = Gate()
    slow = make_feed(url=far.serve("/slow", rss("slow"), gate=gate))

    def stop(progress: Progress) -> None:
        if progress.visits:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        visit(on_progress=stop)
    gate.release()
    assert [one.feed_id for one in claiming.claim(now=NOW + timedelta(minutes=1))] == [slow.pk]


class Killed(BaseException):
    """What no process survives."""


def test_a_feed_that_kills_its_worker_stops_no_other_and_is_tried_ever_more_seldom(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = [make_feed(url=far.serve(f"/{number}", rss(str(number)))) for number in range(5)]
    poison = make_feed(url=far.serve("/poison", rss("poison")))
    true_parse, deaths = parse.parse, list[datetime]()

    def parse_or_die(body: bytes, **options: Any) -> parse.ParsedFeed:
        if b"poison" in body:
            deaths.append(options["now"])
            raise Killed
        return true_parse(body, **options)

    with monkeypatch.context() as patch:
        patch.setattr(parse, "parse", parse_or_die)
        patch.setattr(claiming, "release", lambda claims, **options: None)  # who is killed gives nothing back
        # All in one slice, and the poison may come to be read before any of them.
        patch.setattr(update, "SLICE_SECONDS", 60)
        for minutes in range(0, 2 * 24 * 60, 11):
            with suppress(Killed):
                visit(NOW + timedelta(minutes=minutes))

    assert Post.objects.filter(feed__in=good).count() == len(good)
    assert all(state_of(feed).failures == 0 for feed in good)
    assert deaths[1] - deaths[0] < timedelta(minutes=30)
    assert deaths[-1] - deaths[-2] > timedelta(hours=10)
    state = state_of(poison)
    assert (state.status, state.failures) == ("fault", len(deaths) - 1)
    assert deaths[0] < state.failing_since < deaths[1]  # type: ignore[operator]
    assert "The worker ended in the middle of a visit" in state.error

    visit(NOW + 4 * DAY)
    assert (state_of(poison).status, state_of(poison).failures) == ("fetched", 0)


def test_what_a_dead_worker_had_is_due_again_when_its_next_visit_is_broken_off(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(feed)
    now = NOW + claiming.LEASE
    monkeypatch.setattr(parse, "parse", raising(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        visit(now)
    assert [one.feed_id for one in claiming.claim(now=now + timedelta(minutes=1))] == [feed.pk]


def test_a_batch_ends_with_its_lease(feed: Feed, far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "LEASE", timedelta(seconds=0.5))
    monkeypatch.setattr(update, "SLICE_SECONDS", 0.05)
    gate = Gate()
    make_feed(url=far.serve("/hangs", rss("x"), gate=gate))
    assert visit(seconds=0).feeds == 1
    gate.release()


def test_with_the_database_away_no_feed_is_blamed(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "store", raising(OperationalError("the connection is lost")))
    with pytest.raises(OperationalError):
        visit()
    assert state_of(feed).failures == 0


# --------------------------------------------------------------- many at once
def test_a_slow_feed_does_not_hold_up_what_has_arrived(feed: Feed, far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(update, "SLICE_SECONDS", 0.05)
    gate = Gate()
    slow = make_feed(url=far.serve("/slow", rss("slow"), gate=gate))
    stored: list[int] = []

    def note(progress: Progress) -> None:
        stored.extend(one.claim.feed_id for one in progress.visits)
        if stored == [feed.pk]:
            gate.release()

    visit(on_progress=note)
    assert stored == [feed.pk, slow.pk]


def test_more_feeds_than_a_batch_are_all_visited_and_counted(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "PER_HOST", 3)
    monkeypatch.setattr(update, "SLICE_FEEDS", 2)
    for number in range(8):
        make_feed(url=far.serve(f"/{number}", rss(str(number))))
    told: list[tuple[int, int]] = []

    summary = visit(on_progress=lambda progress: told.append((len(progress.visits), progress.claimed)))

    assert (summary.feeds, *numbers(summary)) == (8, 8, 0, 0, 8)
    assert told == [(0, 3), (2, 3), (1, 3), (0, 6), (2, 6), (1, 6), (0, 8), (2, 8)]


def test_what_was_read_is_stored_in_slices_and_what_is_unchanged_takes_no_room(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "SLICE_BYTES", 1)
    monkeypatch.setattr(update, "SLICE_SECONDS", 60)
    for number in range(3):
        make_feed(url=far.serve(f"/{number}", rss(str(number))))
    told: list[int] = []

    for now in (NOW, NOW + 2 * DAY):
        visit(now, on_progress=lambda progress: told.append(len(progress.visits)))

    assert told == [0, 1, 1, 1, 0, 3]


def test_after_its_time_a_run_begins_no_new_batch(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claiming, "PER_HOST", 1)
    for number in range(3):
        make_feed(url=far.serve(f"/{number}", rss(str(number))))
    assert visit(seconds=0).feeds == 1


def test_it_asks_the_database_as_often_for_many_feeds_as_for_one(
    far: Far, django_assert_num_queries: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "SLICE_SECONDS", 60)
    for number in range(9):
        make_feed(url=far.serve(f"/{number}", rss(str(number), "shared")))
    # Two claims; the leases; ten of the store; states; visits; and two for the savepoint around them.
    with django_assert_num_queries(17):
        visit()


def test_the_network_ends_with_the_run(feed: Feed, far: Far) -> None:
    before = threading.active_count()
    visit()
    assert threading.active_count() == before
