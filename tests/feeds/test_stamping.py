"""What is written of visits: states, the log and pauses, in so many statements whatever the number of feeds."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feeds import claiming, stamping, visits
from feeds.claiming import Claim
from feeds.fetch import Answer
from feeds.models import FeedState, Fetch, Outcome
from feeds.parsed import ParsedFeed
from feeds.skips import Skips
from feeds.store import Stored
from feeds.visits import State, Visit
from readinglist.catalog.models import Feed
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed, make_source

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, 0, 123456, tzinfo=UTC)
DAY = timedelta(days=1)


def claims_of(count: int) -> list[Claim]:
    source = make_source()
    Feed.objects.bulk_create(Feed(source=source, url=f"https://host{number}.example/") for number in range(count))
    return claiming.claim(now=NOW)


def known(claim: Claim) -> Visit:
    """A visit that found nothing changed."""
    answer = Answer(claim.feed_id, Outcome.UNCHANGED, http_status=304, url=claim.url)
    return Visit(claim, answer, Outcome.UNCHANGED)


def busy(claim: Claim) -> Visit:
    answer = Answer(claim.feed_id, Outcome.BUSY, "Later.", 429, url=claim.url, retry_after=60)
    return Visit(claim, answer, Outcome.BUSY, "Later.")


@pytest.mark.parametrize("count", [1, 60])
def test_it_is_one_statement_each_for_states_log_and_pauses(
    count: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    claims = claims_of(count)
    with django_assert_num_queries(2):
        stamping.stamp([known(claim) for claim in claims], now=NOW, random=Random(1))
    with django_assert_num_queries(3):
        stamping.stamp([busy(claim) for claim in claims], now=NOW, random=Random(1))
    assert Fetch.objects.count() == 2 * count
    assert FeedState.objects.filter(status="busy", failures=1, lease_token=None, lease_until=None).count() == count


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
times = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.timedeltas(timedelta(0), 10_000 * DAY)


@given(st.data())
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_column_is_stored_as_it_was(data: st.DataObject) -> None:
    """Times to the microsecond, spans of any length, and texts in any script."""
    (claim,) = claiming.claim(now=NOW, only=[make_feed().pk])
    answer = Answer(claim.feed_id, Outcome.FETCHED, http_status=200, etag=data.draw(texts), last_modified="x")
    skips = Skips(tuple(data.draw(st.lists(st.integers(0, 23), max_size=3))), (6,))
    claim = replace(claim, usual_gap=data.draw(spans), newest_at=data.draw(times))
    parsed = ParsedFeed((), skipped=3, ttl_minutes=data.draw(st.none() | st.integers(0, 525_600)), skips=skips)
    visit = Visit(claim, answer, Outcome.FETCHED, data.draw(texts), 12, "ab", parsed, Stored(1, 2))
    now = data.draw(times)
    expected = visits.state_after(visit, now=now, random=Random(1))

    stamping.stamp([visit], now=now, random=Random(1))

    state = FeedState.objects.get(feed=claim.feed_id)
    assert {name: _plain(getattr(state, name)) for name in _NAMES} == {
        name: _plain(getattr(expected, name)) for name in _NAMES
    }
    row = Fetch.objects.get(feed=claim.feed_id)
    assert (row.at, row.status, row.error, row.http_status) == (now, "fetched", visit.error, 200)
    assert (row.bytes, row.saved, row.new_count, row.changed_count, row.skipped_count) == (12, 0, 1, 2, 3)


_NAMES = [column.name for column in fields(State)]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def test_a_feed_that_was_stopped_meanwhile_stays_so() -> None:
    (claim,) = claims_of(1)
    FeedState.objects.update(stopped_at=NOW - DAY)
    stamping.stamp([known(claim)], now=NOW, random=Random(1))
    assert FeedState.objects.get().stopped_at == NOW - DAY


def test_a_feed_that_was_deleted_meanwhile_is_passed_by() -> None:
    gone, other = claims_of(2)
    Feed.objects.get(pk=gone.feed_id).delete()
    held = stamping.lock([gone, other])
    assert held == {other.feed_id}
    stamping.stamp([known(other)], now=NOW, random=Random(1))
    assert FeedState.objects.get().visited_at == NOW


def test_what_a_lost_feed_is_presumed_to_be_is_written_over_by_any_stamp() -> None:
    (claim,) = claims_of(1)
    stamping.presume_lost([claim], now=NOW, random=Random(1))
    presumed = FeedState.objects.get()
    assert (presumed.status, presumed.failures, presumed.lease_token) == ("fault", 1, claim.token)
    stamping.stamp([known(claim)], now=NOW, random=Random(1))
    state = FeedState.objects.get()
    assert (state.status, state.failures, state.failing_since, state.lease_token) == ("unchanged", 0, None, None)
