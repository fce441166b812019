"""Who gets the weekly mail when: pure, by the reader's clock.

A week is named by its Monday. A reader's mail is due from the first moment of that week at which their clock shows the
chosen day and hour, or later, until the week ends.
"""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta

from accounts.models import User

WEEK = timedelta(days=7)
A_STEP = timedelta(minutes=15)  # clocks are set forward and back by whole quarters of an hour
FIRST_DELAY = timedelta(minutes=10)
LONGEST_DELAY = timedelta(hours=6)


def week_of(now: datetime, zone: zoneinfo.ZoneInfo) -> date:
    """The Monday of the week that the clock of `zone` is in."""
    today = now.astimezone(zone).date()
    return today - timedelta(days=today.weekday())


def moment_of(user: User, week: date) -> datetime:
    """When the mail of `week` becomes due; where clocks skip that hour, as soon as they have skipped it."""
    day = week + timedelta(days=user.reminder_weekday - 1)
    zone, shown = user.tzinfo, datetime.combine(day, time(user.reminder_hour))
    while not _is_ever_shown(shown, zone):
        shown += A_STEP
    return shown.replace(tzinfo=zone).astimezone(UTC)


def due_week(user: User, now: datetime) -> date | None:
    """The week whose mail `user` should have had by now, told by its Monday; None before its moment."""
    week = week_of(now, user.tzinfo)
    moment = moment_of(user, week)
    # Who joined after the moment has just been welcomed and has seen all that the mail would say: theirs begins with
    # the next week.
    return None if now < moment or moment < user.date_joined <= now else week


def retry_at(tried_at: datetime, tries: int) -> datetime:
    """When a mail that was certainly not taken is tried again: after ever longer, but every few hours."""
    doublings = min(tries, 10) - 1
    return tried_at + min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def _is_ever_shown(shown: datetime, zone: zoneinfo.ZoneInfo) -> bool:
    """Whether the clock of `zone` ever shows this: not what it skips when it is set forward."""
    return shown.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == shown
