"""The store against a plain loop, and against itself in many threads at once."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Q
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import store as store_module
from feeds.parse import ParsedPost
from feeds.store import Arrival, Stored, store
from readinglist.catalog.models import Feed, Post
from tests.feeds.making import parsed
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
NEWS = 2
EDITS = 2

Document = Sequence[ParsedPost]


@dataclass
class Row:
    """A post as the plain loop keeps it; `lead` is the row that it copies."""

    feed: int
    guid_hash: str
    key: str
    lead: "Row | None"
    is_backlog: bool
    title: str
    published_at: datetime
    first_seen_at: datetime
    content_hash: str
    edits: int = 0

    def is_again(self, feed: int, post: ParsedPost) -> bool:
        """Whether the post is this one under another guid."""
        return (self.feed, self.key, self.title, self.published_at) == (feed, post.key, post.title, post.published_at)


@dataclass
class Loop:
    """What the store should do, post by post; `rows` are in the order of arrival."""

    rows: list[Row] = field(default_factory=list)

    def store(self, documents: dict[int, Document], now: datetime) -> dict[int, Stored]:
        known = {row.feed for row in self.rows}
        before = list(self.rows)
        new: list[tuple[datetime, int, int, ParsedPost]] = []
        changed: list[int] = []
        place = 0
        for feed, document in documents.items():
            posts = [post for n, post in enumerate(document) if post.guid_hash not in guids(document[:n])]
            for post in reversed(posts):
                place += 1
                if (row := self.find(feed, post.guid_hash)) is None:
                    new.append((min(post.published_at or now, now), place, feed, post))
                elif row.content_hash != post.content_hash and row.edits < EDITS:
                    changed.append(feed)
                    row.edits += 1
                    row.title, row.content_hash = post.title, post.content_hash
                    row.published_at = post.published_at or row.published_at
        for number, (_at, _place, feed, post) in enumerate(sorted(new, key=lambda one: one[:2])):
            later = [other for _at, _place, other, _post in sorted(new, key=lambda one: one[:2])[number + 1 :]]
            is_old = feed not in known and later.count(feed) >= NEWS
            self.insert(feed, post, now, is_backlog=is_old or any(row.is_again(feed, post) for row in before))
        feeds = [feed for _at, _place, feed, _post in new]
        return {feed: Stored(feeds.count(feed), changed.count(feed)) for feed in {*feeds, *changed}}

    def insert(self, feed: int, post: ParsedPost, now: datetime, *, is_backlog: bool) -> None:
        key = post.key
        if not key or any(row.feed == feed and row.key == key for row in self.rows):
            key = f"guid:{feed}:{post.guid_hash[:40]}"
        lead = next((row for row in self.rows if row.key == key), None)
        published_at = post.published_at or now
        self.rows.append(
            Row(feed, post.guid_hash, key, lead, is_backlog, post.title, published_at, now, post.content_hash)
        )

    def find(self, feed: int, guid_hash: str) -> Row | None:
        return next((row for row in self.rows if (row.feed, row.guid_hash) == (feed, guid_hash)), None)


def guids(document: Document) -> list[str]:
    return [post.guid_hash for post in document]


def stored_rows() -> list[Row]:
    """What the database holds, in the shape of the loop."""
    rows: dict[int, Row] = {}
    for post in Post.objects.order_by("pk"):
        assert post.published_at is not None
        lead = None if post.lead_id is None else rows[post.lead_id]
        rows[post.pk] = Row(
            *(post.feed_id, post.guid_hash, post.key, lead, post.is_backlog),
            *(post.title, post.published_at, post.first_seen_at, post.content_hash, post.edit_count),
        )
    return list(rows.values())


posts = st.builds(
    lambda guid, key, title, days: parsed(
        guid, key=key, title=title, published_at=None if days is None else NOW + timedelta(days=days)
    ),
    guid=st.sampled_from("abcdef"),
    key=st.sampled_from(["", "arxiv:2101.00001", "url:https://example.org", "doi:10.1000/1"]),
    title=st.sampled_from(["One", "Two"]),
    days=st.sampled_from([None, -3, -2, -1, 0, 1, 2]),
)
slices = st.lists(st.dictionaries(st.integers(0, 2), st.lists(posts, max_size=6), max_size=3), max_size=5)


@pytest.mark.django_db
@settings(max_examples=examples(60), deadline=None)
@given(slices=slices)
def test_any_row_of_slices_leaves_what_a_plain_loop_leaves(slices: list[dict[int, Document]]) -> None:
    with transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_module, "NEWS_OF_FIRST_FETCH", NEWS)
        patch.setattr(store_module, "MOST_EDITS", EDITS)
        feeds = [make_feed().pk for _ in range(3)]
        loop = Loop()
        for day, slice_ in enumerate(slices):
            documents = {feeds[number]: document for number, document in slice_.items()}
            now = NOW + timedelta(days=day)
            stored = store([Arrival(feed, document) for feed, document in documents.items()], now=now)
            assert stored == loop.store(documents, now)
            assert stored_rows() == loop.rows
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_many_workers_on_the_same_feeds_lose_and_double_nothing() -> None:
    feeds = [make_feed() for _ in range(4)]
    done = threading.Event()
    start = threading.Barrier(4)
    with ThreadPoolExecutor(5) as pool:
        watch = pool.submit(late_arrivals, done)
        workers = [pool.submit(store_in_slices, feeds, seed, start) for seed in range(4)]
        try:
            new = sum(worker.result() for worker in workers)
        finally:
            done.set()
        assert watch.result() == []

    assert new == Post.objects.count() == 4 * 30
    assert Post.objects.filter(lead=None).values("key").annotate(n=Count("pk")).filter(n__gt=1).count() == 0
    copies = Post.objects.exclude(lead=None)
    assert copies.count() == 3 * 30
    assert not copies.filter(Q(lead__gte=F("pk")) | ~Q(lead__lead=None) | ~Q(lead__key=F("key"))).exists()


def store_in_slices(feeds: list[Feed], seed: int, start: threading.Barrier) -> int:
    """Stores thirty works in every feed, each slice when all workers are ready for it; how many were new to it."""
    random = Random(seed)
    new = 0
    with closing(connection):
        for first in range(0, 30, 3):
            works = [parsed(str(number)) for number in range(first, first + 3)]
            slice_ = [Arrival(feed.pk, works) for feed in random.sample(feeds, len(feeds))]
            start.wait(10)
            new += sum(its.new for its in store(slice_, now=NOW).values())
    return new


def late_arrivals(done: threading.Event) -> list[int]:
    """The ids that came to sight after a greater one."""
    late: list[int] = []
    seen: set[int] = set()
    with closing(connection):
        while True:
            is_last = done.is_set()
            ids = set(Post.objects.values_list("pk", flat=True))
            late += [pk for pk in ids - seen if seen and pk < max(seen)]
            seen = ids
            if is_last:
                return late
