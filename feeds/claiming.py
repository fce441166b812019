"""Which feeds a worker takes: due ones of live sources, under a lease, so that no two workers visit the same."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Least

from feeds import schedule
from feeds.models import FeedState
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Feed

# Longer than fetching, reading and storing a batch can take.
LEASE = timedelta(minutes=10)
BATCH = 500
# A batch takes few feeds of one host: they wait for each other, and the lease runs on.
PER_HOST = 10
# No time of ours lies further ahead; one that does was written by a clock that ran ahead, and counts as past.
FURTHEST = schedule.LONGEST + timedelta(hours=1)
FURTHEST_VISIT = schedule.FURTHEST + timedelta(hours=1)
# Clocks of two machines may differ by so much; a visit that lies further ahead was such a clock's as well.
CLOCKS_DIFFER = timedelta(hours=1)
# The host in a feed's address, by PostgreSQL alone: what is paused and what is claimed cannot differ.
HOST_OF = r"lower(substring({} from '^[[:alpha:]]+://(?:[^/?#@]*@)?(\[[^]]*\]|[^/:?#]*)'))"


@dataclass(frozen=True, slots=True)
class Claim:
    """A feed in this worker's hands, with what the last visit left behind."""

    feed_id: int
    url: str
    token: uuid.UUID
    etag: str
    last_modified: str
    body_hash: str
    body_size: int
    usual_gap: timedelta | None
    newest_at: datetime | None
    failures: int
    failing_since: datetime | None
    succeeded_at: datetime | None
    was_lost: bool = False  # the worker that had it last never came to an end with it
    ttl_minutes: int | None = None
    moved_to: str = ""
    moved_count: int = 0
    duplicate_of: int | None = None
    pinned: timedelta | None = None
    skip_hours: Sequence[int] = ()
    skip_days: Sequence[int] = ()
    known_entries: bytes = b""  # as `feeds.known` packs them


# A feed without state is due: its row is inserted with the lease already in it. Of the others those are taken whose
# time has come, or whose address is not the one that was visited; what another worker is just taking is passed by.
# Where a lease has run out, its worker died, perhaps of this very feed: such feeds come after all others and one by
# one, so that what kills a worker takes no other feed's visit with it.
_FREE = """(
        state.stopped_at IS NULL
        AND (
            state.next_at <= %(now)s OR state.next_at > %(furthest_visit)s OR state.visited_at > %(soon)s
            OR state.url <> feed.url
        )
        AND (state.lease_until IS NULL OR state.lease_until <= %(now)s OR state.lease_until > %(furthest)s)
    )"""
_CLAIM = """
    WITH feed AS MATERIALIZED (
        SELECT feed.id, feed.url, {host} AS host, feed.visit_minutes * interval '1 minute' AS pinned
        FROM catalog_feed feed JOIN catalog_source source ON source.id = feed.source_id
        WHERE source.status = %(live)s AND (%(only)s::bigint[] IS NULL OR feed.id = ANY (%(only)s))
    ), due AS (
        SELECT feed.id, feed.url, feed.pinned, state.feed_id IS NULL AS is_new,
               row_number() OVER (
                   PARTITION BY feed.host
                   ORDER BY state.lease_until IS NOT NULL, state.next_at NULLS FIRST, feed.id
               ) AS place_in_host
        FROM feed LEFT JOIN feeds_feedstate state ON state.feed_id = feed.id
        WHERE (state.feed_id IS NULL OR {free})
          AND NOT EXISTS (
              SELECT FROM feeds_hostpause pause
              WHERE pause.host = feed.host AND pause.until > %(now)s AND pause.until <= %(furthest)s
          )
    ), inserted AS (
        INSERT INTO feeds_feedstate (feed_id, next_at, lease_until, lease_token)
        SELECT id, %(now)s, %(lease_until)s, %(token)s
        FROM due WHERE is_new AND place_in_host <= %(per_host)s ORDER BY id LIMIT %(limit)s
        ON CONFLICT (feed_id) DO NOTHING
        RETURNING *
    ), free AS (
        SELECT state.feed_id
        FROM due feed JOIN feeds_feedstate state ON state.feed_id = feed.id
        WHERE place_in_host <= %(per_host)s AND {free} AND state.lease_until IS NULL
        ORDER BY state.next_at, feed.id LIMIT %(limit)s - (SELECT count(*) FROM inserted)
        FOR UPDATE OF state SKIP LOCKED
    ), lost AS (
        SELECT state.feed_id
        FROM due feed JOIN feeds_feedstate state ON state.feed_id = feed.id
        WHERE {free} AND state.lease_until IS NOT NULL
        ORDER BY state.next_at, feed.id
        LIMIT CASE WHEN EXISTS (SELECT FROM inserted) OR EXISTS (SELECT FROM free) THEN 0 ELSE 1 END
        FOR UPDATE OF state SKIP LOCKED
    ), updated AS (
        UPDATE feeds_feedstate state SET lease_until = %(lease_until)s, lease_token = %(token)s
        FROM (SELECT feed_id, false AS was_lost FROM free UNION ALL SELECT feed_id, true FROM lost) taken
        WHERE state.feed_id = taken.feed_id
        RETURNING state.*, taken.was_lost
    )
    SELECT due.id, due.url,
           CASE WHEN state.url = due.url THEN state.etag ELSE '' END,
           CASE WHEN state.url = due.url THEN state.last_modified ELSE '' END,
           state.body_hash, state.body_size, state.usual_gap, state.newest_at,
           state.failures, state.failing_since, state.succeeded_at, state.was_lost,
           state.ttl_minutes,
           CASE WHEN state.url = due.url THEN state.moved_to ELSE '' END,
           CASE WHEN state.url = due.url THEN state.moved_count ELSE 0 END,
           CASE WHEN state.url = due.url THEN state.duplicate_of_id END,
           due.pinned, state.skip_hours, state.skip_days, state.known_entries
    FROM (SELECT *, false AS was_lost FROM inserted UNION ALL SELECT * FROM updated) state
    JOIN due ON due.id = state.feed_id
    ORDER BY due.id
""".format(host=HOST_OF.format("feed.url"), free=_FREE)  # noqa: S608 - of constants alone

_PAUSE = """
    SELECT pause.until FROM catalog_feed feed JOIN feeds_hostpause pause ON pause.host = {host}
    WHERE feed.id = %(feed)s AND pause.until > %(now)s AND pause.until <= %(furthest)s
""".format(host=HOST_OF.format("feed.url"))  # noqa: S608 - of constants alone


def claim(*, now: datetime, only: Collection[int] | None = None, limit: int = BATCH) -> list[Claim]:
    """Takes at most `limit` due feeds, of those in `only` if given, in one statement."""
    token = uuid.uuid4()
    values: dict[str, Any] = {
        "now": now,
        "furthest": now + FURTHEST,
        "furthest_visit": now + FURTHEST_VISIT,
        "soon": now + CLOCKS_DIFFER,
        "lease_until": now + LEASE,
        "token": token,
        "live": Status.LIVE.value,
        "only": None if only is None else list(only),
        "per_host": PER_HOST,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        return [Claim(feed_id, url, token, *rest) for feed_id, url, *rest in cursor.fetchall()]


def release(claims: Collection[Claim], *, now: datetime) -> None:
    """Gives back what is still this worker's, unvisited: it is due as before."""
    held = FeedState.objects.filter(lease_token__in={claim.token for claim in claims})
    held.filter(feed__in=[claim.feed_id for claim in claims]).update(
        lease_until=None, lease_token=None, next_at=Least("next_at", now)
    )


def make_due(feeds: QuerySet[Feed], *, now: datetime) -> None:
    """Has the feeds visited at the next opportunity; one that was stopped starts again."""
    FeedState.objects.filter(feed__in=feeds).update(next_at=now, stopped_at=None)


def paused_until(feed: Feed, *, now: datetime) -> datetime | None:
    """How long the feed's host asked to be left alone; None when it did not."""
    with connection.cursor() as cursor:
        cursor.execute(_PAUSE, {"feed": feed.pk, "now": now, "furthest": now + FURTHEST})
        row = cursor.fetchone()
    return row[0] if row else None
