"""What a web page says of feeds: those that its head names, and links in its text that look like one."""

import re
from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

from feeds import documents, plain
from feeds.links import absolute
from feeds.parsed import MAX_TITLE

MAX_PAGE = 1024 * 1024  # bytes that are read; the head is at the beginning
MAX_LINKS = 200  # of each sort that are looked at
MAX_GIVEN = 8  # of each sort that are passed on

_TYPES = {
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/rss+xml",
    "application/xml",
    "text/xml",
}
# The end of a path: `…/feed`, `…/rss.xml`, `…/blog.atom`.
_FEED = re.compile(r"(?:^|[/.])(?:rss|atom|feed|rdf)(?:\.(?:xml|rss|atom|rdf|json))?/?$")


@dataclass(frozen=True, slots=True)
class PageLinks:
    """`named` in the head as feeds, `canonical` the page's own address, `alike` links that look like a feed's."""

    title: str = ""
    canonical: str = ""
    named: tuple[str, ...] = ()
    alike: tuple[str, ...] = ()


def read(body: bytes, *, url: str, content_type: str) -> PageLinks:
    """What the page that came from `url` says; never fails, whatever it is."""
    text = documents.read_text(body[:MAX_PAGE], content_type)
    reader = _Reader()
    # Some sections and references make the parser give up; what has been noted by then counts. And it is not closed:
    # it would go over what is unfinished once for each of its beginnings.
    with suppress(AssertionError, ValueError):
        reader.feed(text)
    base = absolute(reader.base, url) or url
    named = [absolute(address, base) for address in reader.named]
    alike = [absolute(address, base) for address in reader.alike]
    return PageLinks(
        title=plain.one_line(reader.title, MAX_TITLE),
        canonical=absolute(reader.canonical, base) if reader.canonical else "",
        named=_first(named),
        alike=_first([address for address in alike if address not in named]),
    )


def _first(addresses: list[str]) -> tuple[str, ...]:
    """The first few of what are addresses, each once."""
    return tuple(list(dict.fromkeys(filter(None, addresses)))[:MAX_GIVEN])


class _Reader(HTMLParser):
    """Notes the elements that matter as they pass by; how they are nested does not."""

    def __init__(self) -> None:
        super().__init__()
        self.base = self.canonical = self.title = ""
        self.named: list[str] = []
        self.alike: list[str] = []
        self._is_in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_in_title = tag == "title"
        if tag not in ("a", "base", "link"):
            return
        values = {name: value or "" for name, value in reversed(attrs)}  # the first of each name counts
        href = values.get("href", "").strip()
        if tag == "base":
            self.base = self.base or href
        elif tag == "link":
            self._note_link(href, values)
        elif len(self.alike) < MAX_LINKS and _looks_like_a_feed(href):
            self.alike.append(href)

    def handle_endtag(self, tag: str) -> None:
        self._is_in_title = False

    def handle_data(self, data: str) -> None:
        if self._is_in_title and not self.title:
            self.title = data.strip()[: 10 * MAX_TITLE]

    def _note_link(self, href: str, values: dict[str, str]) -> None:
        relations = values.get("rel", "").lower().split()
        media_type = values.get("type", "").partition(";")[0].strip().lower()
        if "canonical" in relations:
            self.canonical = self.canonical or href
        elif "feed" in relations or ("alternate" in relations and media_type in _TYPES):
            self.named += [href] if href and len(self.named) < MAX_LINKS else []


def _looks_like_a_feed(href: str) -> bool:
    try:
        path = urlsplit(href).path
    except ValueError:
        return False
    return _FEED.search(path[-40:].lower()) is not None
