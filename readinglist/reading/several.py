"""One stage for several works at once, and one step back.

What has been read stays so: to read it again, or to leave out what is being read again, is a decision about one work.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import stages
from readinglist.reading.models import Stage
from readinglist.reading.stages import State

STAGES = (Stage.READ, Stage.QUEUED, Stage.SKIPPED)


@dataclass(frozen=True, slots=True)
class Done:
    """What a stage for several works has changed: `before` by the keys of the works, and how many have stayed read."""

    stage: str
    at: datetime
    before: Mapping[int, State]
    kept_read: int


def marked(state: State, stage: str, now: datetime) -> State:
    """The rule for one of the works; `stage` is one of STAGES."""
    if stage == Stage.READ:
        return stages.finished(state, now)
    if state.stage == Stage.READ:
        return state
    if stage == Stage.QUEUED:
        return stages.queued(state, now)
    return state if state.read_at else stages.skipped(state, now)


def mark(works: Iterable[Entry], stage: str, *, user: User, now: datetime) -> Done:
    """In one transaction."""
    rules = {work.pk: partial(marked, stage=stage, now=now) for work in works}
    changes = stages.write_many(rules, user=user, now=now)
    return Done(
        stage,
        now,
        before={pk: change.before for pk, change in changes.items() if change.is_new},
        kept_read=sum(change.after.stage != stage for change in changes.values()),
    )


def take_back(done: Done, *, user: User, now: datetime) -> int:
    """Gives each work the state that it had, unless it was changed since; how many that were."""
    rules = {pk: partial(_taken_back, before=before, done=done) for pk, before in done.before.items()}
    changes = stages.write_many(rules, user=user, now=now)
    return sum(change.is_new for change in changes.values())


def _taken_back(state: State, *, before: State, done: Done) -> State:
    return before if state == marked(before, done.stage, done.at) else state
