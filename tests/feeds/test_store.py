"""The store: what is new is inserted in its order, what has changed is edited, and nothing else is written."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from feeds.parse import ParsedPost
from feeds.store import Arrival, Stored, store
from readinglist.catalog.models import Feed, Post, PostText
from tests.feeds.making import hash_of, parsed
from tests.fixtures.posts import make_feed

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def feed(db: None) -> Feed:
    return make_feed()


def bring(feed: Feed, *posts: ParsedPost, now: datetime = NOW) -> Stored:
    return store([Arrival(feed.pk, posts)], now=now).get(feed.pk, Stored())


def titles(feed: Feed) -> list[str]:
    """In the order of arrival."""
    return list(Post.objects.filter(feed=feed).order_by("pk").values_list("title", flat=True))


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_a_new_post_is_stored_whole(feed: Feed) -> None:
    assert bring(feed, parsed("a", published_at=days_ago(2), body="<p>Ünïcode\t\\ and a tab</p>")) == Stored(new=1)

    post = Post.objects.get()
    assert (post.feed, post.key, post.lead) == (feed, "url:https://posts.example/a", None)
    assert (post.url, post.title) == ("https://posts.example/a", "Post a")
    assert post.body == "<p>Ünïcode\t\\ and a tab</p>"
    assert (post.published_at, post.first_seen_at, post.is_backlog) == (days_ago(2), NOW, False)


def test_what_has_no_date_was_published_when_it_was_first_seen(feed: Feed) -> None:
    bring(feed, parsed("a"))
    assert Post.objects.get().published_at == NOW


def test_the_oldest_arrives_first_whatever_the_order_of_documents(feed: Feed) -> None:
    other = make_feed()
    slice_ = [
        Arrival(feed.pk, [parsed("undated"), parsed("new", published_at=days_ago(1))]),
        Arrival(other.pk, [parsed("newer", published_at=days_ago(0.5)), parsed("old", published_at=days_ago(9))]),
    ]
    store(slice_, now=NOW)

    assert list(Post.objects.order_by("pk").values_list("title", flat=True)) == [
        *("Post old", "Post new", "Post newer", "Post undated")
    ]


def test_without_dates_the_end_of_a_document_is_its_oldest(feed: Feed) -> None:
    bring(feed, parsed("third"), parsed("second"), parsed("first"))
    assert titles(feed) == ["Post first", "Post second", "Post third"]


def test_a_date_to_come_does_not_let_a_post_arrive_later_than_undated_ones(feed: Feed) -> None:
    bring(feed, parsed("b"), parsed("a", published_at=NOW + timedelta(minutes=5)))
    assert titles(feed) == ["Post a", "Post b"]


def test_of_a_first_fetch_the_twenty_newest_are_news(feed: Feed) -> None:
    bring(feed, *(parsed(f"{day:02}", published_at=days_ago(day)) for day in range(30)))
    bring(feed, parsed("later", published_at=days_ago(40)))

    backlog = set(Post.objects.filter(is_backlog=True).values_list("title", flat=True))
    assert backlog == {f"Post {day:02}" for day in range(20, 30)}


def test_after_the_first_fetch_everything_is_news(feed: Feed) -> None:
    bring(feed, parsed("first"))
    bring(feed, *(parsed(f"{number:02}") for number in range(30)))
    assert not Post.objects.filter(is_backlog=True).exists()


def test_what_is_unchanged_is_not_written(feed: Feed) -> None:
    bring(feed, parsed("a"), parsed("b"))
    before = versions()

    assert bring(feed, parsed("a"), parsed("b"), now=NOW + timedelta(days=1)) == Stored()
    assert versions() == before


def test_one_edit_among_many_writes_one_row(feed: Feed) -> None:
    bring(feed, *(parsed(str(number)) for number in range(10)))
    before = versions()

    assert bring(feed, *(parsed(str(number), body=f"<p>{number == 4}</p>") for number in (4,))) == Stored(changed=1)
    assert len(versions() - before) == 1


def test_an_edit_keeps_what_was_fixed_at_first_sight(feed: Feed) -> None:
    bring(feed, parsed("a", published_at=days_ago(3)))
    old = Post.objects.get()
    bring(
        feed,
        parsed("a", url="https://posts.example/moved", title="Better", published_at=days_ago(1)),
        now=NOW + timedelta(days=1),
    )

    new = Post.objects.get()
    assert (new.pk, new.key, new.first_seen_at) == (old.pk, old.key, old.first_seen_at)
    assert (new.url, new.title, new.published_at) == ("https://posts.example/moved", "Better", days_ago(1))


def test_a_post_is_edited_so_often_and_then_stays(feed: Feed) -> None:
    bring(feed, parsed("a"), parsed("b"))
    for number in range(24):
        assert bring(feed, parsed("a", title=str(number))) == Stored(changed=1)
    assert bring(feed, parsed("a", title="One too many"), parsed("b", title="Edited")) == Stored(changed=1)
    assert list(Post.objects.order_by("title").values_list("title", "edit_count")) == [("23", 24), ("Edited", 1)]


def test_an_edit_without_a_date_keeps_the_old_one(feed: Feed) -> None:
    bring(feed, parsed("a", published_at=days_ago(3)))
    bring(feed, parsed("a", title="Better"))
    assert Post.objects.get().published_at == days_ago(3)


def test_an_edit_takes_the_post_out_of_the_search_until_it_is_indexed_again(feed: Feed) -> None:
    bring(feed, parsed("a"), parsed("b"))
    for post in Post.objects.all():
        PostText.objects.create(post=post, search="")
    bring(feed, parsed("a"), parsed("b", title="Better"))
    assert PostText.objects.get().post.title == "Post a"


def test_a_post_that_leaves_its_feed_stays(feed: Feed) -> None:
    bring(feed, parsed("a"), parsed("b"))
    bring(feed, parsed("b"))
    assert Post.objects.count() == 2


def test_an_empty_document_changes_nothing(feed: Feed) -> None:
    assert bring(feed) == Stored()
    assert store([], now=NOW) == {}


def test_a_guid_that_stands_twice_in_a_document_is_one_post(feed: Feed) -> None:
    assert bring(feed, parsed("a", title="First"), parsed("a", title="Second")) == Stored(new=1)
    assert titles(feed) == ["First"]


def test_what_has_no_key_gets_one_of_its_guid(feed: Feed) -> None:
    bring(feed, parsed("a", key=""), parsed("b", key=""))
    assert set(Post.objects.values_list("key", flat=True)) == {
        f"guid:{feed.pk}:{parsed(guid).guid_hash[:40]}" for guid in "ab"
    }


def test_the_same_key_in_another_feed_is_a_copy(feed: Feed) -> None:
    bring(feed, parsed("a", key="arxiv:2101.00001"))
    others = [make_feed(), make_feed()]
    for other in others:
        bring(other, parsed("b", key="arxiv:2101.00001"))

    lead = Post.objects.get(feed=feed)
    assert lead.lead is None
    assert list(Post.objects.filter(feed__in=others).values_list("lead", "key")) == [(lead.pk, "arxiv:2101.00001")] * 2


def test_within_a_slice_the_earliest_leads(feed: Feed) -> None:
    other = make_feed()
    store(
        [
            Arrival(feed.pk, [parsed("a", key="arxiv:2101.00001", published_at=days_ago(1))]),
            Arrival(other.pk, [parsed("b", key="arxiv:2101.00001", published_at=days_ago(2))]),
        ],
        now=NOW,
    )

    assert Post.objects.get(feed=feed).lead == Post.objects.get(feed=other)


@pytest.mark.parametrize("is_one_document", [True, False])
def test_two_guids_of_one_feed_are_never_one_work(feed: Feed, is_one_document: bool) -> None:
    first = parsed("a", key="url:https://example.org", published_at=days_ago(2))
    second = parsed("b", key="url:https://example.org", published_at=days_ago(1))
    if is_one_document:
        bring(feed, second, first)
    else:
        bring(feed, first)
        bring(feed, second)

    own = f"guid:{feed.pk}:{second.guid_hash[:40]}"
    assert list(Post.objects.order_by("pk").values_list("key", "lead")) == [(first.key, None), (own, None)]


def test_a_feed_that_changes_its_guids_brings_no_news(feed: Feed) -> None:
    bring(feed, *(parsed(guid, title=guid, published_at=days_ago(1)) for guid in "ab"))
    again = {"key": "url:https://posts.example/a", "url": "https://posts.example/a"}
    bring(
        feed,
        parsed("tag:a", title="a", published_at=days_ago(1), **again),
        parsed("tag:dated", title="a", published_at=days_ago(0.5), **again),
        parsed("tag:titled", title="A sequel", published_at=days_ago(1), **again),
        parsed("tag:undated", title="a", **again),
        parsed("tag:c", title="a", published_at=days_ago(1)),
    )
    assert list(Post.objects.filter(is_backlog=True).values_list("guid_hash", flat=True)) == [hash_of("tag:a")]
    assert Post.objects.count() == 7


def test_it_costs_the_same_however_much_arrives(feed: Feed, django_assert_num_queries: Callable[..., Any]) -> None:
    feeds = [make_feed() for _ in range(20)]
    bring(feed, *(parsed(f"old {number}", body="") for number in range(20)))
    slice_ = [Arrival(one.pk, [parsed(f"{one.pk} {number}") for number in range(20)]) for one in feeds]
    slice_.append(Arrival(feed.pk, [parsed(f"old {number}") for number in range(20)]))

    # Hashes, table, COPY, lock, update, texts, insert, table; and two for the savepoint.
    with django_assert_num_queries(10):
        stored = store(slice_, now=NOW)

    assert stored == {one.pk: Stored(new=20) for one in feeds} | {feed.pk: Stored(changed=20)}
    with django_assert_num_queries(3):
        assert store(slice_, now=NOW) == {}


def versions() -> set[tuple[Any, ...]]:
    """What tells one version of a row from the next."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text FROM catalog_post")
        return set(cursor.fetchall())
