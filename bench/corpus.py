"""The feeds of the bench: RSS with content:encoded, Atom and RDF, as documents that change from edition to edition."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from html import escape
from random import Random

from bench.phases import NEW_POSTS, Edition, Phase
from bench.prose import Prose

SEED = 2026
POSTS = (20, 40)  # of a feed, at least and at most
BODY = (1000, 6000)  # characters
NEWEST_AT = datetime(2026, 11, 1, 6, tzinfo=UTC)  # the newest post before the first round
FIRST_ADDRESS = (127, 77, 0, 1)
ADDRESSES_A_NET = 250


def host_of(number: int) -> str:
    """Each feed has a loopback address of its own."""
    first, second, third, fourth = FIRST_ADDRESS
    net, place = divmod(number, ADDRESSES_A_NET)
    return f"{first}.{second}.{third + net}.{fourth + place}"


@dataclass(frozen=True, slots=True)
class Post:
    url: str
    guid: str
    title: str
    author: str
    summary: str
    html: str
    at: datetime


class Feed:
    """One publisher. Its posts are numbered from the oldest; a document shows the same number of the newest ones."""

    def __init__(self, number: int, prose: Prose, seed: int) -> None:
        self.number = number
        self.host = host_of(number)
        self._prose = prose
        self._seed = seed
        rng = self._rng("feed")
        self.count = rng.randint(*POSTS)
        self._gap = timedelta(hours=rng.randint(5, 200))
        self._format = _FORMATS[number % len(_FORMATS)]
        self.media_type = self._format.media_type
        self._entry = cache(self._make_entry)

    def document(self, edition: Edition) -> bytes:
        newest = self.count + (NEW_POSTS * edition.round if edition.has_news(self.number) else 0)
        shown = range(newest - 1, newest - 1 - self.count, -1)
        built = NEWEST_AT + timedelta(minutes=newest, days=int(edition.phase == Phase.DATE))
        site = f"https://feed-{self.number}.example"
        head = self._format.head(f"Feed {self.number} & more", site, built, [self._post(n).url for n in shown])
        return b"".join([head.encode(), *(self._entry(number) for number in shown), self._format.tail])

    def _make_entry(self, number: int) -> bytes:
        return self._format.entry(self._post(number)).encode()

    def _post(self, number: int) -> Post:
        rng = self._rng(str(number))
        url = f"https://feed-{self.number}.example/{2020 + number % 7}/post-{number}"
        older = self.count - 1 - number
        return Post(
            url=url,
            guid=f"tag:feed-{self.number}.example,2020:{number}",
            title=self._prose.title(rng),
            author=f"Author {rng.randrange(9)}",
            summary=self._prose.summary(rng),
            html=self._prose.body(rng, rng.randint(*BODY)),
            at=NEWEST_AT - older * self._gap if older >= 0 else NEWEST_AT + timedelta(minutes=-older),
        )

    def _rng(self, what: str) -> Random:
        return Random(f"{self._seed} {self.number} {what}")  # noqa: S311 - the same corpus for everybody


def make_feeds(count: int, seed: int = SEED) -> list[Feed]:
    prose = Prose(seed)
    return [Feed(number, prose, seed) for number in range(count)]


@dataclass(frozen=True, slots=True)
class _Format:
    media_type: str
    head: Callable[[str, str, datetime, list[str]], str]
    entry: Callable[[Post], str]
    tail: bytes


_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def _rss_head(title: str, site: str, built: datetime, urls: list[str]) -> str:
    return (
        f'{_DECLARATION}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        f"<title>{escape(title)}</title>\n<link>{site}/</link>\n<description>All that is new</description>\n"
        f'<atom:link href="{site}/feed.xml" rel="self" type="application/rss+xml"/>\n<language>en</language>\n'
        f"<lastBuildDate>{format_datetime(built)}</lastBuildDate>\n<generator>press 6.4</generator>\n"
    )


def _rss_entry(post: Post, *, is_escaped: bool) -> str:
    html = escape(post.html) if is_escaped else f"<![CDATA[{post.html}]]>"
    return (
        f"<item>\n<title>{escape(post.title)}</title>\n<link>{post.url}</link>\n"
        f"<dc:creator><![CDATA[{post.author}]]></dc:creator>\n<pubDate>{format_datetime(post.at)}</pubDate>\n"
        f'<category>News</category>\n<guid isPermaLink="false">{post.guid}</guid>\n'
        f"<description>{escape(post.summary)}</description>\n<content:encoded>{html}</content:encoded>\n</item>\n"
    )


def _escaped_rss_entry(post: Post) -> str:
    return _rss_entry(post, is_escaped=True)


def _cdata_rss_entry(post: Post) -> str:
    return _rss_entry(post, is_escaped=False)


def _atom_head(title: str, site: str, built: datetime, urls: list[str]) -> str:
    return (
        f'{_DECLARATION}<feed xmlns="http://www.w3.org/2005/Atom">\n<title>{escape(title)}</title>\n'
        f'<link href="{site}/"/>\n<link rel="self" href="{site}/feed.xml"/>\n<id>{site}/</id>\n'
        f"<updated>{built.isoformat()}</updated>\n"
    )


def _atom_entry(post: Post) -> str:
    return (
        f'<entry>\n<title type="html">{escape(escape(post.title))}</title>\n<link href="{post.url}"/>\n'
        f"<id>{post.guid}</id>\n<published>{post.at.isoformat()}</published>\n<updated>{post.at.isoformat()}</updated>\n"
        f'<author><name>{post.author}</name></author>\n<category term="news"/>\n'
        f'<summary type="html">{escape(post.summary)}</summary>\n<content type="html">{escape(post.html)}</content>\n'
        "</entry>\n"
    )


def _rdf_head(title: str, site: str, built: datetime, urls: list[str]) -> str:
    items = "".join(f'<rdf:li rdf:resource="{url}"/>' for url in urls)
    return (
        f'{_DECLARATION}<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
        f'<channel rdf:about="{site}/">\n<title>{escape(title)}</title>\n<link>{site}/</link>\n'
        f"<description>All that is new</description>\n<dc:date>{built.isoformat()}</dc:date>\n"
        f"<items><rdf:Seq>{items}</rdf:Seq></items>\n</channel>\n"
    )


def _rdf_entry(post: Post) -> str:
    return (
        f'<item rdf:about="{post.url}">\n<title>{escape(post.title)}</title>\n<link>{post.url}</link>\n'
        f"<dc:date>{post.at.isoformat()}</dc:date>\n<dc:creator>{post.author}</dc:creator>\n"
        f"<description>{escape(post.summary)}</description>\n"
        f"<content:encoded><![CDATA[{post.html}]]></content:encoded>\n</item>\n"
    )


_CDATA_RSS = _Format("application/rss+xml; charset=UTF-8", _rss_head, _cdata_rss_entry, b"</channel>\n</rss>\n")
_ESCAPED_RSS = _Format("application/rss+xml", _rss_head, _escaped_rss_entry, b"</channel>\n</rss>\n")
_ATOM = _Format("application/atom+xml; charset=utf-8", _atom_head, _atom_entry, b"</feed>\n")
_RDF = _Format("application/rdf+xml", _rdf_head, _rdf_entry, b"</rdf:RDF>\n")
# Six of ten are RSS, three Atom, one RDF. Nine entries, so that those with new posts, one in ten, are of all kinds.
_FORMATS = (_CDATA_RSS, _ATOM, _ESCAPED_RSS, _CDATA_RSS, _ATOM, _RDF, _CDATA_RSS, _ATOM, _ESCAPED_RSS)
