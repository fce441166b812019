"""Readers who mark while fetches bring posts: nothing is lost, and the counts are the plain loop's."""

import random
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from accounts.models import User
from feeds.store import Arrival, store
from readinglist.catalog.models import Feed, Post, Source
from readinglist.reading import follows, inbox, marks
from tests.feeds.making import parsed
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_source
from tests.reading.inbox_loop import compare
from tests.reading.test_stages import in_threads

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SLICES = 10
UNREAD = inbox.InboxFilter()


@dataclass
class Reader:
    """Reads and marks what the inbox shows until the fetches have ended; numbers of its own say what it does next."""

    user: User
    sources: list[Source]
    fetched: threading.Event
    seen: list[tuple[int, set[int]]] = field(default_factory=list)

    def read(self) -> None:
        numbers = random.Random(self.user.pk)
        while not self.fetched.is_set() or len(self.seen) < 3:
            inbox.unread_by_stream(self.user, now=NOW)
            posts = inbox.page(self.user, UNREAD, now=NOW, size=8).posts
            if posts:
                write = numbers.choice([*marks.MARKS.values(), marks.open_post])
                write(numbers.choice(posts), user=self.user, now=NOW)
                self.catch_up(posts[numbers.randrange(len(posts))].pk)
            source = numbers.choice(self.sources)
            numbers.choice([follows.unfollow, self.follow])(source, user=self.user)

    def catch_up(self, up_to: int) -> None:
        self.seen.append((up_to, set(Post.objects.filter(pk__lte=up_to).values_list("pk", flat=True))))
        marks.read_up_to(up_to, user=self.user)

    @staticmethod
    def follow(source: Source, *, user: User) -> None:
        follows.follow(source, user=user, now=NOW)


def fetch(feeds: list[Feed], name: str) -> None:
    """Slices of two posts a feed; every third work comes by several feeds."""
    for number in range(SLICES):
        guids = [f"{name}-{number}-{n}" for n in range(2)]
        keys = [{"key": f"url:https://works.example/{number}"} if number % 3 == 0 and n == 0 else {} for n in range(2)]
        posts = [parsed(f"{guid}", **key) for guid, key in zip(guids, keys, strict=True)]
        store([Arrival(feed.pk, posts) for feed in feeds], now=NOW)


@pytest.mark.django_db(transaction=True)
def test_marks_and_fetches_at_once_lose_nothing() -> None:
    sources = [make_source(kind=kind) for kind in ("blog", "newsletter", "survey", "venue")]
    feeds = [make_feed(sources[number % 4]) for number in range(6)]
    fetched = threading.Event()
    people = [make_person(f"{name}@example.org", name) for name in ("ada", "ben")]
    readers = [Reader(person, sources, fetched) for person in people]
    for person in people:
        follows.follow_all(Source.objects.all(), user=person, now=NOW)

    def fetch_all() -> None:
        try:
            assert in_threads(lambda: fetch(feeds, "one"), lambda: fetch(feeds, "two")) == []
        finally:
            fetched.set()

    assert in_threads(fetch_all, *[reader.read for reader in readers]) == []
    assert Post.objects.count() == len(feeds) * 2 * SLICES * 2
    for reader in readers:
        for up_to, seen in reader.seen:
            # Whoever caught up with a post has been shown all that arrived before it.
            assert set(Post.objects.filter(pk__lte=up_to).values_list("pk", flat=True)) == seen
        compare(reader.user, sources, now=NOW)
