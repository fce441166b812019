"""What was read of what arrived: a bar for each source, solid for read, hatched for opened, outline for the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from readinglist.reading.history.sources import SourceRead
from readinglist.reading.pictures.measures import per_cent

MOST_BARS = 12
FULL = 99.7  # per cent: an edge of half a pixel stays within the picture


@dataclass(frozen=True, slots=True)
class Bar:
    """Widths in per cent, empty where there is nothing to draw."""

    source: SourceRead
    opened: str
    read: str
    full: str = per_cent(FULL)


@dataclass(frozen=True, slots=True)
class Picture:
    bars: Sequence[Bar]
    sources: Sequence[SourceRead]
    sentence: str

    @property
    def left_out(self) -> int:
        """How many sources stand in the table alone."""
        return len(self.sources) - len(self.bars)


def draw(sources: Sequence[SourceRead]) -> Picture | None:
    """None where nothing has arrived and nothing was read."""
    shown = [source for source in sources if source.arrived or source.works_read]
    if not shown:
        return None
    bars = [_bar(source) for source in shown if source.arrived]
    return Picture(bars[:MOST_BARS], shown, _sentence(shown))


def _bar(source: SourceRead) -> Bar:
    return Bar(source, opened=_width(source.opened, source.arrived), read=_width(source.read, source.arrived))


def _width(count: int, of: int) -> str:
    return per_cent(FULL * min(1, count / of)) if count else ""


def _sentence(sources: Sequence[SourceRead]) -> str:
    read = sum(source.read for source in sources)
    opened = sum(source.opened for source in sources)
    works = sum(source.works_read for source in sources)
    said = [
        ngettext("%(n)s post read", "%(n)s posts read", read) % {"n": read},
        _("%(n)s more opened") % {"n": opened - read} if opened > read else "",
        ngettext("%(n)s work read", "%(n)s works read", works) % {"n": works} if works else "",
    ]
    what = ", ".join(words for words in said if words)
    return ngettext("%(what)s, of %(n)s source.", "%(what)s, of %(n)s sources.", len(sources)) % {
        "what": what,
        "n": len(sources),
    }
