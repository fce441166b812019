"""When the weekly mail is due: by the reader's clock, whatever that does."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.models import User, zones
from readinglist.reminders import due
from tests.fixtures.effort import examples

QUARTER = timedelta(minutes=15)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def reader(zone: str = "UTC", weekday: int = 1, hour: int = 7, joined: datetime = LONG_AGO) -> User:
    return User(zone=zone, reminder_weekday=weekday, reminder_hour=hour, date_joined=joined)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@given(
    st.sampled_from(sorted(zones())),
    st.integers(1, 7),
    st.integers(0, 23),
    st.dates(date(2005, 1, 10), date(2036, 1, 1)),
)
@example("Europe/Berlin", 7, 2, date(2026, 3, 29))  # the clock goes forward over this hour
@example("Europe/Berlin", 7, 2, date(2026, 10, 25))  # and shows it twice
@example("Antarctica/Troll", 7, 2, date(2026, 3, 29))  # forward by two hours
@example("Australia/Lord_Howe", 7, 2, date(2026, 10, 4))  # by half an hour
@example("Pacific/Apia", 5, 7, date(2011, 12, 30))  # by a whole day
@settings(max_examples=examples(40))
def test_due_from_the_first_sight_of_day_and_hour_to_the_end_of_the_week(
    zone: str, weekday: int, hour: int, near: date
) -> None:
    somebody, clock = reader(zone, weekday, hour), zoneinfo.ZoneInfo(zone)
    start = datetime.combine(near, time(), tzinfo=UTC) - timedelta(days=9)
    week, has_struck = None, False
    for quarters in range(16 * 24 * 4):
        now = start + quarters * QUARTER
        shown = now.astimezone(clock)
        monday = shown.date() - timedelta(days=shown.weekday())
        if monday != week:
            week, has_struck = monday, False
        has_struck = has_struck or (shown.isoweekday(), shown.hour) >= (weekday, hour)
        assert due.due_week(somebody, now) == (week if has_struck else None), f"{shown}"


def test_by_default_it_is_monday_at_seven_by_the_readers_clock() -> None:
    somebody = User(zone="Asia/Tokyo", date_joined=LONG_AGO)
    assert due.due_week(somebody, at("2026-11-16T06:59:59+09:00")) is None
    assert due.due_week(somebody, at("2026-11-16T07:00+09:00")) == at("2026-11-16").date()
    assert due.due_week(somebody, at("2026-11-22T23:59:59+09:00")) == at("2026-11-16").date()
    assert due.due_week(somebody, at("2026-11-23T00:00+09:00")) is None


def test_an_hour_that_the_clock_skips_moves_on() -> None:
    somebody = reader("Europe/Berlin", weekday=7, hour=2)
    assert due.moment_of(somebody, at("2026-03-23").date()) == at("2026-03-29T03:00+02:00")


def test_an_hour_that_comes_twice_is_taken_the_first_time() -> None:
    somebody = reader("Europe/Berlin", weekday=7, hour=2)
    assert due.moment_of(somebody, at("2026-10-19").date()) == at("2026-10-25T02:00+02:00")


def test_who_has_joined_after_the_moment_begins_next_week() -> None:
    newcomer = reader(joined=at("2026-11-18T10:00+00:00"))
    assert due.due_week(newcomer, at("2026-11-18T10:05+00:00")) is None
    assert due.due_week(newcomer, at("2026-11-22T23:00+00:00")) is None
    assert due.due_week(newcomer, at("2026-11-23T07:00+00:00")) == at("2026-11-23").date()


def test_who_has_joined_before_the_moment_begins_this_week() -> None:
    newcomer = reader(weekday=5, joined=at("2026-11-18T10:00+00:00"))
    assert due.due_week(newcomer, at("2026-11-20T07:00+00:00")) == at("2026-11-16").date()


def test_a_zone_that_this_machine_lacks_is_the_instances() -> None:
    assert due.due_week(reader("Mars/Olympus"), at("2026-11-16T07:00+00:00")) == at("2026-11-16").date()


@pytest.mark.parametrize(
    ("tries", "minutes"), [(1, 10), (2, 20), (3, 40), (6, 320), (7, 360), (30, 360), (10_000, 360)]
)
def test_what_has_failed_waits_longer_each_time_but_never_half_a_day(tries: int, minutes: int) -> None:
    tried_at = at("2026-11-16T07:00+00:00")
    assert due.retry_at(tried_at, tries) == tried_at + timedelta(minutes=minutes)
