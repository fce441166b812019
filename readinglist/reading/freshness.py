"""How alive a source is: what it published last and when, and how often it does."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from readinglist.catalog.choices import Rhythm
from readinglist.catalog.models import Post, Source

# The newest posts of each feed that are looked at, and how far back they tell of the present.
_SAMPLE = 20
_WEEKS = 12
# Silent for longer than this, a source of its rhythm is quiet.
_QUIET_AFTER = {
    Rhythm.DAILY: timedelta(days=14),
    Rhythm.WEEKLY: timedelta(days=28),
    Rhythm.BIWEEKLY: timedelta(days=56),
    Rhythm.MONTHLY: timedelta(days=92),
    Rhythm.QUARTERLY: timedelta(days=275),
    Rhythm.YEARLY: timedelta(days=800),
    Rhythm.IRREGULAR: timedelta(days=183),
}
# A feed that fills the sample in less than the weeks tells its pace by the time the sample spans, if it spans any: a
# first fetch may bring everything undated. Dates of the future and missing ones are those of first sight. A work in two
# feeds of a source counts once; the subquery in brackets is a lookup, where an EXISTS might become a scan of all posts.
_PACE = """
    SELECT alive.source_id, alive.newest_at, alive.pace, post.id, post.title, post.url, post.key FROM (
        SELECT source_id, max(newest_at) AS newest_at, sum(pace) AS pace,
            (array_agg(newest ORDER BY newest_at DESC, newest DESC))[1] AS newest
        FROM (
            SELECT feed.source_id, max(post.at) AS newest_at,
                (array_agg(post.id ORDER BY post.at DESC, post.id DESC))[1] AS newest,
                count(*) FILTER (WHERE post.at > %(since)s AND NOT post.is_double) / CASE
                    WHEN count(*) = %(sample)s AND %(since)s < min(post.at) AND min(post.at) < max(post.at)
                    THEN greatest(extract(epoch FROM %(now)s - min(post.at)) / 604800, 1.0 / 7)
                    ELSE %(weeks)s
                END AS pace
            FROM catalog_feed feed CROSS JOIN LATERAL (
                SELECT id, least(coalesce(published_at, first_seen_at), first_seen_at) AS at, coalesce((
                    SELECT its.source_id FROM catalog_post lead JOIN catalog_feed its ON its.id = lead.feed_id
                    WHERE lead.id = recent.lead_id
                ) = feed.source_id, false) AS is_double
                FROM catalog_post recent WHERE feed_id = feed.id ORDER BY id DESC LIMIT %(sample)s
            ) post
            WHERE feed.source_id = ANY(%(sources)s)
            GROUP BY feed.id
        ) feeds GROUP BY source_id
    ) alive JOIN catalog_post post ON post.id = alive.newest
"""


@dataclass(frozen=True, slots=True)
class Freshness:
    """When the newest post was published, how many come, and whether it is silent far beyond its rhythm.

    Of `newest` only what names the post is there.
    """

    newest_at: datetime
    posts_a_week: float
    is_quiet: bool
    newest: Post


def freshness(sources: Iterable[Source], *, now: datetime) -> dict[int, Freshness]:
    """By source, one query for all. Those of which nothing has arrived are left out."""
    rhythms = {source.pk: Rhythm(source.rhythm) for source in sources}
    with connection.cursor() as cursor:
        cursor.execute(
            _PACE,
            {
                "sources": list(rhythms),
                "sample": _SAMPLE,
                "since": now - timedelta(weeks=_WEEKS),
                "weeks": _WEEKS,
                "now": now,
            },
        )
        rows = cursor.fetchall()
    return {
        source: Freshness(
            newest_at,
            float(pace),
            is_quiet=now - newest_at > _QUIET_AFTER[rhythms[source]],
            newest=Post(pk=newest, title=title, url=url, key=key),
        )
        for source, newest_at, pace, newest, title, url, key in rows
    }
