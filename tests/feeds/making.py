"""Posts as the parser leaves them, and documents for it to read."""

import hashlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from feeds.parse import ParsedPost


def parsed(guid: str, **fields: Any) -> ParsedPost:
    """A post of its own address; its content hash tells apart whatever differs in it."""
    url = fields.pop("url", f"https://posts.example/{guid}")
    given: dict[str, Any] = {
        "key": f"url:{url}",
        "title": f"Post {guid}",
        "byline": "",
        "body": "<p>Words.</p>",
    } | fields
    published_at: datetime | None = given.pop("published_at", None)
    content = hash_of(repr((url, given["title"], given["body"], published_at)))
    return ParsedPost(guid_hash=hash_of(guid), url=url, published_at=published_at, content_hash=content, **given)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rss(*guids: str, title: str = "Post", built: str = "") -> str:
    """An RSS document with one item for each guid, an hour apart; `built` is what changes when nothing does."""
    return f"""<?xml version="1.0" encoding="utf-8"?>
        <rss version="2.0"><channel><title>A blog</title><link>https://blog.example/</link>
        <lastBuildDate>{built}</lastBuildDate>{"".join(_item(guid, title, n) for n, guid in enumerate(guids))}
        </channel></rss>"""


def _item(guid: str, title: str, hours: int) -> str:
    at = format_datetime(datetime(2026, 11, 1, tzinfo=UTC) - timedelta(hours=hours))
    return f"""<item><guid isPermaLink="false">{guid}</guid><link>https://blog.example/{guid}</link>
        <title>{title} {guid}</title><description>&lt;p&gt;Words of {guid}.&lt;/p&gt;</description>
        <pubDate>{at}</pubDate></item>"""
