"""The inbox by a plain loop over all rows: what its queries are held against."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from readinglist.catalog.choices import Stream
from readinglist.catalog.models import Post, Source
from readinglist.reading import inbox
from readinglist.reading.models import Follow, PostState


@dataclass(frozen=True)
class Row:
    """A post with the reader's marks, and what the inbox makes of it."""

    post: Post
    marks: PostState
    is_shown: bool
    is_unread: bool
    is_snoozed: bool
    is_muted: bool | None

    @property
    def source(self) -> Source:
        return self.post.feed.source


def inbox_of(user: User, *, now: datetime) -> list[Row]:
    """Every post that may be opened, the newest arrival first."""
    followed = {follow.source_id: follow for follow in Follow.objects.filter(user=user)}
    states = {state.post_id: state for state in PostState.objects.filter(user=user)}
    shown_works: set[str] = set()
    rows: list[Row] = []
    for post in Post.objects.select_related("feed__source").order_by("pk"):
        if post.feed.source.status == "draft":
            continue
        marks = states.get(post.pk, PostState(user=user, post=post))
        follow = followed.get(post.feed.source_id)
        is_shown = follow is not None and not follow.is_muted and post.key not in shown_works
        is_unread = False
        if follow and is_shown:
            shown_works.add(post.key)
            is_news = post.pk > follow.caught_up_to and not post.is_backlog
            is_unread = marks.unread_from <= now if marks.unread_from else is_news and not marks.read_at
        is_snoozed = bool(marks.unread_from and marks.unread_from > now)
        rows.append(Row(post, marks, is_shown, is_unread, is_snoozed, follow.is_muted if follow else None))
    return rows[::-1]


def unread(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.is_unread]


def pks(rows: Iterable[Row]) -> list[int]:
    return [row.post.pk for row in rows]


def fits(row: Row, stream: str, source: Source | None) -> bool:
    return stream in ("", row.source.stream) and source in (None, row.source)


def compare(user: User, sources: list[Source], *, now: datetime, most: int = 1000) -> None:
    """Asserts that every list and count of the reader's inbox is the loop's; counts stop at `most`."""
    rows = inbox_of(user, now=now)
    compare_counts(user, unread(rows), sources[1:3], now=now, most=most)
    lists = {
        "unread": unread(rows),
        "all": [row for row in rows if row.is_shown],
        "read": [row for row in rows if row.marks.read_at],
        "saved": [row for row in rows if row.marks.saved_at],
        "snoozed": [row for row in rows if row.is_snoozed],
        "kept": [row for row in rows if row.marks.unread_from and not row.is_snoozed],
    }
    for state, listed in lists.items():
        compare_list(user, inbox.InboxFilter(state=state), pks(listed), now=now)
    for stream, source in (("blogs", None), ("", sources[0]), ("papers", sources[2])):
        listed = [row for row in lists["unread"] if fits(row, stream, source)]
        compare_list(user, inbox.InboxFilter(stream, source), pks(listed), now=now)
    names = ("is_shown", "is_unread", "is_snoozed", "is_muted")
    expected = [(row.post.pk, *(getattr(row, name) for name in names)) for row in rows]
    posts = inbox.readable().order_by("-pk")
    for at_hand in (inbox.with_marks(posts, user, now=now), inbox.marked(posts, user, now=now)):
        assert [(post.pk, *(getattr(post, name) for name in names)) for post in at_hand] == expected


def compare_counts(user: User, rows: list[Row], some: list[Source], *, now: datetime, most: int) -> None:
    by_stream = Counter(row.source.stream for row in rows)
    by_source = {pk: min(count, most) for pk, count in Counter(row.source.pk for row in rows).items()}
    assert inbox.unread_count(user, now=now) == min(len(rows), most)
    assert inbox.unread_by_stream(user, now=now) == {stream: min(by_stream[stream], most) for stream in Stream}
    assert inbox.unread_by_source(user, now=now) == by_source
    of_some = {source.pk: by_source[source.pk] for source in some if source.pk in by_source}
    assert inbox.unread_by_source(user, now=now, sources=some) == of_some


def compare_list(user: User, asked: inbox.InboxFilter, expected: list[int], *, now: datetime) -> None:
    """Page by page the same posts; and posts that are in the list or not have the same neighbours."""
    assert list(paged(user, asked, now=now, size=3 + len(expected) // 3)) == expected
    posts = list(Post.objects.all())
    for post in posts[:: 1 + len(posts) // 4]:
        newer = min((pk for pk in expected if pk > post.pk), default=None)
        older = max((pk for pk in expected if pk < post.pk), default=None)
        assert inbox.neighbours(post, user, asked, now=now) == (newer, older)


def paged(user: User, asked: inbox.InboxFilter, *, now: datetime, size: int) -> Iterator[int]:
    before = None
    while True:
        page = inbox.page(user, asked, now=now, before=before, size=size)
        yield from (post.pk for post in page.posts)
        if (before := page.next_before) is None:
            return
