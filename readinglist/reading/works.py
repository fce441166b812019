"""One work as one reader meets it: everything that its page shows, in as few queries as there are kinds of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, FilteredRelation, Max, OuterRef, Q, QuerySet, Sum, When, Window
from django.db.models.functions import Greatest, JSONObject

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Category, Entry, EntryLink, Identifier, Post
from readinglist.catalog.models.entries import EntryQuerySet
from readinglist.reading import timing
from readinglist.reading.models import Activity, Note, ReadState, Stage

LINES_OF_LOG = 30
READERS = 100
NOTES = 30
POSTS = 10


def with_reader(user: User) -> EntryQuerySet:
    """Entries with the reader's state, see `state_of`, and their timer, wherever it runs, see `running`."""
    return (
        Entry.objects.annotate(
            my_state=FilteredRelation("read_states", condition=Q(read_states__user=user)),
            timer_rows=ArraySubquery(timing.as_json(user)),
        )
        .select_related("my_state")  # type: ignore[misc] # annotated
        .defer("search")
    )


def for_page(user: User) -> EntryQuerySet:
    """The same with what an entry's own page shows of its row, and what hangs on it: see `details`."""
    of_it = {"entry": OuterRef("pk")}
    categories = Category.objects.filter(entries=OuterRef("pk")).order_by("position", "pk")
    return (
        with_reader(user)
        .annotate(
            identifier_keys=ArraySubquery(Identifier.objects.filter(**of_it).order_by("pk").values("key")),
            link_rows=ArraySubquery(
                EntryLink.objects.filter(**of_it).order_by("pk").values(json=JSONObject(kind="kind", url="url"))
            ),
            category_rows=ArraySubquery(categories.values(json=JSONObject(id="pk", slug="slug", name="name"))),
        )
        .select_related("my_state", "source", "part_of", "superseded_by", "supersession")  # type: ignore[misc]
        .defer("search", "part_of__search", "superseded_by__search")
    )


@dataclass(frozen=True, slots=True)
class Details:
    """What hangs on an entry of `for_page`."""

    identifiers: Sequence[Identifier]
    links: Sequence[EntryLink]
    categories: Sequence[Category]


def details(entry: Entry) -> Details:
    row = cast(Any, entry)
    return Details(
        [Identifier(key=key) for key in row.identifier_keys],
        [EntryLink(**link) for link in row.link_rows],
        [Category(**category) for category in row.category_rows],
    )


def state_of(entry: Entry) -> ReadState | None:
    """The reader's own, of an entry of `with_reader`: where there is none, Django sets nothing."""
    return getattr(entry, "my_state", None)


def running(entry: Entry) -> timing.Running | None:
    """The reader's timer, of an entry of `with_reader`; it may run on another one."""
    rows = cast(Any, entry).timer_rows
    return timing.Running.from_json(rows[0]) if rows else None


def earlier_of(entry: Entry, user: User) -> ReadState | None:
    """The first finished state of what the work has superseded: it counts for the work itself."""
    states = ReadState.objects.of(user).filter(entry__superseded_by=entry, read_at__isnull=False)
    return states.select_related("entry").defer("entry__search").order_by("read_at", "pk").first()


# ------------------------------------------------------------------------ log


@dataclass(frozen=True, slots=True)
class Log:
    """What a reader did with a work, newest first; the figures are of all lines, shown or not."""

    lines: Sequence[Activity]
    minutes: int
    last_with_minutes: int  # the key of a line, 0 for none

    @property
    def last_finish(self) -> datetime | None:
        """Of the latest reading, where there were several."""
        return next((line.at for line in self.lines if line.action == Activity.Action.FINISHED), None)


def log_of(entry: Entry, user: User) -> Log:
    lines = list(
        Activity.objects.of(user)
        .filter(entry=entry)
        .annotate(
            all_minutes=Window(Sum("minutes")),
            last_with_minutes=Window(Max("pk", filter=Q(minutes__isnull=False))),
        )
        .order_by("-pk")[:LINES_OF_LOG]
    )
    if not lines:
        return Log([], 0, 0)
    first = cast(Any, lines[0])
    return Log(lines, first.all_minutes or 0, first.last_with_minutes or 0)


# --------------------------------------------------------------------- others


@dataclass(frozen=True, slots=True)
class Readers:
    """Teammates who share their stages and have one with a work."""

    states: Sequence[ReadState]
    count: int


def readers_of(entry: Entry, user: User) -> Readers:
    """Those at it first, then who has read it, the latest first; how far they are is theirs."""
    first = Case(When(stage=Stage.READING, then=0), When(stage=Stage.READ, then=1), default=2)
    states = list(
        ReadState.objects.filter(entry=entry, user__in=User.objects.sharing())
        .exclude(user=user)
        .select_related("user")
        .only("stage", "read_at", "user__name", "user__email")
        .annotate(count=Window(Count("pk")))
        .order_by(first, Greatest("started_at", "read_at", "queued_at").desc(), "pk")[:READERS]
    )
    return Readers(states, cast(Any, states[0]).count if states else 0)


@dataclass(frozen=True, slots=True)
class Notes:
    """What the reader may see of the notes, newest first."""

    shown: Sequence[Note]
    count: int


def notes_of(entry: Entry, user: User, *, most: int = NOTES) -> Notes:
    notes = list(
        Note.objects.visible_to(user)
        .filter(entry=entry)
        .select_related("author")
        .annotate(count=Window(Count("pk")))
        .order_by("-created_at", "-pk")[:most]
    )
    return Notes(notes, cast(Any, notes[0]).count if notes else 0)


def posts_about(identifiers: Sequence[Identifier]) -> QuerySet[Post]:
    """Those whose own address is one of the work's, copies too: each has words of its own. The newest arrivals."""
    return (
        Post.objects.filter(key__in=[identifier.key for identifier in identifiers])
        .exclude(feed__source__status=Status.DRAFT)
        .select_related("feed__source")
        .only("title", "url", "key", "published_at", "first_seen_at", "feed__source__name", "feed__source__slug")
        .order_by("-pk")[:POSTS]
    )
