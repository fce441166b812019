"""How places are written, and how scales are chosen."""

from collections.abc import Sequence

STEPS = (5, 15, 30, 60, 120, 180, 300, 600)


def per_cent(place: float) -> str:
    """A place across as SVG reads it in every language: `7.50%`."""
    return f"{place:.2f}%"


def pixels(place: float) -> str:
    """A place down: `64.6`."""
    return f"{place:.1f}"


def step_of(most: int, lines: int = 4) -> int:
    """Of minutes: how far the lines of a scale stand apart, so that at most so many reach beyond `most`."""
    step = next((step for step in STEPS if step * lines >= most), 0)
    return step or -(-most // (lines * 600)) * 600


def apart(places: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Labels beside these places, moved as little as keeps them `gap` apart, in their order, between low and high.

    Where there is no room for all, they go beyond `low`.
    """
    order = sorted(range(len(places)), key=lambda place: places[place])
    moved = [0.0] * len(places)
    floor = low
    for place in order:
        moved[place] = max(places[place], floor)
        floor = moved[place] + gap
    ceiling = high
    for place in reversed(order):
        moved[place] = min(moved[place], ceiling)
        ceiling = moved[place] - gap
    return moved
