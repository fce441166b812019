"""When a feed is visited next: from its rhythm, from what it, its host and curators ask for, and from its failures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import median

from feeds import skips
from feeds.models import Reason
from feeds.skips import Skips

SHORTEST = timedelta(minutes=15)
LONGEST = timedelta(hours=24)
UNKNOWN = timedelta(hours=1)  # between visits to a feed whose rhythm nobody knows
# At most so much of an interval is added by chance, so that feeds never stay in step; nothing is taken away, since
# an interval may be one that was asked for.
SPREAD = 0.1
NEWEST = 20
# A feed that has been quiet for long is asked ten times in the time that it has been quiet.
QUIET_VISITS = 10
# Hours and days that a feed skips put a visit off by a weekend at most: some lists are longer than they were meant.
LONGEST_SKIP = timedelta(days=2)
FURTHEST = LONGEST + LONGEST_SKIP + SHORTEST
LONGEST_INTERVAL = LONGEST / (1 + SPREAD)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """All that the time between two visits comes from, while they go well."""

    gap: timedelta | None = None  # between posts, as a rule
    newest_at: datetime | None = None
    asked: timedelta = timedelta(0)  # how long the document or its host want to be left alone
    skips: Skips = skips.NONE
    pinned: timedelta | None = None  # by a curator, whose word counts more than all others


def usual_gap(dates: Iterable[datetime]) -> timedelta | None:
    """The median of the gaps between the newest of the dates; None while there are no two different ones."""
    newest = sorted(set(dates), reverse=True)[:NEWEST]
    gaps = [(later - earlier).total_seconds() for later, earlier in pairwise(newest)]
    return timedelta(seconds=median(gaps)) if gaps else None


def interval(now: datetime, rhythm: Rhythm) -> tuple[timedelta, Reason]:
    """How often the feed is visited, and why: as it publishes, and the more seldom, the longer it has been quiet."""
    if rhythm.pinned is not None:
        return _bounded(rhythm.pinned), Reason.PINNED
    own, reason = (UNKNOWN, Reason.UNKNOWN) if rhythm.gap is None else (rhythm.gap, Reason.RHYTHM)
    if rhythm.newest_at is not None and (quiet := (now - rhythm.newest_at) / QUIET_VISITS) > own:
        own, reason = quiet, Reason.QUIET
    own, asked = _bounded(own), _bounded(rhythm.asked)
    return (asked, Reason.ASKED) if asked > own else (own, reason)


def after_success(now: datetime, rhythm: Rhythm, *, random: Random) -> datetime:
    """The interval later, in UTC; past what is skipped, unless a curator said how often."""
    next_at = now + _spread(interval(now, rhythm)[0], random)
    return next_at if rhythm.pinned is not None else _past_skipped(next_at, rhythm.skips, random)


def wait_after_failure(failures: int, *, pinned: timedelta | None = None) -> timedelta:
    """Twice as long after each failure in a row; a pinned feed is not asked more often for failing."""
    # Beyond 2^7 quarters of an hour it is a day anyway.
    return _bounded(max(SHORTEST * 2 ** min(failures - 1, 7), pinned or SHORTEST))


def after_failure(
    now: datetime,
    *,
    failures: int,
    random: Random,
    retry_after: int | None = None,
    pinned: timedelta | None = None,
) -> datetime:
    """After the wait, and never before the time that the host asked for."""
    next_at = now + _spread(wait_after_failure(failures, pinned=pinned), random)
    return max(next_at, now + wait_of(retry_after))


def wait_of(retry_after: int | None) -> timedelta:
    """How long a host that said Retry-After is left alone."""
    return min(timedelta(seconds=min(max(retry_after or 0, 0), 10**9)), LONGEST)


def _bounded(wanted: timedelta) -> timedelta:
    """Between SHORTEST and LONGEST, also when chance has been added."""
    return min(max(wanted, SHORTEST), LONGEST_INTERVAL)


def _spread(wanted: timedelta, random: Random) -> timedelta:
    return min(wanted * random.uniform(1, 1 + SPREAD), LONGEST)


def _past_skipped(at: datetime, skipped: Skips, random: Random) -> datetime:
    """The first moment from then on that is not skipped, and a little later, as many feeds skip the same."""
    free, end = at.astimezone(UTC), at + LONGEST_SKIP
    while skipped.hold(free) and free < end:
        free = free.replace(minute=0, second=0, microsecond=0) + HOUR
    return at if free == at else min(free, end) + SHORTEST * random.random()
