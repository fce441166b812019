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
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.reading.models import Activity, PostState
from readinglist.reading.templatetags.posts import cut_title

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


_SHOWN_OF_POST = ("post_id", "post__title", "post__url", "post__key", "post__feed__source__status")
_SHOWN_OF_MARKS = ("pk", "read_at", "saved_at", "post__first_seen_at", "post__feed__source__name", *_SHOWN_OF_POST)
_SHOWN_OF_LOG = (
    *("pk", "at", "action", "minutes", "percent", "page", "pages"),
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
    log = Activity.objects.filter(pk__in=logged).order_by().values_list(*_SHOWN_OF_LOG, named=True)
    marks = PostState.objects.filter(pk__in=marked).order_by().values_list(*_SHOWN_OF_MARKS, named=True)
    of_log = {row.pk: row for row in log} if logged else {}
    of_marks = {row.pk: row for row in marks} if marked else {}
    sees_drafts = user.has_perm("catalog.change_entry")
    return [
        _of_log(of_log[pk], sees_drafts) if table == LOG else _of_mark(of_marks[pk], table, sees_drafts)
        for _at, table, pk in wanted
    ]


def by_day(lines: Iterable[Line]) -> list[Day]:
    """The days by the reader's clock, each with its lines, in their order."""
    return [Day(day, list(its)) for day, its in groupby(lines, key=lambda line: line.day)]


def _of_log(row: Any, sees_drafts: bool) -> Line:
    details = []
    if row.action == Activity.Action.PROGRESSED:
        if row.page:
            details.append(_("page %(page)s of %(pages)s") % {"page": row.page, "pages": row.pages})
        details.append(_("%(percent)s %%") % {"percent": row.percent})
    if row.entry__slug:
        hidden = _("A work that is a draft now")
        name = row.entry__title, reverse("reading:entry", args=[row.entry__slug])
        title, url = name if _is_seen(row.entry__status, sees_drafts) else (hidden, "")
    elif row.source__slug:
        hidden = _("A source that is a draft now")
        name = row.source__name, reverse("reading:source", args=[row.source__slug])
        title, url = name if _is_seen(row.source__status, sees_drafts) else (hidden, "")
    else:
        title, url = _name_of_post(row, sees_drafts)
    return Line(row.at, Activity.name_of(row.action), title, url, details, row.minutes)


def _of_mark(row: Any, table: str, sees_drafts: bool) -> Line:
    what, at = (_("Read the post"), row.read_at) if table == READ else (_("Saved the post"), row.saved_at)
    title, url = _name_of_post(row, sees_drafts)
    # The mark may have been taken back since it was looked for.
    return Line(at or row.post__first_seen_at, what, title, url, [row.post__feed__source__name] if url else [])


def _name_of_post(row: Any, sees_drafts: bool) -> tuple[str, str]:
    """Its title and address; neither where its source has become a draft, which readers do not see."""
    if not _is_seen(row.post__feed__source__status, sees_drafts):
        return _("A post of a source that is a draft now"), ""
    return cut_title(row.post__title or row.post__url or row.post__key), reverse("reading:post", args=[row.post_id])


def _is_seen(status: str, sees_drafts: bool) -> bool:
    return status != Status.DRAFT or sees_drafts
