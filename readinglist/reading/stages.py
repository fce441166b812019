"""Every write to read states but those from a file that is brought in: here a stage changes and the log is told.

All writes of one reader stand in a row behind that reader's lock, so two tabs that tick at once leave one state and a
log in its order. An unchanged state writes nothing: a double click is one click.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading.models import Activity, ReadState, Stage


class StageRefused(Exception):
    """The change is against the rules; the message tells the reader what to do instead."""


@dataclass(frozen=True, slots=True)
class State:
    """What is known of one reader and one entry. `stage` is empty for unread."""

    stage: str = ""
    percent: int = 0
    queued_at: datetime | None = None
    started_at: datetime | None = None
    read_at: datetime | None = None
    page: int | None = None
    pages: int | None = None


UNREAD = State()
FIELDS = tuple(field.name for field in fields(State))
# What a line of the log is called that is known by where it leads alone.
ACTION_OF: dict[str, Activity.Action] = {
    "": Activity.Action.UNREAD,
    Stage.QUEUED: Activity.Action.QUEUED,
    Stage.READING: Activity.Action.PROGRESSED,
    Stage.READ: Activity.Action.FINISHED,
    Stage.SKIPPED: Activity.Action.SKIPPED,
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a write did: `before` and `after` are equal where there was nothing to do."""

    before: State
    after: State

    @property
    def is_new(self) -> bool:
        return self.before != self.after


# --------------------------------------------------------------- pure rules


def queued(state: State, now: datetime) -> State:
    """On the pile; of what was read before, the pile of what to read again."""
    if state.stage == Stage.QUEUED:
        return state
    percent = 0 if state.stage == Stage.READ else state.percent
    return replace(state, stage=Stage.QUEUED, percent=percent, queued_at=state.queued_at or now)


def started(state: State, now: datetime) -> State:
    """Under way; what was read before begins again at nothing."""
    if state.stage == Stage.READING:
        return state
    percent = 0 if state.stage == Stage.READ else state.percent
    return replace(state, stage=Stage.READING, percent=percent, started_at=_first_start(state, now))


def progressed(state: State, percent: int, now: datetime) -> State:
    """So far: 100 is finished, less is reading. On which page that is, is not known then."""
    if not 0 <= percent <= 100:
        raise StageRefused(_("Write a percentage from 0 to 100."))
    if percent == 100:
        return finished(state, now)
    if state.stage == Stage.READING and state.percent == percent:
        return state
    return replace(state, stage=Stage.READING, percent=percent, page=None, started_at=_first_start(state, now))


def turned(state: State, page: int, pages: int, now: datetime) -> State:
    """On a page of so many; the last one is finished."""
    if not 1 <= page <= pages:
        raise StageRefused(_("Write a page from 1 to the last one."))
    if page == pages:
        return state if state.stage == Stage.READ else replace(finished(state, now), pages=pages)
    percent = page * 100 // pages
    return replace(
        state, stage=Stage.READING, percent=percent, page=page, pages=pages, started_at=_first_start(state, now)
    )


def finished(state: State, now: datetime) -> State:
    """Read; the first finish stays the date."""
    if state.stage == Stage.READ:
        return state
    # Clocks of two web processes may differ: a finish is never before its start.
    read_at = state.read_at or max(now, state.started_at or now)
    return replace(state, stage=Stage.READ, percent=100, read_at=read_at, page=None)


def skipped(state: State, now: datetime) -> State:
    """Left out on purpose; impossible for what has been read."""
    if state.stage == Stage.SKIPPED:
        return state
    if state.read_at is not None:
        raise StageRefused(_("You have read this already. Mark it as unread first, then you can skip it."))
    return replace(state, stage=Stage.SKIPPED)


def _first_start(state: State, now: datetime) -> datetime:
    return state.started_at or min(now, state.read_at or now)


# -------------------------------------------------------------------- writes


def queue(entry: Entry, *, user: User, now: datetime) -> Change:
    return _write(entry, user, now, Activity.Action.QUEUED, lambda state: queued(state, now))


def start(entry: Entry, *, user: User, now: datetime) -> Change:
    return _write(entry, user, now, Activity.Action.STARTED, lambda state: started(state, now))


def finish(entry: Entry, *, user: User, now: datetime) -> Change:
    return _write(entry, user, now, Activity.Action.FINISHED, lambda state: finished(state, now))


def skip(entry: Entry, *, user: User, now: datetime) -> Change:
    return _write(entry, user, now, Activity.Action.SKIPPED, lambda state: skipped(state, now))


def mark_unread(entry: Entry, *, user: User, now: datetime) -> Change:
    """Deletes the row; the log keeps what was."""
    return _write(entry, user, now, Activity.Action.UNREAD, lambda state: UNREAD)


def set_percent(entry: Entry, percent: int, *, user: User, now: datetime) -> Change:
    action = Activity.Action.FINISHED if percent == 100 else Activity.Action.PROGRESSED
    return _write(entry, user, now, action, lambda state: progressed(state, percent, now))


def turn_to(entry: Entry, page: int, pages: int, *, user: User, now: datetime) -> Change:
    """By page where `set_percent` goes by hundredths; the number of pages is kept for the next time."""
    action = Activity.Action.FINISHED if page == pages else Activity.Action.PROGRESSED
    return _write(entry, user, now, action, lambda state: turned(state, page, pages, now))


@transaction.atomic
def note_minutes(entry: Entry, minutes: int, *, user: User, now: datetime) -> None:
    """A line of the log that changes no state: so long was read."""
    lock(user)
    state = state_of(ReadState.objects.filter(user=user, entry=entry).first())
    Activity.objects.create(
        user=user, entry=entry, at=now, action=Activity.Action.TIMED, minutes=minutes, **fields_of(state)
    )


BY_STAGE = {Stage.QUEUED: queue, Stage.READING: start, Stage.READ: finish, Stage.SKIPPED: skip, "": mark_unread}


def set_stage(entry: Entry, stage: str, *, user: User, now: datetime) -> Change:
    """One of the four stages, or empty for unread."""
    if stage not in BY_STAGE:
        raise StageRefused(_("There is no such stage. Choose queued, reading, read or skipped."))
    return BY_STAGE[stage](entry, user=user, now=now)


def state_of(row: ReadState | Activity | None) -> State:
    """The state that a row, or a line of the log, carries."""
    return UNREAD if row is None else State(*(getattr(row, field) for field in FIELDS))


def fold(log: Sequence[Activity]) -> State:
    """The state that the log of one reader and one entry tells, oldest line first."""
    return state_of(log[-1]) if log else UNREAD


def lock(user: User) -> None:
    """All that one reader writes but marks on posts stands in a row behind this, to the end of the transaction."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)


def fields_of(state: State) -> dict[str, Any]:
    return {field: getattr(state, field) for field in FIELDS}


@transaction.atomic
def _write(entry: Entry, user: User, now: datetime, action: str, rule: Callable[[State], State]) -> Change:
    lock(user)
    row = ReadState.objects.filter(user=user, entry=entry).first()
    before = state_of(row)
    after = rule(before)
    if after == before:
        return Change(before, before)
    columns = fields_of(after)
    if after == UNREAD:
        ReadState.objects.filter(user=user, entry=entry).delete()
    else:
        ReadState.objects.update_or_create(user=user, entry=entry, defaults=columns)
    Activity.objects.create(user=user, entry=entry, at=now, action=action, **columns)
    return Change(before, after)


@transaction.atomic
def write_many(rules: Mapping[int, Callable[[State], State]], *, user: User, now: datetime) -> dict[int, Change]:
    """Applies to each work, by its key, its rule: all or none, in the same few queries for any number of works."""
    lock(user)
    rows = {row.entry_id: row for row in ReadState.objects.of(user).filter(entry__in=rules)}
    changes: dict[int, Change] = {}
    for pk, rule in rules.items():
        before = state_of(rows.get(pk))
        changes[pk] = Change(before, rule(before))
    new = {pk: change.after for pk, change in changes.items() if change.is_new}
    ReadState.objects.of(user).filter(entry__in=[pk for pk, after in new.items() if after == UNREAD]).delete()
    ReadState.objects.bulk_create(
        [ReadState(user=user, entry_id=pk, **fields_of(after)) for pk, after in new.items() if after != UNREAD],
        update_conflicts=True,
        unique_fields=["user", "entry"],
        update_fields=FIELDS,
    )
    Activity.objects.bulk_create(
        Activity(user=user, entry_id=pk, at=now, action=ACTION_OF[after.stage], **fields_of(after))
        for pk, after in new.items()
    )
    return changes
