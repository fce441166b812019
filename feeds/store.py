"""Parsed posts into the database: a slice of many feeds at once, in a handful of statements whatever its size."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from feeds.parse import ParsedPost

# Of what a feed's first fetch brings, this many are news; the rest was there before anybody followed.
NEWS_OF_FIRST_FETCH = 20
# A post that changes more often than this is a counter or a clock, and stays as it then is.
MOST_EDITS = 24
# Whoever inserts posts holds this lock until the transaction ends, so that ids become visible in their order.
ARRIVAL_LOCK = 7_462_001


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one feed's document brought, in the document's order."""

    feed_id: int
    posts: Sequence[ParsedPost]


@dataclass(frozen=True, slots=True)
class Stored:
    """How many posts of a feed were new, and how many had changed."""

    new: int = 0
    changed: int = 0


Row = tuple[int, ParsedPost]  # with the id of the feed


def store(arrivals: Iterable[Arrival], *, now: datetime) -> dict[int, Stored]:
    """Writes what is new or changed, and nothing else; how much that was, by feed. There is one arrival of a feed.

    Storing the same once more, or at the same time elsewhere, changes nothing.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        rows = list(_unlike_stored(cursor, _rows(arrivals)))
        if not rows:
            return {}
        _copy(cursor, rows)
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ARRIVAL_LOCK])
        changed = _update(cursor)
        new = _insert(cursor, now)
        cursor.execute("DROP TABLE arriving")
    return {feed_id: Stored(new[feed_id], changed[feed_id]) for feed_id in new.keys() | changed.keys()}


def _rows(arrivals: Iterable[Arrival]) -> list[Row]:
    """Each post once, the last of a document first, since documents begin with the newest. Of equal guids the first."""
    rows: list[Row] = []
    for arrival in arrivals:
        posts: dict[str, ParsedPost] = {}
        for post in arrival.posts:
            posts.setdefault(post.guid_hash, post)
        rows += [(arrival.feed_id, post) for post in reversed(posts.values())]
    return rows


def _unlike_stored(cursor: CursorWrapper, rows: list[Row]) -> Iterator[Row]:
    """The rows that are not in the database as they are."""
    cursor.execute(
        """
        SELECT post.feed_id, post.guid_hash, post.content_hash
        FROM unnest(%s::bigint[], %s::text[]) AS row (feed_id, guid_hash)
        JOIN LATERAL (
            SELECT * FROM catalog_post WHERE feed_id = row.feed_id AND guid_hash = row.guid_hash LIMIT 1
        ) post ON true
        """,
        [[feed_id for feed_id, _post in rows], [post.guid_hash for _feed_id, post in rows]],
    )
    stored = {(feed_id, guid_hash): content_hash for feed_id, guid_hash, content_hash in cursor.fetchall()}
    for feed_id, post in rows:
        if stored.get((feed_id, post.guid_hash)) != post.content_hash:
            yield feed_id, post


def _copy(cursor: Any, rows: list[Row]) -> None:
    """Puts the rows into the temporary table `arriving`, with their place in the slice."""
    cursor.execute(
        """
        CREATE TEMPORARY TABLE arriving (
            place integer, feed_id bigint, guid_hash text, key text, url text, title text, byline text,
            body text,
            published_at timestamptz, content_hash text
        ) ON COMMIT DROP
        """
    )
    with cursor.copy("COPY arriving FROM STDIN") as copy:
        for place, (feed_id, post) in enumerate(rows):
            texts = (post.guid_hash, post.key, post.url, post.title, post.byline, post.body)
            copy.write_row((place, feed_id, *texts, post.published_at, post.content_hash))


def _update(cursor: CursorWrapper) -> Counter[int]:
    """Edits what has changed, by feed: neither its key nor its arrival, and without a new date the old one stays."""
    cursor.execute(
        """
        UPDATE catalog_post post
        SET url = arriving.url, title = arriving.title, byline = arriving.byline, body = arriving.body,
            content_hash = arriving.content_hash,
            published_at = coalesce(arriving.published_at, post.published_at), edit_count = post.edit_count + 1
        FROM arriving JOIN LATERAL (
            SELECT id FROM catalog_post WHERE feed_id = arriving.feed_id AND guid_hash = arriving.guid_hash LIMIT 1
        ) known ON true
        WHERE post.id = known.id AND post.content_hash <> arriving.content_hash AND post.edit_count < %s
        RETURNING post.id, post.feed_id
        """,
        [MOST_EDITS],
    )
    edited = cursor.fetchall()
    # A statement of its own: it sees texts that were indexed while the posts were waited for.
    cursor.execute("DELETE FROM catalog_posttext WHERE post_id = ANY (%s)", [[post_id for post_id, _feed_id in edited]])
    return Counter(feed_id for _post_id, feed_id in edited)


# The oldest arrives first. A post keeps the key of its document where its feed does not have it yet, neither in the
# database nor before it in the slice; else it gets one of its own. Who has a key first leads those that come after.
# A feed that changes its guids brings everything once more: what has key, title and date of a stored post is no news.
# Subqueries in brackets are lookups in an index, one a row; an EXISTS might become a scan of all posts.
_INSERT = """
    WITH fresh AS (
        SELECT place, feed_id, guid_hash, key, title, published_at,
               least(coalesce(published_at, %(now)s), %(now)s) AS at
        FROM arriving
        WHERE (
            SELECT id FROM catalog_post WHERE feed_id = arriving.feed_id AND guid_hash = arriving.guid_hash
        ) IS NULL
    ), first_fetch AS MATERIALIZED (
        SELECT feed_id FROM (SELECT DISTINCT feed_id FROM fresh) feed
        WHERE (SELECT id FROM catalog_post WHERE feed_id = feed.feed_id LIMIT 1) IS NULL
    ), placed AS (
        SELECT fresh.*,
               feed_id IN (SELECT feed_id FROM first_fetch)
               AND row_number() OVER (PARTITION BY feed_id ORDER BY at DESC, place DESC) > %(news)s
               OR coalesce(same.title = fresh.title AND same.published_at = fresh.published_at, false) AS is_backlog,
               key <> ''
               AND row_number() OVER (PARTITION BY feed_id, key ORDER BY at, place) = 1
               AND same.id IS NULL AS keeps_key
        FROM fresh LEFT JOIN LATERAL (
            SELECT id, title, published_at FROM catalog_post WHERE key = fresh.key AND feed_id = fresh.feed_id LIMIT 1
        ) same ON true
    ), keyed AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('catalog_post', 'id')) AS id, place, is_backlog,
               CASE WHEN keeps_key THEN key ELSE 'guid:' || feed_id || ':' || left(guid_hash, 40) END AS key
        FROM (SELECT * FROM placed ORDER BY at, place) ordered
    ), led AS (
        SELECT keyed.*, coalesce(
            (SELECT id FROM catalog_post WHERE key = keyed.key AND lead_id IS NULL),
            nullif(first_value(id) OVER (PARTITION BY key ORDER BY id), id)
        ) AS lead_id
        FROM keyed
    )
    INSERT INTO catalog_post (
        id, feed_id, guid_hash, key, lead_id, is_backlog, url, title, byline, body, content_hash, published_at,
        first_seen_at
    )
    SELECT led.id, feed_id, guid_hash, led.key, lead_id, is_backlog, url, title, byline, body, content_hash,
           coalesce(published_at, %(now)s), %(now)s
    FROM led JOIN arriving USING (place)
    RETURNING feed_id
"""


def _insert(cursor: CursorWrapper, now: datetime) -> Counter[int]:
    """Inserts what is new, by feed."""
    cursor.execute(_INSERT, {"now": now, "news": NEWS_OF_FIRST_FETCH})
    return Counter(feed_id for (feed_id,) in cursor.fetchall())
