"""What a reader follows, and "looked, 15 minutes" for sources that no feed brings."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from readinglist.catalog.models import Source
from readinglist.reading.models import Activity, Follow

# So many of a source's newest posts wait for a new follower, as many as a feed's first fetch brings as new.
NEW_FOLLOWERS_POSTS = 20
# What one person follows nobody else sees: of fewer followers it is not even said how many they are.
FEWEST_FOLLOWERS = 3

# One statement for one source or for all. The mark stands just before the oldest of the posts that are to be unread:
# what a first fetch brought beyond them is backlog and need not be walked over. Where all there is is backlog, it
# stands at the newest of it.
_FOLLOW = """
    INSERT INTO reading_follow (user_id, source_id, caught_up_to, is_muted, followed_at)
    SELECT %(user)s, source.id, COALESCE(
        (SELECT min(id) - 1 FROM (
            SELECT post.id FROM catalog_feed feed CROSS JOIN LATERAL (
                SELECT id FROM catalog_post
                WHERE feed_id = feed.id AND NOT is_backlog ORDER BY id DESC LIMIT %(posts)s
            ) post
            WHERE feed.source_id = source.id ORDER BY post.id DESC LIMIT %(posts)s
        ) newest),
        (SELECT max(post.id) FROM catalog_feed feed JOIN catalog_post post ON post.feed_id = feed.id
         WHERE feed.source_id = source.id),
        0
    ), false, %(now)s
    FROM catalog_source source WHERE source.id = ANY(%(sources)s)
    ORDER BY source.id
    ON CONFLICT (user_id, source_id) DO NOTHING
"""


def follow(source: Source, *, user: User, now: datetime) -> bool:
    """From now on the source's posts come to the reader, and its newest 20 are unread. False where they did already."""
    return _insert([source.pk], user, now) == 1


def follow_all(sources: QuerySet[Source], *, user: User, now: datetime) -> int:
    """Follows each, in one statement; how many are new."""
    return _insert(list(sources.order_by().values_list("pk", flat=True)), user, now)


def unfollow(source: Source, *, user: User) -> bool:
    """Whether there was something to end. The marks on its posts stay."""
    return bool(Follow.objects.of(user).filter(source=source).delete()[0])


def mute(source: Source, *, user: User, muted: bool) -> bool:
    """A muted source stays followed, with its mark, but brings nothing to the inbox; whether that is a change."""
    return Follow.objects.of(user).filter(source=source, is_muted=not muted).update(is_muted=muted) == 1


def look(source: Source, *, user: User, now: datetime, minutes: int = 15) -> bool:
    """Notes in the log that the reader looked at the source: once a day of theirs. False where today has its line."""
    midnight = now.astimezone(user.tzinfo).replace(hour=0, minute=0, second=0, microsecond=0)
    looks = Activity.objects.of(user).filter(action=Activity.Action.LOOKED, source=source)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if looks.filter(at__gte=midnight).exists():
            return False
        Activity.objects.create(user=user, source=source, at=now, action=Activity.Action.LOOKED, minutes=minutes)
    return True


def last_looks(sources: Iterable[Source], user: User) -> dict[int, datetime]:
    """By source, when the reader last looked; without those never looked at."""
    looks = Activity.objects.of(user).filter(
        action=Activity.Action.LOOKED, source__in=[source.pk for source in sources]
    )
    return dict(looks.order_by().values_list("source").annotate(last=Max("at")))


def followers() -> Coalesce:
    """Of a queryset's sources: how many of the team hear each, of those who share; 0 where they are too few to say."""
    heard = Follow.objects.filter(source=OuterRef("pk"), is_muted=False, user__in=User.objects.sharing())
    counts = heard.order_by().values("source").annotate(n=Count("pk")).filter(n__gte=FEWEST_FOLLOWERS)
    return Coalesce(Subquery(counts.values("n")), 0)


def _insert(sources: list[int], user: User, now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_FOLLOW, {"user": user.pk, "sources": sources, "posts": NEW_FOLLOWERS_POSTS, "now": now})
        return int(cursor.rowcount)
