"""feedparser with shortcuts reads what it reads without them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import pytest
from feedparser import FeedParserDict, mixin, urls

from feeds import bounded_feedparser, documents
from tests.feeds import vectors
from tests.feeds.writing import atom, rss


@contextmanager
def without_shortcuts() -> Iterator[None]:
    with ExitStack() as stack:
        for where, name, value in (
            (FeedParserDict, "get", bounded_feedparser._get_otherwise),
            (FeedParserDict, "__getitem__", bounded_feedparser._get_item_otherwise),
            (mixin, "_urljoin", bounded_feedparser._join_anew),
            (urls, "_urljoin", bounded_feedparser._join_anew),
            (bounded_feedparser._StrictParser, "decode_entities", lambda parser, element, data: data),
        ):
            stack.enter_context(mock.patch.object(where, name, value))
        yield


def both(document: str) -> tuple[dict[str, Any], dict[str, Any]]:
    body = document.encode()
    with without_shortcuts():
        slowly = bounded_feedparser.parse(body)
    return bounded_feedparser.parse(body), slowly


@pytest.mark.parametrize(
    "document",
    [
        # What Windows calls \x93 and \x94, as itself and by its number; in ASCII, in Latin and in other letters.
        rss("<item><title>\x93a\x94 &#x85; \u6771</title><description>&#147;\xe9\x94</description></item>"),
        rss("<item><title>a\x96b</title><description>\u6771\u4eac \xe9</description></item>"),
        # UTF-8 that was taken for Latin-1.
        rss("<item><title>caf\xc3\xa9</title><description>\xe6\x9d\xb1 \xc3\xa9</description></item>"),
        # One base in another, and addresses of any length.
        atom(
            '<entry xml:base="b/"><id>i</id><link href="c"/><content type="xhtml" xml:base="//d.example/e/">'
            '<div xmlns="http://www.w3.org/1999/xhtml"><p xml:base="f"><a href="g">\u6771</a></p></div></content>'
            "</entry>"
            '<entry xml:base="javascript:x"><link href="h"/><summary xml:base="../i">j</summary></entry>',
            attributes='xml:base="https://a.example/"',
        ),
        rss(f"<item><link>/{'a' * 600}</link><guid>/{'b' * 600}</guid></item>" * 2),
        # Names that dictionaries have under others.
        rss(
            "<item><guid>a</guid><category>b</category><description>c</description><copyright>d</copyright>"
            '<enclosure url="https://a.example/e.mp3"/><modified>f</modified><issued>g</issued><license>h</license>'
            "<dc:date>2026-11-20</dc:date><media:content url='i' category='j'/></item>"
        ),
        "<rss><channel><item><title>\x93\u6771&eacute; & <b></title></channel>",
    ],
)
def test_shortcuts_change_nothing(document: str) -> None:
    found, slowly = both(document)
    assert repr(found) == repr(slowly)  # an error is equal to itself alone
    assert_plain(found)


def test_shortcuts_change_nothing_of_what_harms() -> None:
    for document in vectors.documents(vectors.cases()[::3]):
        text = documents.read_text(document.body, document.content_type)
        if not documents.is_json(text):
            found, slowly = both(documents.xml_of(text))
            assert found["entries"] == slowly["entries"]
            assert_plain(found)


def assert_plain(value: Any) -> None:
    """No text of a kind of its own is left in it."""
    if isinstance(value, dict):
        for key, each in dict.items(value):
            assert type(key) is str
            assert_plain(each)
    elif isinstance(value, list | tuple):
        for each in value:
            assert_plain(each)
    elif isinstance(value, str):
        assert type(value) is str
