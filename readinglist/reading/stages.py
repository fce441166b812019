"""Every write to read states: one place where a stage changes and the log is told.

All writes of one reader stand in a row behind that reader's lock, so two tabs that tick at once leave one state and a
log in its order. An unchanged state writes nothing: a double click is one click.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

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


UNREAD = State()
_FIELDS = ("stage", "percent", "queued_at", "started_at", "read_at")


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
    """So far: 100 is finished, less is reading."""
    if not 0 <= percent <= 100:
        raise StageRefused(_("Write a percentage from 0 to 100."))
    if percent == 100:
        return finished(state, now)
    if state.stage == Stage.READING and state.percent == percent:
        return state
    return replace(state, stage=Stage.READING, percent=percent, started_at=_first_start(state, now))


def finished(state: State, now: datetime) -> State:
    """Read; the first finish stays the date."""
    if state.stage == Stage.READ:
        return state
    # Clocks of two web processes may differ: a finish is never before its start.
    read_at = state.read_at or max(now, state.started_at or now)
    return replace(state, stage=Stage.READ, percent=100, read_at=read_at)


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


BY_STAGE = {Stage.QUEUED: queue, Stage.READING: start, Stage.READ: finish, Stage.SKIPPED: skip, "": mark_unread}


def set_stage(entry: Entry, stage: str, *, user: User, now: datetime) -> Change:
    """One of the four stages, or empty for unread."""
    if stage not in BY_STAGE:
        raise StageRefused(_("There is no such stage. Choose queued, reading, read or skipped."))
    return BY_STAGE[stage](entry, user=user, now=now)


def state_of(row: ReadState | Activity | None) -> State:
    """The state that a row, or a line of the log, carries."""
    return UNREAD if row is None else State(*(getattr(row, field) for field in _FIELDS))


def fold(log: Sequence[Activity]) -> State:
    """The state that the log of one reader and one entry tells, oldest line first."""
    return state_of(log[-1]) if log else UNREAD


@transaction.atomic
def _write(entry: Entry, user: User, now: datetime, action: str, rule: Callable[[State], State]) -> Change:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    row = ReadState.objects.filter(user=user, entry=entry).first()
    before = state_of(row)
    after = rule(before)
    if after == before:
        return Change(before, before)
    fields = {field: getattr(after, field) for field in _FIELDS}
    if after == UNREAD:
        ReadState.objects.filter(user=user, entry=entry).delete()
    else:
        ReadState.objects.update_or_create(user=user, entry=entry, defaults=fields)
    Activity.objects.create(user=user, entry=entry, at=now, action=action, **fields)
    return Change(before, after)
