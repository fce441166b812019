"""How long an answer stays fresh, as its headers say."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.freshness import LONGEST, read_max_age

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def max_age(cache_control: str = "", **headers: str) -> int | None:
    return read_max_age(headers, cache_control, NOW)


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("max-age=600", 600),
        ("public, MAX-AGE = 600 , must-revalidate", 600),
        ('max-age="600"', 600),
        ("max-age=600, s-maxage=1200", 1200),
        ("s-maxage=0, max-age=600", 0),
        ("max-age=0", 0),
        ("max-age=99999999999999999999", LONGEST),
        ("max-age=600, no-cache", None),
        ("no-store, max-age=600", None),
        ("max-age=-5", None),
        ("max-age=soon", None),
        ("max-age", None),
        ("x-max-age=5", None),
        ("", None),
    ],
)
def test_cache_control_says_for_how_long(cache_control: str, seconds: int | None) -> None:
    assert max_age(cache_control) == seconds


def test_without_it_the_date_of_expiry_counts_from_the_date_of_the_answer() -> None:
    date, expires = "Fri, 20 Nov 2026 10:00:00 GMT", "Fri, 20 Nov 2026 13:00:00 GMT"
    assert max_age(Expires=expires, Date=date) == 3 * 3600
    assert max_age(Expires=expires) == 3600
    assert max_age("max-age=60", Expires=expires, Date=date) == 60
    assert max_age("no-cache", Expires=expires, Date=date) is None
    assert max_age(Expires=date, Date=expires) == 0
    assert max_age(Expires="0") is None
    assert max_age(Expires="-1", Date=date) is None


def test_what_an_answer_has_lain_in_a_cache_is_taken_off() -> None:
    assert max_age("max-age=600", Age="500") == 100
    assert max_age("max-age=600", Age="700") == 0
    assert max_age("max-age=600", Age="old") == 600


headers = st.sampled_from(["Expires", "Date", "Age"])


@given(st.text(), st.dictionaries(headers, st.text() | st.sampled_from(["Fri, 32 Nov 2026 10:00:00 GMT", "9" * 400])))
def test_no_header_breaks_it(cache_control: str, found: dict[str, str]) -> None:
    seconds = read_max_age(found, cache_control, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST
