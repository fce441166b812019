"""The shapes that parsing passes on: what a document's readers found in it, and the posts that come of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from feeds import skips
from feeds.skips import Skips

MAX_POSTS = 1000  # of one document
MAX_TITLE = 500  # characters
MAX_BODY = 200_000  # characters
MAX_BYLINE = 300  # characters


class NotAFeed(Exception):
    """The document is no feed at all; the message says what it looks like, and what to do."""


class NothingNew(Exception):
    """The document has the same entries as the last one, word by word."""


class BrokenFeed(Exception):
    """It is a feed, but nothing in it can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class ParsedPost:
    """One dated thing: `title` is plain text, `body` sanitised HTML; neither NUL nor lone surrogates are in it."""

    guid_hash: str  # sha256 of what identifies it within its feed, 64 hexadecimal digits
    key: str  # in the form of an Identifier, from its own link or guid (`arxiv:`, `doi:`, `url:`); empty without one
    url: str
    title: str
    byline: str  # who wrote it, in one line
    body: str
    published_at: datetime | None  # None where it is missing, garbage, or in the future
    content_hash: str  # sha256 of all that is stored


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """`posts` are in the feed's own order, one for each guid_hash; `skipped` entries could not be read."""

    posts: tuple[ParsedPost, ...]
    skipped: int = 0
    title: str = ""
    ttl_minutes: int | None = None  # how long the feed asks to be left alone between visits, where it says so
    skips: Skips = skips.NONE
    known: bytes = b""  # its entries, to be recognised in the next document: as `feeds.known` packs them
    kept_dates: tuple[datetime, ...] = ()  # of its entries that were known already, and are not among the posts

    @property
    def dates(self) -> list[datetime]:
        """When its entries were published, where that is known."""
        return [*self.kept_dates, *(post.published_at for post in self.posts if post.published_at is not None)]


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that comes with an entry; `duration` as the feed writes it, `3723` or `1:02:03`."""

    url: str
    media_type: str = ""
    duration: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry as its document has it. Addresses are absolute or empty, texts are still as long as they came."""

    guid: str
    url: str
    title: str  # one line of plain text
    html: str  # neither sanitised nor cut
    base: str  # what relative addresses in `html` are relative to
    dated: str = ""  # the date as it is written
    published_at: datetime | None = None  # the same in UTC, whatever it is
    authors: tuple[str, ...] = ()  # lines of plain text, each a name or several
    doi: str = ""
    enclosures: tuple[Enclosure, ...] = ()
    place: int = 0  # among the entries of its document

    def is_empty(self) -> bool:
        return not (self.guid or self.url or self.title or self.html or self.enclosures)


@dataclass(frozen=True, slots=True)
class Reading:
    """A document as it is; entries of which nothing could be made are in `unreadable`.

    `is_sound`: it is XML without a fault, in which each entry was read as if it were the only one.
    """

    drafts: Sequence[Draft]
    unreadable: int = 0
    title: str = ""
    home: str = ""  # the address of the site
    is_sound: bool = False
    ttl_minutes: int | None = None
