"""What a visit leaves behind: the feed's state, a row of the log, and a pause for a host that asked for one."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime
from random import Random
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from feeds import addresses, moving, schedule
from feeds.claiming import FURTHEST, HOST_OF, Claim
from feeds.fetch import Answer
from feeds.models import FeedState, Outcome
from feeds.visits import State, Visit, state_after

__all__ = ["Visit", "lock", "presume_lost", "stamp"]


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
        mine.update(**{name: getattr(state, name) for name in _STAMPED if name not in _NOT_PRESUMED})


def stamp(visits: Sequence[Visit], *, now: datetime, random: Random) -> None:
    """Writes the states of feeds that are in this worker's hands (`lock`), gives them back, and logs the visits."""
    states = [state_after(visit, now=now, random=random) for visit in visits]
    moving.move(states)
    rows = [{name: getattr(state, name) for name in _COLUMNS} for state in states]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [_as_json(rows)])
        cursor.execute(_LOG, [_as_json([_logged(visit, now) for visit in visits])])
    _pause_hosts([visit for visit in visits if visit.answer.retry_after], now)


_COLUMNS = [column.name for column in fields(State)]
_STAMPED = [name for name in _COLUMNS if name != "feed_id"]
_KEPT = ("stopped_at", "known_entries")  # where a visit has nothing to say of them
_NOT_PRESUMED = ("lease_until", "lease_token", "known_entries")
_LOGGED = ["feed_id", "at", "status", "error", "http_status", "bytes", "saved"]
_LOGGED += ["new_count", "changed_count", "skipped_count", "ms"]
# Whoever stopped the feed meanwhile is not overruled. JSON brings rows of any types in one value.
_WRITE = """
    UPDATE feeds_feedstate state
    SET {columns}, stopped_at = coalesce(state.stopped_at, row.stopped_at),
        known_entries = coalesce(row.known_entries, state.known_entries)
    FROM json_populate_recordset(NULL::feeds_feedstate, %s::json) row
    WHERE state.feed_id = row.feed_id
""".format(columns=", ".join(f"{name} = row.{name}" for name in _STAMPED if name not in _KEPT))  # noqa: S608
_LOG = """
    INSERT INTO feeds_fetch ({columns})
    SELECT {columns} FROM json_populate_recordset(NULL::feeds_fetch, %s::json)
""".format(columns=", ".join(_LOGGED))  # noqa: S608 - of constants alone
_PAUSE = """
    INSERT INTO feeds_hostpause (host, until)
    SELECT {host} AS host, max(until) FROM unnest(%s::text[], %s::timestamptz[]) AS answer (url, until)
    GROUP BY 1 HAVING {host} <> '' ORDER BY 1
    ON CONFLICT (host) DO UPDATE SET until = CASE
        WHEN feeds_hostpause.until > %s THEN excluded.until ELSE greatest(feeds_hostpause.until, excluded.until)
    END
""".format(host=HOST_OF.format("answer.url"))  # noqa: S608 - of constants alone


def _as_json(rows: Sequence[dict[str, Any]]) -> str:
    """For PostgreSQL, which reads times and intervals as Python writes them, and bytes in hexadecimal digits."""
    return json.dumps(rows, default=lambda value: f"\\x{value.hex()}" if isinstance(value, bytes) else str(value))


def _pause_hosts(visits: Sequence[Visit], now: datetime) -> None:
    """Leaves the hosts alone that asked for it: those that answered, redirects followed. The later time holds."""
    if visits:
        paused = [(url, visit) for visit in visits for url in _spellings(visit)]
        untils = [now + schedule.wait_of(visit.answer.retry_after) for _url, visit in paused]
        with connection.cursor() as cursor:
            cursor.execute(_PAUSE, [[url for url, _visit in paused], untils, now + FURTHEST])


def _spellings(visit: Visit) -> Iterator[str]:
    """The address that answered, and the feed's own where it only spells the same host another way."""
    answered, own = visit.answer.url or visit.claim.url, visit.claim.url
    yield answered
    try:
        if addresses.parse(own).raw_host == addresses.parse(answered).raw_host:
            yield own
    except addresses.Forbidden:
        return


def _logged(visit: Visit, now: datetime) -> dict[str, Any]:
    values = (
        *(visit.claim.feed_id, now, visit.outcome, visit.error, visit.answer.http_status, visit.size, visit.saved),
        *(visit.stored.new, visit.stored.changed, visit.parsed.skipped if visit.parsed else 0, visit.answer.ms),
    )
    return dict(zip(_LOGGED, values, strict=True))
