"""The lines of a reader's history: their log, and among it the posts that they marked as read or saved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import models
from django.db.models import F, QuerySet, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, Post, Source
from readinglist.reading.models import Activity, PostState

LONGEST_TITLE = 300
LOG, READ, SAVED = "log", "read", "saved"  # where a line comes from: the log, or a mark on a post


class Kind(models.TextChoices):
    ALL = "all", gettext_lazy("Everything")
    WORKS = "works", gettext_lazy("Works")
    FINISHED = "finished", gettext_lazy("Finished")
    POSTS = "posts", gettext_lazy("Posts")
    SOURCES = "sources", pgettext_lazy("history", "Looks at sources")
    TIME = "time", gettext_lazy("Time")


_OF_LOG: dict[str, dict[str, Any]] = {
    Kind.ALL: {},
    Kind.WORKS: {"entry__isnull": False},
    Kind.FINISHED: {"action": Activity.Action.FINISHED},
    Kind.SOURCES: {"source__isnull": False},
    Kind.TIME: {"minutes__gt": 0},
}


_SHOWN_OF_POST = (
    "post__title",
    "post__url",
    "post__key",
    "post__first_seen_at",
    "post__feed__source__name",
    "post__feed__source__status",
)
_SHOWN_OF_MARKS = ("read_at", "saved_at", *_SHOWN_OF_POST)
_SHOWN_OF_LOG = (
    *("at", "action", "minutes", "percent", "page", "pages"),
    *("entry__title", "entry__slug", "entry__status"),
    *("source__name", "source__slug", "source__status"),
    *_SHOWN_OF_POST,
)


@dataclass(frozen=True, slots=True)
class Line:
    """What was done when, and with what; without an address where that is hidden now."""

    at: datetime
    what: str
    title: str
    url: str
    details: Sequence[str]
    minutes: int | None = None

    @property
    def day(self) -> date:
        return timezone.localdate(self.at)


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    lines: Sequence[Line]


def places_of(user: User, kind: str) -> QuerySet[Any, tuple[datetime, str, int]]:
    """The newest first: when, of which table, and its key; `lines_at` makes lines of a page of them."""
    log = Activity.objects.of(user)
    marks = PostState.objects.of(user)
    parts: list[QuerySet[Any, Any]] = []
    if kind != Kind.POSTS:
        shown = log.filter(**_OF_LOG[kind]).order_by()
        parts.append(shown.annotate(table=Value(LOG)).values_list("at", "table", "pk"))
    if kind in (Kind.ALL, Kind.POSTS):
        for table, field in ((READ, "read_at"), (SAVED, "saved_at")):
            marked = marks.filter(**{f"{field}__isnull": False}).annotate(at=F(field), table=Value(table))
            parts.append(marked.values_list("at", "table", "pk"))
    first, *more = parts
    return (first.union(*more, all=True) if more else first).order_by("-at", "table", "-pk")


def lines_at(places: Iterable[tuple[datetime, str, int]], user: User) -> list[Line]:
    """In two queries at most, in the order of the places."""
    wanted = list(places)
    logged = [pk for _at, table, pk in wanted if table == LOG]
    marked = [pk for _at, table, pk in wanted if table != LOG]
    log = Activity.objects.select_related("entry", "source", "post__feed__source").only(*_SHOWN_OF_LOG)
    marks = PostState.objects.select_related("post__feed__source").only(*_SHOWN_OF_MARKS)
    of_log = log.in_bulk(logged) if logged else {}
    of_marks = marks.in_bulk(marked) if marked else {}
    sees_drafts = user.has_perm("catalog.change_entry")
    return [
        _of_log(of_log[pk], sees_drafts) if table == LOG else _of_mark(of_marks[pk], table, sees_drafts)
        for _at, table, pk in wanted
    ]


def by_day(lines: Iterable[Line]) -> list[Day]:
    """The days by the reader's clock, each with its lines, in their order."""
    return [Day(day, list(its)) for day, its in groupby(lines, key=lambda line: line.day)]


def _of_log(row: Activity, sees_drafts: bool) -> Line:
    thing = row.entry or row.source
    details = []
    if row.action == Activity.Action.PROGRESSED:
        if row.page:
            details.append(_("page %(page)s of %(pages)s") % {"page": row.page, "pages": row.pages})
        details.append(_("%(percent)s %%") % {"percent": row.percent})
    title, url = _name_of(thing, sees_drafts) if thing else _name_of_post(row.post, sees_drafts)
    return Line(row.at, row.get_action_display(), title, url, details, row.minutes)


def _of_mark(row: PostState, table: str, sees_drafts: bool) -> Line:
    what, at = (_("Read the post"), row.read_at) if table == READ else (_("Saved the post"), row.saved_at)
    title, url = _name_of_post(row.post, sees_drafts)
    return Line(at or row.post.first_seen_at, what, title, url, [row.post.feed.source.name] if url else [])


def _name_of(thing: Entry | Source, sees_drafts: bool) -> tuple[str, str]:
    """With its address; neither where it has become a draft, which readers do not see."""
    if thing.status != Status.DRAFT or sees_drafts:
        return str(thing), thing.get_absolute_url()
    return (_("A work that is a draft now") if isinstance(thing, Entry) else _("A source that is a draft now")), ""


def _name_of_post(post: Post | None, sees_drafts: bool) -> tuple[str, str]:
    if post is None or (post.feed.source.status == Status.DRAFT and not sees_drafts):
        return _("A post of a source that is a draft now"), ""
    title = str(post)
    if len(title) > LONGEST_TITLE:  # asked first, since cutting takes longer than all the rest
        title = Truncator(title).chars(LONGEST_TITLE)
    return title, reverse("reading:post", args=[post.pk])
