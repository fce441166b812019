"""What becomes of progress that is told from two sides: what is here is never lowered, and twice is once."""

from dataclasses import replace
from datetime import datetime

from readinglist.reading.models import Stage
from readinglist.reading.stages import UNREAD, State

# How far each stage is. Leaving out is a decision that reading overtakes.
_FAR = {"": 0, Stage.SKIPPED: 1, Stage.QUEUED: 2, Stage.READING: 3, Stage.READ: 4}


def merged(here: State, there: State) -> State:
    """The further of two states, with the earliest of their dates.

    What was read on either side is read; where it was on both, what is here stays, a re-read included.
    """
    if UNREAD in (here, there):
        return there if here == UNREAD else here
    further = here if _reach(here) >= _reach(there) or (here.read_at and there.read_at) else there
    read_at = _earliest(here.read_at, there.read_at)
    started_at = _earliest(here.started_at, there.started_at)
    if read_at and started_at:
        started_at = min(started_at, read_at)
    return replace(
        further,
        queued_at=_earliest(here.queued_at, there.queued_at),
        started_at=started_at,
        read_at=read_at,
    )


def _reach(state: State) -> tuple[bool, int, int]:
    return state.read_at is not None, _FAR[state.stage], state.percent


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time), default=None)
