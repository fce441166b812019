"""Posts, and the sources that they come from."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from readinglist.catalog.choices import SourceKind
from readinglist.catalog.models import Feed, Post, Source
from readinglist.curation.samples import NOBODYS
from readinglist.curation.samples.works import work
from readinglist.reading.directory import SourceLine
from readinglist.reading.freshness import Freshness


def posts(now: datetime) -> list[Post]:
    """A line of each kind, newest first."""
    marks: list[tuple[str, dict[str, Any]]] = [
        (_("Unread"), {"is_unread": True}),
        (_("Unread, opened"), {"is_unread": True, "opened_at": now}),
        (_("Unread, saved, in the canon"), {"is_unread": True, "saved_at": now, "entry": work(30)}),
        (_("Read, and open beside the list"), {"read_at": now, "opened_at": now}),
        (_("Snoozed until tomorrow"), {"is_snoozed": True, "unread_from": now + timedelta(days=1)}),
        (_("A title that is as long as some publishers write them, ") * 4, {"read_at": now}),
    ]
    return [_post(number, title, now, given) for number, (title, given) in enumerate(marks)]


def _post(number: int, title: str, now: datetime, given: dict[str, Any]) -> Post:
    at = now - timedelta(minutes=7 * number)
    feed = Feed(source=source(number))
    post = Post(pk=NOBODYS + number, feed=feed, title=title, byline="Ada", published_at=at, first_seen_at=at)
    nothing = dict.fromkeys(["opened_at", "read_at", "saved_at", "unread_from", "entry"])
    for name, value in {"is_unread": False, "is_shown": True, "is_snoozed": False, **nothing, **given}.items():
        setattr(post, name, value)
    return post


def source(number: int, *, feeds: int = 1) -> Source:
    found = Source(slug=f"sample--{number}", name=_("Source %(number)s") % {"number": number}, kind=SourceKind.BLOG)
    found.feed_count = feeds  # type: ignore[attr-defined]
    return found


def source_lines(now: datetime) -> list[SourceLine]:
    """Followed, muted, quiet, to be followed, and to be looked at by hand."""
    nothing = SourceLine(source(10), is_followed=False, is_muted=False, unread=0, fresh=None, has_looked_today=False)
    newest = Post(pk=NOBODYS, title=_("What it published last"))
    brisk = Freshness(now, posts_a_week=3.2, is_quiet=False, newest=newest)
    quiet = Freshness(now - timedelta(days=200), posts_a_week=0.1, is_quiet=True, newest=newest)
    return [
        replace(nothing, is_followed=True, unread=12, fresh=brisk, followers=5),
        replace(nothing, source=source(11), is_followed=True, is_muted=True, fresh=brisk),
        replace(nothing, source=source(12), is_followed=True, fresh=quiet),
        replace(nothing, source=source(13)),
        replace(nothing, source=source(14, feeds=0)),
        replace(nothing, source=source(15, feeds=0), has_looked_today=True),
    ]
