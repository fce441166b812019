"""One work takes another's place in every list, so that what is read stays read and the lists stay current."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from readinglist.catalog import lists
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, ReadingList, Step, StepEntry, Supersession

LOCK_KEY = 7_265_001


class SupersessionError(ValueError):
    """This work cannot take that one's place, or give it back; its message tells the curator what to do."""


@dataclass(frozen=True)
class Undone:
    """What an undo could not put back, in sentences for the curator."""

    not_restored: list[str] = field(default_factory=list)


@transaction.atomic
def supersede(old: Entry, new: Entry, *, now: datetime) -> Supersession:
    """`new` takes the place of `old` in its steps and as successor of what `old` superseded; raises SupersessionError.

    Where `new` stands in a list already, the place of `old` goes, and its step if nothing else stands there.
    """
    entries = _locked(old, new)
    before, after = entries.get(old.pk), entries.get(new.pk)
    if before is None or after is None:
        raise SupersessionError(_("One of the two works has been deleted in the meantime. Open the catalogue again."))
    _check(before, after)
    reason = f"superseded by {after.slug}"
    predecessors = [entry for entry in entries.values() if entry.superseded_by_id == before.pk]
    for entry in [*predecessors, before]:
        _point(entry, to=after.pk, reason=reason)
    moved = {
        "to": after.pk,
        "places": [_give_place(place, after, reason=reason) for place in _places_of(before)],
        "predecessors": [entry.pk for entry in predecessors],
    }
    old.superseded_by = new
    supersession, _created = Supersession.objects.update_or_create(entry=before, defaults={"at": now, "moved": moved})
    return supersession


@transaction.atomic
def undo(old: Entry) -> Undone:
    """`old` is superseded no more and stands where it stood, as far as that is free; raises SupersessionError."""
    entries = _locked(old)
    entry = entries.get(old.pk)
    if entry is None or entry.superseded_by_id is None:
        raise SupersessionError(_("“%(title)s” is not superseded; there is nothing to undo.") % {"title": old})
    supersession = Supersession.objects.filter(entry=entry).first()
    moved: dict[str, Any] = supersession.moved if supersession else {}
    reason = "superseding undone"
    places = moved.get("places", [])
    lists.lock(*(place["list"] for place in places))
    not_restored = [text for place in places for text in _restore(place, entry, moved["to"], reason=reason)]
    for predecessor in Entry.objects.filter(pk__in=moved.get("predecessors", []), superseded_by=moved.get("to")):
        _point(predecessor, to=entry.pk, reason=reason)
    _point(entry, to=None, reason=reason)
    old.superseded_by = None
    if supersession:
        supersession.delete()
    return Undone(not_restored)


def lock() -> None:
    """One superseding at a time: what has which predecessors cannot change between looking and locking the rows.

    Whoever locks many entries first and supersedes later takes this lock before.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])


def _locked(*entries: Entry) -> dict[int, Entry]:
    """These entries and all that superseding the first, or undoing it, may write: fresh, and locked in order of id."""
    lock()
    successor = Entry.objects.filter(pk=entries[0].pk).values("superseded_by")
    concerned = (
        Q(pk__in=[entry.pk for entry in entries])
        | Q(superseded_by=entries[0].pk)
        | Q(pk__in=successor)
        | Q(superseded_by__in=successor)
    )
    rows = Entry.objects.select_for_update(no_key=True).filter(concerned).order_by("pk")
    return {entry.pk: entry for entry in rows}


def _check(old: Entry, new: Entry) -> None:
    titles = {"old": old, "new": new}
    if old.pk == new.pk:
        raise SupersessionError(_("A work cannot supersede itself. Choose the work that takes its place."))
    if old.superseded_by_id is not None:
        raise SupersessionError(_("“%(old)s” is superseded already. Undo that first.") % titles)
    if new.superseded_by_id is not None:
        raise SupersessionError(
            _("“%(new)s” is superseded itself, by “%(newest)s”. Choose that one.")
            % {"new": new, "newest": new.superseded_by}
        )
    if new.status == Status.DRAFT:
        raise SupersessionError(_("“%(new)s” is a draft. Make it live first.") % titles)
    if new.status != Status.LIVE:
        raise SupersessionError(_("“%(new)s” is retired. Make it live again or choose another work.") % titles)


def _point(entry: Entry, *, to: int | None, reason: str) -> None:
    entry.superseded_by_id = to
    entry._change_reason = reason  # type: ignore[attr-defined]
    entry.save(update_fields=["superseded_by"])


def _places_of(entry: Entry) -> list[StepEntry]:
    list_ids = StepEntry.objects.filter(entry=entry).values_list("list", flat=True)
    lists.lock(*list_ids)
    return list(StepEntry.objects.filter(entry=entry).select_related("step__list").order_by("list", "step__position"))


def _give_place(place: StepEntry, new: Entry, *, reason: str) -> dict[str, Any]:
    """`new` stands in this place, or nothing does if it stands in the list already; returns what undo needs."""
    step = place.step
    memory = {
        "step_entry": place.pk,
        "list": place.list_id,
        "step": step.pk,
        "slug": step.slug,
        "position": step.position,
        "required": place.required,
    }
    place._change_reason = reason  # type: ignore[attr-defined]
    if not StepEntry.objects.filter(list=place.list_id, entry=new).exists():
        place.entry = new
        place.save(update_fields=["entry"])
        return memory | {"went": False}
    place.delete()
    if not step.step_entries.exists():
        lists.remove_step(step, reason=reason)
    return memory | {"went": True}


def _restore(place: dict[str, Any], entry: Entry, successor_id: int, *, reason: str) -> Iterator[str]:
    """Puts `entry` back into a remembered place; yields a sentence if that is not free."""
    reading_list = ReadingList.objects.filter(pk=place["list"]).first()
    if reading_list is None:
        yield _("A list in which it stood has been deleted.")
    elif StepEntry.objects.filter(list=reading_list, entry=entry).exists():
        yield _("It stands in “%(list)s” again already.") % {"list": reading_list}
    elif not place["went"]:
        yield from _take_back(place, entry, successor_id, reading_list, reason=reason)
    else:
        yield from _stand_again(place, entry, reading_list, reason=reason)


def _take_back(
    place: dict[str, Any], entry: Entry, successor_id: int, reading_list: ReadingList, *, reason: str
) -> Iterator[str]:
    standing = StepEntry.objects.filter(pk=place["step_entry"], step=place["step"], entry=successor_id).first()
    if standing is None:
        yield _("Its place in “%(list)s” has been changed since; put it there by hand.") % {"list": reading_list}
        return
    standing.entry = entry
    standing._change_reason = reason  # type: ignore[attr-defined]
    standing.save(update_fields=["entry"])


def _stand_again(place: dict[str, Any], entry: Entry, reading_list: ReadingList, *, reason: str) -> Iterator[str]:
    step = Step.objects.filter(pk=place["step"], list=reading_list).first()
    if step is None:
        if Step.objects.filter(list=reading_list, slug=place["slug"]).exists():
            yield _("Another step of “%(list)s” has its name now; put it there by hand.") % {"list": reading_list}
            return
        step = lists.insert_step(
            reading_list, place["slug"], position=place["position"], pk=place["step"], reason=reason
        )
    restored = StepEntry(pk=place["step_entry"], step=step, list=reading_list, entry=entry, required=place["required"])
    restored._change_reason = reason  # type: ignore[attr-defined]
    restored.save(force_insert=True)
