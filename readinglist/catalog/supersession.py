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


@dataclass(frozen=True, slots=True)
class Move:
    """What superseding does in one list: `place` is the old work's there, `standing` the successor's own, if any."""

    place: StepEntry
    standing: StepEntry | None

    @property
    def is_taken(self) -> bool:
        """Whether the successor takes the place; else it goes. A companion never counts, so it takes a required one."""
        return self.standing is None or (self.place.required and not self.standing.required)


@dataclass(frozen=True, slots=True)
class Consequences:
    """What superseding does: a move for each list in which the old work stands, and who is re-pointed."""

    moves: list[Move]
    predecessors: list[Entry]

    @property
    def taken(self) -> list[StepEntry]:
        """Places of the old work in which the successor will stand."""
        return [move.place for move in self.moves if move.is_taken]

    @property
    def given_up(self) -> list[StepEntry]:
        """Places of the old work that go, with a step that they leave empty: the successor stands in the list."""
        return [move.place for move in self.moves if not move.is_taken]

    @property
    def companions(self) -> list[StepEntry]:
        """Places of the successor that go, with a step that they leave empty: it becomes required in that list."""
        return [move.standing for move in self.moves if move.is_taken and move.standing]

    @property
    def list_count(self) -> int:
        return len(self.moves)


def check(old: Entry, new: Entry) -> None:
    """Raises SupersessionError unless `new` can supersede `old` now."""
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
    if not new.url and StepEntry.objects.filter(entry=old, required=True).exists():
        raise SupersessionError(
            _("“%(new)s” has no address, and a list requires “%(old)s”. Give it one first.") % titles
        )


def consequences(old: Entry, new: Entry) -> Consequences:
    """What superseding `old` by `new` would do now, if `check` lets it."""
    standing = {place.list_id: place for place in _places_of(new)}
    return Consequences(
        moves=[Move(place, standing.get(place.list_id)) for place in _places_of(old)],
        predecessors=list(Entry.objects.filter(superseded_by=old)),
    )


@transaction.atomic
def supersede(old: Entry, new: Entry, *, now: datetime) -> Supersession:
    """`new` takes the place of `old` in its steps and as successor of what `old` superseded; raises SupersessionError.

    Where `new` stands in a list already, the place of `old` goes, and its step if nothing else stands there; but a
    mere companion leaves its own place and takes the required one.
    """
    entries = _locked(old, new)
    before, after = entries.get(old.pk), entries.get(new.pk)
    if before is None or after is None:
        raise SupersessionError(_("One of the two works has been deleted in the meantime. Open the catalogue again."))
    lists.lock(*StepEntry.objects.filter(entry=before).values_list("list", flat=True))
    check(before, after)
    will = consequences(before, after)
    reason = f"superseded by {after.slug}"
    for entry in [*will.predecessors, before]:
        _point(entry, to=after.pk, reason=reason)
    moved = {
        "to": after.pk,
        "places": [_carry_out(move, after, reason=reason) for move in will.moves],
        "predecessors": [entry.pk for entry in will.predecessors],
    }
    old.superseded_by = new
    supersession, _created = Supersession.objects.update_or_create(entry=before, defaults={"at": now, "moved": moved})
    return supersession


@transaction.atomic
def undo(old: Entry) -> Undone:
    """`old` is superseded no more and stands where it stood, as far as that is free; raises SupersessionError.

    Who read only the successor has not read `old`: a step that counted as read by it counts so no more.
    """
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


def _point(entry: Entry, *, to: int | None, reason: str) -> None:
    entry.superseded_by_id = to
    entry._change_reason = reason  # type: ignore[attr-defined]
    entry.save(update_fields=["superseded_by"])


def _places_of(entry: Entry) -> list[StepEntry]:
    return list(StepEntry.objects.filter(entry=entry).select_related("step__list").order_by("list", "step__position"))


def _carry_out(move: Move, new: Entry, *, reason: str) -> dict[str, Any]:
    """`new` takes the place, or the place goes; returns what undo needs."""
    memory = _memory_of(move.place) | {"went": not move.is_taken}
    if not move.is_taken:
        _remove(move.place, reason=reason)
        return memory
    if move.standing is not None:
        memory["companion"] = _memory_of(move.standing)
        _remove(move.standing, reason=reason)
    move.place.entry = new
    move.place._change_reason = reason  # type: ignore[attr-defined]
    move.place.save(update_fields=["entry"])
    return memory


def _memory_of(place: StepEntry) -> dict[str, Any]:
    return {
        "step_entry": place.pk,
        "list": place.list_id,
        "step": place.step_id,
        "slug": place.step.slug,
        "position": place.step.position,
        "required": place.required,
    }


def _remove(place: StepEntry, *, reason: str) -> None:
    """Takes a place away, and its step if nothing else stands there."""
    place._change_reason = reason  # type: ignore[attr-defined]
    place.delete()
    if not place.step.step_entries.exists():
        lists.remove_step(place.step, reason=reason)


def _restore(place: dict[str, Any], entry: Entry, successor_id: int, *, reason: str) -> Iterator[str]:
    """Puts `entry` back into a remembered place; yields a sentence if that is not free."""
    reading_list = ReadingList.objects.filter(pk=place["list"]).first()
    if reading_list is None:
        yield _("A list in which it stood has been deleted.")
    elif StepEntry.objects.filter(list=reading_list, entry=entry).exists():
        yield _("It stands in “%(list)s” again already.") % {"list": reading_list}
    elif not place["went"]:
        yield from _take_back(place, entry, successor_id, reading_list, reason=reason)
    elif not _stand_again(place, entry.pk, reading_list, reason=reason):
        yield _("Another step of “%(list)s” has its name now; put it there by hand.") % {"list": reading_list}


def _take_back(
    place: dict[str, Any], entry: Entry, successor_id: int, reading_list: ReadingList, *, reason: str
) -> Iterator[str]:
    """`entry` stands in its place again, and the successor where it was a companion."""
    standing = StepEntry.objects.filter(pk=place["step_entry"], step=place["step"], entry=successor_id).first()
    if standing is None:
        yield _("Its place in “%(list)s” has been changed since; put it there by hand.") % {"list": reading_list}
    else:
        standing.entry = entry
        standing._change_reason = reason  # type: ignore[attr-defined]
        standing.save(update_fields=["entry"])
    companion = place.get("companion")
    if companion is None or (standing and _stand_again(companion, successor_id, reading_list, reason=reason)):
        return
    if successor := Entry.objects.filter(pk=successor_id, superseded_by=None).first():
        titles = {"title": successor, "list": reading_list}
        yield _("“%(title)s” was a companion in “%(list)s”; put it there again by hand.") % titles


def _stand_again(place: dict[str, Any], entry_id: int, reading_list: ReadingList, *, reason: str) -> bool:
    """Brings back a place that went, with its step if that went too; not where another step has its name now."""
    step = Step.objects.filter(pk=place["step"], list=reading_list).first()
    if step is None:
        if Step.objects.filter(list=reading_list, slug=place["slug"]).exists():
            return False
        step = lists.insert_step(
            reading_list, place["slug"], position=place["position"], pk=place["step"], reason=reason
        )
    restored = StepEntry(
        pk=place["step_entry"], step=step, list=reading_list, entry_id=entry_id, required=place["required"]
    )
    restored._change_reason = reason  # type: ignore[attr-defined]
    restored.save(force_insert=True)
    return True
