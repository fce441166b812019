"""Bytes to posts, without network or database: what a document holds, decided on for each post."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from importlib.metadata import version
from operator import itemgetter
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feeds import documents, parse_json, parse_xml, plain, sanitise, skips
from feeds.known import NO_KEY, SHORT_BYTES, Known, pack, recognise, unpack
from feeds.parsed import (
    MAX_BYLINE,
    MAX_POSTS,
    BrokenFeed,
    Draft,
    Enclosure,
    NotAFeed,
    NothingNew,
    ParsedFeed,
    ParsedPost,
    Reading,
)
from feeds.skips import Skips
from feeds.split import Split, split
from readinglist.catalog import identifiers

__all__ = ["BrokenFeed", "NotAFeed", "NothingNew", "ParsedFeed", "ParsedPost", "parse"]

# Of what this program makes of entries. To be raised with any change to that: all of them are then read once more.
EDITION = f"2 feedparser {version('feedparser')} nh3 {version('nh3')}"

# The first second of 1970 is what programs write that have no date.
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(minutes=10)
MAX_WORDS_OF_BODY = 80  # characters of a title that is taken from the body


@dataclass(frozen=True, slots=True)
class _Read:
    """An entry, the key that its own link or guid gives it, and what became of it."""

    draft: Draft
    key: str
    post: ParsedPost

    @property
    def short_guid(self) -> bytes:
        return _short(self.post.guid_hash)

    @property
    def short_key(self) -> bytes:
        return _short(_hash(self.key)) if self.key else NO_KEY


def parse(body: bytes, *, url: str, content_type: str, now: datetime, known: bytes = b"") -> ParsedFeed:
    """Reads RSS, Atom, RDF or JSON Feed that came from `url`; of entries that are `known` it reads no post again.

    Raises NotAFeed or BrokenFeed, and NothingNew where the entries are those that are known, and no others.
    """
    entries = split(body, salt=f"{EDITION} {url} {content_type}")
    if entries is not None and known:
        news = _news(entries, unpack(known), url=url, content_type=content_type, now=now)
        if news is not None:
            return news
    text = documents.read_text(body, content_type)
    if documents.is_json(text):
        reading = parse_json.read(text, url=url)
        return _feed(reading, _read_all(reading, now))
    asked = skips.read(text)
    if entries is not None and not documents.is_as_it_came(text, body):
        entries = None
    text = documents.xml_of(text)  # of a large document there is to be one copy less
    reading = parse_xml.read(text, url=url)
    read = _read_all(reading, now)
    parsed = _feed(reading, read, skips=asked)
    if entries is None or not _is_as_split(reading, entries.hashes):
        return parsed
    return replace(parsed, known=pack(_recognisable(read, entries.hashes, now).values()))


def _news(entries: Split, known: Sequence[Known], *, url: str, content_type: str, now: datetime) -> ParsedFeed | None:
    """What a document has beside entries that are known; None where it has to be read whole.

    That is so where one that is read may have the guid or the key of one that is not.
    """
    kept, fresh = recognise(entries.hashes, known)
    if not kept or parse_xml.may_be_excessive(entries.body):
        return None
    body = entries.without({*range(len(entries.hashes))}.difference(fresh))
    text = documents.read_text(body, content_type)
    if documents.is_json(text) or not documents.is_as_it_came(text, body):
        return None
    try:
        xml = documents.xml_of(text)
        if not fresh and len(kept) == len(known) and parse_xml.is_well_formed(xml):
            raise NothingNew
        reading = parse_xml.read(xml, url=url)
    except (NotAFeed, BrokenFeed):
        return None
    hashes = [entries.hashes[place] for place in fresh]
    if not _is_as_split(reading, hashes):
        return None
    read = _read(reading, now)
    guids, keys = {one.guid for one in kept.values()}, {one.key for one in kept.values()} - {NO_KEY}
    if any(one.short_guid in guids or one.short_key in keys for one in read):
        return None
    found = {fresh[place]: one for place, one in _recognisable(read, hashes, now).items()}
    dates = tuple(one.published_at for one in kept.values() if one.published_at is not None)
    return replace(
        _feed(reading, read, skips=skips.read(documents.read_text(entries.head, content_type))),
        known=pack(one for _place, one in sorted((kept | found).items(), key=itemgetter(0))),
        kept_dates=dates,
    )


def _is_as_split(reading: Reading, hashes: Sequence[bytes]) -> bool:
    """Whether the entries that the parser found are those that stand between the tags."""
    return reading.is_sound and len(reading.drafts) + reading.unreadable == len(hashes)


def _recognisable(read: Sequence[_Read], hashes: Sequence[bytes], now: datetime) -> dict[int, Known]:
    """By its place, each entry that has become a post, and will be the same post on any other day."""
    return {
        one.draft.place: Known(hashes[one.draft.place], one.short_guid, one.short_key, one.post.published_at)
        for one in read
        if one.draft.published_at is None or one.draft.published_at <= now + CLOCKS_DIFFER
    }


def _short(digits: str) -> bytes:
    return bytes.fromhex(digits[: 2 * SHORT_BYTES])


def _feed(reading: Reading, read: Sequence[_Read], *, skips: Skips = skips.NONE) -> ParsedFeed:
    posts = tuple(one.post for one in read)
    return ParsedFeed(posts, reading.unreadable, title=reading.title, ttl_minutes=reading.ttl_minutes, skips=skips)


def _read(reading: Reading, now: datetime) -> list[_Read]:
    drafts = _newest(_once(reading.drafts), now)
    own_keys = [_key(draft) for draft in drafts.values()]
    return [
        _Read(draft, own_key, _post(draft, guid_hash=guid_hash, key=key, now=now))
        for (guid_hash, draft), own_key, key in zip(
            drafts.items(), own_keys, _keys(own_keys, reading.home), strict=True
        )
    ]


def _read_all(reading: Reading, now: datetime) -> list[_Read]:
    """The same of a whole document."""
    if reading.unreadable and not reading.drafts:
        raise BrokenFeed(_("None of the entries of this feed says anything: no title, no text and no address."))
    return _read(reading, now)


def _once(drafts: Sequence[Draft]) -> dict[str, Draft]:
    """The drafts by what identifies them within their feed; of those that are the same to it the first."""
    found: dict[str, Draft] = {}
    for draft in drafts:
        found.setdefault(_guid_hash(draft), draft)
    return found


def _guid_hash(draft: Draft) -> str:
    address = draft.guid or draft.url
    if address.lower().startswith("http://"):  # a site that moves to https has nothing new
        address = f"https{address[4:]}"
    return _hash(address or _told_apart_by(draft))


def _told_apart_by(draft: Draft) -> str:
    """For want of id and address; the date as it is written, which stays when clocks go on."""
    files = [enclosure.url for enclosure in draft.enclosures]
    return json.dumps([draft.title, draft.dated, *files] if draft.title or draft.dated or files else [draft.html])


def _newest(drafts: dict[str, Draft], now: datetime) -> dict[str, Draft]:
    """The MAX_POSTS newest, in the order of the document; what has no date is taken for new."""
    if len(drafts) <= MAX_POSTS:
        return drafts
    dates = {guid_hash: draft.published_at or now for guid_hash, draft in drafts.items()}
    kept = set(sorted(drafts, key=lambda guid_hash: dates[guid_hash], reverse=True)[:MAX_POSTS])
    return {guid_hash: draft for guid_hash, draft in drafts.items() if guid_hash in kept}


def _keys(keys: Sequence[str], home: str) -> Iterator[str]:
    """The keys that posts have. Of several with one key the first has it, and none where it is the site's."""
    count = Counter(keys)
    used: set[str] = set()
    for key in keys:
        is_site = count[key] > 1 and _is_site(key, home)
        yield "" if is_site or key in used else key
        used.add(key)


def _key(draft: Draft) -> str:
    """The work that a draft is, by its link; a DOI that the feed gives tells more than an address that hides it."""
    key = _key_of(draft.url)
    if not key or key.startswith("url:"):
        return _key_of_doi(draft.doi) or key or _key_of_guid(draft.guid)
    return key


def _key_of_doi(doi: str) -> str:
    key = _key_of(doi.strip())
    return key if key.startswith(("doi:", "arxiv:")) else ""


def _key_of_guid(guid: str) -> str:
    """Other guids may look like a number of a book or a preprint by chance."""
    return _key_of(guid) if guid.lower().startswith(("https://", "http://", "doi:10.")) else ""


def _key_of(text: str) -> str:
    try:
        return identifiers.key_of(text) if text else ""
    except identifiers.NotAnIdentifier:
        return ""


def _is_site(key: str, home: str) -> bool:
    parts = urlsplit(key.removeprefix("url:"))
    return key.startswith("url:") and (not (parts.path or parts.query) or key == _key_of(home))


def _post(draft: Draft, *, guid_hash: str, key: str, now: datetime) -> ParsedPost:
    url = draft.url or next((enclosure.url for enclosure in draft.enclosures), "")
    body = sanitise.clean(draft.html + _files(draft.enclosures), base=draft.base)
    title = draft.title or plain.one_line(plain.words_of(draft.html), MAX_WORDS_OF_BODY)
    published_at = draft.published_at
    if published_at is not None and not EARLIEST <= published_at <= now + CLOCKS_DIFFER:
        published_at = None
    byline = plain.one_line(", ".join(draft.authors), MAX_BYLINE)
    stored = [url, title, byline, body, published_at.isoformat() if published_at else None]
    return ParsedPost(guid_hash, key, url, title, byline, body, published_at, content_hash=_hash(json.dumps(stored)))


def _files(enclosures: Sequence[Enclosure]) -> str:
    """Links to what comes with a post, with how long it takes."""
    lines = []
    for enclosure in enclosures:
        kind = enclosure.media_type.partition("/")[0].lower()
        if kind == "image":
            lines.append(f'<p><img src="{escape(enclosure.url)}"></p>')
            continue
        words = _("Listen") if kind == "audio" else _("Watch") if kind == "video" else _("Enclosed file")
        minutes = _minutes(enclosure.duration)
        length = f" ({_length(minutes)})" if minutes else ""
        lines.append(f'<p><a href="{escape(enclosure.url)}">{escape(words)}</a>{escape(length)}</p>')
    return "".join(lines)


def _minutes(duration: str) -> int:
    """`3723`, `62:03` or `1:02:03` in whole minutes, the begun one with them; 0 for what is no duration."""
    parts = duration.strip().split(":")
    if len(parts) > 3 or not all(part.isdecimal() and len(part) <= 6 for part in parts):
        return 0
    seconds = 0
    for part in parts:
        seconds = 60 * seconds + int(part)
    return (seconds + 59) // 60


def _length(minutes: int) -> str:
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
