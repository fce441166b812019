"""What was typed into the search box, taken apart."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from readinglist.reading.search import asked
from readinglist.reading.search.asked import Asked, Misfit
from tests.fixtures.effort import examples

NAMES = [*asked.NAMES, "colour", "arxiv", ""]
VALUES = ["paper", "2020..2024", "2024..2020", "read", '"tri dao"', '"', "", "soon", "-", "--", "a:b", "//x", "é"]
FILTERS = st.builds("{}{}:{}".format, st.sampled_from(["", "-"]), st.sampled_from(NAMES), st.sampled_from(VALUES))
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(['"flash attention"', "-dao", "or", "2205.14135", "https://a.example/b?c=d:e"]),
)
TYPED = st.lists(st.one_of(FILTERS, WORDS), max_size=20).map(" ".join)


def filters(text: str) -> list[tuple[str, str, bool]]:
    return [(one.name, one.value, one.is_not) for one in asked.read(text).filters]


def misfits(text: str) -> list[str]:
    return [misfit.typed for misfit in asked.read(text).misfits]


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("kind:paper", ("kind", "paper", False)),
        ("Kind:Papers", ("kind", "paper", False)),
        ("kind:issue-tracker", ("kind", "issue_tracker", False)),
        ("-is:read", ("is", "read", True)),
        ("year:2024", ("year", "2024", False)),
        ("year:2020..2024", ("year", "2020..2024", False)),
        ("year:2024..2020", ("year", "2020..2024", False)),
        ("year:..2020", ("year", "..2020", False)),
        ('by:"Tri Dao"', ("by", "Tri Dao", False)),
        ("in:training-systems", ("in", "training-systems", False)),
        ("type:entries", ("type", "work", False)),
        ("type:posts", ("type", "post", False)),
    ],
)
def test_a_filter_is_a_name_a_colon_and_a_value(text: str, understood: tuple[str, str, bool]) -> None:
    assert filters(f"flash {text} attention") == [understood]
    assert asked.read(f"flash {text} attention").words == "flash attention"


@pytest.mark.parametrize(
    ("text", "years"),
    [("year:2024", (2024, 2024)), ("year:2020..", (2020, 2999)), ("year:..2020", (1000, 2020))],
)
def test_a_span_of_years_may_be_open(text: str, years: tuple[int, int]) -> None:
    assert asked.read(text).filters[0].years == years


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour:red", "colour red"),
        ("-colour:red", '-"colour red"'),
        ("kind:poem", "kind poem"),
        ("year:20245", "year 20245"),
        ("year:soon", "year soon"),
    ],
)
def test_what_is_no_filter_is_searched_as_words_and_named(text: str, words: str) -> None:
    assert (asked.read(text).words, misfits(text), filters(text)) == (words, [text], [])


@pytest.mark.parametrize(
    "text",
    [
        "arxiv:2205.14135",
        "doi:10.1145/3458817.3476209",
        "https://arxiv.org/abs/2205.14135",
        "12:30",
        "std::move",
        "re: zero",
        '"kind:paper"',
        '"a" -"b c" or d',
    ],
)
def test_identifiers_addresses_and_quoted_words_are_no_filters(text: str) -> None:
    assert (asked.read(text).words, misfits(text), filters(text)) == (text, [], [])


def test_half_a_filter_waits_for_its_value() -> None:
    assert asked.read("flash kind:") == Asked(
        "flash kind:", "flash", (), (Misfit("kind:", "kind", is_known=True, is_empty=True),)
    )


def test_more_than_twelve_filters_are_left_out_and_named() -> None:
    text = " ".join(f"year:{year}" for year in range(2000, 2020))
    assert (len(filters(text)), len(misfits(text)), asked.read(text).words) == (12, 8, "")


def test_a_filter_can_be_taken_out_again() -> None:
    read = asked.read('flash kind:paper by:"tri dao" "exact words" -is:read')
    assert read.without(read.filters[1]) == 'flash kind:paper "exact words" -is:read'
    assert [one.typed for one in read.filters] == ["kind:paper", 'by:"tri dao"', "-is:read"]


def test_one_type_takes_the_place_of_others() -> None:
    assert asked.read("flash type:post -type:note").only("work") == "flash type:work"


def test_what_is_too_long_is_cut_and_says_so() -> None:
    read = asked.read("x" * 100_000)
    assert (len(read.text), read.is_cut) == (asked.MAX_LENGTH, True)
    assert asked.read("x" * asked.MAX_LENGTH).is_cut is False


@settings(max_examples=examples(300), deadline=None)
@given(st.one_of(TYPED, st.text(max_size=200)))
@example('by:" 0 by:"tri dao" kind:paper')
def test_nothing_that_is_typed_is_an_error(typed: str) -> None:
    """Each part is a word, a filter or named as neither; taking one filter out leaves all others."""
    read = asked.read(typed)
    assert "\x00" not in read.text
    assert len(read.filters) <= asked.MAX_FILTERS
    assert set(read.filters) <= set(asked.read(read.text).filters)
    typed_filters = [one.typed for one in read.filters]
    assert len(typed_filters) == len(set(typed_filters))
    for one in read.filters:
        if one.name == "year":
            first, last = one.years
            assert first <= last
        if not read.misfits:
            rest = asked.read(read.without(one))
            assert list(rest.filters) == [other for other in read.filters if other != one]
            assert rest.words == read.words
