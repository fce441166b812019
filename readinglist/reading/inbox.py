"""The inbox: which posts a reader is shown, one line per work, and how many of them are unread."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.expressions import Combinable

from accounts.models import User
from readinglist.catalog.choices import Status, Stream
from readinglist.catalog.models import Entry, Post, Source
from readinglist.reading import arrivals
from readinglist.reading.arrivals import Scope
from readinglist.reading.models import Follow, PostState

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
    """One page of the inbox in three queries, each of bounded cost, however many posts there are.

    Each post has what `with_marks` and `add_entries` say.
    """
    ids = _ids(user, shown, now=now, before=MAX_ID if before is None else min(before, MAX_ID), size=size + 1)
    posts = list(with_marks(readable().filter(pk__in=ids[:size]), user, now=now).defer("body").order_by("-pk"))
    add_entries(posts, user)
    return Page(posts, ids[size - 1] if len(ids) > size else None)


def readable() -> QuerySet[Post]:
    """What every signed-in person may open: the posts of all sources but drafts."""
    return Post.objects.exclude(feed__source__status=Status.DRAFT)


def with_marks(posts: QuerySet[Post], user: User, *, now: datetime) -> QuerySet[Post]:
    """Readable posts with their source and what they are to the reader.

    Adds `opened_at`, `read_at`, `saved_at`, `unread_from`; `is_muted`, as the source is, or None where it is not
    followed; `is_shown`, whether it is the line of its work in the inbox; `is_unread`, as the counts count; and
    `is_snoozed`.
    """
    earlier = Post.objects.filter(
        Q(pk=OuterRef("lead")) | Q(lead=OuterRef("lead")),
        pk__lt=OuterRef("pk"),
        feed__source__in=Follow.objects.of(user).heard().values("source"),
    )
    is_news = Q(pk__gt=F("follow__caught_up_to"), is_backlog=False, read_at=None, unread_from=None)
    return posts.select_related("feed__source").annotate(
        mine=FilteredRelation("states", condition=Q(states__user=user)),
        opened_at=F("mine__opened_at"),
        read_at=F("mine__read_at"),
        saved_at=F("mine__saved_at"),
        unread_from=F("mine__unread_from"),
        follow=FilteredRelation("feed__source__follows", condition=Q(feed__source__follows__user=user)),
        is_muted=F("follow__is_muted"),
        is_shown=_truth(Q(follow__isnull=False, follow__is_muted=False) & (Q(lead=None) | ~Exists(earlier))),
        is_unread=_truth(Q(is_shown=True) & (Q(unread_from__isnull=False, unread_from__lte=now) | is_news)),
        is_snoozed=_truth(Q(unread_from__isnull=False, unread_from__gt=now)),
    )


def add_entries(posts: list[Post], user: User) -> None:
    """Gives each post `entry`, the live work of the catalogue that it is, with `my_state`; or None. One query."""
    keys = Q(identifiers__key__in=[post.key for post in posts])
    works = Entry.objects.filter(status=Status.LIVE).annotate(
        its=FilteredRelation("identifiers", condition=keys),
        my_state=FilteredRelation("read_states", condition=Q(read_states__user=user)),
        key=F("its__key"),
    )
    found = works.filter(its__isnull=False).select_related("my_state").defer("search")  # type: ignore[misc] # a join
    entries = {entry.key: entry for entry in found}
    for post in posts:
        post.entry = entries.get(post.key)  # type: ignore[attr-defined]


def unread_count(user: User, *, now: datetime) -> int:
    """In all; exact to 999, 1000 means more."""
    return arrivals.count_unread(user, Scope(), now=now, by="", most=COUNTED_IN_ALL).get("", 0)


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


def _truth(condition: Q | Combinable) -> ExpressionWrapper:
    return ExpressionWrapper(condition, output_field=BooleanField())
