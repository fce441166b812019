"""Posts are found by their words a little after they have arrived."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F

from feeds import indexing
from readinglist.catalog.models import Post, PostText
from readinglist.catalog.models.entries import SEARCH_CONFIG
from tests.fixtures.posts import make_feed, make_post

pytestmark = pytest.mark.django_db


def found(words: str) -> list[str]:
    """The titles of the posts that have the words, best first."""
    query = SearchQuery(words, config=SEARCH_CONFIG, search_type="websearch")
    hits = Post.objects.filter(text__search=query).annotate(rank=SearchRank(F("text__search"), query))
    return list(hits.order_by("-rank").values_list("title", flat=True))


def test_a_post_is_found_by_title_and_body() -> None:
    make_post(title="Überlapping communication", body="<p>Hide the <em>latency</em> of all-reduce.</p>")
    assert found("overlapping") == []
    assert indexing.index_posts(batches=1) == 1
    for words in ("uberlapping", "latencies", '"hide the latency"', "reduce"):
        assert found(words) == ["Überlapping communication"]


def test_the_title_weighs_more_than_the_body() -> None:
    make_post(title="Something", body="<p>checkpointing</p>")
    make_post(title="Checkpointing", body="<p>something</p>")
    indexing.index_posts(batches=1)
    assert found("checkpointing") == ["Checkpointing", "Something"]


def test_tags_and_addresses_in_them_are_no_words() -> None:
    make_post(title="One", body='<p><a href="https://hidden.example/secret" rel="noopener">shown</a> &amp; more</p>')
    indexing.index_posts(batches=1)
    assert found("shown") == ["One"]
    for word in ("href", "noopener", "secret", "amp"):
        assert found(word) == []


def test_what_has_words_is_left_alone() -> None:
    make_post()
    assert [indexing.index_posts(batches=5) for _ in range(2)] == [1, 0]


def test_a_long_backlog_is_done_in_batches_the_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "BATCH", 3)
    monkeypatch.setattr(indexing, "WINDOW", 2)
    feed = make_feed()
    posts = [make_post(feed) for _ in range(7)]
    assert indexing.index_posts(batches=2) == 6
    assert not PostText.objects.filter(post=posts[6]).exists()
    assert indexing.index_posts(batches=2) == 1


def test_an_edited_post_is_indexed_again_at_once_or_with_the_hourly_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "WINDOW", 2)
    posts = [make_post() for _ in range(5)]
    indexing.index_posts(batches=1)
    PostText.objects.filter(post__in=[posts[0], posts[4]]).delete()

    assert indexing.index_posts(batches=1) == 1
    assert set(PostText.objects.values_list("post", flat=True)) == {post.pk for post in posts[1:]}
    assert indexing.index_posts(batches=1, whole=True) == 1


def test_a_body_with_too_many_words_is_searched_in_part_and_holds_nobody_up(
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    before = make_post(title="Before")
    # One word of four-byte letters after the other: more than a search vector holds.
    letters = [chr(number) for number in range(0x20000, 0x20000 + 320)]
    words = " ".join(f"{one}{other}-{other}{one}" for one in letters for other in letters)
    huge = make_post(title="Huge", body=words[:250_000])
    after = make_post(title="After")

    with django_assert_max_num_queries(60):
        assert indexing.index_posts(batches=10) == 3
    assert set(PostText.objects.values_list("post", flat=True)) == {before.pk, huge.pk, after.pk}
    assert found("huge") == ["Huge"]
