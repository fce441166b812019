"""Pictures as data: what is drawn is what the figures say, and everything stays in its room."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from readinglist.catalog.models import ReadingList
from readinglist.reading.history.lists import Course, Courses
from readinglist.reading.history.sources import SourceRead
from readinglist.reading.history.weeks import Week, Year
from readinglist.reading.pictures import budget, courses, shares, year
from readinglist.reading.pictures.measures import apart, per_cent, step_of
from tests.fixtures.effort import examples

MONDAY = date(2026, 11, 16)
counts = st.integers(0, 5000)


def number(place: str) -> float:
    return float(place.removesuffix("%"))


def weeks_of(figures: list[dict[str, int]]) -> list[Week]:
    """The last of them is the week of MONDAY."""
    last = len(figures) - 1
    return [Week(MONDAY - timedelta(weeks=last - place), **its) for place, its in enumerate(figures)]


def year_of(figures: list[dict[str, int]], begins: int = 0) -> Year:
    return Year(weeks_of(figures), begins, datetime(2025, 11, 24, tzinfo=UTC))


# ----------------------------------------------------------- a year of weeks


def test_a_year_is_four_rows_of_thirteen_and_ends_now() -> None:
    picture = year.draw(year_of([{}] * 51 + [{"works": 2, "posts": 1}]))
    assert [len(row.cells) for row in picture.rows] == [13, 13, 13, 13]
    cells = [cell for row in picture.rows for cell in row.cells]
    assert [cell.is_now for cell in cells] == [False] * 51 + [True]
    assert (cells[-1].week.monday, cells[-1].week.read, cells[-1].tone) == (MONDAY, 3, 3)
    assert picture.height == 3 * 46 + 40


def test_cells_stand_side_by_side_within_the_page() -> None:
    for row in year.draw(year_of([{"posts": 1}] * 52)).rows:
        edges = [(number(cell.x), number(cell.x) + number(cell.width)) for cell in row.cells]
        assert edges[0][0] >= 7.5, "the month stands before them"
        assert all(right < left for (_, right), (left, _) in pairwise(edges))
        assert edges[-1][1] <= 100
        assert all(left < number(cell.middle) < right for (left, right), cell in zip(edges, row.cells, strict=True))


def test_the_more_was_read_the_darker_and_weeks_before_the_reader_have_no_tone() -> None:
    read = [0, 1, 2, 3, 5, 6, 9, 10, 500]
    assert [year.tone_of(count) for count in read] == [1, 2, 2, 3, 3, 4, 4, 5, 5]
    picture = year.draw(year_of([{}] * 50 + [{"looks": 1}, {}], begins=50))
    cells = [cell for row in picture.rows for cell in row.cells]
    assert [cell.tone for cell in cells] == [None] * 50 + [2, 1]
    assert [(step.tone, step.label) for step in picture.key] == [
        (1, "0"),
        (2, "1–2"),
        (3, "3–5"),
        (4, "6–9"),
        (5, "10+"),
    ]


def test_a_year_says_the_same_in_words() -> None:
    assert year.draw(year_of([{"works": 1}] + [{}] * 50 + [{"posts": 4}])).sentence == (
        "Something was read in 2 of 52 weeks, 5 in all; the most, 4, in week 47."
    )
    first = year_of([{}] * 51 + [{"works": 1}], begins=51)
    assert year.draw(first).sentence == "1 thing read in your first week."
    assert year.draw(year_of([{}] * 52)).sentence == "Nothing is marked as read yet."


def test_weeks_in_a_row_go_to_now_and_the_running_week_need_not_be_one_yet() -> None:
    read, empty = {"works": 1}, {"minutes": 0}
    for last, expected in [
        ([read, empty, read, read], 2),
        ([read, read, read, empty], 3),
        ([read, empty, empty], 0),
        ([empty, empty, read], 1),
    ]:
        assert year_of([empty] * (52 - len(last)) + last).weeks_in_a_row == expected, last
    assert year_of([read] * 52).weeks_in_a_row == 52


# -------------------------------------------------------- against the budget


def test_without_minutes_no_budget_is_drawn() -> None:
    assert budget.draw(weeks_of([{"works": 3}] * 13), 180) is None


def test_bars_stand_on_the_base_and_the_stroke_is_the_budget() -> None:
    picture = budget.draw(weeks_of([{"minutes": minutes} for minutes in (0, 90, 180, 240)]), 180)
    assert picture is not None
    assert [line.minutes for line in picture.lines] == [0, 60, 120, 180, 240]
    assert [number(line.y) for line in picture.lines] == [154, 119, 84, 49, 14]
    assert [number(bar.height) for bar in picture.bars] == [0, 52.5, 105, 140]
    assert [number(bar.y) + number(bar.height) for bar in picture.bars] == [154] * 4
    assert number(picture.budget_y) == 49
    assert [bar.is_marked for bar in picture.bars] == [True, False, False, True]
    assert picture.sentence == "510 minutes noted; your budget was reached in 1 of 3 full weeks."


@settings(max_examples=examples(50), deadline=None)
@given(minutes=st.lists(st.integers(0, 100_000), min_size=13, max_size=13), wanted=st.integers(15, 2400))
def test_whatever_was_noted_the_picture_keeps_its_size_and_its_proportions(minutes: list[int], wanted: int) -> None:
    picture = budget.draw(weeks_of([{"minutes": its} for its in minutes]), wanted)
    if picture is None:
        assert not any(minutes)
        return
    assert 2 <= len(picture.lines) <= 5
    for bar, its in zip(picture.bars, minutes, strict=True):
        assert 14 <= number(bar.y) <= 154
        share = its / picture.lines[-1].minutes
        assert abs(number(bar.height) - 140 * share) < 0.06
        assert number(bar.x) >= 0
        assert number(bar.x) + number(bar.width) <= number(picture.right)
    assert 14 <= number(picture.budget_y) <= 154


def test_a_scale_is_of_round_steps() -> None:
    assert [step_of(most) for most in (1, 20, 60, 61, 180, 240, 400, 2400, 2401)] == [
        5,
        5,
        15,
        30,
        60,
        60,
        120,
        600,
        1200,
    ]


# ------------------------------------------------------------ lists over time


def course(title: str, percents: Sequence[int | None]) -> Course:
    return Course(ReadingList(slug=title.lower(), title=title), percents)


MONTHS = [date(2026, month, 1) for month in range(1, 13)]


def test_a_list_is_a_line_that_ends_where_it_stands_now() -> None:
    figures = Courses(MONTHS, [course("Canon", [0] * 6 + [10, 20, 30, 40, 50, 60]), course("Other", [0] * 12)])
    picture = courses.draw(figures)
    assert picture is not None
    canon, other = picture.lines
    assert [(mark.label, mark.place) for mark in picture.scale] == [(20, "133.3"), (40, "74.7"), (60, "16.0")]
    assert (canon.percent, canon.end, canon.strokes[-1].y2, canon.strokes[-1].x2) == (60, "16.0", "16.0", picture.last)
    assert (canon.strokes[0].y1, other.end) == ("192.0", "192.0")
    assert len(canon.strokes) == 11
    assert all(before.x2 == after.x1 for before, after in pairwise(canon.strokes))
    assert picture.sentence == "Canon: from 0 to 60 per cent. Other: from 0 to 0 per cent."
    assert [row.percents for row in picture.table][-1] == [60, 0]


def test_three_lists_are_drawn_and_the_table_has_all() -> None:
    picture = courses.draw(Courses(MONTHS, [course(f"List {n}", [0] * 11 + [n]) for n in range(5)]))
    assert picture is not None
    assert [line.number for line in picture.lines] == [1, 2, 3]
    assert picture.left_out == 2
    assert picture.table[-1].percents == [0, 1, 2, 3, 4]


def test_lists_that_nobody_began_are_not_drawn() -> None:
    assert courses.draw(Courses(MONTHS, [course("Canon", [0] * 12), course("Empty", [None] * 12)])) is None


@settings(max_examples=examples(50), deadline=None)
@given(places=st.lists(st.floats(16, 196), max_size=8))
def test_labels_keep_apart_in_their_order(places: list[float]) -> None:
    moved = apart(places, gap=16, low=16, high=196)
    order = sorted(range(len(places)), key=lambda place: places[place])
    laid = [moved[place] for place in order]
    assert all(after - before > 15.99 for before, after in pairwise(laid))
    assert all(15.99 < place < 196.01 for place in moved)
    if all(b - a >= 16 for a, b in pairwise(sorted(places))):
        assert moved == places, "what is apart stays"


# ------------------------------------------------------------ source by source


def source(name: str, **figures: Any) -> SourceRead:
    none = dict.fromkeys(["arrived", "opened", "read", "saved", "works", "works_read"], 0)
    return SourceRead(slug=name.lower(), name=name, followed_at=None, is_muted=False, **none | figures)


def test_a_bar_is_what_arrived_with_what_was_opened_and_read_in_it() -> None:
    picture = shares.draw([source("Blog", arrived=48, opened=41, read=38), source("Silent", arrived=420)])
    assert picture is not None
    blog, silent = picture.bars
    assert (blog.opened, blog.read) == (per_cent(99.7 * 41 / 48), per_cent(99.7 * 38 / 48))
    assert (silent.opened, silent.read) == ("", "")
    assert picture.sentence == "38 posts read, 3 more opened, of 2 sources."


def test_a_source_of_which_only_works_were_read_stands_in_the_table() -> None:
    picture = shares.draw([source("Venue", works=5, works_read=1), source("Nothing yet")])
    assert picture is not None
    assert picture.bars == []
    assert [row.name for row in picture.sources] == ["Venue"]
    assert picture.sentence == "0 posts read, 1 work read, of 1 source."
    assert shares.draw([source("Nothing yet")]) is None


@settings(max_examples=examples(50), deadline=None)
@given(figures=st.lists(st.tuples(counts, counts, counts), min_size=1, max_size=20))
def test_solid_lies_in_hatched_and_hatched_in_the_outline(figures: list[tuple[int, int, int]]) -> None:
    rows = [
        source(f"Source {place}", read=read, opened=read + opened, arrived=min(1000, read + opened + rest))
        for place, (read, opened, rest) in enumerate(figures)
    ]
    picture = shares.draw(rows)
    arrived = [row for row in rows if row.arrived]
    if picture is None:
        assert not arrived
        return
    assert len(picture.bars) + picture.left_out == len(arrived)
    for bar in picture.bars:
        assert number(bar.read or "0%") <= number(bar.opened or "0%") <= number(bar.full)
        assert bool(bar.read) == bool(bar.source.read)
