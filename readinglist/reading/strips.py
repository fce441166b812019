"""The strip: a shelf as one small picture, drawn from figures alone; for lists of others, where spines lead nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from readinglist.reading.shelves import Shelf, Spine

BOARD = 43  # pixels from above
SHORTEST, A_CLASS = 16, 3  # pixels: of a bar of height 1 add one class
FILLED = 0.86  # of a bar's room


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: `x` and `width` in per cent of the strip, `y` and `height` in pixels."""

    x: str
    width: str
    y: int
    height: int
    state: str
    is_next: bool


def bars_of(spines: Sequence[Spine]) -> list[Bar]:
    room = 100 / len(spines) if spines else 0
    return [_bar(spine, place * room, room) for place, spine in enumerate(spines)]


def _bar(spine: Spine, left: float, room: float) -> Bar:
    height = SHORTEST + A_CLASS * spine.height
    return Bar(
        # As text: a page's language shall not write them with a comma.
        x=f"{left + room * (1 - FILLED) / 2:.2f}%",
        width=f"{room * FILLED:.2f}%",
        y=BOARD - 1 - height,
        height=height,
        state=spine.state,
        is_next=spine.is_next,
    )


@dataclass(frozen=True, slots=True)
class Strip:
    shelf: Shelf
    bars: Sequence[Bar]

    @property
    def is_begun(self) -> bool:
        return any(bar.state for bar in self.bars)


def strip_of(shelf: Shelf) -> Strip:
    return Strip(shelf, bars_of(shelf.spines))
