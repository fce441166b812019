"""Entries that were read before are not read again, and what comes of it is what reading everything leaves."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from hypothesis import example, given, settings
from hypothesis import strategies as st

from feeds import bounded_feedparser, claiming, parse
from feeds.fetch import Answer
from feeds.known import unpack
from feeds.models import FeedState, Fetch, Outcome
from feeds.parse import BrokenFeed, NotAFeed, NothingNew, ParsedFeed
from feeds.split import split
from feeds.update import read, settle
from readinglist.catalog.models import Post
from tests.feeds.test_store_property import Loop, Row
from tests.feeds.writing import NOW, URL, atom, rss
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed

ONE = "<item><guid>1</guid><title>One</title><link>https://blog.example/1</link></item>"
TWO = "<item><guid>2</guid><title>Two</title><link>https://blog.example/2</link></item>"
THREE = "<item><guid>3</guid><title>Three</title><link>https://blog.example/3</link></item>"
HEAD = "<title>A blog</title><link>https://blog.example/</link>"


def reading(document: str, *, known: bytes = b"", url: str = URL, now: datetime = NOW) -> ParsedFeed:
    return parse.parse(document.encode(), url=url, content_type="", now=now, known=known)


def titles(document: str, *, after: str, **options: Any) -> list[str]:
    """Of the posts that are read of a document whose feed had another one before."""
    known = reading(after).known
    assert known
    try:
        return [post.title for post in reading(document, known=known, **options).posts]
    except NothingNew:
        return []


@pytest.fixture
def parsed_bytes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Everything that feedparser is given."""
    given: list[bytes] = []
    true_parse = bounded_feedparser.parse

    def parse_and_note(body: bytes) -> dict[str, Any]:
        given.append(body)
        return true_parse(body)

    monkeypatch.setattr(bounded_feedparser, "parse", parse_and_note)
    return given


# ------------------------------------------------------------- what is read
@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (rss(TWO + ONE), ["Two"]),
        (rss(ONE + TWO), ["Two"]),
        (rss(TWO), ["Two"]),
        (rss(ONE.replace("One", "Edited")), ["Edited"]),
        (rss(ONE), []),
        (rss(ONE + "<!-- made in 0.3 s -->"), []),
        (rss(ONE, head=f"{HEAD}<lastBuildDate>today</lastBuildDate>"), []),
        (rss(ONE, head=f"<!-- made in 0.3 s -->{HEAD}<pubDate>today</pubDate>"), []),
        # What else the head says may change how entries are read.
        (rss(ONE + TWO, head="<title>A blog</title><link>https://new.example/</link>"), ["One", "Two"]),
        (rss(ONE + TWO, head=f"{HEAD}<ttl>60</ttl>"), ["One", "Two"]),
        (rss(ONE + TWO, head=f"{HEAD}<image><![CDATA[<updated>x</updated>]]></image>"), ["One", "Two"]),
    ],
)
def test_of_a_document_what_is_not_known_is_read(document: str, expected: list[str]) -> None:
    assert titles(document, after=rss(ONE)) == expected


def test_entries_that_are_known_are_not_given_to_the_parser(parsed_bytes: list[bytes]) -> None:
    known = reading(rss(TWO + ONE)).known
    parsed_bytes.clear()
    news = reading(rss(THREE + TWO + ONE), known=known)
    assert [body.count(b"<item>") for body in parsed_bytes] == [1]
    assert [one.hash for one in unpack(news.known)][1:] == [one.hash for one in unpack(known)]
    with pytest.raises(NothingNew):
        reading(rss(THREE + TWO + ONE, head=f"{HEAD}<lastBuildDate>x</lastBuildDate>"), known=news.known)
    assert len(parsed_bytes) == 1


def test_at_another_address_everything_is_read(parsed_bytes: list[bytes]) -> None:
    assert titles(rss(ONE), after=rss(ONE), url="https://elsewhere.example/feed") == ["One"]


def test_atom_and_rdf_are_split_too() -> None:
    entries = [f"<entry><id>{n}</id><title>{n}</title><updated>2026-11-0{n}T00:00:00Z</updated></entry>" for n in "12"]
    assert titles(atom("".join(entries)), after=atom(f"<updated>now</updated>{entries[0]}")) == ["2"]
    items = [f'<item rdf:about="https://x.example/{n}"><title>{n}</title></item>' for n in "12"]
    rdf = (
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel>'
        "<link>https://x.example/</link><items><rdf:Seq>{}</rdf:Seq></items></channel>{}</rdf:RDF>"
    )
    first = rdf.format('<rdf:li rdf:resource="https://x.example/1"/>', items[0])
    assert titles(rdf.format("", "".join(items)), after=first) == ["2"]


# --------------------------------------------------------- what is read whole
CDATA_ITEM = "<item><guid>4</guid><description><![CDATA[<item>]]></description><!-- <item> --></item>"


def test_tags_in_texts_and_comments_are_no_entries() -> None:
    assert titles(rss(TWO + CDATA_ITEM), after=rss(CDATA_ITEM)) == ["Two"]


@pytest.mark.parametrize(
    "document",
    [
        rss(""),
        rss("<item><guid>1</guid><item><guid>2</guid></item></item>"),
        rss(ONE + "<language>en</language>" + TWO),
        rss(ONE + "words" + TWO),
        rss("<item/>" + ONE),
        rss(ONE + "<!ATTLIST item>"),
        rss(ONE + "<!-- "),
        rss(ONE + "</item>"),
        rss("<item><guid>1</guid></entry>"),
        rss(ONE * 1001),
    ],
)
def test_what_is_odd_is_not_split(document: str) -> None:
    assert split(document.encode(), salt="") is None


@pytest.mark.parametrize(
    "document",
    [
        rss(ONE).replace("</title><link>", "</title>&nbsp;<link>"),
        rss(ONE + "<dc:item>x</dc:item>").replace("dc:item", "Item"),
        rss(ONE).replace("<item>", "<item guid=1>"),
        rss(ONE + "\x0b"),
        rss(ONE + "&#0;"),
        f"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>{ONE}</rdf:RDF>",
        f"<channel>{ONE}</channel>",
    ],
)
def test_nothing_is_remembered_of_a_document_with_a_fault(document: str) -> None:
    assert reading(document).known == b""


@pytest.mark.parametrize(
    "document",
    [
        rss(ONE, head=f"{HEAD}<pubDate>&</pubDate>"),
        rss(ONE + TWO, head=f"{HEAD}<pubDate>&</pubDate>"),
        rss(ONE + TWO.replace("</title>", "")),
        rss(ONE + "\x0b"),
        rss(ONE + TWO + "\xff").encode("latin-1"),
    ],
)
def test_a_document_with_a_fault_is_read_whole(document: str | bytes) -> None:
    body = document if isinstance(document, bytes) else document.encode()
    known = reading(rss(ONE)).known
    again = parse.parse(body, url=URL, content_type="", now=NOW, known=known)
    assert again == parse.parse(body, url=URL, content_type="", now=NOW)
    assert again.posts[0].title == "One"


def test_what_lies_in_the_future_is_read_again() -> None:
    ahead = ONE.replace("<guid>", "<pubDate>Sun, 20 Dec 2026 00:00:00 GMT</pubDate><guid>")
    first = reading(rss(ahead + TWO))
    assert first.posts[0].published_at is None
    (again,) = reading(rss(ahead + TWO), known=first.known, now=NOW + timedelta(days=60)).posts
    assert again.published_at == datetime(2026, 12, 20, tzinfo=UTC)


def test_an_entry_that_may_be_a_known_one_has_all_of_them_read() -> None:
    same_guid = TWO.replace("<guid>2", "<guid>1")
    assert titles(rss(ONE + same_guid), after=rss(ONE)) == ["One"]
    same_work = TWO.replace("https://blog.example/2", "https://blog.example/1")
    assert titles(rss(ONE + same_work), after=rss(ONE)) == ["One", "Two"]


def test_entries_that_cannot_be_read_are_counted_each_time() -> None:
    known = reading(rss(ONE + "<item> </item>")).known
    news = reading(rss(ONE + "<item> </item>"), known=known)
    assert (news.posts, news.skipped) == ((), 1)


def test_what_one_entry_declares_is_nothing_to_the_next() -> None:
    link = '<link href="page"/>'
    based = f'<entry xml:base="https://a.example/" xmlns:dc="http://search.yahoo.com/mrss/"><id>a</id>{link}</entry>'
    (_first, second) = reading(atom(based + f"<entry><id>b</id>{link}</entry>")).posts
    assert second.url == "https://feeds.example/page"


# ------------------------------------------- the same as reading everything
GUIDS = ["", "<guid>1</guid>", "<guid>2</guid>", "<guid>https://blog.example/3</guid>", "<guid>4</guid>"]
LINKS = ["", "https://blog.example/1", "https://blog.example/2", "https://blog.example/", "relative"]
DATES = ["", "Sun, 01 Nov 2026 00:00:00 GMT", "Mon, 02 Nov 2026 00:00:00 GMT", "Mon, 23 Nov 2026 00:00:00 GMT", "no"]
TEXTS = [
    *("", "Words.", "<![CDATA[<p>An <item> and a <a href='x'>link</a></p>]]>", "a &lt;b&gt; &amp;c", "&#0;a &#x41;"),
    *(
        "<!-- <item> --> x",
        "<p xmlns='http://www.w3.org/1999/xhtml' xml:base='https://a.example/'>y</p>",
        "&nbsp;",
        "<",
    ),
]
ATTRIBUTES = ["", "", "", " xml:base='https://b.example/'", " xmlns:dc='http://search.yahoo.com/mrss/'", " a"]
HEADS = [HEAD, HEAD, "<title>T</title><link>https://new.example/</link>", f"{HEAD}<ttl>60</ttl>", f"{HEAD}&nbsp;"]
BUILT = ["", "<lastBuildDate>1</lastBuildDate>", "<!-- 2 --><updated>2</updated>", "<pubDate>&</pubDate>"]
GAPS = ["", "\n", "<!-- between -->", "<!-- a -- b -->", "<language>en</language>"]


def _rss_entry(guid: str, link: str, date: str, text: str, attributes: str) -> str:
    return (
        f"<item{attributes}>{guid}<title>T{text}</title><link>{link}</link><pubDate>{date}</pubDate>"
        f"<description>{text}</description></item>"
    )


def _atom_entry(guid: str, link: str, date: str, text: str, attributes: str) -> str:
    guid = guid.replace("guid", "id")
    return (
        f'<entry{attributes}>{guid}<title>T</title><link href="{link}"/><published>{date}</published>'
        f'<content type="html">{text}</content></entry>'
    )


values = st.tuples(*(st.sampled_from(choice) for choice in (GUIDS, LINKS, DATES, TEXTS, ATTRIBUTES)))
tame = st.tuples(
    st.sampled_from(GUIDS[1:]), *(st.sampled_from(choice[:3]) for choice in (LINKS, DATES, TEXTS, ATTRIBUTES))
)


@st.composite
def histories(draw: st.DrawFn) -> list[bytes]:
    """The documents of one feed, one after the other: entries come, go, move and change, and at times all breaks."""
    is_atom = draw(st.booleans())
    pool = draw(st.lists(st.one_of(tame, tame, values), min_size=2, max_size=6, unique=True))
    written = [(_atom_entry if is_atom else _rss_entry)(*each) for each in pool]
    documents = []
    for _number in range(draw(st.integers(2, 5))):
        shown = draw(st.lists(st.sampled_from(written), max_size=6))
        gap = draw(st.sampled_from(["", "", *GAPS]))
        head = draw(st.sampled_from([HEAD, *HEADS])) + draw(st.sampled_from(BUILT[:3] * 2 + BUILT))
        text = atom(head + gap.join(shown)) if is_atom else rss(gap.join(shown), head=head)
        if draw(st.integers(0, 5)) == 0:
            at = draw(st.integers(0, len(text)))
            text = (
                text[:at] + draw(st.sampled_from(["", "<", "&", "</item>", "<item>", "]]>", "\x0b"])) + text[at + 1 :]
            )
        documents.append(text.encode())
    return documents


@dataclass
class Feed:
    """What a row of documents leaves, in memory: rows, and what a visit's stamp would say."""

    loop: Loop = field(default_factory=Loop)
    known: bytes = b""
    dates: set[datetime] = field(default_factory=set)
    said: list[Any] = field(default_factory=list)

    def take(self, body: bytes, now: datetime, *, forgetful: bool) -> None:
        known = b"" if forgetful else self.known
        try:
            parsed = parse.parse(body, url=URL, content_type="", now=now, known=known)
        except NothingNew:
            self.said.append((0, {}))
        except (NotAFeed, BrokenFeed) as refusal:
            self.said.append((type(refusal), str(refusal)))
        else:
            self.known, self.dates = parsed.known, set(parsed.dates)
            self.said.append((parsed.skipped, self.loop.store({1: parsed.posts}, now)))

    def left(self) -> tuple[list[Row], set[datetime], list[Any]]:
        return self.loop.rows, self.dates, self.said


@settings(max_examples=examples(60), deadline=None)
@given(documents=histories())
@example(documents=[rss(ONE + TWO).encode(), rss(TWO + ONE).encode()])
def test_what_is_split_leaves_what_reading_everything_leaves(documents: list[bytes]) -> None:
    split_up, whole = Feed(), Feed()
    for day, body in enumerate(documents):
        now = NOW + timedelta(days=day)
        split_up.take(body, now, forgetful=False)
        whole.take(body, now, forgetful=True)
        assert split_up.left() == whole.left()
        # Where the entries have only changed places, nothing is new, and those that are known stay in the old order.
        assert set(unpack(split_up.known)) == set(unpack(whole.known)) or not whole.known


@pytest.mark.django_db
@settings(max_examples=examples(4), deadline=None)
@given(documents=histories())
def test_the_database_is_the_same_too(documents: list[bytes]) -> None:
    assert database_after(documents, forgetful=False) == database_after(documents, forgetful=True)


def database_after(documents: list[bytes], *, forgetful: bool) -> list[list[Any]]:
    """All that visits to a feed with these documents leave, without numbers that are only given once."""
    with transaction.atomic():
        feed, random = make_feed(), Random(1)
        for day, body in enumerate(documents):
            now = NOW + timedelta(days=2 * day)
            if forgetful:
                FeedState.objects.update(known_entries=b"")
            (claim,) = claiming.claim(now=now, only=[feed.pk])
            answer = Answer(feed.pk, Outcome.FETCHED, http_status=200, url=claim.url, body=body)
            settle([read(claim, answer, now=now)], now=now, random=random)
        first = min(Post.objects.values_list("pk", flat=True), default=0)
        posts: list[Any] = [
            row | {"id": row["id"] - first, "feed_id": 0, "key": row["key"].replace(f":{feed.pk}:", ":")}
            for row in Post.objects.order_by("pk").values()
        ]
        fetches: list[Any] = [row | {"id": 0, "feed_id": 0} for row in Fetch.objects.order_by("at").values()]
        states: list[Any] = [
            row | {"feed_id": 0, "url": "", "known_entries": b""} for row in FeedState.objects.values()
        ]
        transaction.set_rollback(True)
    return [posts, fetches, states]
