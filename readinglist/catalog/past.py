"""What became of an entry, in sentences for readers: its history rows, each compared with the one before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry

LINES = 12
_SPOKEN_OF = frozenset({"superseded_by_id", "status", "minutes", "reviewed_at", "title"})
_NOT_COMPARED = frozenset({"id", "short_title", "slug", "search"})


@dataclass(frozen=True, slots=True)
class Event:
    at: datetime
    what: str
    who: str  # empty where it was the program itself, or somebody who is gone


def of(entry: Entry, successor: Entry | None) -> Sequence[Event]:
    """The newest first; `successor` as far as it may be named."""
    rows = list(entry.history.select_related("history_user").order_by("-history_date", "-history_id")[: LINES + 1])
    events = []
    for row, before in zip(rows, [*rows[1:], None], strict=True):
        what = _added(row) if row.history_type == "+" else _changed(row, before, successor) if before else ""
        if what:
            who = row.history_user.name if row.history_user else ""
            events.append(Event(row.history_date, what, who))
    return events[:LINES]


def _added(row: Any) -> str:
    return _("Came with the starting catalogue") if row.history_change_reason else _("Added")


def _changed(row: Any, before: Any, successor: Entry | None) -> str:
    changed = {
        field.attname
        for field in row.tracked_fields
        if field.attname not in _NOT_COMPARED and getattr(row, field.attname) != getattr(before, field.attname)
    }
    figures = {"before": before.minutes, "after": row.minutes, "title": before.title}
    sentences = [
        _replaced(row, successor) if "superseded_by_id" in changed else "",
        _status(row.status) if "status" in changed else "",
        _minutes(figures) if "minutes" in changed else "",
        _("Title changed, was “%(title)s”") % figures if "title" in changed else "",
        _("Reviewed") if "reviewed_at" in changed else "",
        _("Details changed") if changed - _SPOKEN_OF else "",
    ]
    return ". ".join(sentence for sentence in sentences if sentence)


def _replaced(row: Any, successor: Entry | None) -> str:
    if row.superseded_by_id is None:
        return _("In its own place again")
    if successor and successor.pk == row.superseded_by_id:
        return _("Replaced by %(title)s") % {"title": successor.short_title or successor.title}
    return _("Replaced by another work")


def _status(status: str) -> str:
    words: dict[str, str] = {
        Status.RETIRED: _("Retired"),
        Status.LIVE: _("Made live"),
        Status.DRAFT: _("Made a draft"),
    }
    return words.get(status, "")


def _minutes(figures: dict[str, Any]) -> str:
    if figures["before"] is None:
        return _("Minutes set to %(after)s") % figures
    if figures["after"] is None:
        return _("Minutes as usual for its kind, were %(before)s") % figures
    return _("Minutes from %(before)s to %(after)s") % figures
