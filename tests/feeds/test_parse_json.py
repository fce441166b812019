"""JSON Feed to posts."""

import hashlib
from datetime import UTC, datetime

import pytest

from feeds.parse import BrokenFeed, NotAFeed
from tests.feeds.writing import read


def test_json_feed() -> None:
    feed = read(
        """{"version": "https://jsonfeed.org/version/1.1", "title": "J", "home_page_url": "https://j.example/",
        "items": [
        {"id": 7, "url": "/1", "title": "One\\u0000 \\ud800", "content_html": "<p>x</p>", "content_text": "y",
         "authors": [{"name": "Ada"}, {"url": "https://j.example/"}, {"name": " Ben\\n"}, 3],
         "author": {"name": "Cleo"},
         "date_published": "2026-11-19T10:00:00+01:00",
         "attachments": [{"url": "https://j.example/1.mp3", "mime_type": "audio/mpeg", "duration_in_seconds": 61}]},
        {"id": "b", "external_url": "https://arxiv.org/abs/1706.03762", "content_text": "a & b\\n\\nc",
         "author": {"name": "Dana"}},
        {"id": "", "tags": []}, 3]}""",
        content_type="application/feed+json",
    )
    one, two = feed.posts
    assert (feed.title, feed.skipped) == ("J", 2)
    assert (one.title, one.url, one.guid_hash) == ("One", "https://feeds.example/1", hashlib.sha256(b"7").hexdigest())
    assert (one.byline, two.byline) == ("Ada, Ben", "Dana")
    assert one.body.startswith('<p>x</p><p><a href="https://j.example/1.mp3"')
    assert one.published_at == datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    assert (two.key, two.body, two.title) == ("arxiv:1706.03762", "<p>a &amp; b</p><p>c</p>", "a & b c")


@pytest.mark.parametrize("document", ["{}", "[]", '{"items": []}', "{", '{"version": 1, "items": []}', "[" * 100_000])
def test_json_of_another_kind_is_no_feed(document: str) -> None:
    with pytest.raises(NotAFeed, match="JSON, but not with a JSON Feed"):
        read(document)


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ('"items": [', "This JSON Feed is broken: line 1"),
        ('"items": 3}', "no list of items"),
        ('"items": [{}]}', "None of the entries of this feed says anything"),
        ('"items": [' + "[" * 100_000, "nested too deeply"),
        ('"items": [{"id": ' + "1" * 5_000 + "}]}", "too long a number"),
    ],
    ids=["breaks off", "no list", "empty", "deep", "long number"],
)
def test_a_broken_json_feed_says_why(items: str, said: str) -> None:
    with pytest.raises(BrokenFeed, match=said):
        read(f'{{"version": "https://jsonfeed.org/version/1.1", {items}')
