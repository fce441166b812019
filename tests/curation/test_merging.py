"""Who wins where files and curators meet."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readinglist.curation.merging import MISSING, Merged, merge_field, merge_order, weave


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "merged"),
    [
        ("a", "a", "a", Merged("a")),
        ("a", "a", "b", Merged("b")),
        ("a", "b", "b", Merged("b")),
        ("a", "b", "a", Merged("b", is_kept=True)),
        ("a", "b", "c", Merged("b", is_kept=True, is_conflict=True)),
        ("a", None, "a", Merged(None, is_kept=True)),
        (MISSING, "", "a", Merged("a")),
        (MISSING, None, 3, Merged(3)),
        (MISSING, (), (1,), Merged((1,))),
        (MISSING, "b", "a", Merged("b", is_kept=True, is_conflict=True)),
        (MISSING, 0, 3, Merged(0, is_kept=True, is_conflict=True)),
    ],
)
def test_a_curators_change_wins_over_the_files(base: Any, ours: Any, theirs: Any, merged: Merged) -> None:
    assert merge_field(base, ours, theirs) == merged


@pytest.mark.parametrize(
    ("base", "ours", "theirs", "order", "is_kept", "is_conflict"),
    [
        ("abc", "abc", "abc", "abc", False, False),
        ("abc", "abc", "cab", "cab", False, False),
        ("abc", "abc", "axbc", "axbc", False, False),
        ("abc", "abxc", "abc", "abxc", False, False),
        ("abc", "abxc", "aybc", "aybxc", False, False),
        ("abc", "ac", "ac", "ac", False, False),
        ("abc", "cba", "abc", "cba", True, False),
        ("abc", "cba", "aybc", "cbay", True, False),
        ("abc", "cba", "bac", "cba", True, True),
        ("abc", "cba", "cba", "cba", False, False),
        (None, "", "abc", "abc", False, False),
        (None, "xb", "ab", "axb", False, False),
        (None, "bxa", "ab", "bxa", True, True),
    ],
)
def test_a_curators_order_wins_and_adding_is_no_reordering(
    base: str | None, ours: str, theirs: str, order: str, is_kept: bool, is_conflict: bool
) -> None:
    merged = merge_order(base if base is None else list(base), list(ours), list(theirs))
    assert ("".join(merged.value), merged.is_kept, merged.is_conflict) == (order, is_kept, is_conflict)


orders = st.lists(st.integers(0, 9), unique=True)


@given(orders, orders)
def test_weaving_keeps_the_frame_and_loses_nothing(frame: list[int], others: list[int]) -> None:
    woven = weave(frame, others)
    assert [item for item in woven if item in frame] == frame
    assert sorted(woven) == sorted({*frame, *others})


@given(orders | st.none(), orders, orders)
def test_a_merged_order_is_final(base: list[int] | None, ours: list[int], theirs: list[int]) -> None:
    merged = merge_order(base, ours, theirs)
    assert sorted(merged.value) == sorted({*ours, *theirs})
    again = merge_order(theirs, merged.value, theirs)
    assert again.value == merged.value
    assert not again.is_conflict
