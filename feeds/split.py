"""An XML document cut into its entries by their tags alone, so that entries known from before need not be parsed.

What is odd in any way is not cut, and is parsed whole: nested entries, or something between them. Bytes are cut, as if
they were ASCII: whether they are UTF-8, and well-formed, others say.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from hashlib import blake2b

from feeds.known import HASH_BYTES
from feeds.parsed import MAX_POSTS

_TOKEN = re.compile(rb"<(?:(!\[CDATA\[)|(!--)|(\?)|(!)|(/?)(item|entry)(?=[\s/>]))")
_ENDS = {1: b"]]>", 2: b"-->", 3: b"?>"}
_COMMENT, _DECLARATION = 2, 4
_REST_OF_START = re.compile(rb"""(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*>""")
_REST_OF_END = re.compile(rb"\s*>")
# What says when a document was built, or lists what is in it, says nothing of how an entry is read.
_VOLATILE = re.compile(
    rb"<!\[CDATA\[.*?\]\]>"
    rb"|(<!--.*?-->"
    rb"|<(lastBuildDate|pubDate|updated|modified|dc:date|dcterms:modified|openSearch:totalResults)>[^<]*</\2\s*>"
    rb"|<items>\s*<rdf:Seq>(?:\s*<(?:rdf:)?li\s[^<>]*/>)*\s*</rdf:Seq>\s*</items>)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Split:
    """A document, and where in it its entries stand; `hashes` tell of each what it says, and by what it is read."""

    body: bytes
    ranges: list[tuple[int, int]]
    hashes: list[bytes]

    @property
    def head(self) -> bytes:
        return self.body[: self.ranges[0][0]]

    def without(self, places: Container[int]) -> bytes:
        """The document without some of its entries."""
        parts: list[bytes] = []
        at = 0
        for place, (start, end) in enumerate(self.ranges):
            if place in places:
                parts.append(self.body[at:start])
                at = end
        return b"".join([*parts, self.body[at:]])


def split(body: bytes, *, salt: str) -> Split | None:
    """A document by its entries, at least one; None where it is odd.

    `salt` is what entries are read by besides their document.
    """
    ranges = _ranges(body)
    if not ranges:
        return None
    head, foot = body[: ranges[0][0]], body[ranges[-1][1] :]
    key = blake2b(b"\0".join([salt.encode(errors="surrogatepass"), _lasting(head), _lasting(foot)])).digest()
    view = memoryview(body)
    hashes = [blake2b(view[start:end], digest_size=HASH_BYTES, key=key).digest() for start, end in ranges]
    return Split(body, ranges, hashes)


def _ranges(body: bytes) -> list[tuple[int, int]] | None:
    """Where each entry begins and ends; they stand side by side, with nothing between them but comments."""
    ranges: list[tuple[int, int]] = []
    opened: tuple[int, bytes] | None = None  # where an entry began that has not ended, and what it is
    at = 0
    clear_from = 0  # what lies between this place and the next entry has to be empty
    while token := _TOKEN.search(body, at):
        kind = token.lastindex or 0
        if kind in _ENDS:
            end = body.find(_ENDS[kind], token.end())
            if end < 0:
                return None
            at = end + len(_ENDS[kind])
            if kind == _COMMENT and opened is None and not body[clear_from : token.start()].strip():
                clear_from = at
            continue
        if kind == _DECLARATION:
            if opened is not None or ranges:
                return None
            at = token.end()
            continue
        is_end = bool(token[5])
        rest = (_REST_OF_END if is_end else _REST_OF_START).match(body, token.end())
        if rest is None or is_end == (opened is None):
            return None
        at = rest.end()
        if opened is None:
            if len(ranges) == MAX_POSTS or (ranges and body[clear_from : token.start()].strip()):
                return None
            opened = token.start(), token[6]
        elif opened[1] != token[6]:
            return None
        else:
            ranges.append((opened[0], at))
            opened, clear_from = None, at
    return ranges if opened is None else None


def _lasting(part: bytes) -> bytes:
    return _VOLATILE.sub(lambda found: b"" if found[1] else found[0], part)
