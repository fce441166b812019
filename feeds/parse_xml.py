"""RSS 0.9x to 2.0, RDF and Atom to drafts, by feedparser: it knows how feeds are broken."""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from time import struct_time
from typing import Any
from xml.parsers import expat
from xml.sax import SAXParseException

from django.utils.translation import gettext as _

from feeds import bounded_feedparser, plain
from feeds.links import absolute
from feeds.parsed import MAX_BYLINE, MAX_TITLE, BrokenFeed, Draft, Enclosure, Reading

# Beyond these a document is an attack: feedparser takes time for each tag, and for each namespace at each tag.
MAX_TAGS = 150_000
MAX_NAMESPACES = 200
MAX_AUTHORS = 50  # of an entry: more names than fit

_NAMESPACE = re.compile(r"""xmlns[:\w.-]{0,40}\s*=\s*(?:"[^"]{0,200}|'[^']{0,200})""")
_ROOT = re.compile(r"<\?xml[^<>]*\?>\s*<([\w:.-]+)(\s[^<>]*)?>")
_RSS_1 = ("http://purl.org/rss/1.0/", "http://my.netscape.com/rdf/simple/0.9/")
# `somebody@example.org (Some Body)` is how RSS writes a person.
_MAIL = re.compile(r"[^\s@,<>()]+@[^\s@,<>()]+")
_PERIODS = {"hourly": 60, "daily": 1440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_MAX_TTL = 525_600


def read(text: str, *, url: str) -> Reading:
    """The entries of a document that begins with its root element, in its order.

    Raises BrokenFeed.
    """
    _refuse_excess(text)
    document = _parse(text)
    feed, entries = document["feed"], document["entries"]
    fault = document.get("bozo_exception")
    if not entries and fault is not None:
        raise BrokenFeed(_where(fault))
    home = absolute(_text(feed, "link"), url)
    # By the letter no address in RSS is relative. Where one is, it means the site, which may not be the feed's host.
    base = url if document["version"].startswith("atom") else home or url
    drafts = [draft for place, entry in enumerate(entries) if (draft := _draft(entry, base, place)) is not None]
    return Reading(
        drafts,
        len(entries) - len(drafts),
        title=_title(feed),
        home=home,
        is_sound=fault is None and _has_sure_kind(text),
        ttl_minutes=_ttl_minutes(feed),
    )


def _has_sure_kind(text: str) -> bool:
    """Whether its root alone, and none of its entries, makes it RSS or Atom."""
    root = _ROOT.match(text)
    return root is not None and (root[1] in ("rss", "feed") or any(uri in (root[2] or "") for uri in _RSS_1))


def may_be_excessive(body: bytes) -> bool:
    """Whether a document may be one that is refused for its size; if not, none of its parts is."""
    return body.count(b"<") > MAX_TAGS or body.count(b"xmlns") > MAX_NAMESPACES


def is_well_formed(text: str) -> bool:
    parser = expat.ParserCreate(namespace_separator=" ")
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError:
        return False
    return True


def _refuse_excess(text: str) -> None:
    if text.count("<") > MAX_TAGS and _count_tags(text) > MAX_TAGS:
        raise BrokenFeed(_("This document has more than %(count)d tags, too many for a feed.") % {"count": MAX_TAGS})
    if text.count("xmlns") > MAX_NAMESPACES and len(set(_NAMESPACE.findall(text))) > MAX_NAMESPACES:
        raise BrokenFeed(_("This document names more than %(count)d namespaces.") % {"count": MAX_NAMESPACES})


def _count_tags(text: str) -> int:
    """Those of the document itself: texts in sections of character data cost nothing here."""
    before, *parts = text.split("<![CDATA[")
    count = before.count("<")
    for part in parts:
        _inside, end, after = part.partition("]]>")
        count += (after if end else part).count("<")
    return count


def _parse(text: str) -> dict[str, Any]:
    try:
        return bounded_feedparser.parse(text.encode())
    except Exception as error:  # of many kinds: it was written for people who mean well
        raise BrokenFeed(
            _("This document is too broken to be read (%(error)s).") % {"error": str(error)[:200]}
        ) from error


def _where(fault: Exception) -> str:
    words = _("This feed is broken: an XML parser stops at “%(error)s”.") % {"error": str(fault)[:200]}
    if isinstance(fault, SAXParseException) and fault.getLineNumber() is not None:
        words = _("This feed is broken in line %(line)d: an XML parser stops there at “%(error)s”.") % {
            "line": fault.getLineNumber(),
            "error": fault.getMessage()[:200],
        }
    return words


def _draft(entry: dict[str, Any], base: str, place: int) -> Draft | None:
    """An entry, or None where nothing is in it. A feed can put anything under any name, so types are checked."""
    link, guid = _link(entry), _text(entry, "id")
    # An id that is only taken for an address resolves to a page that does not exist.
    url = absolute(link, "" if link == guid else base)
    html, html_base = _body(entry)
    published_at = _date(entry, "published_parsed") or _date(entry, "updated_parsed") or _date(entry, "created_parsed")
    draft = Draft(
        guid=guid,
        url=url,
        title=_title(entry),
        html=html,
        base=absolute(html_base, base) or url or base,
        dated=_text(entry, "published") or _text(entry, "updated") or _text(entry, "created"),
        published_at=published_at,
        authors=tuple(_authors(entry)),
        doi=_text(entry, "prism_doi") or _text(entry, "dc_identifier"),
        enclosures=tuple(_enclosures(entry, base)),
        place=place,
    )
    return None if draft.is_empty() else draft


def _link(entry: dict[str, Any]) -> str:
    """Where the entry's own page is: what feedburner hides, the link, or one of another type."""
    for link in (_text(entry, "feedburner_origlink"), _text(entry, "link")):
        if link:
            return link
    alternates = (link for link in _dicts(entry, "links") if link.get("rel") == "alternate")
    return next((_text(link, "href") for link in alternates), "")


def _title(element: dict[str, Any]) -> str:
    value = _text(element, "title")[: 10 * MAX_TITLE]
    details = _dict(element, "title_detail")
    is_html = details.get("type") in ("text/html", "application/xhtml+xml")
    return plain.one_line(plain.words_of(value) if is_html else value, MAX_TITLE)


def _body(entry: dict[str, Any]) -> tuple[str, str]:
    """The longest of what the entry offers as its text, as HTML, and its xml:base; for want of it what videos have."""
    offered = [*_dicts(entry, "content"), _dict(entry, "summary_detail") | {"value": _text(entry, "summary")}]
    texts = [each for each in offered if _text(each, "type") in _HTML_OF and _text(each, "value")]
    if not texts:
        return _html_of_html(_text(entry, "media_description")), ""
    best = max(texts, key=lambda each: len(each["value"]))
    return _HTML_OF[best["type"]](best["value"]), _text(best, "base")


def _html_of_html(value: str) -> str:
    """Much that calls itself HTML has lines in place of paragraphs."""
    return value if plain.has_markup(value) else plain.paragraphs(value)


def _html_of_xhtml(value: str) -> str:
    """As HTML reads it: there `</br>` is one more end of a line."""
    return value.replace("</br>", "")


_HTML_OF: dict[str, Callable[[str], str]] = {
    "text/plain": plain.as_html,
    "text/html": _html_of_html,
    "application/xhtml+xml": _html_of_xhtml,
}


def _authors(entry: dict[str, Any]) -> Iterator[str]:
    """The names of those who wrote it, without their mail addresses."""
    names: set[str] = set()
    for author in _dicts(entry, "authors")[:MAX_AUTHORS]:
        written = _text(author, "name")[: 10 * MAX_BYLINE]
        name = plain.one_line(plain.words_of(written) if plain.has_markup(written) else written, MAX_BYLINE)
        name = _MAIL.sub("", name).strip(" ,<>()") if "@" in name else name
        if name and name not in names:
            names.add(name)
            yield name


def _enclosures(entry: dict[str, Any], base: str) -> Iterator[Enclosure]:
    duration = _text(entry, "itunes_duration")
    for link in _dicts(entry, "links"):
        if link.get("rel") == "enclosure" and (url := absolute(_text(link, "href"), base)):
            yield Enclosure(url, _text(link, "type"), duration)


def _date(entry: dict[str, Any], name: str) -> datetime | None:
    value = dict.get(entry, name)
    if not isinstance(value, struct_time | tuple):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(value), UTC)
    except (ValueError, OverflowError, OSError, TypeError, IndexError):
        return None


def _ttl_minutes(feed: dict[str, Any]) -> int | None:
    """How long the feed asks to be left alone: RSS's ttl, or the period of the syndication module."""
    asked = _number(feed, "ttl")
    if period := _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower()):
        asked = max(asked, period // (_number(feed, "sy_updatefrequency") or 1))
    return min(asked, _MAX_TTL) or None


def _number(element: dict[str, Any], name: str) -> int:
    text = _text(element, name).strip()
    return int(text) if text.isdecimal() and len(text) < 10 else 0


# feedparser's dictionaries answer for one name with the value of another; here each name is meant as it is written.
def _text(element: dict[str, Any], name: str) -> str:
    value = dict.get(element, name)
    return value if isinstance(value, str) else ""


def _dict(element: dict[str, Any], name: str) -> dict[str, Any]:
    value = dict.get(element, name)
    return dict(value) if isinstance(value, dict) else {}


def _dicts(element: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = dict.get(element, name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
