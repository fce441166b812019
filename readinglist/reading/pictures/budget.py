"""Minutes by week as bars, with the stroke of the budget across them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from readinglist.reading.history.weeks import Week
from readinglist.reading.pictures.measures import per_cent, pixels, step_of

TOP, BASE = 14, 154  # pixels
BELOW = 172  # of the weeks' numbers
HEIGHT = 180
PLOT = 91.0  # per cent; the rest is for the scale's words
FILLED = 0.6  # of a bar's room
EVERY = 3  # so many weeks from number to number, where there is little room


@dataclass(frozen=True, slots=True)
class Bar:
    week: Week
    x: str
    width: str
    middle: str
    y: str
    height: str
    is_marked: bool  # its number stands on a narrow page too
    is_now: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Of the scale."""

    minutes: int
    y: str
    baseline: str


@dataclass(frozen=True, slots=True)
class Picture:
    bars: Sequence[Bar]
    lines: Sequence[Line]
    budget: int
    budget_y: str
    sentence: str
    right: str = per_cent(PLOT)
    below: int = BELOW
    height: int = HEIGHT


def draw(weeks: Sequence[Week], budget: int) -> Picture | None:
    """None where no minutes were noted."""
    if not any(week.minutes for week in weeks):
        return None
    most = max(budget, *(week.minutes for week in weeks))
    step = step_of(most)
    top = step * -(-most // step)

    def y_of(minutes: int) -> float:
        return BASE - (BASE - TOP) * minutes / top

    across = PLOT / len(weeks)
    bars = [
        Bar(
            week,
            x=per_cent(across * (place + (1 - FILLED) / 2)),
            width=per_cent(across * FILLED),
            middle=per_cent(across * (place + 0.5)),
            y=pixels(y_of(week.minutes)),
            height=pixels(BASE - y_of(week.minutes)),
            is_marked=(len(weeks) - 1 - place) % EVERY == 0,
            is_now=place == len(weeks) - 1,
        )
        for place, week in enumerate(weeks)
    ]
    lines = [Line(minutes, pixels(y_of(minutes)), pixels(y_of(minutes) + 4)) for minutes in range(0, top + 1, step)]
    return Picture(bars, lines, budget, pixels(y_of(budget)), _sentence(weeks, budget))


def _sentence(weeks: Sequence[Week], budget: int) -> str:
    """The running week is not judged: it has not ended."""
    past = weeks[:-1]
    reached = sum(week.minutes >= budget for week in past)
    figures = {"reached": reached, "n": len(past), "minutes": sum(week.minutes for week in weeks)}
    noted = ngettext("%(minutes)s minute noted", "%(minutes)s minutes noted", figures["minutes"]) % figures
    return _("%(noted)s; your budget was reached in %(reached)s of %(n)s full weeks.") % {"noted": noted, **figures}
