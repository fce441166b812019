"""Notes in Markdown: rendered without raw HTML, then sanitised all the same; and how they are written.

All writes of one reader stand in a row, so that a double click makes one note, and what another tab has changed is not
written over unseen.
"""

import contextlib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import nh3
from django.core.cache import cache
from django.db import transaction
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from redis.exceptions import RedisError

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import stages
from readinglist.reading.models import Note

# No images: a note must not call other hosts when it is read.
TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "h2", "h3", "h4", "hr"}
KEPT_SECONDS = 24 * 60 * 60  # and no longer: what is deleted is soon gone there too
_markdown = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("strikethrough").disable("image")


def render_all(texts: Sequence[str]) -> list[SafeString]:
    """The HTML of each text, rendered once and kept: Markdown may be made slow on purpose, and a page shows many."""
    keys = [f"note:{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}" for text in texts]
    kept: dict[str, str] = {}
    with contextlib.suppress(RedisError):  # without it pages are slower, and that is all
        kept = cache.get_many(keys)
    new = {key: str(render(text)) for key, text in zip(keys, texts, strict=True) if key not in kept}
    with contextlib.suppress(RedisError):
        cache.set_many(new, KEPT_SECONDS)
    return [mark_safe((kept | new)[key]) for key in keys]  # noqa: S308 - render() sanitised it


def render(text: str) -> SafeString:
    """The note's HTML. Headings begin at level two: the page has its own first."""
    html = _markdown.render(text).replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    clean = nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto"})
    return mark_safe(clean)  # noqa: S308 - sanitised in the line above


# -------------------------------------------------------------------- writes


class NoteGone(Exception):
    """There is no such note of this reader, or not any more."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where `is_new` is false, the same stands there already, or something that the writer has not seen."""

    note: Note
    is_new: bool


@transaction.atomic
def add(entry: Entry, text: str, *, is_shared: bool, user: User, now: datetime) -> Written:
    """The same words by the same reader on the same work are one note."""
    stages.lock(user)
    same = Note.objects.filter(author=user, entry=entry, text=text, is_shared=is_shared).first()
    if same:
        return Written(same, is_new=False)
    note = Note.objects.create(author=user, entry=entry, text=text, is_shared=is_shared, created_at=now, updated_at=now)
    return Written(note, is_new=True)


@transaction.atomic
def change(pk: int, text: str, *, is_shared: bool, seen: str, user: User, now: datetime) -> Written:
    """Writes nothing over what the writer has not seen: `seen` is the `edition` of what was shown, empty for any."""
    stages.lock(user)
    note = Note.objects.filter(pk=pk, author=user).first()
    if note is None:
        raise NoteGone
    if (note.text, note.is_shared) == (text, is_shared):
        return Written(note, is_new=True)
    if seen not in ("", edition(note)):
        return Written(note, is_new=False)
    note.text, note.is_shared, note.updated_at = text, is_shared, now
    note.save(update_fields=["text", "is_shared", "updated_at"])
    return Written(note, is_new=True)


@transaction.atomic
def delete(pk: int, entry: Entry, *, user: User) -> None:
    stages.lock(user)
    if not Note.objects.filter(pk=pk, entry=entry, author=user).delete()[0]:
        raise NoteGone


def edition(note: Note) -> str:
    """Which of its versions this is."""
    return note.updated_at.isoformat()
