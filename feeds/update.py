"""A visit to feeds, from claim to stamp: it alone knows schedule, fetch, parse and store."""

import gc
import logging
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from time import monotonic

import psycopg
from django.db import InterfaceError, OperationalError, transaction

from feeds import claiming, stamping, store
from feeds.answers import Answers, answers_of
from feeds.claiming import Claim
from feeds.fetch import Target
from feeds.models import Outcome
from feeds.parsing import Parsers
from feeds.readers import AtOnce, InTurn, Reader, fault, read
from feeds.stamping import Visit
from feeds.store import Arrival, Stored

__all__ = ["Progress", "Summary", "read", "settle", "visit"]

logger = logging.getLogger(__name__)

# What has arrived is stored together when it is this much, or has waited this long.
SLICE_FEEDS = 100
SLICE_BYTES = 6_000_000  # of documents that were read; while they are stored, others are
SLICE_SECONDS = 2.0
# So many documents that have to be read whole are read in processes of their own.
MANY = 8
COLLECT_AFTER = 100_000  # objects


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a run."""

    feeds: int = 0
    fetched: int = 0
    unchanged: int = 0
    failed: int = 0
    new_posts: int = 0
    seconds: float = 0.0

    def with_visits(self, visits: Sequence[Visit]) -> "Summary":
        outcomes = [visit.outcome for visit in visits]
        return replace(
            self,
            feeds=self.feeds + len(visits),
            fetched=self.fetched + outcomes.count(Outcome.FETCHED),
            unchanged=self.unchanged + outcomes.count(Outcome.UNCHANGED),
            failed=self.failed + sum(not visit.is_success for visit in visits),
            new_posts=self.new_posts + sum(visit.stored.new for visit in visits),
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """Told whenever feeds were claimed or visits have ended: those visits, and how many feeds were claimed so far."""

    visits: Sequence[Visit]
    claimed: int


def visit(
    *,
    now: datetime,
    only: Collection[int] | None = None,
    seconds: float | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    random: Random | None = None,
) -> Summary:
    """Visits every due feed, or those due among `only`, batch by batch; after `seconds` no new batch is begun."""
    clock = _Clock(now)
    random = random or Random()  # noqa: S311 - it spreads visits, and hides nothing
    summary = Summary()
    claimed = 0
    with ExitStack() as until_the_end:
        until_the_end.enter_context(_collecting_seldom())
        parsers: Parsers | None = None
        while claims := claiming.claim(now=clock(), only=only):
            claimed += len(claims)
            try:
                stamping.presume_lost([claim for claim in claims if claim.was_lost], now=clock(), random=random)
                on_progress(Progress([], claimed))
                if parsers is None and sum(not claim.known_entries for claim in claims) >= MANY:
                    parsers = until_the_end.enter_context(closing(Parsers()))
                with closing(_visit_batch(claims, clock, random, parsers)) as slices:
                    for visits in slices:
                        summary = summary.with_visits(visits)
                        on_progress(Progress(visits, claimed))
            except BaseException:
                _give_back(claims, clock())
                raise
            if seconds is not None and clock.elapsed > seconds:
                break
    return replace(summary, seconds=round(clock.elapsed, 3))


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """What is there when a visit begins stays, and what comes seldom refers to itself: to look for it takes long."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class _Clock:
    """The time that was given, running on."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._started = monotonic()

    def __call__(self) -> datetime:
        return self._now + timedelta(seconds=self.elapsed)

    @property
    def elapsed(self) -> float:
        return monotonic() - self._started


def _visit_batch(
    claims: Sequence[Claim], clock: _Clock, random: Random, parsers: Parsers | None
) -> Generator[list[Visit], None, None]:
    """Fetches all at once; reads what arrives and settles it in slices, for as long as the lease runs."""
    end = clock.elapsed + claiming.LEASE.total_seconds()
    left = len(claims)
    targets = [Target(claim.feed_id, claim.url, claim.etag, claim.last_modified) for claim in claims]
    with answers_of(targets) as answers, closing(_reader(answers, claims, clock, parsers)) as reader:
        while left and clock.elapsed < end:
            if visits := _next_slice(reader, left, clock):
                left -= len(visits)
                yield settle(visits, now=clock(), random=random)


def _reader(answers: Answers, claims: Sequence[Claim], clock: _Clock, parsers: Parsers | None) -> Reader:
    return AtOnce(answers, claims, clock, parsers) if parsers else InTurn(answers, claims, clock)


def _next_slice(reader: Reader, most: int, clock: _Clock) -> list[Visit]:
    """Takes visits that have ended until they are a slice, or the first has waited for long enough."""
    visits: list[Visit] = []
    size = 0
    began = clock.elapsed
    while len(visits) < min(most, SLICE_FEEDS) and size < SLICE_BYTES:
        visit = reader.next(max(0.0, began + SLICE_SECONDS - clock.elapsed))
        if visit is not None:
            visits.append(visit)
            size += visit.size if visit.parsed is not None else 0
        elif clock.elapsed >= began + SLICE_SECONDS:
            break
    return visits


def settle(visits: Sequence[Visit], *, now: datetime, random: Random) -> list[Visit]:
    """Stores and stamps all at once; where that fails, feed by feed, so that one feed's fault stays its own.

    Returns those that were still in this worker's hands: of others nothing is written.
    """
    try:
        return _write(visits, now, random)
    except (OperationalError, InterfaceError, psycopg.OperationalError):
        raise  # the database is away: no feed's fault
    except Exception:
        if len(visits) > 1:
            return [settled for visit in visits for settled in settle([visit], now=now, random=random)]
        if visits[0].outcome == Outcome.FAULT:
            raise
        return settle([fault(visits[0])], now=now, random=random)


def _write(visits: Sequence[Visit], now: datetime, random: Random) -> list[Visit]:
    with transaction.atomic():
        held = stamping.lock([visit.claim for visit in visits])
        mine = [visit for visit in visits if visit.claim.feed_id in held]
        arrivals = [Arrival(visit.claim.feed_id, visit.parsed.posts) for visit in mine if visit.parsed is not None]
        stored = store.store(arrivals, now=now)
        mine = [replace(visit, stored=stored.get(visit.claim.feed_id, Stored())) for visit in mine]
        stamping.stamp(mine, now=now, random=random)
    return mine


def _give_back(claims: Sequence[Claim], now: datetime) -> None:
    """What was not visited is due as before; with the database away the lease ends by itself."""
    try:
        claiming.release(claims, now=now)
    except (OperationalError, InterfaceError, transaction.TransactionManagementError):
        logger.warning("The leases of %d feeds run on: the database does not answer", len(claims))
