"""Lists and counts of the inbox equal a plain loop over all rows, whatever arrives and whatever the reader does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Feed, Post, Source
from readinglist.reading import arrivals, follows, inbox, marks
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.reading.inbox_loop import Row, compare, fits, inbox_of, pks, unread

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
KINDS = ("blog", "newsletter", "survey", "venue")
STREAMS = ("", "blogs", "papers", "venues", "communities")


class Desk:
    """Four sources, one of them with two feeds, a reader, and what may happen; numbers choose among what there is."""

    def __init__(self, reader: User) -> None:
        self.reader, self.now = reader, NOW
        self.sources: list[Source] = [make_source(kind=kind) for kind in KINDS]
        self.feeds: list[Feed] = [make_feed(self.sources[number % 4]) for number in range(5)]
        for source in self.sources[:3]:
            follows.follow(source, user=reader, now=NOW)

    def happen(self, what: str, first: int, second: int) -> None:
        getattr(self, what)(first, second)

    def arrive(self, first: int, second: int) -> None:
        """A post of one of six works: the second feed that has it brings a copy."""
        make_post(self.feeds[first % 5], key=f"url:https://works.example/{second % 6}", is_backlog=second % 7 == 0)

    def follow(self, first: int, second: int) -> None:
        follows.follow(self.sources[first % 4], user=self.reader, now=self.now)

    def unfollow(self, first: int, second: int) -> None:
        follows.unfollow(self.sources[first % 4], user=self.reader)

    def mute(self, first: int, second: int) -> None:
        follows.mute(self.sources[first % 4], user=self.reader, muted=second % 3 > 0)

    def hide(self, first: int, second: int) -> None:
        """A curator makes the source a draft, or gives it back."""
        Source.objects.filter(pk=self.sources[first % 4].pk).update(status=("draft", "live", "retired")[second % 3])

    def mark(self, first: int, second: int) -> None:
        if post := self.post(first):
            write = (*marks.MARKS.values(), marks.mark_unread, marks.open_post)[second % 6]
            write(post, user=self.reader, now=self.now)

    def snooze(self, first: int, second: int) -> None:
        if post := self.post(first):
            marks.snooze(post, until=self.now + timedelta(hours=second % 5), user=self.reader)

    def wait(self, first: int, second: int) -> None:
        self.now += timedelta(hours=first % 4)

    def read_up_to(self, first: int, second: int) -> None:
        """Leaves what is newer, filtered out or kept unread by hand; undoing it at once leaves all as it was."""
        if not (post := self.post(first)):
            return
        stream, source = STREAMS[second % 5], self.sources[first % 4] if second % 2 else None
        before = unread(self.loop())
        done = marks.read_up_to(post.pk, user=self.reader, stream=stream, source=source)
        left = [
            row for row in before if row.post.pk > post.pk or row.marks.unread_from or not fits(row, stream, source)
        ]
        assert pks(unread(self.loop())) == pks(left)
        if second % 3 == 0:
            marks.undo_read_up_to(done.before, done.up_to, user=self.reader)
            assert pks(unread(self.loop())) == pks(before)

    def post(self, number: int) -> Post | None:
        posts = list(Post.objects.order_by("pk"))
        return posts[number % len(posts)] if posts else None

    def loop(self) -> list[Row]:
        return inbox_of(self.reader, now=self.now)


@contextmanager
def forgotten() -> Iterator[None]:
    """What is written is taken back: every example begins with an empty desk."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


HAPPENINGS = (
    *["arrive"] * 8,
    *["mark"] * 4,
    *["snooze", "wait", "read_up_to"] * 2,
    *["follow", "unfollow", "mute", "hide"],
)
happenings = st.lists(
    st.tuples(st.sampled_from(HAPPENINGS), st.integers(0, 99), st.integers(0, 99)), min_size=15, max_size=40
)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=happenings, most=st.sampled_from([2, 5, 1000]), window=st.sampled_from([1, 4, 500]))
def test_lists_and_counts_equal_a_plain_loop(
    reader: User, happenings: list[tuple[str, int, int]], most: int, window: int
) -> None:
    with pytest.MonkeyPatch.context() as patch, forgotten():
        # Bounds that a few posts reach.
        patch.setattr(arrivals, "_WINDOW", window)
        patch.setattr(inbox, "COUNTED_IN_ALL", most)
        patch.setattr(inbox, "COUNTED_BY_SOURCE", most)
        desk = Desk(reader)
        for happening in happenings:
            desk.happen(*happening)
        compare(reader, desk.sources, now=desk.now, most=most)
