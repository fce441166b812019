"""Every write to a reader's marks on posts. Each is one statement, so two tabs leave one row and lose nothing.

What stands so already is not written again: a double click is one click.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import User
from readinglist.catalog.choices import STREAM_OF_SOURCE_KIND, kinds_of_stream
from readinglist.catalog.models import Post, Source
from readinglist.reading.models import PostState

_OPEN = """
    INSERT INTO reading_poststate AS mine (user_id, post_id, opened_at) VALUES (%(user)s, %(post)s, %(now)s)
    ON CONFLICT (user_id, post_id) DO UPDATE SET opened_at = excluded.opened_at WHERE mine.opened_at IS NULL
"""
_READ = """
    INSERT INTO reading_poststate AS mine (user_id, post_id, read_at) VALUES (%(user)s, %(post)s, %(now)s)
    ON CONFLICT (user_id, post_id) DO UPDATE SET read_at = excluded.read_at, unread_from = NULL
    WHERE mine.read_at IS NULL
"""
# What was snoozed comes back at once.
_UNREAD = """
    INSERT INTO reading_poststate AS mine (user_id, post_id, unread_from) VALUES (%(user)s, %(post)s, %(now)s)
    ON CONFLICT (user_id, post_id) DO UPDATE SET read_at = NULL, unread_from = excluded.unread_from
    WHERE mine.unread_from IS NULL OR mine.unread_from > excluded.unread_from
"""
_SNOOZE = """
    INSERT INTO reading_poststate AS mine (user_id, post_id, unread_from) VALUES (%(user)s, %(post)s, %(until)s)
    ON CONFLICT (user_id, post_id) DO UPDATE SET read_at = NULL, unread_from = excluded.unread_from
    WHERE mine.unread_from IS DISTINCT FROM excluded.unread_from
"""
_SAVE = """
    INSERT INTO reading_poststate AS mine (user_id, post_id, saved_at) VALUES (%(user)s, %(post)s, %(now)s)
    ON CONFLICT (user_id, post_id) DO UPDATE SET saved_at = excluded.saved_at WHERE mine.saved_at IS NULL
"""

# Rows are locked in the order of their ids, so that two tabs wait for each other instead of locking each other out.
_CATCH_UP = """
    UPDATE reading_follow follow SET caught_up_to = %(up_to)s
    FROM (
        SELECT follow.id, follow.caught_up_to
        FROM reading_follow follow JOIN catalog_source source ON source.id = follow.source_id
        WHERE follow.user_id = %(user)s AND NOT follow.is_muted AND source.status <> 'draft'
            AND (%(kinds)s::text[] IS NULL OR source.kind = ANY(%(kinds)s::text[]))
            AND (%(source)s::bigint IS NULL OR source.id = %(source)s)
            AND follow.caught_up_to < %(up_to)s
        ORDER BY follow.id FOR UPDATE OF follow
    ) before
    WHERE follow.id = before.id
    RETURNING follow.id, before.caught_up_to
"""
_GO_BACK = """
    UPDATE reading_follow follow SET caught_up_to = before.mark
    FROM (
        SELECT id, old.mark FROM reading_follow
        JOIN unnest(%(follows)s::bigint[], %(marks)s::bigint[]) AS old (follow_id, mark) ON old.follow_id = id
        WHERE user_id = %(user)s AND caught_up_to = %(up_to)s AND old.mark < %(up_to)s
        ORDER BY id FOR UPDATE OF reading_follow
    ) before
    WHERE follow.id = before.id
"""


def open_post(post: Post, *, user: User, now: datetime) -> bool:
    """The first opening stays the date. Opened is not read: only the reader says read."""
    return _write(_OPEN, post, user, now=now)


def mark_read(post: Post, *, user: User, now: datetime) -> bool:
    return _write(_READ, post, user, now=now)


def mark_unread(post: Post, *, user: User, now: datetime) -> bool:
    """Unread from now on, and kept so: "read up to here" passes over it."""
    return _write(_UNREAD, post, user, now=now)


def snooze(post: Post, *, until: datetime, user: User) -> bool:
    """Away until then, and unread from then on; of two tabs the later one says until when."""
    return _write(_SNOOZE, post, user, until=until)


def save(post: Post, *, user: User, now: datetime) -> bool:
    return _write(_SAVE, post, user, now=now)


def unsave(post: Post, *, user: User, now: datetime) -> bool:
    return PostState.objects.of(user).filter(post=post, saved_at__isnull=False).update(saved_at=None) == 1


MARKS: dict[str, Callable[..., bool]] = {"read": mark_read, "unread": mark_unread, "save": save, "unsave": unsave}


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """What "read up to here" did, and all that its undoing needs."""

    up_to: int
    before: dict[int, int]  # by the id of a follow, where its mark stood

    @property
    def count_of_sources(self) -> int:
        return len(self.before)


def read_up_to(post_id: int, *, user: User, stream: str = "", source: Source | None = None) -> ReadUpTo:
    """Catches up with what is followed in the shown filter, through the post: one row a source, however many posts.

    A post that does not exist stands for the one before it, so that nobody catches up with the future.
    """
    up_to = Post.objects.filter(pk__lte=post_id).order_by("-pk").values_list("pk", flat=True).first() or 0
    shown = {
        "kinds": kinds_of_stream(STREAM_OF_SOURCE_KIND, stream) if stream else None,
        "source": source.pk if source else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CATCH_UP, {"user": user.pk, "up_to": up_to, **shown})
        return ReadUpTo(up_to, dict(cursor.fetchall()))


def undo_read_up_to(before: Mapping[int, int], up_to: int, *, user: User) -> int:
    """Lowers exactly the marks that still stand where `read_up_to` put them; how many. A second time it finds none."""
    with connection.cursor() as cursor:
        cursor.execute(
            _GO_BACK, {"user": user.pk, "up_to": up_to, "follows": list(before), "marks": list(before.values())}
        )
        return int(cursor.rowcount)


def _write(statement: str, post: Post, user: User, **moment: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"user": user.pk, "post": post.pk, **moment})
        return bool(cursor.rowcount)
