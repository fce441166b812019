"""An address that somebody brings from elsewhere: where it stands in what was handed over, and what it is here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.catalog import identifiers
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, EntryLink, Feed, Post, Source
from readinglist.catalog.models.entries import EntryQuerySet
from readinglist.catalog.names import one_line
from readinglist.reading import inbox
from readinglist.reading.search.queries import key_in

MOST = 5  # works, or sources, that one address may name

_ADDRESS = re.compile(r"https?://[^\s<>\"“”，。、；！？「」『』（）]+", re.IGNORECASE)
_AFTER_IT = ".,;:!?'’»…*_"
_OPENING = {")": "(", "]": "[", "}": "{"}
_STARTS = ("https://", "http://", "https://www.", "http://www.")
# Names that only some network knows, and the ways to write an address in numbers: 127.1, 0x7f000001.
_WITHIN = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home", ".corp", ".home.arpa")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What `identifiers.key_of` takes before an address.
_PREFIX = re.compile(r"^\s*(?:doi|isbn|url):", re.IGNORECASE)


class AddressRefused(ValueError):
    """The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Brought:
    """The address, perhaps none; the title that it came with, and what else was said."""

    address: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the address is here: works that have it, or where none has, that link to it; a post; sources."""

    entries: Sequence[Entry]
    linking: Sequence[Entry]
    post: Post | None
    sources: Sequence[Source]

    @property
    def is_anything(self) -> bool:
        return bool(self.entries or self.linking or self.post or self.sources)

    @property
    def is_in_catalogue(self) -> bool:
        """As readers see it: what is a draft or was retired may be suggested."""
        return any(entry.status == Status.LIVE for entry in self.entries)


def read(url: str, title: str, text: str) -> Brought:
    """Where an address stands by itself it counts; else the first in the text, where phones put it, or in the title."""
    title, words = one_line(title), one_line(text)
    if url.strip():
        return Brought(url.strip(), title, words)
    if address := _address_in(words):
        rest = one_line(words.replace(address, " ", 1))
        # What stands around an address is its title, where it has no other.
        return Brought(address, title or rest, rest if title and rest != title else "")
    if address := _address_in(title):
        return Brought(address, one_line(title.replace(address, " ", 1)), words)
    return Brought(words, title, "") if key_in(words) else Brought("", title, words)


def recognise(address: str, *, user: User, now: datetime) -> Known:
    """Raises AddressRefused for what is no address, or is unknown and for others closed. Nothing is fetched."""
    parts = _parts(address)
    if parts is not None and "@" in parts.netloc:
        raise AddressRefused(_("The address holds a user name or a password. Take it out and try again."))
    try:
        key = identifiers.key_of(address)
    except identifiers.NotAnIdentifier as error:
        _refuse_private(parts)
        raise AddressRefused(str(error)) from None
    entries = _visible(Entry.objects.known_as(key, address), user)
    links = EntryLink.objects.filter(url__in={address, identifiers.url_of(key)})
    linking = [] if entries else _visible(Entry.objects.filter(pk__in=links.values("entry")), user)
    known = Known(entries, linking, _post(key, user, now), _sources(key))
    if not known.is_anything:
        _refuse_private(parts)
    return known


# --------------------------------------------------------------------- parts


def _address_in(words: str) -> str:
    """The first web address, without the punctuation of the sentence that it stands in."""
    match = _ADDRESS.search(words)
    address = match[0] if match else ""
    while address and (address[-1] in _AFTER_IT or _closes_alone(address)):
        address = address[:-1]
    return address if _ADDRESS.fullmatch(address) else ""


def _closes_alone(address: str) -> bool:
    """Whether it ends on a bracket that was opened before it began."""
    opening = _OPENING.get(address[-1])
    return opening is not None and address.count(opening) < address.count(address[-1])


def _parts(address: str) -> SplitResult | None:
    """None for what is no web address."""
    try:
        parts = urlsplit(_PREFIX.sub("", address).strip())
        return parts if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _refuse_private(parts: SplitResult | None) -> None:
    """Judged by its text alone: what only this network or this machine knows, teammates may not be able to open."""
    if parts is not None and _is_private((parts.hostname or "").rstrip(".")):
        said = _("%(host)s is no public address of the Internet, so others could not open it. Bring one that they can.")
        raise AddressRefused(said % {"host": parts.hostname})


def _is_private(host: str) -> bool:
    if ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return not ip_address(host).is_global
        except ValueError:
            return True
    return "." not in host or host.endswith(_WITHIN)


def _visible(entries: EntryQuerySet, user: User) -> list[Entry]:
    """Those that the reader may open, with what has taken their place; drafts take no room from the others."""
    is_draft = ExpressionWrapper(Q(status=Status.DRAFT), output_field=BooleanField())
    rows = entries.select_related("superseded_by").defer("search", "superseded_by__search")
    rows = rows.order_by(is_draft, "pk")[:MOST]
    return [row for row in rows if row.status != Status.DRAFT or user.has_perm("catalog.change_entry")]


def _post(key: str, user: User, now: datetime) -> Post | None:
    """Of several that are the same work the reader's own, else the earliest; with what `inbox.with_marks` says."""
    posts = inbox.with_marks(inbox.readable().filter(key=key), user, now=now).defer("body")
    return posts.order_by("-is_shown", "pk").first()  # type: ignore[misc] # annotated


def _sources(key: str) -> list[Source]:
    """Those whose own address or feed it is, however the curators wrote that."""
    if not key.startswith("url:https://"):
        return []
    bare = key.removeprefix("url:https://")
    written = [f"{start}{bare}{end}" for start in _STARTS for end in ("", "/")]
    feeds = Feed.objects.filter(url__in=written).values("source")
    return list(Source.objects.visible().filter(Q(url__in=written) | Q(pk__in=feeds)).order_by("name", "pk")[:MOST])
