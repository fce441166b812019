"""Lists of feeds as files: OPML 2.0 (http://opml.org/spec2.opml), the form that all feed readers share."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.saxutils import escape, quoteattr
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax
from defusedxml.common import DefusedXmlException
from django.db.models import Prefetch

from feeds import plain
from feeds.documents import UNWANTED
from readinglist.catalog import tree
from readinglist.catalog.models import Category, Feed, Source
from readinglist.curation.checks import UnfitError, cleaned, web_address

MAX_BYTES = 5_000_000
MAX_FEEDS = 5_000
MAX_DEPTH = 50
_MAX_NAME = 200


class OpmlError(Exception):
    """The list cannot be read; `problems` say what to do, with their lines."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list, with the folders that it is in, the outermost first."""

    name: str
    feed_url: str
    url: str | None
    folders: tuple[str, ...] = ()


# --------------------------------------------------------------------------- in
def read_opml(data: bytes) -> list[Outline]:
    """The feeds of a list, in its order.

    Raises OpmlError.
    """
    if len(data) > MAX_BYTES:
        raise OpmlError(f"The file is larger than {MAX_BYTES // 1_000_000} MB; split it.")
    reader = _Reader()
    try:
        defusedxml.sax.parseString(data, reader, forbid_dtd=True)
    except DefusedXmlException as error:
        raise OpmlError("The file declares a document type or entities; take the <!DOCTYPE …> out.") from error
    except SAXParseException as error:
        line = error.getLineNumber() or 1
        raise OpmlError(f"Line {line}: this is no XML ({error.getMessage()}). Export the list anew.") from error
    except (SAXException, ValueError, LookupError) as error:
        raise OpmlError(f"The file is no XML ({error}). Export the list anew.") from error
    if reader.problems:
        raise OpmlError(*reader.problems)
    if not reader.outlines:
        raise OpmlError("The list holds no feeds: no <outline> in it has an xmlUrl.")
    return reader.outlines


class _Reader(ContentHandler):
    """Collects outlines with their folders, and what is wrong with them."""

    def __init__(self) -> None:
        super().__init__()
        self.outlines: list[Outline] = []
        self.problems: list[str] = []
        self.names: list[str] = []  # of the outlines that are open
        self.is_opml = False

    def setDocumentLocator(self, locator: Any) -> None:  # noqa: N802 - these names are SAX's
        self.locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802
        if not self.is_opml and name.lower() != "opml":
            raise OpmlError(f"The file is no list of feeds: it begins with <{name[:40]}>, not with <opml>.")
        self.is_opml = True
        if name.lower() != "outline":
            return
        given = {key.lower(): " ".join(str(value).split()) for key, value in attrs.items()}
        if given.get("xmlurl"):
            self._add(given)
            if len(self.outlines) + len(self.problems) > MAX_FEEDS:
                raise OpmlError(f"{self._line()}: the list holds more than {MAX_FEEDS} feeds; split it.")
        self.names.append(given.get("text") or given.get("title") or "")
        if len(self.names) > MAX_DEPTH:
            raise OpmlError(f"{self._line()}: folders stand more than {MAX_DEPTH} deep; take some out.")

    def endElement(self, name: str) -> None:  # noqa: N802
        if name.lower() == "outline":
            self.names.pop()

    def _add(self, given: dict[str, str]) -> None:
        try:
            feed_url = _address(given["xmlurl"], Feed)
        except UnfitError as error:
            self.problems.append(f"{self._line()}: xmlUrl {error}")
            return
        names = given.get("title", ""), given.get("text", ""), urlsplit(feed_url).netloc
        name = next(filter(None, (plain.one_line(name, _MAX_NAME) for name in names)))
        self.outlines.append(Outline(name, feed_url, _site(given.get("htmlurl", "")), tuple(self.names)))

    def _line(self) -> str:
        return f"Line {self.locator.getLineNumber()}"


def _address(given: str, model: type[Feed] | type[Source]) -> str:
    return str(cleaned(model._meta.get_field("url"), web_address(given)))


def _site(given: str) -> str | None:
    """The address of the site; None for what is none, since a source can do without."""
    try:
        return _address(given, Source)
    except UnfitError:
        return None


# -------------------------------------------------------------------------- out
def write_opml(*, title: str, now: datetime) -> str:
    """Every live source that has feeds, in a folder for the first of its categories."""
    in_order = tree.in_order(Category.objects.all())
    sources = Source.objects.live().filter(feeds__isnull=False).distinct()
    folders: dict[Category | None, list[Source]] = {category: [] for category in in_order}
    for source in sources.prefetch_related("feeds", Prefetch("categories", in_order)):
        folders.setdefault(next(iter(source.categories.all()), None), []).append(source)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0">',
        f"  <head><title>{escape(_plain(title))}</title><dateCreated>{format_datetime(now)}</dateCreated></head>",
        "  <body>",
    ]
    for category, its_sources in folders.items():
        outlines = [line for source in its_sources for line in _outlines(source)]
        if category is None:
            lines += outlines
        elif outlines:
            lines += [f"    <outline text={_quoted(category.name)}>", *outlines, "    </outline>"]
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _outlines(source: Source) -> Iterator[str]:
    name = _quoted(source.name)
    site = f" htmlUrl={_quoted(source.url)}" if source.url else ""
    for feed in source.feeds.all():
        yield f'      <outline type="rss" text={name} title={name} xmlUrl={_quoted(feed.url)}{site}/>'


def _quoted(text: str) -> str:
    return quoteattr(_plain(text))


def _plain(text: str) -> str:
    """Without what XML cannot hold."""
    return UNWANTED.sub("", text)
