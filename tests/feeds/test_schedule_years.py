"""Feeds of every kind over simulated years: each visit leaves the state that the next one starts from."""

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import schedule, visits
from feeds.claiming import Claim
from feeds.fetch import Answer
from feeds.models import Outcome
from feeds.parsed import ParsedFeed
from feeds.schedule import LONGEST, LONGEST_INTERVAL, LONGEST_SKIP, SHORTEST, SPREAD, Rhythm
from feeds.skips import Skips
from feeds.visits import State, Visit
from tests.feeds.making import parsed
from tests.fixtures.effort import examples

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
MINUTE, HOUR, WEEK, YEAR = timedelta(minutes=1), timedelta(hours=1), timedelta(weeks=1), timedelta(days=365)
VISITS = 500  # of a feed at most: a year of the busiest ones says no more


@dataclass(frozen=True)
class Publisher:
    """A feed's publisher and its host, as far as a schedule sees them."""

    gap: timedelta
    ttl_minutes: int | None
    skips: Skips
    max_age: int | None
    pinned: timedelta | None
    trouble: float  # how likely a visit fails
    retry_after: int | None

    def answer(self, claim: Claim, now: datetime, random: Random) -> Visit:
        if random.random() < self.trouble:
            failed = Answer(1, Outcome.BUSY, "Later.", 503, retry_after=self.retry_after)
            return Visit(claim, failed, Outcome.BUSY, "Later.")
        if claim.etag and random.random() < 0.5:
            known = Answer(1, Outcome.UNCHANGED, http_status=304, url=claim.url, max_age=self.max_age)
            return Visit(claim, known, Outcome.UNCHANGED)
        posts = tuple(parsed(str(number), published_at=now - number * self.gap) for number in range(3))
        whole = Answer(1, Outcome.FETCHED, http_status=200, url=claim.url, etag='"1"', max_age=self.max_age)
        document = ParsedFeed(posts, ttl_minutes=self.ttl_minutes, skips=self.skips)
        return Visit(claim, whole, Outcome.FETCHED, parsed=document)


def some_below(number: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Any of the numbers but not all, many as often as few."""
    masks = st.integers(0, 2**number - 2)
    return masks.map(lambda mask: tuple(bit for bit in range(number) if mask >> bit & 1))


def around(*usual: int) -> st.SearchStrategy[int]:
    return st.sampled_from(usual) | st.integers(0, max(usual))


publishers = st.builds(
    Publisher,
    gap=around(1, 20, 60, 600, 10_000).map(lambda minutes: minutes * MINUTE + timedelta(seconds=1)),
    ttl_minutes=st.none() | around(0, 5, 60, 300, 2000) | st.just(525_600),
    skips=st.just(Skips()) | st.builds(Skips, hours=some_below(24), days=st.just(()) | some_below(7)),
    max_age=st.none() | around(0, 600, 7200, 90_000) | st.just(10**8),
    pinned=st.none() | st.timedeltas(SHORTEST, LONGEST),
    trouble=st.sampled_from([0, 0, 0.1, 0.6, 1]),
    retry_after=st.none() | st.integers(0, 10**6),
)


def claim_after(state: State | None, publisher: Publisher) -> Claim:
    """What the next visit is given of what the last one left."""
    claim = Claim(1, "https://a.example/", uuid.uuid4(), "", "", "", 0, None, None, 0, None, None)
    if state is None:
        return claim
    return Claim(
        *(1, state.url, uuid.uuid4(), state.etag, state.last_modified, state.body_hash, state.body_size),
        *(state.usual_gap, state.newest_at, state.failures, state.failing_since, state.succeeded_at),
        ttl_minutes=state.ttl_minutes,
        skip_hours=state.skip_hours,
        skip_days=state.skip_days,
        pinned=publisher.pinned,
    )


@given(publishers, st.integers(0, 2**32))
@settings(max_examples=examples(60))
def test_over_a_year_no_feed_starves_and_none_is_asked_above_its_bounds(publisher: Publisher, seed: int) -> None:
    random = Random(seed)
    began = now = NOW + random.random() * WEEK
    state = None
    for _ in range(VISITS):
        visit = publisher.answer(claim_after(state, publisher), now, random)
        state = visits.state_after(visit, now=now, random=random)
        check_wait(publisher, visit, state, now)
        now = state.next_at
        if now > began + YEAR:
            break


def check_wait(publisher: Publisher, visit: Visit, state: State, now: datetime) -> None:
    wait, pinned = state.next_at - now, visit.claim.pinned
    assert wait >= SHORTEST
    if pinned is not None:
        assert wait >= min(pinned, LONGEST_INTERVAL)
    if not visit.is_success:
        assert timedelta(seconds=min(publisher.retry_after or 0, 86_400)) <= wait <= LONGEST
    elif pinned is not None:
        assert wait <= pinned * (1 + SPREAD)
    else:
        check_what_was_asked(publisher, state, now)


def check_what_was_asked(publisher: Publisher, state: State, now: datetime) -> None:
    """Of a visit that went well: whatever was learnt with the last whole document holds for a 304 as well."""
    wait = state.next_at - now
    asked = max(timedelta(minutes=publisher.ttl_minutes or 0), timedelta(seconds=publisher.max_age or 0))
    assert wait >= min(asked, LONGEST_INTERVAL)
    if publisher.skips == Skips():
        assert wait <= LONGEST
    else:
        assert wait <= LONGEST + LONGEST_SKIP + SHORTEST
        assert not publisher.skips.hold(state.next_at) or wait > LONGEST_SKIP


@pytest.mark.parametrize(
    ("rhythm", "days", "most"),
    [
        (Rhythm(gap=MINUTE), 7, 30),
        (Rhythm(gap=HOUR), 14, 14),
        (Rhythm(pinned=HOUR), 14, 14),
        (Rhythm(gap=LONGEST), 60, 6),
        (Rhythm(gap=LONGEST, skips=Skips(hours=tuple(range(1, 24)))), 60, 40),
        (Rhythm(gap=HOUR, skips=Skips(days=(5, 6))), 14, 14),
    ],
)
def test_feeds_that_came_together_do_not_stay_in_step(rhythm: Rhythm, days: int, most: int) -> None:
    """Of two hundred, so many at most are visited within the same minute in the end."""
    random = Random(1)
    at = [NOW] * 200
    end = NOW + timedelta(days=days)
    for number in range(len(at)):
        while at[number] < end:
            at[number] = schedule.after_success(at[number], rhythm, random=random)
    assert max(Counter(one.replace(second=0, microsecond=0) for one in at).values()) <= most
