"""When each feed was visited, and how that went: the times at which posts arrived, and the states of the feeds."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from random import Random

from feeds import schedule
from feeds.models import FeedState, Fetch, Outcome
from readinglist.catalog.choices import Rhythm
from readinglist.catalog.models import Feed
from readinglist.operations.demo.people import HALF_A_YEAR

HOUR = 3600
KEPT_SECONDS = 30 * 24 * HOUR  # visits older than this are forgotten
NOT_FETCHED = "Demo data: this feed is not fetched."
INTERVAL_HOURS = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 6, Rhythm.BIWEEKLY: 12}  # else once a day
MOST_FIRST = 60  # posts that the first visit to a feed finds


@dataclass(frozen=True, slots=True)
class Trouble:
    outcome: Outcome
    http_status: int | None
    sentence: str


LASTING = (
    Trouble(Outcome.NOT_FOUND, 404, "There is nothing at this address (404). Look for the feed's new address."),
    Trouble(
        Outcome.SERVER_ERROR, 500, "The server answers with an error of its own (500). It is tried again by itself."
    ),
    Trouble(
        Outcome.NOT_A_FEED, 200, "A web page stands at this address, no feed. Look on it for the address of the feed."
    ),
    Trouble(Outcome.UNREACHABLE, None, "Nobody answers at this address. If the site has moved, enter its new address."),
)
PASSING = (
    Trouble(Outcome.TIMEOUT, None, "The answer took too long. It is tried again by itself."),
    Trouble(Outcome.BUSY, 503, "The server asked to come back later (503). It is tried again by itself."),
)


@dataclass(slots=True)
class Visits:
    """One feed's visits in seconds since 1970, oldest first; those that failed with their trouble."""

    feed: Feed
    times: list[int]
    troubles: dict[int, Trouble]
    failing_since: int | None
    successes: list[int]

    def arrival_of(self, published: int) -> int:
        """The visit that found what was published then, which was before the last success."""
        return self.successes[bisect_left(self.successes, published)]


def make_visits(feeds: Sequence[Feed], *, rng: Random, now: datetime) -> list[Visits]:
    """Half a year of visits; one feed in fifteen has been failing for some days."""
    end = int(now.timestamp())
    start = end - int(HALF_A_YEAR.total_seconds())
    failing = rng.sample(range(len(feeds)), round(len(feeds) / 15))
    visits = []
    for place, feed in enumerate(feeds):
        interval = INTERVAL_HOURS.get(Rhythm(feed.source.rhythm), 24) * HOUR
        times = list(range(start + rng.randrange(interval), end, interval))
        troubles: dict[int, Trouble] = {}
        failing_since = None
        if place in failing:
            failing_since = times[-1 - rng.randrange(1, 12 * 24 * HOUR // interval)]
            trouble = LASTING[failing.index(place) % len(LASTING)]
            times = [at for at in times if at < failing_since] + list(_tries(failing_since, end))
            troubles = dict.fromkeys((at for at in times if at >= failing_since), trouble)
        for at in times:
            if at > end - KEPT_SECONDS and at not in troubles and at != times[-1] and rng.random() < 0.01:
                troubles[at] = rng.choice(PASSING)
        successes = [at for at in times if at not in troubles]
        visits.append(Visits(feed, times, troubles, failing_since, successes))
    return visits


def fetches(
    all_visits: Sequence[Visits], arrivals: Counter[tuple[int, int]], *, rng: Random, now: datetime
) -> list[Fetch]:
    """A row for each visit of the last days, in the order of their times; `arrivals` counts posts by feed and visit."""
    rows = []
    end = int(now.timestamp())
    for visits in all_visits:
        size = rng.randrange(20_000, 400_000)
        for at in visits.times:
            if at > end - KEPT_SECONDS:
                rows.append(_fetch(visits, at, arrivals[visits.feed.pk, at], size, rng))
    return sorted(rows, key=lambda row: row.at)


def states(all_visits: Sequence[Visits], published: dict[int, list[int]], *, now: datetime) -> Iterator[FeedState]:
    """What the visits left behind; all feeds are stopped, since what they would bring does not belong to the demo.

    `published`: when each feed's posts were, by its id.
    """
    for visits in all_visits:
        feed, last = visits.feed, visits.times[-1]
        failures = sum(at >= visits.failing_since for at in visits.times) if visits.failing_since else 0
        trouble = visits.troubles.get(last)
        dates = [moment(at) for at in sorted(published.get(feed.pk, []))[-schedule.NEWEST :]]
        yield FeedState(
            feed=feed,
            next_at=max(moment(last) + schedule.UNKNOWN, now),
            url=feed.url,
            etag=f'"{sha256(feed.url.encode()).hexdigest()[:16]}"',
            body_hash=sha256(f"{feed.url} {last}".encode()).hexdigest(),
            last_modified="",
            body_size=0,
            usual_gap=schedule.usual_gap(dates),
            newest_at=max(dates, default=None),
            visit_reason="",
            moved_to="",
            moved_count=0,
            failures=failures,
            status=trouble.outcome if trouble else Outcome.UNCHANGED,
            error=f"{trouble.sentence} {NOT_FETCHED}" if trouble else NOT_FETCHED,
            visited_at=moment(last),
            succeeded_at=moment(visits.successes[-1]),
            failing_since=moment(visits.failing_since) if visits.failing_since else None,
            stopped_at=now,
        )


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _tries(since: int, end: int) -> Iterator[int]:
    """Visits to a feed that fails: each twice as late as the one before, but once a day."""
    at, wait = since, int(schedule.SHORTEST.total_seconds())
    while at < end:
        yield at
        at += wait
        wait = min(wait * 2, int(schedule.LONGEST.total_seconds()))


def _fetch(visits: Visits, at: int, new_count: int, size: int, rng: Random) -> Fetch:
    fetch = Fetch(feed=visits.feed, at=moment(at), ms=rng.randrange(60, 1500))
    if trouble := visits.troubles.get(at):
        fetch.status, fetch.error, fetch.http_status = trouble.outcome, trouble.sentence, trouble.http_status
    elif new_count:
        fetch.status, fetch.http_status, fetch.bytes, fetch.new_count = Outcome.FETCHED, 200, size, new_count
    else:
        fetch.status, fetch.http_status, fetch.saved = Outcome.UNCHANGED, 304, size
    return fetch
