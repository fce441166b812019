"""Hosts are asked no more often than they and curators want, and what is gone is asked no more."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from aiohttp import web

from feeds import claiming, update
from feeds.fetch import Answer, Limits, Target
from feeds.models import FeedState, Fetch, HostPause, Outcome, Reason
from feeds.schedule import SHORTEST
from feeds.update import Summary, read, settle
from readinglist.catalog.models import Feed
from tests.feeds.fetching import fetch_all, fetch_one
from tests.feeds.making import rss
from tests.fixtures.far import Far
from tests.fixtures.posts import make_feed

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)  # a Sunday, nine hours after the newest post of `rss`
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def visit(now: datetime = NOW, **options: Any) -> Summary:
    return update.visit(now=now, random=Random(1), **options)


def state_of(feed: Feed) -> FeedState:
    return FeedState.objects.get(feed=feed)


def wait_of(feed: Feed) -> timedelta:
    state = state_of(feed)
    assert state.visited_at is not None
    return state.next_at - state.visited_at


def with_ttl(minutes: int, *, head: str = "") -> str:
    """A feed that publishes every hour, and asks to be left alone for longer."""
    return rss("a", "b").replace("<lastBuildDate>", f"<ttl>{minutes}</ttl>{head}<lastBuildDate>")


# ------------------------------------------------------------------ freshness
def test_how_long_an_answer_is_fresh_comes_with_it_and_with_a_304(far: Far) -> None:
    address = far.serve("/feed", rss("a"), etag='"1"', headers={"Cache-Control": "max-age=7200"})
    assert fetch_one(address).max_age == 7200
    known = fetch_one(address, etag='"1"')
    assert (known.outcome, known.max_age) == (Outcome.UNCHANGED, 7200)
    assert fetch_one(far.serve("/other", rss("a"))).max_age is None


def test_several_headers_of_one_name_are_read_as_one(far: Far) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.Response(body=rss("a").encode())
        response.headers.add("Cache-Control", "public")
        response.headers.add("Cache-Control", "max-age=7200")
        return response

    assert fetch_one(far.handle("/feed", answer)).max_age == 7200


@pytest.mark.django_db
def test_a_feed_is_left_alone_for_as_long_as_its_last_answer_is_fresh(far: Far) -> None:
    feed = make_feed(url=far.serve("/feed", rss("a", "b"), etag='"1"', headers={"Cache-Control": "max-age=72000"}))
    visit()
    assert wait_of(feed) >= 20 * HOUR
    assert (state_of(feed).visit_every, state_of(feed).visit_reason) == (20 * HOUR, Reason.ASKED)

    far.serve("/feed", rss("a", "b"), etag='"1"', headers={"Cache-Control": "max-age=68400"})
    visit(NOW + 2 * DAY)
    assert state_of(feed).status == Outcome.UNCHANGED
    assert state_of(feed).visit_every == 19 * HOUR


@pytest.mark.django_db
def test_what_a_document_asks_for_holds_for_later_answers_without_one(far: Far) -> None:
    skipped = "<skipHours><hour>3</hour></skipHours><skipDays><day>Sunday</day></skipDays>"
    feed = make_feed(url=far.serve("/feed", with_ttl(20 * 60, head=skipped), etag='"1"'))
    visit()
    visit(NOW + 2 * DAY)
    state = state_of(feed)
    assert state.status == Outcome.UNCHANGED
    assert (state.visit_every, state.visit_reason) == (20 * HOUR, Reason.ASKED)
    assert (state.ttl_minutes, state.skip_hours, state.skip_days) == (1200, [3], [6])

    far.serve("/feed", rss("a", "b"))
    visit(NOW + 4 * DAY)
    state = state_of(feed)
    assert (state.ttl_minutes, state.skip_hours, state.skip_days) == (None, [], [])


@pytest.mark.django_db
def test_a_visit_waits_until_what_a_feed_skips_is_over(far: Far) -> None:
    """It is Sunday morning: the feed publishes every hour, but wants no visit on Sundays and Mondays."""
    skipped = "<skipDays><day>Sunday</day><day>Monday</day></skipDays><skipHours><hour>0</hour></skipHours>"
    feed = make_feed(url=far.serve("/feed", with_ttl(1, head=skipped)))
    visit()
    tuesday = datetime(2026, 11, 3, 1, tzinfo=UTC)
    assert tuesday <= state_of(feed).next_at <= tuesday + SHORTEST


# --------------------------------------------------------------------- pinned
@pytest.mark.django_db
def test_what_a_curator_pins_counts_more_than_what_feed_and_host_want(far: Far) -> None:
    often = make_feed(url=far.serve("/often", with_ttl(600), headers={"Cache-Control": "max-age=7200"}))
    seldom = make_feed(url=far.serve("/seldom", rss("a", "b")))
    Feed.objects.filter(pk=often.pk).update(visit_minutes=20)
    Feed.objects.filter(pk=seldom.pk).update(visit_minutes=900)
    visit()
    assert 20 * MINUTE <= wait_of(often) <= 22 * MINUTE
    assert 15 * HOUR <= wait_of(seldom) <= 16.5 * HOUR
    assert {state.visit_reason for state in FeedState.objects.all()} == {Reason.PINNED}


@pytest.mark.django_db
def test_a_pinned_feed_waits_as_well_when_its_host_asks_for_it(far: Far) -> None:
    feed = make_feed(url=far.serve("/feed", status=503, headers={"Retry-After": "36000"}), visit_minutes=20)
    visit()
    assert wait_of(feed) >= 10 * HOUR


@pytest.mark.django_db
def test_a_pinned_feed_is_not_asked_more_often_for_failing(far: Far) -> None:
    feed = make_feed(url=far.serve("/feed", status=500), visit_minutes=600)
    visit()
    assert 10 * HOUR <= wait_of(feed) <= 11 * HOUR


# ---------------------------------------------------------------- retry after
def busy(far: Far, count: int, *, status: int = 429, retry_after: str = "600") -> list[Target]:
    """Feeds of one host that asks all to wait, and one feed of another."""
    paths = [f"/{number}" for number in range(count)]
    headers = {"Retry-After": retry_after} if retry_after else {}
    urls = [far.serve(path, status=status, headers=headers) for path in paths]
    far.serve("/fine", rss("a"))
    return [Target(number, url) for number, url in enumerate([*urls, far.url("/fine", host="127.0.0.2")])]


@pytest.mark.parametrize("status", [429, 503])
def test_the_other_feeds_of_a_host_that_asks_to_wait_are_not_asked_in_the_same_run(far: Far, status: int) -> None:
    answers = {answer.feed_id: answer for answer in fetch_all(busy(far, 9, status=status), Limits(per_host=1))}

    asked = [answer for answer in answers.values() if answer.http_status is not None]
    assert [answer.http_status for answer in asked if answer.outcome == Outcome.BUSY] == [status]
    assert answers[9].outcome == Outcome.FETCHED
    spared = [answer for answer in answers.values() if answer.http_status is None]
    assert len(spared) == 8
    assert {(one.outcome, one.retry_after) for one in spared} == {(Outcome.BUSY, 600)}
    assert all("10 minutes" in one.error for one in spared)
    assert len(far.requests) == 2


@pytest.mark.parametrize("retry_after", ["", "0", "soon"])
def test_without_a_time_to_wait_each_feed_is_asked(far: Far, retry_after: str) -> None:
    fetch_all(busy(far, 4, retry_after=retry_after), Limits(per_host=1))
    assert len(far.requests) == 5


def test_who_is_led_to_a_host_that_asks_to_wait_does_not_ask_it_either(far: Far) -> None:
    targets = busy(far, 1)
    far.redirect("/led", far.url("/0"))
    targets.append(Target(7, far.url("/led", host="127.0.0.3")))
    answers = {answer.feed_id: answer for answer in fetch_all(targets, Limits(at_once=1))}
    assert (answers[7].outcome, answers[7].retry_after, answers[7].url) == (Outcome.BUSY, 600, far.url("/0"))
    assert answers[7].http_status is None
    assert len(far.asked("/0")) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("own", "answered"),
    [
        ("https://büsy.example/feed", "https://xn--bsy-hoa.example/feed"),
        ("https://BÜSY.example/feed", "https://xn--bsy-hoa.example/feed"),
        ("https://busy.example./feed", "https://busy.example/feed"),
        ("https://Busy.Example:443/feed", "https://busy.example/feed"),
    ],
)
def test_a_pause_holds_however_an_address_spells_the_host(own: str, answered: str) -> None:
    feed, same = make_feed(url=own), make_feed(url=answered)
    ask_to_wait(feed, url=answered)
    FeedState.objects.update(next_at=NOW)
    assert claiming.claim(now=NOW + MINUTE, only=[feed.pk, same.pk]) == []
    assert claiming.paused_until(feed, now=NOW) == NOW + HOUR


@pytest.mark.django_db
def test_a_host_that_was_only_led_through_is_not_paused() -> None:
    ask_to_wait(make_feed(url="https://büsy.example/feed"), url="https://other.example/feed")
    assert list(HostPause.objects.values_list("host", flat=True)) == ["other.example"]


def ask_to_wait(feed: Feed, *, url: str) -> None:
    (claim,) = claiming.claim(now=NOW, only=[feed.pk])
    answer = Answer(feed.pk, Outcome.BUSY, "Later.", 429, url=url, retry_after=3600)
    settle([read(claim, answer, now=NOW)], now=NOW, random=Random(1))


# ----------------------------------------------------------------------- gone
@pytest.mark.django_db
def test_what_is_gone_is_not_asked_again_until_somebody_says_so(far: Far) -> None:
    feed = make_feed(url=far.serve("/feed", status=410))
    visit()
    state = state_of(feed)
    assert (state.status, state.stopped_at) == (Outcome.GONE, state.visited_at)
    assert visit(NOW + 30 * DAY).feeds == 0

    claiming.make_due(Feed.objects.all(), now=NOW + 30 * DAY)
    assert visit(NOW + 30 * DAY).failed == 1
    assert state_of(feed).stopped_at is not None

    far.serve("/feed", rss("a"))
    claiming.make_due(Feed.objects.all(), now=NOW + 31 * DAY)
    assert visit(NOW + 31 * DAY).fetched == 1
    assert (state_of(feed).stopped_at, state_of(feed).failures) == (None, 0)


# ---------------------------------------------------------------------- clock
def visited(feeds: Sequence[Feed], now: datetime) -> set[int]:
    """Visits what is due by that clock; which feeds that were."""
    claims = claiming.claim(now=now)
    known = [Answer(claim.feed_id, Outcome.UNCHANGED, http_status=304, url=claim.url) for claim in claims]
    visits = [read(claim, answer, now=now) for claim, answer in zip(claims, known, strict=True)]
    settle(visits, now=now, random=Random(int(now.timestamp())))
    return {claim.feed_id for claim in claims}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "jumps", [(30 * DAY, -30 * DAY), (-30 * DAY, 30 * DAY), (-2 * HOUR, -23 * HOUR), (25 * HOUR, -25 * HOUR)], ids=str
)
def test_whatever_the_clock_does_each_feed_is_visited_on_every_day(jumps: Sequence[timedelta]) -> None:
    """A day after the clock was set at the latest, and then as before: true time goes on by hours."""
    feeds = [make_feed(url=f"https://host{number}.example/") for number in range(6)]
    pins = dict(zip((feed.pk for feed in feeds), (15, 120, 480, 720, 1200, 1440), strict=True))
    for pk, minutes in pins.items():
        Feed.objects.filter(pk=pk).update(visit_minutes=minutes)
    true_now, error = NOW, timedelta(0)
    for jump in (timedelta(0), *jumps):
        error += jump
        since: dict[int, int] = dict.fromkeys(pins, 0)
        for hours in range(50):
            for pk in visited(feeds, true_now + error):
                since[pk] = hours
            assert all(hours - last <= 26 for last in since.values())
            true_now += HOUR
        assert all(last > 0 for last in since.values())
    assert Fetch.objects.filter(feed__visit_minutes=1440).count() <= 3 * 4
