"""What a person reads and writes, row by row as the file has it: works, sources and posts by what they are known by."""

from collections.abc import Iterator
from typing import Any

from django.db import connection

from accounts.models import User
from readinglist.catalog.models import Entry, Identifier, Post, Source
from readinglist.reading import stages
from readinglist.reading.models import Activity, Follow, Note, Path, PostState, ReadState, Timer

Row = tuple[Any, ...]

WORK = ("work", "work_title", "work_identifiers")
SOURCE = ("source", "source_name", "source_url")
POST = ("feed", "guid_hash", "key", "url", "title")
STATE = stages.FIELDS

# Rows are taken from the server so many at a time.
CHUNK = 2_000

_POST_PATHS = ("feed__url", "guid_hash", "key", "url", "title")
_NO_WORK: Row = (None, None, [])
_NO_SOURCE: Row = (None, None, None)
_NO_POST: Row = (None, None, None, None, None)

# By follow, the newest post of its source that the mark covers. Each feed's is one look into an index.
_CAUGHT_UP_TO = """
    SELECT follow.id, max(post.id)
    FROM reading_follow follow JOIN catalog_feed feed ON feed.source_id = follow.source_id
    CROSS JOIN LATERAL (
        SELECT id FROM catalog_post WHERE feed_id = feed.id AND id <= follow.caught_up_to ORDER BY id DESC LIMIT 1
    ) post
    WHERE follow.user_id = %s GROUP BY follow.id
"""


def path(user: User) -> Iterator[Row]:
    yield from Path.objects.of(user).order_by("position").values_list("list__slug", "list__title")


def read_states(user: User) -> Iterator[Row]:
    works = _works()
    for entry, *state in ReadState.objects.of(user).order_by("entry__slug").values_list("entry", *STATE):
        yield *works[entry], *state


def log(user: User) -> Iterator[Row]:
    works, sources = _works(), _sources()
    paths = [f"post__{path}" for path in _POST_PATHS]
    rows = Activity.objects.of(user).order_by("pk")
    columns = ("at", "action", "minutes", "entry", "source", "post", "post__feed__source", *paths, *STATE)
    for at, action, minutes, entry, source, post, source_of_post, *rest in rows.values_list(*columns).iterator(CHUNK):
        its_source = source or source_of_post
        yield (
            at,
            action,
            minutes,
            *(works[entry] if entry else _NO_WORK),
            *(sources[its_source] if its_source else _NO_SOURCE),
            *(rest[: len(POST)] if post else _NO_POST),
            *rest[len(POST) :],
        )


def notes(user: User) -> Iterator[Row]:
    works = _works()
    columns = ("entry", "text", "is_shared", "created_at", "updated_at")
    for entry, *rest in Note.objects.filter(author=user).order_by("pk").values_list(*columns).iterator(CHUNK):
        yield *works[entry], *rest


def follows(user: User) -> Iterator[Row]:
    sources = _sources()
    with connection.cursor() as cursor:
        cursor.execute(_CAUGHT_UP_TO, [user.pk])
        newest = dict(cursor.fetchall())
    posts = {
        pk: tuple(rest) for pk, *rest in Post.objects.filter(pk__in=newest.values()).values_list("pk", *_POST_PATHS)
    }
    rows = Follow.objects.of(user).order_by("source__slug").values_list("pk", "source", "followed_at", "is_muted")
    for pk, source, followed_at, is_muted in rows:
        yield *sources[source], followed_at, is_muted, *posts.get(newest.get(pk), _NO_POST)


def post_states(user: User) -> Iterator[Row]:
    sources = _sources()
    paths = [f"post__{path}" for path in _POST_PATHS]
    marks = ("opened_at", "read_at", "saved_at", "unread_from")
    rows = PostState.objects.of(user).order_by("post").values_list("post__feed__source", *paths, *marks)
    for source, *rest in rows.iterator(CHUNK):
        yield *sources[source], *rest


def timers(user: User) -> Iterator[Row]:
    works = _works()
    for entry, started_at in Timer.objects.filter(user=user).values_list("entry", "started_at"):
        yield *works[entry], started_at


def _works() -> dict[int, Row]:
    """By entry, its slug, title and identifiers: a catalogue is small."""
    keys: dict[int, list[str]] = {}
    for entry, key in Identifier.objects.order_by("pk").values_list("entry", "key"):
        keys.setdefault(entry, []).append(key)
    return {pk: (slug, title, keys.get(pk, [])) for pk, slug, title in Entry.objects.values_list("pk", "slug", "title")}


def _sources() -> dict[int, Row]:
    return {pk: tuple(rest) for pk, *rest in Source.objects.values_list("pk", "slug", "name", "url")}
