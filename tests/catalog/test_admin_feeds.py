"""Feeds in the form of their source."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from readinglist.catalog.models import Feed
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
