"""How far a reader was with each list, month by month, as the log tells; the lists are taken as they are today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, Q

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import ReadingList, StepEntry
from readinglist.reading import paths
from readinglist.reading.history import spans
from readinglist.reading.models import Activity, Stage
from readinglist.reading.progress import Progress

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Course:
    """One list: per cent read at the end of each month, the last one now; None where nothing was left to count."""

    reading_list: ReadingList
    percents: Sequence[int | None]

    @property
    def is_begun(self) -> bool:
        return any(self.percents)


@dataclass(frozen=True, slots=True)
class Courses:
    months: Sequence[date]
    courses: Sequence[Course]


@dataclass(frozen=True, slots=True)
class _Standing:
    """At the end of a month: the works that were read, themselves or in an earlier version, and those skipped."""

    read: set[int | None]
    skipped: set[int]


def courses_of(user: User, *, now: datetime) -> Courses:
    """The lists of the path in their order, then others that are begun; in three queries."""
    rows = list(paths.with_place(ReadingList.objects.order_by("position", "pk"), user))
    places = paths.places_of(rows)
    months = spans.last_months(MONTHS, now=now, zone=user.tzinfo)
    steps, standings = _steps(), _standings(user, months)
    courses = [
        Course(row, _percents(steps.get(row.pk, {}).values(), standings))
        for row in sorted(rows, key=lambda row: places.get(row.pk, len(rows) + 1))
    ]
    return Courses(months, [course for course in courses if course.is_begun or course.reading_list.pk in places])


def _steps() -> dict[int, dict[int, list[int]]]:
    """By list and step, the works that count. A step in which none does is skipped, and so never counted."""
    places = StepEntry.objects.filter(required=True, entry__status=Status.LIVE).order_by("pk")
    steps: dict[int, dict[int, list[int]]] = {}
    for in_list, step, entry in places.values_list("list_id", "step_id", "entry_id"):
        steps.setdefault(in_list, {}).setdefault(step, []).append(entry)
    return steps


def _standings(user: User, months: Sequence[date]) -> list[_Standing]:
    """By month. Of each work in a list, or superseded by one, the last line of each month is looked at."""
    in_lists = StepEntry.objects.filter(required=True).values("entry")
    rows = (
        Activity.objects.of(user)
        .filter(Q(entry__in=in_lists) | Q(entry__superseded_by__in=in_lists))
        .annotate(place=spans.place_in(months, user.tzinfo, "at"), successor=F("entry__superseded_by"))
        .order_by("entry", "place", "-pk")
        .distinct("entry", "place")
        .values_list("pk", "place", "entry", "successor", "read_at", "stage")
    )
    # The log is folded in its own order: what was brought along later may tell of earlier days.
    lines = sorted(rows)
    standings = []
    for month in range(1, len(months) + 1):
        last = {entry: rest for _pk, place, entry, *rest in lines if place <= month}
        read = {work for entry, (successor, read_at, _) in last.items() if read_at for work in (entry, successor)}
        skipped = {entry for entry, (_, _, stage) in last.items() if stage == Stage.SKIPPED}
        standings.append(_Standing(read, skipped))
    return standings


def _percents(steps: Iterable[Sequence[int]], standings: Iterable[_Standing]) -> list[int | None]:
    counted = list(steps)
    percents: list[int | None] = []
    before = None
    for standing in standings:
        if standing == before:
            percents.append(percents[-1])
            continue
        before = standing
        states = [_state(works, standing) for works in counted]
        percents.append(Progress(len(states), states.count(Stage.READ), states.count(Stage.SKIPPED)).percent)
    return percents


def _state(works: Sequence[int], standing: _Standing) -> str:
    """As `reading.progress` defines it, of a step in which these works count."""
    unread = [work for work in works if work not in standing.read]
    if not standing.skipped.issuperset(unread):
        return ""
    return Stage.SKIPPED if len(unread) == len(works) else Stage.READ
