"""When a feed is visited next, over simulated time."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import schedule
from feeds.models import Reason
from feeds.schedule import LONGEST, SHORTEST, Rhythm
from feeds.skips import Skips

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

dates = st.datetimes(datetime(1970, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
seeds = st.integers(0, 2**32)


def wait_after_success(gap: timedelta | None, quiet: timedelta | None = None, seed: int = 1) -> timedelta:
    newest_at = None if quiet is None else NOW - quiet
    return wait_of(Rhythm(gap, newest_at), seed)


def wait_of(rhythm: Rhythm, seed: int = 1) -> timedelta:
    return schedule.after_success(NOW, rhythm, random=Random(seed)) - NOW


def wait_after_failure(failures: int, retry_after: int | None = None, seed: int = 1) -> timedelta:
    next_at = schedule.after_failure(NOW, failures=failures, retry_after=retry_after, random=Random(seed))
    return next_at - NOW


def test_the_usual_gap_is_the_median_between_the_newest_dates() -> None:
    days = [NOW, NOW - DAY, NOW - 2 * DAY, NOW - 30 * DAY]
    assert schedule.usual_gap(days) == DAY
    assert schedule.usual_gap([*days, *(NOW - 30 * DAY - n * HOUR for n in range(100))]) == HOUR


def test_what_comes_all_at_once_has_no_gap() -> None:
    assert schedule.usual_gap([]) is None
    assert schedule.usual_gap([NOW]) is None
    assert schedule.usual_gap([NOW] * 50) is None
    assert schedule.usual_gap([NOW] * 50 + [NOW - DAY] * 50) == DAY


def test_a_feed_is_visited_in_its_own_rhythm() -> None:
    assert 0.9 * 4 * HOUR <= wait_after_success(4 * HOUR) <= 1.1 * 4 * HOUR
    assert 0.9 * HOUR <= wait_after_success(None) <= 1.1 * HOUR
    assert wait_after_success(MINUTE) < 1.25 * SHORTEST
    assert wait_after_success(30 * DAY) > 0.8 * LONGEST


def test_a_feed_that_has_fallen_silent_is_visited_more_seldom() -> None:
    assert wait_after_success(HOUR, quiet=HOUR) < 1.2 * HOUR
    assert wait_after_success(HOUR, quiet=100 * HOUR) > 8 * HOUR
    assert wait_after_success(None, quiet=300 * DAY) > 0.8 * LONGEST


def test_what_is_asked_for_and_what_is_pinned_is_never_cut_short() -> None:
    for seed in range(20):
        assert 3 * HOUR <= wait_of(Rhythm(HOUR, asked=3 * HOUR), seed) <= 3.3 * HOUR
        assert 3 * HOUR <= wait_of(Rhythm(DAY, asked=DAY, pinned=3 * HOUR), seed) <= 3.3 * HOUR
        assert schedule.LONGEST_INTERVAL <= wait_of(Rhythm(HOUR, asked=30 * DAY), seed) <= LONGEST
    assert wait_of(Rhythm(4 * HOUR, asked=HOUR)) >= 4 * HOUR


@pytest.mark.parametrize(
    ("rhythm", "every", "reason"),
    [
        (Rhythm(), HOUR, Reason.UNKNOWN),
        (Rhythm(4 * HOUR), 4 * HOUR, Reason.RHYTHM),
        (Rhythm(4 * HOUR, NOW - 5 * DAY), 12 * HOUR, Reason.QUIET),
        (Rhythm(4 * HOUR, asked=6 * HOUR), 6 * HOUR, Reason.ASKED),
        (Rhythm(4 * HOUR, asked=2 * HOUR), 4 * HOUR, Reason.RHYTHM),
        (Rhythm(MINUTE, asked=2 * MINUTE), SHORTEST, Reason.RHYTHM),
        (Rhythm(4 * HOUR, asked=6 * HOUR, pinned=HOUR), HOUR, Reason.PINNED),
    ],
)
def test_each_interval_has_its_reason(rhythm: Rhythm, every: timedelta, reason: Reason) -> None:
    assert schedule.interval(NOW, rhythm) == (every, reason)


def test_what_is_skipped_puts_a_visit_off_until_it_is_over_and_two_days_at_most() -> None:
    """It is nine o'clock on a Friday."""
    at_noon = Skips(hours=(12, 13))
    assert 5 * HOUR <= wait_of(Rhythm(3 * HOUR, skips=at_noon)) <= 5 * HOUR + SHORTEST
    assert wait_of(Rhythm(HOUR, skips=at_noon)) <= 1.1 * HOUR
    assert wait_of(Rhythm(pinned=3 * HOUR, skips=at_noon)) <= 3.3 * HOUR
    weekend, week = Skips(days=(4, 5)), Skips(days=(0, 1, 2, 4, 5, 6))
    assert 39 * HOUR <= wait_of(Rhythm(HOUR, skips=weekend)) <= 39 * HOUR + SHORTEST
    assert 49 * HOUR <= wait_of(Rhythm(HOUR, skips=week)) <= 49.1 * HOUR + SHORTEST


def test_each_failure_doubles_the_wait_up_to_a_day() -> None:
    waits = [wait_after_failure(n) for n in range(1, 12)]
    assert all(1.6 * before < after < 2.5 * before for before, after in pairwise(waits[:6]))
    assert all(wait > 0.8 * LONGEST for wait in waits[7:])
    assert wait_after_failure(10**6) <= LONGEST


def test_feeds_do_not_stay_in_step() -> None:
    for gap in (MINUTE, HOUR, 30 * DAY):
        assert len({wait_after_success(gap, seed=seed) for seed in range(50)}) == 50
    assert len({wait_after_failure(20, seed=seed) for seed in range(50)}) == 50


@given(st.lists(dates, max_size=30), st.none() | dates, seeds)
def test_no_feed_starves_and_none_is_visited_too_often(published: list[datetime], newest: datetime, seed: int) -> None:
    gap = schedule.usual_gap(published)
    next_at = schedule.after_success(NOW, Rhythm(gap, newest), random=Random(seed))
    assert SHORTEST <= next_at - NOW <= LONGEST


@given(st.integers(1, 10**9), st.none() | st.integers(-(10**12), 10**12), seeds)
def test_a_failing_feed_is_tried_for_ever_and_its_host_is_obeyed(
    failures: int, retry_after: int | None, seed: int
) -> None:
    wait = wait_after_failure(failures, retry_after, seed)
    assert SHORTEST <= wait <= LONGEST
    assert wait >= min(timedelta(seconds=min(retry_after or 0, 10**6)), LONGEST)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 90_000)), min_size=1, max_size=60), seeds)
def test_over_a_long_time_every_feed_comes_round(visits: list[tuple[bool, int]], seed: int) -> None:
    """Whatever its luck, it is visited on every day, and never twice within the shortest wait."""
    random = Random(seed)
    now, failures = NOW, 0
    for is_success, seconds in visits:
        failures = 0 if is_success else failures + 1
        if is_success:
            next_at = schedule.after_success(now, Rhythm(timedelta(seconds=seconds), now), random=random)
        else:
            next_at = schedule.after_failure(now, failures=failures, retry_after=seconds, random=random)
        assert SHORTEST <= next_at - now <= LONGEST
        now = next_at
    assert now - NOW <= len(visits) * LONGEST
