"""Who wins where the shipped files and a curator meet: pure functions over three values.

`base` is what was last loaded, `ours` what stands in the database, `theirs` what the files say now.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from operator import eq
from typing import Any, Final, TypeVar

Item = TypeVar("Item", bound=Hashable)


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()
"""The base of a field that was never loaded: its row was a curator's, or the field is new."""


@dataclass(frozen=True)
class Merged:
    """What a field shall hold, and whether that is a curator's word against the files'."""

    value: Any
    is_kept: bool = False
    is_conflict: bool = False


def merge_field(base: Any, ours: Any, theirs: Any, *, same: Callable[[Any, Any], bool] = eq) -> Merged:
    """The field's value: a curator's, where one changed it; otherwise the files'."""
    if same(ours, theirs):
        return Merged(ours)
    if base is MISSING:
        return Merged(theirs) if is_empty(ours) else Merged(ours, is_kept=True, is_conflict=True)
    if same(ours, base):
        return Merged(theirs)
    return Merged(ours, is_kept=True, is_conflict=not same(base, theirs))


def is_empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, list | tuple) and not value)


def merge_order(base: Sequence[Item] | None, ours: Sequence[Item], theirs: Sequence[Item]) -> Merged:
    """One order of everything in `ours` and `theirs`, where adding and removing is no reordering.

    A curator's order stays, with what is new in the files after its predecessor there; otherwise the order is that of
    the files, with what a curator added after its predecessor here. A `base` of None makes `ours` a curator's own.
    """
    if base is None:
        is_moved, are_files_moved = bool(ours), True
    else:
        is_moved = _only(ours, base) != _only(base, ours)
        are_files_moved = _only(theirs, base) != _only(base, theirs)
    if not is_moved:
        return Merged(weave(theirs, ours))
    order = weave(ours, theirs)
    is_kept = _only(order, theirs) != list(theirs)
    return Merged(order, is_kept=is_kept, is_conflict=is_kept and are_files_moved)


def weave(frame: Sequence[Item], others: Iterable[Item]) -> list[Item]:
    """`frame` with each of `others` that it lacks put after its predecessor there, or first of all."""
    woven, present, place = list(frame), set(frame), 0
    for item in others:
        if item in present:
            place = woven.index(item) + 1
        else:
            woven.insert(place, item)
            place += 1
    return woven


def _only(items: Sequence[Item], wanted: Sequence[Item]) -> list[Item]:
    kept = set(wanted)
    return [item for item in items if item in kept]
