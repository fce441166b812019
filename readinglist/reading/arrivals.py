"""Bounded scans over what arrived for a reader: which posts the inbox shows, and how many are unread.

None of them grows with the posts that are stored. What decides is read from indexes alone: `post_feed_news` and
`post_feed_arrival` of posts, `post_state_once_a_reader` of marks. `inbox.with_marks` says the same of rows at hand.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import User
from readinglist.catalog.choices import STREAM_OF_SOURCE_KIND

# So many of the newest arrivals are looked at one by one, before each feed is asked for its own.
_WINDOW = 500

_STREAMS = json.dumps(STREAM_OF_SOURCE_KIND)


@dataclass(frozen=True, slots=True)
class Scope:
    """What of the followed sources: those of a stream, or those with these ids; all by default."""

    stream: str = ""
    sources: list[int] | None = None


# The feeds of all that the reader follows, and those of them that the inbox shows, with the reader's mark; `label` is
# what counts are counted by.
_FOLLOWED = """
    followed AS MATERIALIZED (
        SELECT feed.id AS feed_id, follow.caught_up_to, source.id AS source_id, source.kind
        FROM reading_follow follow
        JOIN catalog_source source ON source.id = follow.source_id
        JOIN catalog_feed feed ON feed.source_id = source.id
        WHERE follow.user_id = %(user)s AND NOT follow.is_muted AND source.status <> 'draft'
    )
"""
_HEARD = f"""
    {_FOLLOWED}, heard AS MATERIALIZED (
        SELECT feed_id, caught_up_to, CASE %(by)s
            WHEN 'stream' THEN %(streams)s::jsonb ->> kind WHEN 'source' THEN source_id::text ELSE ''
        END AS label
        FROM followed
        WHERE (%(stream)s = '' OR %(streams)s::jsonb ->> kind = %(stream)s)
            AND (%(sources)s::bigint[] IS NULL OR source_id = ANY(%(sources)s::bigint[]))
    )
"""  # noqa: S608 - of constants, like the statements below
# Of each work the earliest post counts, among all that the reader follows: what a filter hides, it hides whole.
_FIRST_OF_ITS_WORK = """
    (post.lead_id IS NULL OR NOT EXISTS (
        SELECT FROM catalog_post earlier
        WHERE (earlier.id = post.lead_id OR earlier.lead_id = post.lead_id) AND earlier.id < post.id
            AND earlier.feed_id IN (SELECT feed_id FROM followed)
    ))
"""
# Unread posts are of two kinds. News: newer than the mark, and neither read nor snoozed.
_IS_NEWS = """
    post.id > heard.caught_up_to AND NOT post.is_backlog AND NOT EXISTS (
        SELECT FROM reading_poststate mine
        WHERE mine.user_id = %(user)s AND mine.post_id = post.id
            AND (mine.read_at IS NOT NULL OR mine.unread_from > %(now)s)
    )
"""
# And kept: what the reader marked unread, or snoozed until a time that has come, where it is no news.
_KEPT = f"""
    kept AS MATERIALIZED (
        SELECT post.id, heard.label FROM reading_poststate mine
        JOIN catalog_post post ON post.id = mine.post_id
        JOIN heard ON heard.feed_id = post.feed_id
        WHERE mine.user_id = %(user)s AND mine.unread_from <= %(now)s
            AND (post.id <= heard.caught_up_to OR post.is_backlog) AND {_FIRST_OF_ITS_WORK}
    )
"""  # noqa: S608

_NONE_KEPT = "kept AS (SELECT 0 AS id WHERE false)"

# The newest arrivals mostly fill a page. Where they do not, every feed gives as many as the page has, and the newest of
# those are taken: sorting all that is unread would cost more with every post.
_PAGE = """
    , recent AS MATERIALIZED (
        SELECT post.id FROM (
            SELECT id, feed_id, lead_id, is_backlog FROM catalog_post
            WHERE id < %(before)s ORDER BY id DESC LIMIT %(window)s
        ) post
        JOIN heard ON heard.feed_id = post.feed_id
        WHERE {condition}
    ), walked AS (
        SELECT id FROM catalog_post WHERE id < %(before)s ORDER BY id DESC LIMIT %(window)s
    )
    SELECT id FROM recent
    UNION ALL (
        SELECT its.id FROM heard CROSS JOIN LATERAL (
            SELECT post.id FROM catalog_post post
            WHERE post.feed_id = heard.feed_id AND post.id < (SELECT min(id) FROM walked) AND {condition}
            ORDER BY post.id DESC LIMIT %(size)s
        ) its
        WHERE (SELECT count(*) FROM recent) < %(size)s
    )
    UNION ALL (SELECT id FROM kept WHERE id < %(before)s)
    ORDER BY id DESC LIMIT %(size)s
"""
_BESIDE = """
    SELECT near.newer, near.older FROM heard CROSS JOIN LATERAL (
        SELECT (
            SELECT post.id FROM catalog_post post
            WHERE post.feed_id = heard.feed_id AND post.id > %(post)s AND {condition} ORDER BY post.id LIMIT 1
        ) AS newer, (
            SELECT post.id FROM catalog_post post
            WHERE post.feed_id = heard.feed_id AND post.id < %(post)s AND {condition} ORDER BY post.id DESC LIMIT 1
        ) AS older
    ) near
    UNION ALL
    SELECT min(id) FILTER (WHERE id > %(post)s), max(id) FILTER (WHERE id < %(post)s) FROM kept
"""
_COUNTS = """
    SELECT label, (
        SELECT count(*) FROM (
            (
                SELECT 1 FROM heard CROSS JOIN LATERAL (
                    SELECT 1 FROM catalog_post post
                    WHERE post.feed_id = heard.feed_id AND {condition} LIMIT %(most)s
                ) its
                WHERE heard.label = labels.label LIMIT %(most)s
            )
            UNION ALL (SELECT 1 FROM kept WHERE kept.label = labels.label)
            LIMIT %(most)s
        ) unread
    ) FROM (SELECT DISTINCT label FROM heard) labels
"""
# Of works, by their leads, the earliest of all posts that the reader hears.
_EARLIEST = f"""
    WITH {_FOLLOWED}
    SELECT coalesce(lead_id, id), min(id) FROM catalog_post
    WHERE (id = ANY(%(leads)s::bigint[]) OR lead_id = ANY(%(leads)s::bigint[]))
        AND feed_id IN (SELECT feed_id FROM followed)
    GROUP BY 1
"""  # noqa: S608
# All together, as every page counts it: the same without the parts that tell sources from each other.
_COUNT = f"""
    WITH {_FOLLOWED}, heard AS (SELECT feed_id, caught_up_to, '' AS label FROM followed), {_KEPT}
    SELECT count(*) FROM (
        (
            SELECT 1 FROM heard CROSS JOIN LATERAL (
                SELECT 1 FROM catalog_post post
                WHERE post.feed_id = heard.feed_id AND {_IS_NEWS} AND {_FIRST_OF_ITS_WORK} LIMIT %(most)s
            ) its
            LIMIT %(most)s
        )
        UNION ALL (SELECT 1 FROM kept)
        LIMIT %(most)s
    ) unread
"""  # noqa: S608


def newest(user: User, scope: Scope, *, now: datetime, unread: bool, before: int, size: int) -> list[int]:
    """The ids of the newest posts before one, unread or all, newest first."""
    rows = _run(_statement(_PAGE, unread=unread), user, scope, now, before=before, size=size, window=_WINDOW)
    return [post for (post,) in rows]


def beside(post: int, user: User, scope: Scope, *, now: datetime, unread: bool) -> tuple[int | None, int | None]:
    """The ids of the next newer and the next older post."""
    rows = _run(_statement(_BESIDE, unread=unread), user, scope, now, post=post)
    newer = [newer for newer, _older in rows if newer is not None]
    older = [older for _newer, older in rows if older is not None]
    return min(newer, default=None), max(older, default=None)


def earliest(leads: Collection[int], user: User) -> dict[int, int]:
    """By the lead of a work the id of the post that is its line in the inbox, where the reader hears any."""
    with connection.cursor() as cursor:
        cursor.execute(_EARLIEST, {"user": user.pk, "leads": list(leads)})
        return dict(cursor.fetchall())


def count_all_unread(user: User, *, now: datetime, most: int) -> int:
    """Unread posts of all that the reader hears, counted to `most`."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"user": user.pk, "now": now, "most": most})
        (count,) = cursor.fetchone()
    return int(count)


def count_unread(user: User, scope: Scope, *, now: datetime, by: str, most: int) -> dict[str, int]:
    """Unread posts `by` "stream" or "source" (its id), each counted to `most`."""
    return dict(_run(_statement(_COUNTS, unread=True), user, scope, now, by=by, most=most))


def _statement(template: str, *, unread: bool) -> str:
    if unread:
        return f"WITH {_HEARD}, {_KEPT}" + template.format(condition=f"{_IS_NEWS} AND {_FIRST_OF_ITS_WORK}")
    return f"WITH {_HEARD}, {_NONE_KEPT}" + template.format(condition=_FIRST_OF_ITS_WORK)


def _run(statement: str, user: User, scope: Scope, now: datetime, by: str = "", **more: Any) -> list[tuple[Any, ...]]:
    asked: dict[str, Any] = {"user": user.pk, "stream": scope.stream, "sources": scope.sources, "now": now, "by": by}
    with connection.cursor() as cursor:
        cursor.execute(statement, {**asked, "streams": _STREAMS, **more})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
