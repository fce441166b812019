"""What a page says of feeds, however it is written."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds import page_links
from feeds.page_links import MAX_GIVEN, MAX_PAGE, PageLinks
from tests.fixtures.effort import examples

URL = "https://site.example/blog/post.html"


def read(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> PageLinks:
    body = html.encode() if isinstance(html, str) else html
    return page_links.read(body, url=URL, content_type=content_type)


def test_a_head_names_its_feeds_in_order_and_each_once() -> None:
    page = read("""<!doctype html><html><head><title> A blog &amp; more </title>
        <link rel="alternate" type="application/rss+xml" title="Posts" href="/feed">
        <LINK HREF=atom.xml TYPE="Application/Atom+XML; charset=utf-8" REL="home ALTERNATE"/>
        <link rel="feed" href="//cdn.example/feed.json">
        <link rel="alternate" type="application/feed+json" href="../feed.json?a=1&amp;b=2">
        <link rel="alternate" type="application/rss+xml" href="https://site.example/feed">
        <link rel="canonical" href="/blog/post"></head>""")
    assert page == PageLinks(
        title="A blog & more",
        canonical="https://site.example/blog/post",
        named=(
            "https://site.example/feed",
            "https://site.example/blog/atom.xml",
            "https://cdn.example/feed.json",
            "https://site.example/feed.json?a=1&b=2",
        ),
    )


def test_addresses_are_relative_to_the_base_where_there_is_one() -> None:
    feed = '<link rel=alternate type=application/rss+xml href="feed">'
    assert read(f'<base href="https://else.example/x/">{feed}').named == ("https://else.example/x/feed",)
    assert read(f'<base href="/y/">{feed}<base href="/z/">').named == ("https://site.example/y/feed",)
    assert read(f'<base href="javascript:alert(1)">{feed}').named == ("https://site.example/blog/feed",)


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="alternate" hreflang="de" href="/de/">',
        '<link rel="alternate" type="application/json+oembed" href="/oembed">',
        '<link rel="alternate" type="application/json" href="/wp-json/1">',
        '<link rel="stylesheet" type="text/css" href="/feed">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">',
        '<link rel="alternate" type="application/rss+xml" href="http://[">',
        '<!-- <link rel="alternate" type="application/rss+xml" href="/feed"> -->',
        '<script>\'<link rel="alternate" type="application/rss+xml" href="/feed">\'</script>',
    ],
)
def test_what_is_no_feed_in_the_head_is_passed_over(link: str) -> None:
    assert read(link) == PageLinks()


def test_links_in_the_text_that_look_like_a_feed_come_second() -> None:
    page = read("""<link rel=alternate type=application/rss+xml href=/rss.xml>
        <a href="/rss.xml">RSS</a> <a href="/index.xml">no</a> <a href="/atom.xml">Atom</a> <a href="feed/">Feed</a>
        <a href="/feedback">no</a> <a href="/rss-readers">no</a> <a href="mailto:feed">no</a> <a>no</a>""")
    assert page.named == ("https://site.example/rss.xml",)
    assert page.alike == ("https://site.example/atom.xml", "https://site.example/blog/feed/")


def test_of_many_links_the_first_few_are_passed_on() -> None:
    links = [f"<link rel=feed href=/{n}><a href=/{n}/feed>" for n in range(500)]
    page = read("".join(links))
    assert page.named == tuple(f"https://site.example/{n}" for n in range(MAX_GIVEN))
    assert page.alike == tuple(f"https://site.example/{n}/feed" for n in range(MAX_GIVEN))


def test_a_page_in_another_encoding_is_read() -> None:
    assert read("<title>Überblick</title>".encode("latin-1"), "text/html; charset=iso-8859-1").title == "Überblick"


def test_of_a_large_page_the_beginning_counts_even_if_it_is_cut_within_a_letter() -> None:
    feed = b"<link rel=feed href=/feed>"
    rest = "ü".encode() * MAX_PAGE
    assert read(feed + b" " * (len(feed) % 2 == 0) + rest + feed).named == ("https://site.example/feed",)
    assert read(rest + feed).named == ()


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<",
            "<a ",
            "<a href='",
            '<a x==="',
            "<a\t=",
            "<a////",
            "</a",
            "<!--",
            "<![CDATA[",
            "<![a[b]]>",
            "<!a",
            "<?",
            "&",
        ),
        *("<script></", "<title>x", "<a" + " " * 50_000, "<a href=/feed>", "<a " + "x=1 " * 5_000 + ">", "&#9", "\0"),
    ],
)
def test_a_page_made_to_keep_the_parser_busy_does_not(piece: str) -> None:
    page = b"<link rel=feed href=/feed>" + piece.encode() * (MAX_PAGE // len(piece))
    started = process_time()
    assert read(page).named == ("https://site.example/feed",)
    assert process_time() - started < 4


@settings(max_examples=examples(200))
@given(
    st.text() | st.lists(st.sampled_from(["<", "!", "[", "--", "]]>", ">", "a", "link", " ", '"', "href=", "/", "if"]))
)
def test_no_page_makes_it_fail(page: str | list[str]) -> None:
    read("".join(page).encode(errors="surrogatepass"))
