"""What a visit leaves behind: the feed's state, a row of the log, and a pause for a host that asked for one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from django.db import connection
from django.utils.translation import gettext as _

from feeds import schedule
from feeds.claiming import FURTHEST, HOST_OF, Claim
from feeds.fetch import Answer
from feeds.models import SUCCESSES, FeedState, Fetch, Outcome
from feeds.parse import ParsedFeed
from feeds.store import Stored

NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit that has ended: what was asked, what came (without its body), what was read and what became of it."""

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


def lock(claims: Sequence[Claim]) -> set[int]:
    """The feeds that are still in this worker's hands, and stay so until the transaction ends."""
    held = FeedState.objects.filter(lease_token__in={claim.token for claim in claims})
    held = held.filter(feed__in=[claim.feed_id for claim in claims])
    return set(held.order_by("feed").select_for_update().values_list("feed_id", flat=True))


def presume_lost(claims: Sequence[Claim], *, now: datetime, random: Random) -> None:
    """Of feeds whose last worker died over them: what shall stand there if this one does too. Any stamp writes over it.

    So a feed that kills every worker is a failing feed like others: seen by curators, and tried more and more seldom.
    """
    words = _("The worker ended in the middle of a visit to this feed, or lost its database. It tries again later.")
    for claim in claims:
        fault = Visit(claim, Answer(claim.feed_id, Outcome.FAULT), Outcome.FAULT, words)
        state = state_after(fault, now=now, random=random)
        mine = FeedState.objects.filter(feed=claim.feed_id, lease_token=claim.token)
        mine.update(**{name: getattr(state, name) for name in _STAMPED if not name.startswith("lease_")})


def stamp(visits: Sequence[Visit], *, now: datetime, random: Random) -> None:
    """Writes the states of feeds that are in this worker's hands (`lock`), gives them back, and logs the visits."""
    states = [state_after(visit, now=now, random=random) for visit in visits]
    FeedState.objects.bulk_create(states, update_conflicts=True, unique_fields=["feed"], update_fields=_STAMPED)
    Fetch.objects.bulk_create([_logged(visit, now) for visit in visits])
    _pause_hosts([visit for visit in visits if visit.answer.retry_after], now)


def state_after(visit: Visit, *, now: datetime, random: Random) -> FeedState:
    """The feed's state as the visit leaves it.

    Only a body that was read and stored leaves validators and a hash: what was broken is asked for again.
    """
    claim, answer = visit.claim, visit.answer
    state = FeedState(
        feed_id=claim.feed_id,
        url=claim.url,
        etag=claim.etag,
        last_modified=claim.last_modified,
        body_hash=claim.body_hash,
        body_size=claim.body_size,
        usual_gap=claim.usual_gap,
        newest_at=claim.newest_at,
        status=visit.outcome,
        error=visit.error,
        visited_at=now,
        succeeded_at=claim.succeeded_at,
        failures=0,
    )
    if not visit.is_success:
        state.failures = claim.failures + 1
        state.failing_since = claim.failing_since or now
        wait = answer.retry_after
        state.next_at = schedule.after_failure(now, failures=state.failures, retry_after=wait, random=random)
        return state
    state.succeeded_at = now
    if answer.http_status != NOT_MODIFIED:
        state.etag, state.last_modified = answer.etag, answer.last_modified
        state.body_hash, state.body_size = visit.body_hash, visit.size
    if visit.parsed is not None:
        dates = [post.published_at for post in visit.parsed.posts if post.published_at is not None]
        state.usual_gap, state.newest_at = schedule.usual_gap(dates), max(dates, default=None)
    gap, newest_at = state.usual_gap, state.newest_at
    state.next_at = schedule.after_success(now, gap=gap, newest_at=newest_at, random=random)
    return state


_STAMPED = [field.name for field in FeedState._meta.fields if field.name not in ("feed", "stopped_at")]
_PAUSE = """
    INSERT INTO feeds_hostpause (host, until)
    SELECT {host} AS host, max(until) FROM unnest(%s::text[], %s::timestamptz[]) AS answer (url, until)
    GROUP BY 1 HAVING {host} <> '' ORDER BY 1
    ON CONFLICT (host) DO UPDATE SET until = CASE
        WHEN feeds_hostpause.until > %s THEN excluded.until ELSE greatest(feeds_hostpause.until, excluded.until)
    END
""".format(host=HOST_OF.format("answer.url"))  # noqa: S608 - of constants alone


def _pause_hosts(visits: Sequence[Visit], now: datetime) -> None:
    """Leaves the hosts alone that asked for it: those that answered, redirects followed. The later time holds."""
    if visits:
        urls = [visit.answer.url or visit.claim.url for visit in visits]
        untils = [now + schedule.wait_of(visit.answer.retry_after) for visit in visits]
        with connection.cursor() as cursor:
            cursor.execute(_PAUSE, [urls, untils, now + FURTHEST])


def _logged(visit: Visit, now: datetime) -> Fetch:
    return Fetch(
        feed_id=visit.claim.feed_id,
        at=now,
        status=visit.outcome,
        error=visit.error,
        http_status=visit.answer.http_status,
        bytes=visit.size,
        saved=visit.saved,
        new_count=visit.stored.new,
        changed_count=visit.stored.changed,
        skipped_count=visit.parsed.skipped if visit.parsed else 0,
        ms=visit.answer.ms,
    )
