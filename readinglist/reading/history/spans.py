"""Weeks and months by a reader's clock, each named by its first day; a week is ISO 8601's.

Only the log's moments are kept. Who moves to another zone keeps every line; near midnight a line may change its day.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db.models import DateTimeField, F, Func, IntegerField, Value

WEEK = timedelta(days=7)


def last_weeks(count: int, *, now: datetime, zone: ZoneInfo) -> list[date]:
    """The Mondays of so many weeks, the oldest first; the last is the running one."""
    today = now.astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    return [monday - WEEK * back for back in range(count - 1, -1, -1)]


def last_months(count: int, *, now: datetime, zone: ZoneInfo) -> list[date]:
    """The first days of so many months, the oldest first; the last is the running one."""
    today = now.astimezone(zone).date()
    months = [today.year * 12 + today.month - 1 - back for back in range(count - 1, -1, -1)]
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    """When the clock of `zone` first shows that day; where it skips midnight, as soon as it has skipped it."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def place_in(days: Sequence[date], zone: ZoneInfo, field: str) -> Func:
    """In which of the spans that begin on `days` a moment lies: 1 for the first, 0 before it.

    The database is told the edges instead of the zone: it may know other zones, or other rules of one.
    """
    edges = Value([begin_of(day, zone) for day in days], output_field=ArrayField(DateTimeField()))
    return Func(F(field), edges, function="width_bucket", output_field=IntegerField())
