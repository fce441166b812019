"""Feeds in the form of their source."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from feeds import schedule
from readinglist.catalog.models import Feed
from readinglist.catalog.models.sources import LONGEST_VISIT, SHORTEST_VISIT
from tests.catalog.making import source_form
from tests.fixtures.posts import make_feed, make_post

pytestmark = pytest.mark.django_db


def delete(client: Client, feed: Feed) -> Any:
    """Ticks "delete" beside the feed in the form of its source, and saves."""
    form = source_form(feed.source) | {"feeds-TOTAL_FORMS": 1, "feeds-INITIAL_FORMS": 1}
    form |= {"feeds-0-id": feed.pk, "feeds-0-source": feed.source_id, "feeds-0-url": feed.url, "feeds-0-DELETE": "on"}
    return client.post(reverse("admin:catalog_source_change", args=[feed.source_id]), form)


def test_a_feed_without_posts_is_deleted(curator_client: Client) -> None:
    assert delete(curator_client, make_feed()).status_code == 302
    assert not Feed.objects.exists()


def test_a_feed_with_posts_stays_and_one_sentence_says_why(
    curator_client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    feed = make_feed()
    for number in range(50):
        make_post(feed, f"A title {number}")

    with django_assert_max_num_queries(60):
        page = delete(curator_client, feed)

    assert page.status_code == 200
    assert "This feed has posts, which are kept: retire the source instead." in page.text
    assert "A title" not in page.text
    assert Feed.objects.filter(pk=feed.pk).exists()


def pin(client: Client, feed: Feed, minutes: str) -> Any:
    """Writes how often the feed is visited into the form of its source, and saves."""
    form = source_form(feed.source) | {"feeds-TOTAL_FORMS": 1, "feeds-INITIAL_FORMS": 1}
    form |= {"feeds-0-id": feed.pk, "feeds-0-source": feed.source_id, "feeds-0-url": feed.url}
    return client.post(
        reverse("admin:catalog_source_change", args=[feed.source_id]), form | {"feeds-0-visit_minutes": minutes}
    )


def test_a_curator_pins_how_often_a_feed_is_visited_and_lets_it_go_again(curator_client: Client) -> None:
    feed = make_feed()
    for minutes, stored in (("15", 15), ("1440", 1440), ("", None)):
        assert pin(curator_client, feed, minutes).status_code == 302
        feed.refresh_from_db()
        assert feed.visit_minutes == stored
    assert list(Feed.history.order_by("history_id").values_list("visit_minutes", flat=True)[1:]) == [15, 1440, None]


@pytest.mark.parametrize("minutes", ["14", "1441", "-1", "0", "often", "99999999"])
def test_more_often_or_more_seldom_than_feeds_are_visited_is_refused(curator_client: Client, minutes: str) -> None:
    feed = make_feed()
    assert pin(curator_client, feed, minutes).status_code == 200
    feed.refresh_from_db()
    assert feed.visit_minutes is None


@pytest.mark.parametrize("minutes", [14, 1441])
def test_the_database_refuses_it_too(minutes: int) -> None:
    with pytest.raises(IntegrityError, match="feed_is_visited_within_a_day"):
        make_feed(visit_minutes=minutes)


def test_a_pin_has_the_bounds_of_the_schedule() -> None:
    assert timedelta(minutes=SHORTEST_VISIT) == schedule.SHORTEST
    assert timedelta(minutes=LONGEST_VISIT) == schedule.LONGEST
