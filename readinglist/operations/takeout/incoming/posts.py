"""Marks on posts: what is marked here stays, and the file fills in what is empty."""

from django.db import connection

from readinglist.operations.takeout.checks import Record
from readinglist.operations.takeout.incoming.desk import BATCH, Desk

_FILL_IN = """
    INSERT INTO reading_poststate AS mine (user_id, post_id, opened_at, read_at, saved_at, unread_from)
    SELECT %(user)s, given.* FROM unnest(
        %(posts)s::bigint[], %(opened)s::timestamptz[], %(read)s::timestamptz[], %(saved)s::timestamptz[],
        %(unread)s::timestamptz[]
    ) AS given
    ON CONFLICT (user_id, post_id) DO UPDATE SET
        opened_at = COALESCE(mine.opened_at, excluded.opened_at),
        saved_at = COALESCE(mine.saved_at, excluded.saved_at),
        read_at = CASE WHEN mine.unread_from IS NULL THEN COALESCE(mine.read_at, excluded.read_at) END,
        unread_from = CASE WHEN mine.read_at IS NULL THEN COALESCE(mine.unread_from, excluded.unread_from) END
    WHERE mine.opened_at IS NULL AND excluded.opened_at IS NOT NULL
        OR mine.saved_at IS NULL AND excluded.saved_at IS NOT NULL
        OR mine.read_at IS NULL AND mine.unread_from IS NULL
            AND (excluded.read_at IS NOT NULL OR excluded.unread_from IS NOT NULL)
    RETURNING xmax = 0
"""


class PostStates:
    tables = ("post_states",)

    def __init__(self, desk: Desk) -> None:
        self._desk, self._count = desk, desk.report.of("post_states")
        self._waiting: list[Record] = []

    def take(self, table: str, record: Record) -> None:
        self._waiting.append(record)
        if len(self._waiting) >= BATCH:
            self.finish()

    def finish(self) -> None:
        found: dict[int, Record] = {}
        posts = self._desk.catalogue.posts(self._waiting)
        for record, post in zip(self._waiting, posts, strict=True):
            if post is None:
                self._desk.left.add("post_states", record)
                continue
            if post in found:  # two posts of the file may be one here
                self._write(found)
                found = {}
            found[post] = record
        self._write(found)
        self._waiting = []

    def _write(self, found: dict[int, Record]) -> None:
        """One statement, so that a mark which is made meanwhile is not lost."""
        marks = {name: [record[f"{name}_at"] for record in found.values()] for name in ("opened", "read", "saved")}
        unread = [record["unread_from"] for record in found.values()]
        with connection.cursor() as cursor:
            cursor.execute(_FILL_IN, {"user": self._desk.user.pk, "posts": list(found), "unread": unread, **marks})
            written = [is_new for (is_new,) in cursor.fetchall()]
        self._count.added += sum(written)
        self._count.changed += len(written) - sum(written)
        self._count.same += len(found) - len(written)
