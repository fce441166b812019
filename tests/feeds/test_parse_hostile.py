"""Documents that are broken, are something else, or mean harm: each ends soon, in words."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.documents import UNWANTED
from feeds.parse import BrokenFeed, NotAFeed, ParsedFeed, parse
from feeds.parse_xml import MAX_NAMESPACES, MAX_TAGS
from feeds.parsed import MAX_BODY, MAX_POSTS, MAX_TITLE
from tests.feeds.writing import NOW, URL, atom, only, read, rss
from tests.fixtures.effort import examples
from tests.fixtures.memory import memory_of_at_most


# -------------------------------------------------------------- something else
@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "answers with nothing at all"),
        (" \n", "answers with nothing at all"),
        ("<!DOCTYPE html><html><body>Sign in", "web page, not a feed. Look on that page for a link"),
        ("<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN' 'http://www.w3.org/TR/html4/strict.dtd'><p>", "web page"),
        ("<?xml version='1.0'?><!-- <rss> --><html xmlns='http://www.w3.org/1999/xhtml'><rss/></html>", "web page"),
        ("<script>location='/login'</script>", "web page"),
        ("<div>Blocked", "web page"),
        ("<?xml version='1.0'?><urlset/>", "XML of another kind (<urlset>)"),
        ("<opml version='2.0'/>", "a list of feeds (OPML)"),
        ("Not found", "it begins with “Not found”"),
        ("%PDF-1.7\n%\u00e2\u00e3", "it begins with “%PDF-1.7"),
        ("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "something that is no feed"),
    ],
)
def test_what_is_no_feed_is_told_apart(document: str, said: str) -> None:
    with pytest.raises(NotAFeed) as refusal:
        read(document.encode("latin-1") if document.startswith("\x89") else document, content_type="text/html")
    assert said in str(refusal.value)


# --------------------------------------------------------------------- broken
def test_what_breaks_off_keeps_the_entries_before() -> None:
    whole, broken = (
        "<item><title>whole</title></item>",
        "<item><title>broken &nbsp; <b>off</b></title><description>here",
    )
    feed = read(rss(whole + broken).partition("</channel>")[0])
    assert [post.title for post in feed.posts] == ["whole", "broken off"]


def test_a_broken_feed_without_entries_says_where() -> None:
    with pytest.raises(BrokenFeed, match="broken in line 3: an XML parser stops there at “mismatched tag”"):
        read("<?xml version='1.0'?>\n<rss><channel>\n<title>x</link></channel></rss>")


def test_lines_are_counted_as_they_are_in_the_document() -> None:
    with pytest.raises(BrokenFeed, match="in line 5"):
        read("\n<?xml version='1.0'?>\n<!-- a\nb --><!DOCTYPE rss>\n<rss><channel></rss>")


def test_what_a_site_prints_before_its_feed_does_no_harm() -> None:
    assert [
        post.title for post in read("<br />\n<b>Warning</b>: x in y.php\n" + rss("<item><title>T</title></item>")).posts
    ]


def test_an_entry_that_says_nothing_is_skipped_and_counted() -> None:
    feed = read(rss("<item/><item><title>T</title></item><item><pubDate>2026-01-01</pubDate></item>"))
    assert (len(feed.posts), feed.skipped) == (1, 2)
    with pytest.raises(BrokenFeed, match="None of the entries of this feed says anything"):
        read(rss("<item/><item/>"))


def test_names_that_mean_something_to_the_parser_are_only_names() -> None:
    names = "summary_detail content links link id title published_parsed updated_parsed author tags source image"
    inner = "".join(f"<x:{name} a='b'/><{name} a='b'/><{name}>t</{name}>" for name in names.split())
    feed = read(rss(f"<item xmlns:x=''>{inner}</item><item><title>T</title></item>"))
    assert "T" in [post.title for post in feed.posts]


# ------------------------------------------------------------------- encodings
TEXT = "Grüße, 日本 \U0001f600 €"


@pytest.mark.parametrize(
    ("encoding", "declared", "content_type"),
    [
        ("utf-8", "utf-8", "application/xml"),
        ("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        ("utf-8", "us-ascii", "text/xml"),
        ("utf-8", "utf-16", "text/xml; charset=utf-16"),
        ("utf-8", "x-nonsense", "text/html; charset=punycode"),
        ("utf-8-sig", "utf-8", ""),
        ("utf-16", "utf-16", "text/xml; charset=utf-8"),
        ("utf-16-le", "utf-16", ""),
        ("utf-16-be", "", ""),
        ("utf-32", "utf-32", ""),
        ("gb18030", "gb2312", "text/xml"),
        ("gb18030", "", "text/xml; charset=GBK"),
    ],
)
def test_the_encoding_is_found_whatever_labels_say(encoding: str, declared: str, content_type: str) -> None:
    label = f' encoding="{declared}"' if declared else ""
    document = f'<?xml version="1.0"{label}?><rss><channel><item><title>{TEXT}</title></item></channel></rss>'
    assert only(document.encode(encoding), content_type=content_type).title == TEXT


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("shift_jis", "日本語の題"),
        ("iso-2022-jp", "日本語の題"),
        ("euc-kr", "한국어 제목"),
        ("koi8-r", "Заголовок"),
        ("windows-1251", "Заголовок"),
        ("iso-8859-2", "Žluťoučký kůň"),
        ("windows-1252", "“Café” – €"),
    ],
)
def test_declared_encodings_are_believed_where_it_is_not_utf_8(encoding: str, text: str) -> None:
    document = (
        f'<?xml version="1.0" encoding="{encoding}"?><rss><channel><item><title>{text}</title></item></channel></rss>'
    )
    assert only(document.encode(encoding), content_type="text/xml; charset=utf-8").title == text


def test_one_wrong_byte_spoils_one_letter() -> None:
    document = rss(f"<item><title>{TEXT} ~</title></item>").encode().replace(b"~", b"\xff")
    assert only(document).title == f"{TEXT} \ufffd"


def test_undeclared_latin_1_is_windows_latin_1() -> None:
    assert only(rss("<item><title>“Café”</title></item>").encode("cp1252")).title == "“Café”"


def test_what_the_database_does_not_take_is_nowhere() -> None:
    references = "a\x00b&#0;c&#xD800;d&#x110000;e&#99999999999;f\x0b"
    inner = f"<title>{references}</title><guid>\x00</guid><description>&amp;#0;x\x00</description>"
    post = only(rss(f"<item>{inner}</item>"))
    assert post.title == "abcdef"
    assert not UNWANTED.search(post.body)


# ------------------------------------------------------------------------ attacks
@pytest.mark.parametrize(
    "document",
    [
        '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + rss("")[22:],
        '<!-- <rss> --><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title>',
        "<?pi ?> <!DOCTYPE rss SYSTEM 'x' [ <!ENTITY % p SYSTEM 'http://127.0.0.1/'> %p; ]><rss/>",
        "<!doctype rss [",
    ],
)
def test_entities_of_its_own_are_refused(document: str) -> None:
    with pytest.raises(BrokenFeed, match="declares entities of its own"):
        read(document)


def test_entities_declared_elsewhere_stay_undeclared() -> None:
    item = "<item><title>&x;</title></item>"
    for declaration in ("<!ENTITY x 'y'>", "<!DOCTYPE rss [<!ENTITY x 'y'>]>", "<!DOCTYPE a><!ENTITY x 'y'>"):
        for document in (
            f"<rss><channel>{declaration}{item}",
            f"junk {declaration}<rss><channel>{item}</channel></rss>",
        ):
            assert [post.title for post in read(document).posts] == ["&x;"]


def crowd(count: int, make: Callable[[int], str]) -> str:
    return "".join(map(make, range(count)))


@pytest.mark.parametrize(
    "document",
    [
        rss("<item><title>" + "long " * 2_000_000 + "</title></item>"),
        rss(crowd(10_000, lambda n: f"<item><title>t</title><link>https://e.example/{n}</link></item>")),
        rss("<item>" + "<b>" * 100_000),
        rss("<item>" + "<b>" * MAX_TAGS),
        rss("<item><title>t</title><author>" + "a" * 3_000_000 + "</author></item>"),
        rss("<item><title>t</title>" + crowd(40_000, lambda n: f"<category>c{n}</category>") + "</item>"),
        rss(crowd(20_000, lambda n: f"<x{n}:a xmlns:x{n}='u{n}'>1</x{n}:a>")),
        rss("<item><title>t</title><pubDate>" + "1" * 1_000_000 + "</pubDate></item>"),
        rss("<item><title>t</title><link>" + "&amp;a" * 300_000 + "</link></item>"),
        rss("<item " + " a=1" * 100_000),
        rss("<item><title>t</title><a " + crowd(100_000, lambda n: f" a{n}=''") + "/></item>"),
        atom("<entry><title>t</title><content type='xhtml'>" + "<!---->\n" * 70_000 + "</content></entry>"),
        rss("&#0;" * 1_000_000),
        rss("<item><title>" + "<![CDATA[" * 500_000),
        "<!--" * 1_000_000,
        "<!---->" * 500_000 + rss(""),
        "<?" * 1_000_000,
        " " * 10_000_000,
        '{"version": "https://jsonfeed.org/version/1", "items": ' + "[" * 1_000_000,
        '{"version": "https://jsonfeed.org/version/1", "items": [{"id": ' + "1" * 1_000_000 + "}]}",
        '{"version": "https://jsonfeed.org/version/1", "items": [' + "{}," * 1_000_000 + "{}]}",
    ],
    ids=lambda document: f"{len(document)}",
)
def test_documents_made_to_be_slow_are_done_with_in_time(document: str) -> None:
    body = document.encode()
    started = time.process_time()
    check(body)
    assert time.process_time() - started < 10  # three at most by itself; without bounds from 20 to thousands


@pytest.mark.parametrize(
    "document",
    [
        rss("<item><description>http://" + "a" * 3_000_000 + "</description></item>"),
        rss("<item><description>" + "ab\n" * 1_000_000 + "</description></item>"),
        rss(
            "<item><georss:line xmlns:georss='http://www.georss.org/georss'>"
            + "1 " * 1_500_000
            + "</georss:line></item>"
        ),
        rss("<item><title>&nope</title><a " + " " * 3_000_000 + "</item>"),
        json.dumps({"version": "https://jsonfeed.org/version/1", "items": [{"content_text": "ab\n" * 1_000_000}]}),
    ],
    ids=["address", "lines", "places", "tag", "json"],
)
def test_documents_made_to_be_large_stay_small(document: str) -> None:
    body = document.encode()
    with memory_of_at_most(80_000_000):  # without bounds from 110 to 500
        check(body)


def check(body: bytes) -> ParsedFeed | None:
    """Parses it and holds what comes out to its promises."""
    try:
        feed = parse(body, url=URL, content_type="text/xml", now=NOW)
    except (NotAFeed, BrokenFeed) as refusal:
        assert 10 < len(str(refusal)) < 500  # noqa: PT017 - either end is right
        return None
    assert len(feed.posts) <= MAX_POSTS
    assert len({post.guid_hash for post in feed.posts}) == len(feed.posts)
    keys = [post.key for post in feed.posts if post.key]
    assert len(set(keys)) == len(keys)
    for post in feed.posts:
        assert len(post.guid_hash) == len(post.content_hash) == 64
        assert len(post.key) <= 500
        assert post.url == "" or (post.url.startswith(("https://", "http://")) and len(post.url) <= 2000)
        assert len(post.title) <= MAX_TITLE
        assert len(post.body) <= MAX_BODY
        assert not any(UNWANTED.search(text) for text in (post.key, post.url, post.title, post.body))
        assert post.published_at is None or post.published_at.tzinfo is UTC
    return feed


def test_more_tags_and_namespaces_than_a_feed_has_are_refused() -> None:
    with pytest.raises(BrokenFeed, match=f"more than {MAX_TAGS} tags"):
        read(rss("<item/>" * MAX_TAGS))
    with pytest.raises(BrokenFeed, match=f"more than {MAX_NAMESPACES} namespaces"):
        read(rss(crowd(MAX_NAMESPACES + 1, lambda n: f"<a xmlns='u{n}'/>")))
    inside = f"<item><title>t</title><description><![CDATA[{'<br>' * MAX_TAGS}]]></description></item>"
    same = '<math xmlns="http://www.w3.org/1998/Math/MathML"/>' * (MAX_NAMESPACES + 1)
    assert len(read(rss(inside)).posts) == 1
    assert len(read(rss(f"<item><title>t</title><description>{same}</description></item>")).posts) == 1


_PIECES = st.one_of(
    st.sampled_from(
        [
            *(
                "<item>",
                "</item>",
                "<entry>",
                "</entry>",
                "<title>",
                "</title>",
                "<link>",
                "</link>",
                "<guid>",
                "</guid>",
            ),
            *("<content:encoded>", "<description>", "</description>", "<pubDate>", "</pubDate>", "<id>", "</id>"),
            *("<![CDATA[", "]]>", "<!--", "-->", "<content type='xhtml'>", "</content>", "<link href='/x'/>", "<math>"),
            *(
                "<enclosure url='https://e.example/1' type='audio/x'/>",
                "<x:y z='1'>",
                "xmlns:x='u'",
                "&amp;",
                "&#xD800;",
            ),
            *(
                "https://e.example/1",
                "https://[",
                "2026-11-19T10:00:00Z",
                "99999-99-99",
                "&lt;b&gt;",
                "<?x",
                "?>",
                "<!x",
            ),
            *("</channel>", "</rss>", "<svg>", "</svg>", "<source>", "<category>", "xml:base='javascript:x'", "&nbsp;"),
        ]
    ),
    st.text(max_size=6),
)


@settings(max_examples=examples(200))
@given(st.sampled_from(["", "<?xml version='1.0'?><rss version='2.0'><channel>", atom("").removesuffix("</feed>")]),
       st.lists(_PIECES, max_size=30))  # fmt: skip
def test_whatever_came_it_is_refused_in_words_or_keeps_what_posts_promise(head: str, pieces: list[str]) -> None:
    check((head + "".join(pieces)).encode("utf-8", "replace"))


@settings(max_examples=examples(60))
@given(data=st.binary(max_size=300), flips=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 255)), max_size=12))
def test_no_bytes_break_the_parser(data: bytes, flips: list[tuple[int, int]]) -> None:
    check(data)
    document = bytearray(
        rss(
            "<item><title>T</title><link>https://e.example/1</link><description>&lt;p&gt;x</description></item>"
        ).encode()
    )
    for place, byte in flips:
        document[place % len(document)] = byte
    check(bytes(document))


# Without the upper half of Latin-1: what there looks like UTF-8 read wrongly is put right by feedparser.
_LETTERS = st.characters(
    exclude_categories=["Cs", "Cc", "Cf", "Cn", "Co", "Zs", "Zl", "Zp"],
    exclude_characters=[chr(code) for code in range(0x80, 0x100)],
)
_WORDS = st.text(_LETTERS, min_size=1, max_size=12)


@settings(max_examples=examples(60))
@given(st.lists(st.tuples(_WORDS, st.datetimes(datetime(1971, 1, 1), datetime(2026, 11, 1))), max_size=5))  # noqa: DTZ001
def test_what_a_well_made_feed_says_comes_out_as_it_was(entries: list[tuple[str, datetime]]) -> None:
    def escaped(text: str) -> str:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")

    document = atom(
        "".join(
            f"<entry><id>{n}</id><title>{escaped(title)}</title><published>{at:%Y-%m-%dT%H:%M:%S}Z</published></entry>"
            for n, (title, at) in enumerate(entries)
        )
    )
    found = [(post.title, post.published_at) for post in read(document).posts]
    assert found == [(title, at.replace(microsecond=0, tzinfo=UTC)) for title, at in entries]
