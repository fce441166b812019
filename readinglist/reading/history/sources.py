"""What a reader did with what arrived, source by source: one year, or less for who came later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from accounts.models import User
from readinglist.reading.history import spans
from readinglist.reading.history.weeks import IN_A_YEAR

MOST = 1000  # an arrival of this many says "999+"
# A source that sent so many to somebody who has followed it so long and opened none: it may be let go.
MANY = 50
LONG = timedelta(weeks=12)

# The ids of posts are the order of their arrival: halving finds the first since a moment without an index on it, and
# arrivals are then counted by the index of news alone. What was marked of older posts and of backlog arrived as well.
_SOURCES = """
    WITH RECURSIVE halves AS (
        SELECT 0::bigint AS below, (SELECT coalesce(max(id), 0) + 1 FROM catalog_post) AS first
        UNION ALL
        SELECT CASE WHEN is_older THEN middle ELSE below END, CASE WHEN is_older THEN first ELSE middle END
        FROM (
            SELECT below, first, (below + first) / 2 AS middle, (
                SELECT first_seen_at < %(since)s FROM catalog_post WHERE id >= (below + first) / 2 ORDER BY id LIMIT 1
            ) AS is_older
            FROM halves WHERE first - below > 1
        ) half
    ), edge AS MATERIALIZED (
        SELECT min(first) AS first FROM halves
    ), marks AS MATERIALIZED (
        SELECT feed.source_id,
            count(*) FILTER (WHERE mine.opened_at >= %(since)s OR mine.read_at >= %(since)s) AS opened,
            count(*) FILTER (WHERE mine.read_at >= %(since)s) AS read,
            count(*) FILTER (WHERE mine.saved_at >= %(since)s) AS saved,
            count(*) FILTER (WHERE post.is_backlog OR post.id < (SELECT first FROM edge)) AS besides
        FROM reading_poststate mine
        JOIN catalog_post post ON post.id = mine.post_id JOIN catalog_feed feed ON feed.id = post.feed_id
        WHERE mine.user_id = %(user)s AND greatest(mine.opened_at, mine.read_at, mine.saved_at) >= %(since)s
        GROUP BY feed.source_id
    ), works AS MATERIALIZED (
        SELECT entry.source_id, count(*) AS works, count(state.id) AS works_read
        FROM catalog_entry entry LEFT JOIN reading_readstate state
            ON state.entry_id = entry.id AND state.user_id = %(user)s AND state.read_at IS NOT NULL
        WHERE entry.source_id IS NOT NULL AND entry.status = 'live' AND entry.superseded_by_id IS NULL
        GROUP BY entry.source_id
    )
    SELECT source.slug, source.name, follow.followed_at, coalesce(follow.is_muted, false), (
            SELECT count(*) FROM (
                SELECT 1 FROM catalog_feed feed CROSS JOIN LATERAL (
                    SELECT 1 FROM catalog_post post
                    WHERE post.feed_id = feed.id AND NOT post.is_backlog AND post.id >= (SELECT first FROM edge)
                    LIMIT %(most)s
                ) its WHERE feed.source_id = source.id LIMIT %(most)s
            ) news
        ) + coalesce(marks.besides, 0), coalesce(marks.opened, 0), coalesce(marks.read, 0), coalesce(marks.saved, 0),
        coalesce(works.works, 0), coalesce(works.works_read, 0)
    FROM catalog_source source
    LEFT JOIN reading_follow follow ON follow.source_id = source.id AND follow.user_id = %(user)s
    LEFT JOIN marks ON marks.source_id = source.id
    LEFT JOIN works ON works.source_id = source.id
    WHERE source.status <> 'draft'
        AND (follow.id IS NOT NULL OR marks.source_id IS NOT NULL OR works.works_read > 0)
"""


@dataclass(frozen=True, slots=True)
class SourceRead:
    """One source: posts that arrived (1000 means more), and of those opened, read and saved; its works, and those read.

    What is read is opened. `followed_at` is None where the reader does not follow it.
    """

    slug: str
    name: str
    followed_at: datetime | None
    is_muted: bool
    arrived: int
    opened: int
    read: int
    saved: int
    works: int
    works_read: int


def since_of(user: User, *, now: datetime) -> datetime:
    """A year of weeks, or since the reader came."""
    monday = spans.last_weeks(IN_A_YEAR, now=now, zone=user.tzinfo)[0]
    return max(spans.begin_of(monday, user.tzinfo), user.date_joined)


def sources_of(user: User, *, now: datetime) -> list[SourceRead]:
    """What is followed, or was marked or read: the most read first. One query, of bounded cost for each source."""
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, {"user": user.pk, "since": since_of(user, now=now), "most": MOST})
        rows = [SourceRead(*row) for row in cursor.fetchall()]
    return sorted(rows, key=lambda row: (-row.read, -row.opened, -row.works_read, -row.arrived, row.name, row.slug))


def silent_one(sources: Sequence[SourceRead], *, now: datetime) -> SourceRead | None:
    """Of the sources that are followed and never touched the one that sent the most; mostly None."""
    silent = [
        source
        for source in sources
        if source.followed_at is not None
        and not source.is_muted
        and now - source.followed_at >= LONG
        and source.arrived >= MANY
        and not (source.opened or source.saved or source.works_read)
    ]
    return max(silent, key=lambda source: source.arrived, default=None)
