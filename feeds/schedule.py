"""When a feed is visited next: from its own rhythm, from its failures, and from what its host asks for."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import median

SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(hours=24)
UNKNOWN = timedelta(hours=1)  # between visits to a feed whose rhythm nobody knows
SPREAD = 0.1  # of an interval, either way, so that feeds never stay in step
NEWEST = 20
# A feed that has been quiet for long is asked ten times in the time that it has been quiet.
QUIET_VISITS = 10


def usual_gap(dates: Iterable[datetime]) -> timedelta | None:
    """The median of the gaps between the newest of the dates; None while there are no two different ones."""
    newest = sorted(set(dates), reverse=True)[:NEWEST]
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(newest)]
    return timedelta(seconds=median(gaps)) if gaps else None


def after_success(now: datetime, *, gap: timedelta | None, newest_at: datetime | None, random: Random) -> datetime:
    """As often as the feed publishes; more seldom, the longer it has been quiet."""
    interval = UNKNOWN if gap is None else gap
    if newest_at is not None:
        interval = max(interval, (now - newest_at) / QUIET_VISITS)
    return now + _spread(interval, random)


def after_failure(now: datetime, *, failures: int, random: Random, retry_after: int | None = None) -> datetime:
    """Twice as long after each failure in a row, and never before the time that the host asked for."""
    # Beyond 2^7 quarters of an hour it is a day anyway.
    next_at = now + _spread(SHORTEST * 2 ** min(failures - 1, 7), random)
    return max(next_at, now + wait_of(retry_after))


def wait_of(retry_after: int | None) -> timedelta:
    """How long a host that said Retry-After is left alone."""
    return min(timedelta(seconds=min(max(retry_after or 0, 0), 10**9)), LONGEST)


def _spread(interval: timedelta, random: Random) -> timedelta:
    """The interval, a little longer or shorter, between SHORTEST and LONGEST also at the edges."""
    middle = min(max(interval, SHORTEST / (1 - SPREAD)), LONGEST / (1 + SPREAD))
    return min(max(middle * random.uniform(1 - SPREAD, 1 + SPREAD), SHORTEST), LONGEST)
