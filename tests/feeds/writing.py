"""Feeds as their publishers write them, and what comes of them."""

from datetime import UTC, datetime

from feeds.parse import ParsedFeed, ParsedPost, parse

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
URL = "https://feeds.example/blog.xml"


def read(document: str | bytes, *, url: str = URL, content_type: str = "application/xml") -> ParsedFeed:
    body = document.encode() if isinstance(document, str) else document
    return parse(body, url=url, content_type=content_type, now=NOW)


def rss(items: str, *, head: str = "<title>A blog</title><link>https://blog.example/</link>") -> str:
    """An RSS document, with the modules that feeds use."""
    return f"""<?xml version="1.0"?>
        <rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
            xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"
            xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
            xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"
            xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"
            xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
        <channel>{head}{items}</channel></rss>"""


def atom(entries: str, *, attributes: str = "") -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Notes</title>{entries}</feed>'


def only(document: str | bytes, **fields: str) -> ParsedPost:
    """The one post of a document."""
    (post,) = read(document, **fields).posts
    return post
