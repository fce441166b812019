"""One visit that has ended, and the state in which it leaves its feed."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from feeds import schedule
from feeds.claiming import Claim
from feeds.fetch import NOT_MODIFIED, Answer
from feeds.models import SUCCESSES, Outcome, Reason
from feeds.parsed import ParsedFeed
from feeds.schedule import Rhythm
from feeds.skips import Skips
from feeds.store import Stored

LONGEST_ADDRESS = 500  # that a feed can have


@dataclass(frozen=True, slots=True)
class Visit:
    """What was asked, what came (without its body), what was read and what became of it."""

    claim: Claim
    answer: Answer
    outcome: Outcome
    error: str = ""
    size: int = 0
    body_hash: str = ""
    parsed: ParsedFeed | None = None
    stored: Stored = field(default_factory=Stored)

    @property
    def is_success(self) -> bool:
        return self.outcome in SUCCESSES

    @property
    def saved(self) -> int:
        """Bytes that did not have to come: those of the last body, where the host said that it still holds."""
        return self.claim.body_size if self.is_success and self.answer.http_status == NOT_MODIFIED else 0


@dataclass(slots=True, kw_only=True)
class State:
    """The columns of a FeedState that a visit writes, without the weight of a model."""

    feed_id: int
    next_at: datetime
    url: str
    etag: str
    last_modified: str
    body_hash: str
    body_size: int
    usual_gap: timedelta | None
    newest_at: datetime | None
    ttl_minutes: int | None
    skip_hours: Sequence[int]
    skip_days: Sequence[int]
    visit_every: timedelta
    visit_reason: Reason
    moved_to: str
    moved_count: int
    duplicate_of_id: int | None
    status: Outcome
    error: str
    visited_at: datetime
    succeeded_at: datetime | None
    failures: int = 0
    failing_since: datetime | None = None
    known_entries: bytes | None = None  # None: as they were
    stopped_at: datetime | None = None
    lease_until: datetime | None = None
    lease_token: uuid.UUID | None = None


def state_after(visit: Visit, *, now: datetime, random: Random) -> State:
    """The feed's state as the visit leaves it."""
    claim = visit.claim
    state = State(
        feed_id=claim.feed_id,
        next_at=now,
        url=claim.url,
        etag=claim.etag,
        last_modified=claim.last_modified,
        body_hash=claim.body_hash,
        body_size=claim.body_size,
        usual_gap=claim.usual_gap,
        newest_at=claim.newest_at,
        ttl_minutes=claim.ttl_minutes,
        skip_hours=claim.skip_hours,
        skip_days=claim.skip_days,
        visit_every=schedule.SHORTEST,
        visit_reason=Reason.FAILING,
        moved_to=claim.moved_to,
        moved_count=claim.moved_count,
        duplicate_of_id=claim.duplicate_of,
        status=visit.outcome,
        error=visit.error,
        visited_at=now,
        succeeded_at=claim.succeeded_at,
    )
    if visit.is_success:
        _succeed(state, visit, now, random)
    else:
        _fail(state, visit, now, random)
    return state


def _fail(state: State, visit: Visit, now: datetime, random: Random) -> None:
    """What was known stays: a failure tells nothing about it. What is gone for good is not asked again."""
    claim = visit.claim
    state.failures = claim.failures + 1
    state.failing_since = claim.failing_since or now
    state.visit_every = schedule.wait_after_failure(state.failures, pinned=claim.pinned)
    state.next_at = schedule.after_failure(
        now, failures=state.failures, pinned=claim.pinned, retry_after=visit.answer.retry_after, random=random
    )
    if visit.outcome == Outcome.GONE:
        state.stopped_at = now


def _succeed(state: State, visit: Visit, now: datetime, random: Random) -> None:
    """Only a body that was read and stored leaves validators and a hash: what was broken is asked for again."""
    answer, parsed = visit.answer, visit.parsed
    state.succeeded_at = now
    if answer.http_status != NOT_MODIFIED:
        state.etag, state.last_modified = answer.etag, answer.last_modified
        state.body_hash, state.body_size = visit.body_hash, visit.size
    if parsed is not None:
        state.usual_gap, state.newest_at = schedule.usual_gap(parsed.dates), max(parsed.dates, default=None)
        state.known_entries = parsed.known
        state.ttl_minutes = parsed.ttl_minutes
        state.skip_hours, state.skip_days = parsed.skips.hours, parsed.skips.days
    _follow_move(state, _moved_to(visit))
    rhythm = _rhythm(state, visit)
    state.visit_every, state.visit_reason = schedule.interval(now, rhythm)
    state.next_at = schedule.after_success(now, rhythm, random=random)


def _follow_move(state: State, moved_to: str) -> None:
    if not moved_to:
        state.moved_to, state.moved_count, state.duplicate_of_id = "", 0, None
    elif moved_to == state.moved_to:
        state.moved_count += 1
    else:
        state.moved_to, state.moved_count, state.duplicate_of_id = moved_to, 1, None


def _moved_to(visit: Visit) -> str:
    """Where the host says that the feed is for good, if it can be kept there: nothing that is safe becomes unsafe."""
    own, moved_to = visit.claim.url, visit.answer.moved_to
    is_less_safe = own.lower().startswith("https:") and not moved_to.lower().startswith("https:")
    return "" if moved_to == own or is_less_safe or len(moved_to) > LONGEST_ADDRESS else moved_to


def _rhythm(state: State, visit: Visit) -> Rhythm:
    """What the last document asked for holds for as long as it does; how long an answer is fresh, it says itself."""
    ttl = timedelta(minutes=state.ttl_minutes or 0)
    fresh = timedelta(seconds=visit.answer.max_age or 0)
    skips = Skips(tuple(state.skip_hours), tuple(state.skip_days))
    return Rhythm(state.usual_gap, state.newest_at, asked=max(ttl, fresh), skips=skips, pinned=visit.claim.pinned)
