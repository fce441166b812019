"""Feeds that move for good: their addresses follow, and none comes to be here twice unsaid."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from feeds import claiming, moving, stamping, update
from feeds.claiming import Claim
from feeds.fetch import Answer
from feeds.models import FeedState, Outcome
from feeds.update import read, settle
from readinglist.catalog.models import Feed, Post
from tests.feeds.making import rss
from tests.fixtures.far import Far
from tests.fixtures.posts import make_feed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def visit(far: Far, times: int = 3, *, after: int = 0) -> None:
    for day in range(after, after + times):
        update.visit(now=NOW + day * DAY, random=Random(1))


def state_of(feed: Feed) -> FeedState:
    return FeedState.objects.get(feed=feed)


def url_of(feed: Feed) -> str:
    return Feed.objects.get(pk=feed.pk).url


@pytest.fixture
def new(far: Far) -> str:
    """Where the feed is now."""
    far.serve("/new", rss("a", "b"), etag='"1"')
    return far.url("/new", host="127.0.0.2")


@pytest.fixture
def feed(far: Far, new: str) -> Feed:
    return make_feed(url=far.redirect("/old", new))


def test_an_address_follows_after_three_visits_that_were_led_there(feed: Feed, far: Far, new: str) -> None:
    old = feed.url
    visit(far, 2)
    assert url_of(feed) == old
    assert (state_of(feed).moved_to, state_of(feed).moved_count) == (new, 2)

    visit(far, 1, after=2)
    assert url_of(feed) == new
    assert (state_of(feed).moved_to, state_of(feed).moved_count, state_of(feed).duplicate_of) == ("", 0, None)
    was, is_now = feed.history.order_by("-history_id")[1], feed.history.latest("history_id")
    assert (was.url, is_now.url) == (old, new)
    assert (is_now.history_type, is_now.history_change_reason) == ("~", moving.CHANGE_REASON)
    assert is_now.history_user is None


def test_at_its_new_address_the_feed_goes_on_as_it_was(feed: Feed, far: Far) -> None:
    visit(far, 3)
    posts = set(Post.objects.values_list("pk", flat=True))
    assert state_of(feed).url == url_of(feed)
    assert claiming.claim(now=state_of(feed).next_at - timedelta(minutes=1)) == []

    visit(far, 1, after=4)
    assert len(far.asked("/old")) == 3
    assert far.asked("/new")[-1].headers["If-None-Match"] == '"1"'
    assert state_of(feed).status == Outcome.UNCHANGED
    assert set(Post.objects.values_list("pk", flat=True)) == posts


def test_only_the_same_address_three_times_in_a_row_counts(feed: Feed, far: Far, new: str) -> None:
    visit(far, 2)
    far.serve("/third", rss("a"))
    far.redirect("/old", "/third")
    visit(far, 2, after=2)
    assert (state_of(feed).moved_to, state_of(feed).moved_count) == (far.url("/third"), 2)
    far.redirect("/old", new, status=302)
    visit(far, 3, after=4)
    assert (state_of(feed).moved_to, state_of(feed).moved_count) == ("", 0)
    far.redirect("/old", new)
    visit(far, 2, after=7)
    assert url_of(feed) == feed.url


def test_a_failure_in_between_tells_nothing_about_a_move(feed: Feed, far: Far, new: str) -> None:
    visit(far, 2)
    far.serve("/new", status=500)
    visit(far, 4, after=2)
    assert url_of(feed) == feed.url
    far.serve("/new", rss("a"))
    visit(far, 1, after=6)
    assert url_of(feed) == new


def test_where_there_is_no_feed_no_address_follows(feed: Feed, far: Far) -> None:
    """A domain that was sold sends every address to one page."""
    far.serve("/new", "<!doctype html><html><body>For sale</body></html>")
    visit(far, 4)
    assert url_of(feed) == feed.url
    assert state_of(feed).moved_to == ""


# ------------------------------------------------------------------ duplicates
def test_where_another_feed_has_the_address_it_is_named_and_nothing_is_rewritten(
    feed: Feed, far: Far, new: str
) -> None:
    other = make_feed(url=new)
    visit(far, 2)
    assert state_of(feed).duplicate_of is None
    visit(far, 2, after=2)
    assert url_of(feed) == feed.url
    assert state_of(feed).duplicate_of == other
    assert state_of(other).duplicate_of is None
    assert feed.history.count() == 1

    far.serve("/old", status=500)
    visit(far, 1, after=5)
    assert state_of(feed).duplicate_of == other
    far.serve("/old", rss("a", "b"))
    visit(far, 1, after=6)
    assert state_of(feed).duplicate_of is None


def test_when_the_other_feed_is_deleted_the_address_follows(feed: Feed, far: Far, new: str) -> None:
    other = make_feed(url=new)
    visit(far, 3)
    Post.objects.filter(lead__isnull=False).delete()
    Post.objects.filter(feed=other).delete()
    other.delete()
    assert state_of(feed).duplicate_of is None
    visit(far, 1, after=3)
    assert url_of(feed) == new


def test_of_two_that_move_to_one_address_the_second_is_the_duplicate(feed: Feed, far: Far, new: str) -> None:
    second = make_feed(url=far.redirect("/older", new))
    visit(far, 3)
    assert {url_of(feed), url_of(second)} in ({new, feed.url}, {new, second.url})
    rewritten, left = (feed, second) if url_of(feed) == new else (second, feed)
    assert (state_of(rewritten).duplicate_of, state_of(left).duplicate_of) == (None, rewritten)


# ------------------------------------------------------------- what is not kept
def moved(claim: Claim, to: str) -> None:
    answer = Answer(claim.feed_id, Outcome.UNCHANGED, http_status=304, url=to, moved_to=to)
    settle([read(claim, answer, now=NOW)], now=NOW, random=Random(1))


@pytest.mark.parametrize("to", ["http://a.example/feed", "https://b.example/" + "x" * 500])
def test_what_is_less_safe_or_too_long_is_not_taken_over(to: str) -> None:
    feed = make_feed(url="https://a.example/feed")
    for day in range(4):
        (claim,) = claiming.claim(now=NOW + day * DAY)
        moved(claim, to)
    assert url_of(feed) == feed.url
    assert state_of(feed).moved_count == 0


def test_a_curator_s_new_address_is_not_overwritten() -> None:
    feed = make_feed(url="https://a.example/feed")
    for day in range(3):
        (claim,) = claiming.claim(now=NOW + day * DAY)
        Feed.objects.filter(pk=feed.pk).update(url="https://curator.example/feed" if day == 2 else feed.url)
        moved(claim, "https://b.example/feed")
    assert url_of(feed) == "https://curator.example/feed"
    (claim,) = claiming.claim(now=NOW + 3 * DAY)
    assert (claim.url, claim.moved_to, claim.moved_count) == ("https://curator.example/feed", "", 0)


def test_feeds_that_are_here_twice_cost_one_query_together(django_assert_num_queries: Callable[..., Any]) -> None:
    taken = make_feed(url="https://new.example/feed")
    feeds = [make_feed(url=f"https://host{number}.example/feed") for number in range(20)]
    FeedState.objects.bulk_create(
        FeedState(feed=feed, next_at=NOW, url=feed.url, moved_to=taken.url, moved_count=5) for feed in feeds
    )
    claims = claiming.claim(now=NOW, only=[feed.pk for feed in feeds])
    led = [Answer(one.feed_id, Outcome.UNCHANGED, http_status=304, url=taken.url, moved_to=taken.url) for one in claims]
    visits = [read(claim, answer, now=NOW) for claim, answer in zip(claims, led, strict=True)]
    with django_assert_num_queries(3):  # who has the address, the states, the log
        stamping.stamp(visits, now=NOW, random=Random(1))
    assert FeedState.objects.filter(duplicate_of=taken).count() == 20


# ------------------------------------------------------------- what moved where
def rewrite(feed: Feed, url: str, reason: str | None = moving.CHANGE_REASON) -> None:
    feed.url = url
    feed._change_reason = reason  # type: ignore[attr-defined]
    feed.save()


def test_addresses_of_the_past_lead_to_the_present() -> None:
    feed, other = make_feed(url="https://a/1"), make_feed(url="https://b/1")
    make_feed(url="https://c/1")
    rewrite(feed, "https://a/2")
    rewrite(feed, "https://a/3")
    feed.visit_minutes = 20
    feed.save()
    rewrite(other, "https://b/2")
    assert moving.moved_addresses() == {
        "https://a/1": "https://a/3",
        "https://a/2": "https://a/3",
        "https://b/1": "https://b/2",
    }


def test_what_a_curator_wrote_afterwards_is_no_move() -> None:
    feed = make_feed(url="https://a/1")
    rewrite(feed, "https://a/2")
    rewrite(feed, "https://a/3", reason=None)
    assert moving.moved_addresses() == {}
    rewrite(feed, "https://a/4")
    assert moving.moved_addresses() == {"https://a/3": "https://a/4"}


def test_an_address_that_is_another_feed_s_by_now_leads_nowhere_else() -> None:
    rewrite(make_feed(url="https://a/1"), "https://a/2")
    make_feed(url="https://a/1")
    assert moving.moved_addresses() == {}
