"""A year of weeks: four rows of thirteen, for the quarter is the rhythm; the darker a cell, the more was read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from readinglist.reading.history.weeks import Week, Year
from readinglist.reading.pictures.measures import per_cent

IN_A_ROW = 13
DOWN, HEIGHT = 46, 40  # pixels: from row to row, and of a cell
LEFT = 7.5  # per cent: room for the months
ACROSS = (100 - LEFT) / IN_A_ROW
WIDTH = ACROSS * 0.9
# So much is read for the second tone, the third and so on; nothing is the first.
TONES = (1, 3, 6, 10)


@dataclass(frozen=True, slots=True)
class Cell:
    """`x`, `width` and `middle` in per cent, `y` and `baseline` in pixels; without tone it was before the reader."""

    week: Week
    x: str
    width: str
    middle: str
    y: int
    baseline: int
    tone: int | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A quarter."""

    baseline: int
    cells: Sequence[Cell]

    @property
    def begins(self) -> date:
        return self.cells[0].week.monday

    @property
    def ends(self) -> date:
        return self.cells[-1].week.monday


@dataclass(frozen=True, slots=True)
class Key:
    tone: int
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    rows: Sequence[Row]
    sentence: str

    @property
    def height(self) -> int:
        return DOWN * len(self.rows) - (DOWN - HEIGHT)

    @property
    def numbers(self) -> range:
        """The columns of the table."""
        return range(1, IN_A_ROW + 1)

    @property
    def key(self) -> list[Key]:
        ranges = [f"{low}–{high - 1}" for low, high in pairwise(TONES)]
        return [Key(tone, label) for tone, label in enumerate(["0", *ranges, f"{TONES[-1]}+"], start=1)]


def draw(year: Year) -> Picture:
    rows = []
    for top in range(0, len(year.weeks), IN_A_ROW):
        y = DOWN * (top // IN_A_ROW)
        weeks = year.weeks[top : top + IN_A_ROW]
        cells = [_cell(week, place, y, year) for place, week in enumerate(weeks, start=top)]
        rows.append(Row(_baseline(y), cells))
    return Picture(rows, _sentence(year))


def tone_of(read: int) -> int:
    return 1 + sum(read >= least for least in TONES)


def _cell(week: Week, place: int, y: int, year: Year) -> Cell:
    left = LEFT + ACROSS * (place % IN_A_ROW)
    return Cell(
        week,
        x=per_cent(left),
        width=per_cent(WIDTH),
        middle=per_cent(left + WIDTH / 2),
        y=y,
        baseline=_baseline(y),
        tone=None if place < year.begins else tone_of(week.read),
        is_now=place == len(year.weeks) - 1,
    )


def _baseline(y: int) -> int:
    """Of text in the middle of a row."""
    return y + 24


def _sentence(year: Year) -> str:
    here = year.weeks[year.begins :]
    with_reading = [week for week in here if week.read]
    if not with_reading:
        return _("Nothing is marked as read yet.")
    most = max(with_reading, key=lambda week: week.read)
    figures = {
        "weeks": len(with_reading),
        "n": len(here),
        "read": year.read,
        "most": most.read,
        "week": most.number,
    }
    if len(here) == 1:
        return (
            ngettext("%(read)s thing read in your first week.", "%(read)s things read in your first week.", year.read)
            % figures
        )
    return (
        _("Something was read in %(weeks)s of %(n)s weeks, %(read)s in all; the most, %(most)s, in week %(week)s.")
        % figures
    )
