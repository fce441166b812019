"""Progress, defined once (DESIGN §7): the state of a step, and the counts of a list, as annotations.

A step is skipped when all its required entries are skipped or nothing in it counts; read when at least one is read and
each other is read or skipped; reading when one is under way. A required entry counts as read by who read it or any
entry that it superseded. Retired and draft entries and companions do not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import ReadingList, Step, StepEntry
from readinglist.reading.models import ReadState, Stage

Reader = User | OuterRef


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


def with_state(steps: QuerySet[Step], reader: Reader) -> QuerySet[Step]:
    """Steps with `state`: `read`, `skipped`, `reading` or `` (unread) for `reader`, a user or an OuterRef to one."""
    return steps.annotate(state=_state_of_step(_deeper(reader)))


def with_progress(lists: QuerySet[ReadingList], reader: Reader) -> QuerySet[ReadingList]:
    """Lists with `progress_counts`, a dict of steps, read and skipped for `reader`, a user or an OuterRef to one.

    `progress_of(reading_list)` makes a Progress of it.
    """
    counts = (
        with_state(Step.objects.filter(list=OuterRef("pk")).order_by(), _deeper(reader))
        .values("list")
        .annotate(
            counts=JSONObject(
                steps=Count("pk"),
                read=Count("pk", filter=Q(state=Stage.READ)),
                skipped=Count("pk", filter=Q(state=Stage.SKIPPED)),
            )
        )
        .values("counts")
    )
    return lists.annotate(progress_counts=Subquery(counts))


def progress_of(reading_list: ReadingList) -> Progress:
    """The figures of a list that comes from `with_progress`."""
    counts: dict[str, int] | None = reading_list.progress_counts  # type: ignore[attr-defined] # annotated
    return Progress(**(counts or {"steps": 0, "read": 0, "skipped": 0}))


def progress_over(steps: Iterable[Step]) -> Progress:
    """The same figures from all steps of a list, fetched by `with_state`."""
    states = [step.state for step in steps]  # type: ignore[attr-defined] # annotated
    return Progress(len(states), states.count(Stage.READ), states.count(Stage.SKIPPED))


def _state_of_step(reader: Reader) -> Coalesce:
    """A correlated subquery over the step's required live entries, one row that becomes the state."""
    finished = ReadState.objects.filter(user=_deeper(reader), read_at__isnull=False)
    works = (
        StepEntry.objects.filter(step=OuterRef("pk"), required=True, entry__status=Status.LIVE)
        .order_by()
        .annotate(
            # Two looks by an index each: one OR across the join would scan all entries for every work.
            is_read=_either(
                finished.filter(entry=OuterRef("entry")), finished.filter(entry__superseded_by=OuterRef("entry"))
            ),
            is_skipped=_either(
                ReadState.objects.filter(entry=OuterRef("entry"), user=_deeper(reader), stage=Stage.SKIPPED)
            ),
            is_reading=_either(
                ReadState.objects.filter(entry=OuterRef("entry"), user=_deeper(reader), stage=Stage.READING)
            ),
        )
        .values("step")
        .annotate(
            works=Count("pk"),
            read=Count("pk", filter=Q(is_read=True)),
            skipped=Count("pk", filter=Q(is_read=False, is_skipped=True)),
            reading=Count("pk", filter=Q(is_reading=True)),
        )
        .annotate(
            state=Case(
                When(skipped=F("works"), then=Value(Stage.SKIPPED)),
                When(works=F("read") + F("skipped"), then=Value(Stage.READ)),
                When(Q(reading__gt=0) | Q(read__gt=0), then=Value(Stage.READING)),
                default=Value(""),
                output_field=CharField(),
            )
        )
        .values("state")
    )
    return Coalesce(Subquery(works), Value(Stage.SKIPPED), output_field=CharField())


def _either(first: QuerySet[ReadState], *more: QuerySet[ReadState]) -> ExpressionWrapper:
    """Whether any of the querysets has a row."""
    condition = Q(Exists(first))
    for rows in more:
        condition |= Q(Exists(rows))
    return ExpressionWrapper(condition, output_field=BooleanField())


def _deeper(reader: Reader) -> Reader:
    """The same reader seen from one subquery further in."""
    return OuterRef(reader) if isinstance(reader, OuterRef) else reader
