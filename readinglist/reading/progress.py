"""Progress, defined once (DESIGN §7): the state of a step, and the counts of a list, as annotations.

A step is skipped when all its required entries are skipped or nothing in it counts; read when at least one is read and
each other is read or skipped; reading when one is under way. A required entry counts as read by who read it or any
entry that it superseded. Retired and draft entries and companions do not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import CharField, F, Func, JSONField, OuterRef, QuerySet, Value
from django.utils.translation import gettext

from accounts.models import User
from readinglist.catalog.models import ReadingList, Step
from readinglist.reading.models import Stage

Reader = User | OuterRef

# Of the works of a step; where nothing counts, the step is skipped.
_STATE = """CASE
    WHEN bool_and(is_skipped AND NOT is_read) IS NOT FALSE THEN 'skipped'
    WHEN bool_and(is_skipped OR is_read) THEN 'read'
    WHEN bool_or(is_reading OR is_read) THEN 'reading'
    ELSE ''
END"""
# Two looks by an index for each work: one OR would scan all entries.
_WORKS = """
    SELECT place.step_id,
        COALESCE(mine.stage = 'skipped', false) AS is_skipped,
        COALESCE(mine.stage = 'reading', false) AS is_reading,
        mine.read_at IS NOT NULL OR earlier.is_read IS NOT NULL AS is_read
    FROM catalog_stepentry place
    JOIN catalog_entry work ON work.id = place.entry_id
    LEFT JOIN reading_readstate mine ON mine.entry_id = work.id AND mine.user_id = asked.reader
    LEFT JOIN LATERAL (
        SELECT true AS is_read FROM catalog_entry before
        JOIN reading_readstate its ON its.entry_id = before.id
        WHERE before.superseded_by_id = work.id AND its.user_id = asked.reader AND its.read_at IS NOT NULL
        LIMIT 1
    ) earlier ON true
    WHERE place.required AND work.status = 'live'
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one reader is with one list."""

    steps: int
    read: int
    skipped: int

    @property
    def counted(self) -> int:
        """The steps that are left to count: all but the skipped."""
        return self.steps - self.skipped

    @property
    def sentence(self) -> str:
        """The figures in words: "11 of 19 read, 1 skipped."."""
        figures = {"read": self.read, "n": self.counted, "skipped": self.skipped}
        if not self.counted:
            return gettext("Nothing to read here.")
        if self.skipped:
            return gettext("%(read)s of %(n)s read, %(skipped)s skipped.") % figures
        return gettext("%(read)s of %(n)s read.") % figures

    @property
    def percent(self) -> int | None:
        """0 to 100, rounded down; None where nothing is left to count."""
        return self.read * 100 // self.counted if self.counted else None

    @property
    def is_finished(self) -> bool:
        return self.counted > 0 and self.read == self.counted

    @property
    def is_open(self) -> bool:
        """Whether anything is left to read."""
        return self.read < self.counted


class _StateOfStep(Func):
    """Of a step and a reader, by their keys. As text: Django takes longer to write it than PostgreSQL to run it."""

    template = f"""(
        SELECT (SELECT {_STATE} FROM ({_WORKS} AND place.step_id = asked.step) works)
        FROM (SELECT %(expressions)s) asked (step, reader)
    )"""  # noqa: S608 - of constants, like the next
    output_field = CharField()


class _CountsOfList(Func):
    """The states of the steps of a list, counted."""

    template = f"""(
        SELECT jsonb_build_object(
            'steps', count(*),
            'read', count(*) FILTER (WHERE state = 'read'),
            'skipped', count(*) FILTER (WHERE state = 'skipped')
        )
        FROM (SELECT %(expressions)s) asked (list, reader)
        CROSS JOIN LATERAL (
            SELECT {_STATE} AS state
            FROM catalog_step step
            LEFT JOIN ({_WORKS} AND place.list_id = asked.list) works ON works.step_id = step.id
            WHERE step.list_id = asked.list
            GROUP BY step.id
        ) steps
    )"""  # noqa: S608
    output_field = JSONField()


def with_state(steps: QuerySet[Step], reader: Reader) -> QuerySet[Step]:
    """Steps with `state`: `read`, `skipped`, `reading` or `` (unread) for `reader`, a user or an OuterRef to one."""
    return steps.annotate(state=_StateOfStep(F("pk"), _key(reader)))


def with_progress(lists: QuerySet[ReadingList], reader: Reader) -> QuerySet[ReadingList]:
    """Lists with `progress_counts`, a dict of steps, read and skipped for `reader`, a user or an OuterRef to one.

    `progress_of(reading_list)` makes a Progress of it.
    """
    return lists.annotate(progress_counts=_CountsOfList(F("pk"), _key(reader)))


def progress_of(reading_list: ReadingList) -> Progress:
    """The figures of a list that comes from `with_progress`."""
    counts: dict[str, int] = reading_list.progress_counts  # type: ignore[attr-defined] # annotated
    return Progress(**counts)


def progress_over(states: Iterable[str]) -> Progress:
    """The same figures from the states of all steps of a list, as `with_state` says them."""
    states = list(states)
    return Progress(len(states), states.count(Stage.READ), states.count(Stage.SKIPPED))


def _key(reader: Reader) -> Value | OuterRef:
    return reader if isinstance(reader, OuterRef) else Value(reader.pk)
