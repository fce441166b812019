"""How alive a source is, from the newest posts of its feeds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from readinglist.catalog.models import Post, Source
from readinglist.reading.freshness import Freshness, freshness
from tests.fixtures.posts import make_feed, make_post, make_source

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def of(source: Source) -> Freshness:
    return freshness([source], now=NOW)[source.pk]


def publish(source: Source, *ages: timedelta, **fields: Any) -> None:
    """In a new feed, the oldest first."""
    feed = make_feed(source)
    for age in sorted(ages, reverse=True):
        make_post(feed, **{"published_at": NOW - age, "first_seen_at": NOW} | fields)


def test_a_weekly_blog(db: None) -> None:
    source = make_source(rhythm="weekly")
    publish(source, *(timedelta(weeks=weeks) for weeks in range(15)))
    assert of(source) == Freshness(NOW, 1.0, is_quiet=False, newest=Post.objects.order_by("-pk")[0])


def test_a_busy_list_is_judged_by_the_time_that_its_newest_posts_span(db: None) -> None:
    source = make_source()
    publish(source, *(number * DAY / 2 for number in range(1, 61)))
    assert of(source).posts_a_week == pytest.approx(14)


def test_the_feeds_of_a_source_add_up_and_a_work_in_two_of_them_counts_once(db: None) -> None:
    source = make_source()
    publish(source, *(timedelta(weeks=weeks) for weeks in range(1, 13)))
    publish(source, 2 * DAY, 9 * DAY)
    publish(source, 3 * DAY, key="url:https://works.example/1")
    publish(source, 3 * DAY, key="url:https://works.example/1")
    assert of(source).posts_a_week == pytest.approx((11 + 2 + 1) / 12)


def test_a_second_feed_with_the_same_posts_adds_nothing(db: None) -> None:
    source = make_source()
    first, second = make_feed(source), make_feed(source)
    for hours in range(60, 0, -2):
        for feed in (first, second):
            at = NOW - timedelta(hours=hours)
            make_post(feed, key=f"url:https://works.example/{hours}", published_at=at, first_seen_at=NOW)
    assert of(source).posts_a_week == pytest.approx(20 / (40 / 24 / 7))


def test_undated_posts_of_a_first_fetch_tell_no_pace(db: None) -> None:
    source = make_source()
    publish(source, *[DAY] * 30, published_at=None)
    assert of(source).posts_a_week == pytest.approx(20 / 12)


@pytest.mark.parametrize(
    ("rhythm", "days", "is_quiet"), [("daily", 15, True), ("weekly", 15, False), ("yearly", 400, False)]
)
def test_what_is_silent_far_beyond_its_rhythm_is_quiet(db: None, rhythm: str, days: int, is_quiet: bool) -> None:
    source = make_source(rhythm=rhythm)
    publish(source, days * DAY)
    assert of(source).is_quiet is is_quiet


def test_a_date_that_is_missing_or_of_the_future_is_that_of_first_sight(db: None) -> None:
    source, other = make_source(), make_source()
    publish(source, -9 * DAY, first_seen_at=NOW - DAY)
    publish(other, DAY, published_at=None, first_seen_at=NOW - 2 * DAY)
    assert (of(source).newest_at, of(other).newest_at) == (NOW - DAY, NOW - 2 * DAY)


def test_the_newest_post_is_the_one_published_last_in_any_of_its_feeds(db: None) -> None:
    source = make_source()
    publish(source, 3 * DAY, 2 * DAY)
    newest = make_post(make_feed(source), "", url="https://posts.example/newest", published_at=NOW - DAY)
    Post.objects.filter(pk=newest.pk).update(title="", first_seen_at=NOW)
    publish(source, 5 * DAY)
    found = of(source).newest
    assert (found, str(found)) == (newest, "https://posts.example/newest")


def test_one_query_tells_of_all_sources_and_leaves_out_those_without_posts(
    db: None, django_assert_num_queries: Callable[..., Any]
) -> None:
    sources = [make_source() for _ in range(3)]
    publish(sources[0], DAY)
    make_feed(sources[1])
    with django_assert_num_queries(1):
        assert freshness(sources, now=NOW).keys() == {sources[0].pk}
