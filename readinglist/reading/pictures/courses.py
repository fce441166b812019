"""How far each list was read, month by month, as lines; three are told apart, and the table has all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

from readinglist.reading.history.lists import Course, Courses
from readinglist.reading.pictures.measures import apart, per_cent, pixels

MOST_LINES = 3
TOP, BASE = 16, 192  # pixels
BELOW = 212  # of the months' names
HEIGHT = 220
FIRST, LAST = 2.0, 63.0  # per cent: of the first month and of the last
RIGHT = per_cent(LAST + 1)
NAMES = per_cent(LAST + 3)
LABELS_APART = 16  # pixels
SCALE = 20  # per cent of a list, from line to line
EVERY = 3  # so many months from name to name, where there is little room


@dataclass(frozen=True, slots=True)
class Stroke:
    x1: str
    y1: str
    x2: str
    y2: str


@dataclass(frozen=True, slots=True)
class Line:
    """A list; `number` is its way of being drawn."""

    course: Course
    number: int
    strokes: Sequence[Stroke]
    end: str
    baseline: str  # of its name

    @property
    def percent(self) -> int:
        return self.course.percents[-1] or 0


@dataclass(frozen=True, slots=True)
class Mark:
    """Of a scale: a per cent, or a month."""

    label: int | date
    place: str
    baseline: str = ""
    is_marked: bool = True


@dataclass(frozen=True, slots=True)
class TableRow:
    month: date
    percents: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Picture:
    courses: Sequence[Course]
    lines: Sequence[Line]
    scale: Sequence[Mark]
    months: Sequence[Mark]
    table: Sequence[TableRow]
    sentence: str
    right: str = RIGHT
    last: str = per_cent(LAST)
    names: str = NAMES
    below: int = BELOW
    height: int = HEIGHT

    @property
    def left_out(self) -> int:
        """How many lists stand in the table alone."""
        return len(self.courses) - len(self.lines)


def draw(figures: Courses) -> Picture | None:
    """None where no list is begun."""
    if not any(course.is_begun for course in figures.courses):
        return None
    drawn = figures.courses[:MOST_LINES]
    most = max(percent or 0 for course in figures.courses for percent in course.percents)
    top = max(SCALE, SCALE * -(-most // SCALE))

    def y_of(percent: int | None) -> float:
        return BASE - (BASE - TOP) * (percent or 0) / top

    across = [FIRST + (LAST - FIRST) * place / (len(figures.months) - 1) for place in range(len(figures.months))]
    ends = [y_of(course.percents[-1]) for course in drawn]
    names = apart([end + 4 for end in ends], gap=LABELS_APART, low=TOP, high=BASE + 4)
    lines = [
        Line(course, number, _strokes(across, [y_of(p) for p in course.percents]), pixels(end), pixels(name))
        for number, (course, end, name) in enumerate(zip(drawn, ends, names, strict=True), start=1)
    ]
    scale = [Mark(p, pixels(y_of(p)), pixels(y_of(p) - 4)) for p in range(SCALE, top + 1, SCALE)]
    months = [
        Mark(month, per_cent(x), is_marked=(len(across) - 1 - place) % EVERY == 0)
        for place, (month, x) in enumerate(zip(figures.months, across, strict=True))
    ]
    table = [
        TableRow(month, [course.percents[place] for course in figures.courses])
        for place, month in enumerate(figures.months)
    ]
    return Picture(figures.courses, lines, scale, months, table, _sentence(figures.courses))


def _strokes(across: Sequence[float], down: Sequence[float]) -> list[Stroke]:
    points = [(per_cent(x), pixels(y)) for x, y in zip(across, down, strict=True)]
    return [Stroke(*before, *after) for before, after in pairwise(points)]


def _sentence(courses: Sequence[Course]) -> str:
    return " ".join(
        _("%(title)s: from %(first)s to %(last)s per cent.")
        % {"title": course.reading_list.title, "first": course.percents[0] or 0, "last": course.percents[-1] or 0}
        for course in courses
    )
