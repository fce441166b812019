"""feedparser, changed where a document could make it slow or large, and where it is slow without need.

Each change leaves what is read here as feedparser has it; what it does beyond that is left out.
"""

import io
import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, cast
from xml.sax.expatreader import ExpatParser

import feedparser
from feedparser import FeedParserDict, mixin, urls
from feedparser.namespaces import georss

# Of one element; its attributes are looked up one by one, each in a list of all.
MAX_ATTRIBUTES = 50
# Characters of a tag in a document that is no XML: the pattern for its end takes 160 bytes for each.
MAX_TAG = 1_000_000
_LONG_TAG = re.compile(rf"<[^<>]{{{MAX_TAG}}}")
# What stands for other characters where Windows' encoding was taken for Latin-1.
_WINDOWS = re.compile("[\x80-\x9f]")
# The names of values that feedparser's dictionaries have under others, or make when they are asked for.
_OTHERWISE = {*FeedParserDict.keymap, "category", "enclosures", "license", "updated", "updated_parsed"}
_SHORT = 500  # characters of addresses whose joining is remembered


def parse(document: bytes) -> dict[str, Any]:
    """feedparser's answer. It sanitises nothing and resolves no addresses in texts: that is done once, and later.

    Raises exceptions of many kinds: it was written for people who mean well.
    """
    found = feedparser.parse(
        io.BytesIO(document),  # given a name or an address, it would open files and go to the network
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    return cast(dict[str, Any], found)


class _Reader(ExpatParser):
    """Passes text on in one piece, not in one for each line and each reference, and bounds attributes."""

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]  # it is not said to have a parser

    def start_element_ns(self, name: str, attrs: Mapping[str, str]) -> None:
        if len(attrs) > MAX_ATTRIBUTES:
            attrs = dict(islice(attrs.items(), MAX_ATTRIBUTES))
        super().start_element_ns(name, attrs)


def create_parser() -> ExpatParser:
    """Called by xml.sax for feedparser, which is given the name of this module."""
    return _Reader()


class _LooseParser(feedparser.api.LooseFeedParser):
    """Takes in what an XML parser does not."""

    def feed(self, data: str) -> None:
        if _LONG_TAG.search(data):
            raise ValueError(f"a tag of more than {MAX_TAG} characters")
        super().feed(data)


class _Text(str):
    """A text in which feedparser has nothing to translate: it would look each character up."""

    def translate(self, table: Any) -> str:
        return str(self)


class _StrictParser(feedparser.api.StrictFeedParser):
    """Reads each entry as if it were the only one: what one declares or leaves open is nothing to those after it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._outside: list[tuple[dict[str, Any], int, int]] = []
        self._namespaces: list[tuple[dict[str | None, str], dict[str, str]]] = []

    def startPrefixMapping(self, prefix: str | None, uri: str) -> None:  # noqa: N802 - by this name SAX calls it
        self._namespaces.append((dict(self.namespacemap), dict(self.namespaces_in_use)))
        super().startPrefixMapping(prefix, uri)

    def endPrefixMapping(self, prefix: str | None) -> None:  # noqa: N802
        self.namespacemap, self.namespaces_in_use = self._namespaces.pop()

    def decode_entities(self, element: str, data: str) -> str:
        """Called for each text, and before it is translated. XML has decoded what there was."""
        return data if data.isascii() or _WINDOWS.search(data) else _Text(data)

    def _start_item(self, attributes: dict[str, str]) -> None:
        state = {name: getattr(self, name) for name in _STATE}
        self._outside.append((state, len(self.elementstack), len(self.basestack)))
        super()._start_item(attributes)

    def _end_item(self) -> None:
        super()._end_item()
        if not self._outside:
            return
        state, elements, bases = self._outside.pop()
        for name, value in state.items():
            setattr(self, name, value)
        self.contentparams = feedparser.FeedParserDict()
        self.sourcedata = feedparser.FeedParserDict()
        del self.elementstack[elements:]
        del self.basestack[bases:]
        self.baseuri = self.basestack[-2] if bases > 1 else ""  # the base of what the entry stands in

    _start_entry, _end_entry = _start_item, _end_item


# What feedparser keeps of where it is.
_STATE = (
    *("inauthor", "incontent", "incontributor", "inimage", "inpublisher", "insource", "intextinput", "svgOK"),
    *("hasContent", "psc_chapters_flag", "title_depth", "_summaryKey", "lang"),
)


def _ignore(*args: Any, **kwargs: Any) -> None:
    """In place of what feedparser does with tags, which nobody reads here."""


def _get(self: FeedParserDict, key: str, default: Any = None) -> Any:
    return _get_otherwise(self, key, default) if key in _OTHERWISE else dict.get(self, key, default)


def _get_item(self: FeedParserDict, key: str) -> Any:
    return _get_item_otherwise(self, key) if key in _OTHERWISE else dict.__getitem__(self, key)


def _join(base: str, address: str) -> Any:
    return _join_short(base, address) if len(base) + len(address) <= _SHORT else _join_anew(base, address)


@lru_cache(32)
def _join_short(base: str, address: str) -> Any:
    return _join_anew(base, address)


def _keep_author(parser: Any, key: str = "author") -> None:
    """In place of feedparser's look for mail addresses: an author without parts is a name as it is written."""
    context = parser._get_context()
    authors, written = dict.get(context, "authors"), dict.get(context, "author")
    if key == "author" and authors and written and not authors[-1]:
        authors[-1]["name"] = written


feedparser.api.PREFERRED_XML_PARSERS = [__name__]
feedparser.api.LooseFeedParser = _LooseParser
feedparser.api.StrictFeedParser = _StrictParser
# It copies dictionaries of strings, and to the depth that takes long.
FeedParserDict.__deepcopy__ = lambda self, memo: FeedParserDict(self)
# It asks them for a few plain names at every tag, and makes the same address absolute again and again.
_get_otherwise, _get_item_otherwise = FeedParserDict.get, FeedParserDict.__getitem__
FeedParserDict.get, FeedParserDict.__getitem__ = _get, _get_item
_join_anew = urls._urljoin
mixin._urljoin = urls._urljoin = _join
# Places on the globe, as lists of thousands of numbers, and a broken one breaks the whole feed.
for _name in [name for name in vars(georss.Namespace) if name.startswith(("_start_", "_end_"))]:
    delattr(georss.Namespace, _name)
for _parser in (feedparser.api.StrictFeedParser, _LooseParser):
    # Both take time by the square of what a feed sends: a pattern for mail addresses, a look through all earlier tags.
    _parser._sync_author_detail = _keep_author
    _parser._start_category = _parser._start_keywords = lambda self, attributes: self.push("category", 1)
    _parser._end_category = _parser._end_keywords = lambda self: self.pop("category")
    _parser._add_tag = _ignore
    # What a picture shows is not what the post says, though it may be longer.
    _parser._start_media_description = lambda self, attributes: self.push("media_description", 1)
    _parser._end_media_description = lambda self: self.pop("media_description")
