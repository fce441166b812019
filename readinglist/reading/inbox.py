"""The inbox: which posts a reader is shown, one line per work, and how many of them are unread."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from accounts.models import User
from readinglist.catalog.choices import Status, Stream
from readinglist.catalog.models import Identifier, Post, Source
from readinglist.reading import arrivals
from readinglist.reading.arrivals import Scope
from readinglist.reading.models import Follow, PostState, ReadState

UNREAD, ALL, READ, SAVED, SNOOZED, KEPT = "unread", "all", "read", "saved", "snoozed", "kept"
STATES = (UNREAD, ALL, READ, SAVED, SNOOZED, KEPT)
MAX_ID = 2**63 - 1
COUNTED_IN_ALL = 1000  # a count of this many says "999+"
COUNTED_BY_SOURCE = 100  # and of this many "99+"


@dataclass(frozen=True, slots=True)
class InboxFilter:
    """What the address asks for. All but unread and all is what the reader marked so, followed or not.

    Kept is what they marked unread, or snoozed until a time that has come.
    """

    stream: str = ""
    source: Source | None = None
    state: str = UNREAD

    @property
    def is_of_arrivals(self) -> bool:
        """What the followed sources brought, where one can catch up; else what the reader marked."""
        return self.state in (UNREAD, ALL)


@dataclass(frozen=True, slots=True)
class Page:
    """Posts, the newest arrival first; `next_before` asks for the page that follows."""

    posts: list[Post]
    next_before: int | None


def page(user: User, shown: InboxFilter, *, now: datetime, before: int | None = None, size: int = 50) -> Page:
    """One page of the inbox in three queries to five, each of bounded cost, however many posts there are.

    Each post has what `with_marks` and `add_entries` say.
    """
    ids = _ids(user, shown, now=now, before=MAX_ID if before is None else min(before, MAX_ID), size=size + 1)
    posts = marked(readable().filter(pk__in=ids[:size]).defer("body").order_by("-pk"), user, now=now)
    add_entries(posts, user)
    return Page(posts, ids[size - 1] if len(ids) > size else None)


def readable() -> QuerySet[Post]:
    """What every signed-in person may open: the posts of all sources but drafts."""
    return Post.objects.exclude(feed__source__status=Status.DRAFT)


def with_marks(posts: QuerySet[Post], user: User, *, now: datetime) -> QuerySet[Post]:
    """Readable posts with their source and what they are to the reader, to narrow and to order them by.

    Adds `opened_at`, `read_at`, `saved_at`, `unread_from`; `is_muted`, as the source is, or None where it is not
    followed; `is_shown`, whether it is the line of its work in the inbox; `is_unread`, as the counts count; and
    `is_snoozed`.
    """
    earlier = Post.objects.filter(
        Q(pk=OuterRef("lead")) | Q(lead=OuterRef("lead")),
        pk__lt=OuterRef("pk"),
        feed__source__in=Follow.objects.of(user).heard().values("source"),
    )
    is_news = Q(pk__gt=F("caught_up_to"), is_backlog=False, read_at=None, unread_from=None)
    return _with_own_marks(posts, user).annotate(
        is_shown=_truth(Q(is_muted__isnull=False, is_muted=False) & (Q(lead=None) | ~Exists(earlier))),
        is_unread=_truth(Q(is_shown=True) & (Q(unread_from__isnull=False, unread_from__lte=now) | is_news)),
        is_snoozed=_truth(Q(unread_from__isnull=False, unread_from__gt=now)),
    )


def marked(posts: QuerySet[Post], user: User, *, now: datetime) -> list[Post]:
    """Readable posts in their order, each with what `with_marks` says. One query; two where copies are among them.

    For what is only shown: PostgreSQL plans those questions for longer than it takes to answer them here.
    """
    rows = list(_with_own_marks(posts, user))
    leads = {row.lead_id for row in rows if row.lead_id}
    earliest = arrivals.earliest(leads, user) if leads else {}
    for row in rows:
        marks: Any = row  # what was annotated, and is added
        is_news = row.pk > (marks.caught_up_to or 0) and not row.is_backlog and not marks.read_at
        marks.is_shown = marks.is_muted is False and (not row.lead_id or row.pk == earliest.get(row.lead_id))
        marks.is_unread = marks.is_shown and (marks.unread_from <= now if marks.unread_from else is_news)
        marks.is_snoozed = marks.unread_from is not None and marks.unread_from > now
    return rows


def add_entries(posts: list[Post], user: User) -> None:
    """Gives each post `entry`, the live work of the catalogue that it is, with `my_state`; or None.

    One query, and another where there is one.
    """
    keys = [post.key for post in posts]
    known = Identifier.objects.filter(key__in=keys, entry__status=Status.LIVE).select_related("entry")
    entries = {identifier.key: identifier.entry for identifier in known.defer("entry__search")}
    mine = ReadState.objects.of(user).filter(entry__in=[entry.pk for entry in entries.values()])
    states = {state.entry_id: state for state in mine} if entries else {}
    for entry in entries.values():
        entry.my_state = states.get(entry.pk)  # type: ignore[attr-defined]
    for post in posts:
        post.entry = entries.get(post.key)  # type: ignore[attr-defined]


def unread_count(user: User, *, now: datetime) -> int:
    """In all; exact to 999, 1000 means more."""
    return arrivals.count_all_unread(user, now=now, most=COUNTED_IN_ALL)


def unread_by_stream(user: User, *, now: datetime) -> dict[str, int]:
    """By stream, each of them; exact to 999, 1000 means more."""
    counts = arrivals.count_unread(user, Scope(), now=now, by="stream", most=COUNTED_IN_ALL)
    return {stream: counts.get(stream, 0) for stream in Stream}


def unread_by_source(user: User, *, now: datetime, sources: Iterable[Source] | None = None) -> dict[int, int]:
    """By source that has any, of all that are heard or of `sources`; exact to 99, 100 means more."""
    scope = Scope(sources=None if sources is None else [source.pk for source in sources])
    counts = arrivals.count_unread(user, scope, now=now, by="source", most=COUNTED_BY_SOURCE)
    return {int(source): count for source, count in counts.items() if count}


def neighbours(post: Post, user: User, shown: InboxFilter, *, now: datetime) -> tuple[int | None, int | None]:
    """The ids of the next newer and the next older post in the filter, which the post itself may have left."""
    if shown.is_of_arrivals:
        return arrivals.beside(post.pk, user, _scope(shown), now=now, unread=shown.state == UNREAD)
    marked = _marked(user, shown, now=now)
    newer = marked.filter(post__gt=post.pk).order_by("post").values_list("post", flat=True).first()
    older = marked.filter(post__lt=post.pk).order_by("-post").values_list("post", flat=True).first()
    return newer, older


def copies_of(post: Post, user: User) -> QuerySet[Post]:
    """The same work in other feeds, the earliest first, of sources that may be opened; with `is_followed`."""
    followed = Follow.objects.of(user).filter(source=OuterRef("feed__source"))
    others = readable().filter(key=post.key).exclude(pk=post.pk)
    return others.select_related("feed__source").annotate(is_followed=Exists(followed)).defer("body").order_by("pk")


def _ids(user: User, shown: InboxFilter, *, now: datetime, before: int, size: int) -> list[int]:
    if shown.is_of_arrivals:
        unread = shown.state == UNREAD
        return arrivals.newest(user, _scope(shown), now=now, unread=unread, before=before, size=size)
    marked = _marked(user, shown, now=now).filter(post__lt=before)
    return list(marked.order_by("-post").values_list("post", flat=True)[:size])


def _scope(shown: InboxFilter) -> Scope:
    return Scope(shown.stream, [shown.source.pk] if shown.source else None)


def _marked(user: User, shown: InboxFilter, *, now: datetime) -> QuerySet[PostState]:
    """The reader's marks of one kind."""
    mine = PostState.objects.of(user)
    marks = {
        READ: mine.filter(read_at__isnull=False),
        SAVED: mine.filter(saved_at__isnull=False),
        SNOOZED: mine.snoozed(now),
        KEPT: mine.kept_unread(now),
    }[shown.state].filter(post__in=readable())
    if shown.stream:
        marks = marks.filter(post__feed__source__in=Source.objects.of_stream(shown.stream))
    if shown.source:
        marks = marks.filter(post__feed__source=shown.source)
    return marks


def _with_own_marks(posts: QuerySet[Post], user: User) -> QuerySet[Post]:
    """With the columns of the reader's mark on each, and of their follow of its source."""
    return posts.select_related("feed__source").annotate(
        mine=FilteredRelation("states", condition=Q(states__user=user)),
        opened_at=F("mine__opened_at"),
        read_at=F("mine__read_at"),
        saved_at=F("mine__saved_at"),
        unread_from=F("mine__unread_from"),
        follow=FilteredRelation("feed__source__follows", condition=Q(feed__source__follows__user=user)),
        is_muted=F("follow__is_muted"),
        caught_up_to=F("follow__caught_up_to"),
    )


def _truth(condition: Q | Combinable) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())
