"""Documents of every kind to posts: what is taken from where, and what identifies a post."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from feeds.parse import ParsedFeed, ParsedPost
from feeds.parsed import MAX_BODY, MAX_POSTS, MAX_TITLE
from tests.feeds.writing import NOW, atom, only, read, rss


def item(inner: str) -> ParsedPost:
    return only(rss(f"<item>{inner}</item>"))


# --------------------------------------------------------------------- formats
def test_rss_2() -> None:
    feed = read(
        rss(
            """<item><title>First &amp; last</title><link>https://blog.example/1</link><guid>https://blog.example/1</guid>
            <pubDate>Fri, 20 Nov 2026 10:30:00 +0100</pubDate><description>In short</description>
            <content:encoded><![CDATA[<p>At <em>length</em></p>]]></content:encoded></item>"""
        )
    )
    assert (feed.title, feed.skipped) == ("A blog", 0)
    (post,) = feed.posts
    assert (post.title, post.url, post.body) == ("First & last", "https://blog.example/1", "<p>At <em>length</em></p>")
    assert post.published_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert post.key == "url:https://blog.example/1"
    assert post.guid_hash == hashlib.sha256(b"https://blog.example/1").hexdigest()


def test_atom() -> None:
    post = only(
        atom(
            """<entry><id>tag:n.example,2026:1</id><title type="html">Of &lt;i&gt;x&lt;/i&gt; &amp;amp; y</title>
            <link rel="replies" href="https://n.example/1/replies"/><link href="1?utm_source=atom&amp;a=2"/>
            <published>2026-11-18T08:00:00+02:00</published><updated>2026-11-19T08:00:00Z</updated>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Of <a href="2">x</a></p></div></content>
            </entry>""",
            attributes='xml:base="https://n.example/notes/"',
        )
    )
    assert (post.title, post.url) == ("Of x & y", "https://n.example/notes/1?a=2")
    assert post.body.startswith('<p>Of <a href="https://n.example/notes/2" rel=')
    assert post.published_at == datetime(2026, 11, 18, 6, 0, tzinfo=UTC)


def test_atom_0_3() -> None:
    post = only(
        """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Old</title><entry><title>T</title>
        <link rel="alternate" type="text/html" href="https://old.example/1"/><id>1</id>
        <issued>2004-01-02T03:04:05Z</issued><content type="text/html" mode="escaped">&lt;p&gt;x&lt;/p&gt;</content>
        </entry></feed>"""
    )
    assert (post.url, post.body) == ("https://old.example/1", "<p>x</p>")
    assert post.published_at == datetime(2004, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_rdf() -> None:
    feed = read(
        """<?xml version="1.0" encoding="UTF-8"?>
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
            xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
        <channel rdf:about="https://rdf.example/"><title>R</title><link>https://rdf.example/</link>
            <sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency></channel>
        <item rdf:about="https://rdf.example/1"><title>One</title><link>https://rdf.example/1</link>
            <dc:date>2026-11-01</dc:date><description>Words</description></item></rdf:RDF>"""
    )
    (post,) = feed.posts
    assert (post.title, post.url, post.body) == ("One", "https://rdf.example/1", "<p>Words</p>")
    assert post.published_at == datetime(2026, 11, 1, tzinfo=UTC)
    assert feed.ttl_minutes == 720


def test_rss_0_91_with_its_document_type_and_entities() -> None:
    post = only(
        """<?xml version="1.0" encoding="ISO-8859-1"?>
        <!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
        <rss version="0.91"><channel><title>N</title><link>https://n.example/</link>
        <item><title>Caf\xe9 &eacute;</title><link>/1</link></item></channel></rss>""".encode("latin-1")
    )
    assert (post.title, post.url) == ("Café é", "https://n.example/1")


def test_a_podcast_links_to_what_is_to_be_heard() -> None:
    post = item(
        """<title>Episode</title><guid isPermaLink="false">ep-1</guid><itunes:duration>1:02:03</itunes:duration>
        <itunes:summary>Notes in short</itunes:summary><description>&lt;p&gt;Notes, much longer&lt;/p&gt;</description>
        <enclosure url="https://cdn.example/1.mp3?utm_source=rss" type="audio/mpeg" length="1"/>"""
    )
    assert (post.url, post.key) == ("https://cdn.example/1.mp3", "")
    assert post.body.startswith('<p>Notes, much longer</p><p><a href="https://cdn.example/1.mp3"')
    assert post.body.endswith(">Listen</a> (1 h 3 min)</p>")


def test_a_picture_that_comes_with_a_post_is_linked_as_one() -> None:
    post = item('<title>T</title><enclosure url="https://cdn.example/cover.png" type="image/png" length="1"/>')
    assert post.body.startswith('<p><a class="image" href="https://cdn.example/cover.png"')
    assert ">Picture</a>" in post.body


@pytest.mark.parametrize("place", ["{post}{picture}", "{picture}{post}"])
def test_what_a_picture_shows_is_not_what_the_post_says(place: str) -> None:
    post = "<description>&lt;p&gt;Just out&lt;/p&gt;</description>"
    words = "A plot of the loss over time, in more words than the post has"
    picture = (
        f'<media:content url="https://e.example/1.png"><media:description>{words}</media:description></media:content>'
    )
    assert item(place.format(post=post, picture=picture)).body == "<p>Just out</p>"


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        ("45", "(1 minute)"),
        ("1800", "(30 minutes)"),
        ("62:00", "(1 h 2 min)"),
        ("long", "</a></p>"),
        ("1:2:3:4", "</a></p>"),
    ],
)
def test_durations_are_read_as_podcasts_write_them(duration: str, said: str) -> None:
    inner = f'<itunes:duration>{duration}</itunes:duration><enclosure url="https://e.example/1.mp3" type="audio/mpeg"/>'
    assert said in item(inner).body


def test_a_channel_of_videos() -> None:
    post = only(
        atom(
            """<entry><id>yt:video:abcdefghijk</id><title>A talk</title>
            <link rel="alternate" href="https://www.youtube.com/watch?v=abcdefghijk"/>
            <published>2026-11-01T00:00:00+00:00</published>
            <media:group><media:title>A talk</media:title><media:content url="https://www.youtube.com/v/abcdefghijk"/>
            <media:description>We &lt;3 tensors.

Slides: https://e.example/s?a=1&amp;b=2.
Code: https://e.example/c</media:description></media:group></entry>""",
            attributes='xmlns:media="http://search.yahoo.com/mrss/"',
        )
    )
    assert post.url == "https://www.youtube.com/watch?v=abcdefghijk"
    assert post.body.replace(' rel="noopener noreferrer nofollow"', "") == (
        "<p>We &lt;3 tensors.</p>"
        '<p>Slides: <a href="https://e.example/s?a=1&amp;b=2">https://e.example/s?a=1&amp;b=2</a>.<br>'
        'Code: <a href="https://e.example/c">https://e.example/c</a></p>'
    )


def test_a_listing_of_preprints_keeps_ids_and_formulas() -> None:
    post = only(
        atom(
            """<entry><id>oai:arXiv.org:2410.12345v1</id><title>On $O(n)$ attention</title>
            <link href="https://arxiv.org/abs/2410.12345v1"/><dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/"
            >Ashish Vaswani, Noam Shazeer</dc:creator><summary type="xhtml">
            <div xmlns="http://www.w3.org/1999/xhtml">Cost <m:math xmlns:m="http://www.w3.org/1998/Math/MathML">
            <m:msup><m:mi>n</m:mi><m:mn>2</m:mn></m:msup></m:math></div></summary></entry>"""
        )
    )
    assert post.key == "arxiv:2410.12345"
    assert post.byline == "Ashish Vaswani, Noam Shazeer"
    assert "<msup><mi>n</mi><mn>2</mn></msup></math>" in post.body
    assert post.title == "On $O(n)$ attention"


def test_a_feed_without_entries_is_a_feed() -> None:
    assert read(rss("")) == ParsedFeed((), 0, "A blog")


@pytest.mark.parametrize(
    ("head", "minutes"),
    [
        ("<ttl>90</ttl>", 90),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 10_080),
        ("<ttl>90</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 90),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl><sy:updatePeriod>now</sy:updatePeriod>", None),
        ("<ttl>999999999</ttl>", 525_600),
    ],
)
def test_how_long_a_feed_asks_to_be_left_alone(head: str, minutes: int | None) -> None:
    assert read(rss("", head=head)).ttl_minutes == minutes


# -------------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("https://e.example/a?utm_source=x&amp;b=%2F&amp;UTM_medium=y&amp;c=", "https://e.example/a?b=%2F&c="),
        ("https://e.example/a?ref=main&amp;source=code&amp;fbclid=x", "https://e.example/a?ref=main&source=code"),
        ("https://e.example/a?source=rss----abc", "https://e.example/a"),
        ("https://e.example/a#utm_source=rss", "https://e.example/a"),
        ("https://e.example/a#part", "https://e.example/a#part"),
        ("\n https://e.example/a b \n", "https://e.example/a%20b"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("/x", "https://blog.example/x"),
        ("https://somebody:secret@e.example/a", "https://e.example/a"),
        ('https://e.example/"&gt;&lt;b', "https://e.example/%22%3E%3Cb"),
        ("javascript:alert(1)", ""),
        ("ftp://e.example/a", ""),
        ("https://", ""),
        ("http://[::1", ""),
        ("https://e.example/" + "x" * 2000, ""),
    ],
)
def test_the_address_that_people_click(link: str, url: str) -> None:
    assert item(f"<title>T</title><link>{link}</link>").url == url


def test_relative_addresses_of_rss_mean_the_site_and_those_of_atom_the_document() -> None:
    entry = "<title>T</title><id>1</id>"
    assert item("<title>T</title><link>posts/1</link>").url == "https://blog.example/posts/1"
    assert only(atom(f'<entry>{entry}<link href="posts/1"/></entry>')).url == "https://feeds.example/posts/1"


def test_what_feedburner_hides_is_the_address() -> None:
    inner = "<link>http://feedproxy.example/~r/1</link><feedburner:origLink>https://e.example/1</feedburner:origLink>"
    assert item(inner).url == "https://e.example/1"


def test_a_guid_is_an_address_only_where_it_looks_like_one() -> None:
    assert item("<title>T</title><guid>https://e.example/1</guid>").url == "https://e.example/1"
    assert item("<title>T</title><guid>12345</guid>").url == ""
    assert item('<title>T</title><guid isPermaLink="false">https://e.example/?p=1</guid>').url == ""


# -------------------------------------------------------------- guids and keys
def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_identifies_a_post_is_its_guid_else_its_link_else_title_and_date() -> None:
    link = "<link>https://e.example/1</link>"
    assert item(f'<guid isPermaLink="false">g</guid>{link}').guid_hash == hash_of("g")
    assert item(link).guid_hash == hash_of("https://e.example/1")
    dated = "<pubDate>Mon, 01 Jan 2018 00:00:00 GMT</pubDate>"
    bare = item(f"<title>T</title>{dated}")
    assert bare.guid_hash == item(f"<title>T</title>{dated}<description>edited</description>").guid_hash
    assert bare.guid_hash != item("<title>T</title>").guid_hash
    assert item("<description>a</description>").guid_hash != item("<description>b</description>").guid_hash


def test_a_site_that_moves_to_https_has_nothing_new() -> None:
    for fields in ("<link>{}://e.example/1</link>", '<guid isPermaLink="false">{}://e.example/?p=1</guid>'):
        assert item(fields.format("http")).guid_hash == item(fields.format("https")).guid_hash


def test_of_posts_with_one_guid_the_first_counts() -> None:
    feed = read(rss("<item><guid>g</guid><title>a</title></item><item><guid>g</guid><title>b</title></item>"))
    assert [post.title for post in feed.posts] == ["a"]


@pytest.mark.parametrize(
    ("inner", "key"),
    [
        ("<link>http://www.e.example/1/?utm_source=x#c</link>", "url:https://e.example/1"),
        ("<link>https://arxiv.org/abs/1706.03762v5</link>", "arxiv:1706.03762"),
        ("<link>https://doi.org/10.1145/3600006.3613145</link>", "doi:10.1145/3600006.3613145"),
        ("<link>https://p.example/a</link><prism:doi>10.1038/S41586-1</prism:doi>", "doi:10.1038/s41586-1"),
        ("<link>https://p.example/a</link><dc:identifier>doi:10.1038/s41586-1</dc:identifier>", "doi:10.1038/s41586-1"),
        ("<link>https://p.example/a</link><dc:identifier>0262035618</dc:identifier>", "url:https://p.example/a"),
        ("<title>T</title><guid>https://e.example/1</guid>", "url:https://e.example/1"),
        ('<title>T</title><guid isPermaLink="false">doi:10.1038/s41586-1</guid>', "doi:10.1038/s41586-1"),
        ("<title>T</title><guid>0262035618</guid>", ""),
        ("<title>T</title><guid>1706.03762</guid>", ""),
        ("<title>1706.03762</title>", ""),
        ("<link>https://e.example/" + "x" * 600 + "</link>", ""),
        ("<link>https://localhost/1</link>", ""),
    ],
)
def test_a_key_comes_from_the_link_or_a_guid_that_is_an_address(inner: str, key: str) -> None:
    assert item(inner).key == key


def test_of_posts_with_one_key_the_first_has_it_and_none_where_it_is_the_site() -> None:
    links = [
        "https://e.example/1",
        "https://e.example/1/",
        "https://blog.example/",
        "http://blog.example",
        "https://x.example/",
    ]
    items = "".join(
        f'<item><guid isPermaLink="false">{n}</guid><link>{link}</link></item>' for n, link in enumerate(links)
    )
    keys = [post.key for post in read(rss(items)).posts]
    assert keys == ["url:https://e.example/1", "", "", "", "url:https://x.example"]


# ----------------------------------------------------------------------- titles
@pytest.mark.parametrize(
    ("title", "plain"),
    [
        ("a\n  b\t c", "a b c"),
        ("AT&amp;amp;T", "AT&T"),
        ("&lt;b&gt;Bold&lt;/b&gt; word", "Bold word"),
        ("Vec&lt;T&gt; in Rust", "Vec<T> in Rust"),
        ("<![CDATA[A &#8217;quoted&#8217; word]]>", "A ’quoted’ word"),
        ("one&lt;br/&gt;two &amp;amp; &lt;i&gt;three&lt;/i&gt;", "one two & three"),
        ("\u202eevil\u202c \u200bzero\ufeff \u2066x\u2069", "evil zero x"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f4bb",
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f469\u200d\U0001f4bb",
        ),
    ],
)
def test_titles_are_one_line_of_plain_text(title: str, plain: str) -> None:
    assert item(f"<title>{title}</title>").title == plain


def test_a_title_of_atom_is_what_it_says_it_is() -> None:
    entry = "<entry><id>1</id><title type='{}'>a &lt;b&gt; &amp;amp;</title></entry>"
    assert only(atom(entry.format("text"))).title == "a <b> &amp;"
    assert only(atom(entry.format("html"))).title == "a &"


def test_a_long_title_is_cut_at_a_word_and_a_missing_one_taken_from_the_text() -> None:
    long = item(f"<title>{'word ' * 200}</title>").title
    assert len(long) <= MAX_TITLE
    assert long.endswith("word…")
    assert (
        item("<description>&lt;p&gt;Some &amp;amp; words&lt;/p&gt;&lt;p&gt;more</description>").title
        == "Some & words more"
    )
    assert len(item(f"<description>{'word ' * 200}</description>").title) <= 80


# ------------------------------------------------------------------------ bodies
def test_plain_text_becomes_paragraphs() -> None:
    text = "One\ntwo &amp; &lt;three&gt;\n\n\nFour"
    assert only(atom(f"<entry><id>1</id><summary>{text}</summary></entry>")).body == (
        "<p>One<br>two &amp; &lt;three&gt;</p><p>Four</p>"
    )
    assert item("<description>One\ntwo &amp;amp; three\n\nFour</description>").body == (
        "<p>One<br>two &amp; three</p><p>Four</p>"
    )


def test_lines_of_xhtml_end_once() -> None:
    text = (
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">One<br/>two<hr/><b>three</b></div></content>'
    )
    assert only(atom(f"<entry><id>1</id>{text}</entry>")).body == "One<br>two<hr><b>three</b>"


def test_relative_addresses_in_a_text_are_those_of_its_page() -> None:
    post = item('<link>https://blog.example/2026/post.html</link><description>&lt;img src="i.png"&gt;</description>')
    assert 'href="https://blog.example/2026/i.png"' in post.body


def test_the_longest_of_summary_and_content_is_the_text() -> None:
    entry = "<entry><id>1</id><summary>short</summary><content type='html'>{}</content></entry>"
    assert only(atom(entry.format("&lt;p&gt;the whole of it&lt;/p&gt;"))).body == "<p>the whole of it</p>"
    assert only(atom(entry.format(""))).body == "<p>short</p>"
    other = "<content type='image/png'>QUFBQUFBQUFBQUFBQUFBQUFBQUFB</content>"
    assert only(atom(f"<entry><id>1</id><summary>short</summary>{other}</entry>")).body == "<p>short</p>"


def test_a_text_too_long_is_cut_and_stays_well_made() -> None:
    paragraph = f"&lt;p&gt;{'words ' * 9}&lt;/p&gt;"
    body = item(f"<description>{paragraph * 10_000}</description>").body
    assert MAX_BODY * 0.8 < len(body) <= MAX_BODY
    assert body.endswith("</p>")


# ------------------------------------------------------------------------- dates
@pytest.mark.parametrize(
    ("date", "published_at"),
    [
        ("Fri, 20 Nov 2026 10:00:00 GMT", NOW - timedelta(hours=2)),
        ("2026-11-20T10:00:00Z", NOW - timedelta(hours=2)),
        ("20 Nov 2026 05:00 EST", NOW - timedelta(hours=2)),
        ("Fri, 20 Nov 2026 12:05:00 GMT", NOW + timedelta(minutes=5)),
        ("Fri, 20 Nov 2026 13:00:00 GMT", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0001-01-01T00:00:00Z", None),
        ("99999-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_in_utc_or_nothing(date: str, published_at: datetime | None) -> None:
    assert item(f"<title>T</title><pubDate>{date}</pubDate>").published_at == published_at


# ------------------------------------------------------------------ who wrote it
@pytest.mark.parametrize(
    ("fields", "byline"),
    [
        ("<dc:creator>Ada Reader</dc:creator>", "Ada Reader"),
        ("<dc:creator>Ada Reader</dc:creator><dc:creator>Ben Writer</dc:creator>", "Ada Reader, Ben Writer"),
        ("<dc:creator>Ada Reader, Ben Writer\n, Cleo</dc:creator>", "Ada Reader, Ben Writer , Cleo"),
        ("<dc:creator>&lt;a href='https://e.example/'&gt;Ada &amp;amp; Ben&lt;/a&gt;</dc:creator>", "Ada & Ben"),
        ("<author>ada@e.example (Ada Reader)</author>", "Ada Reader"),
        ("<author>Ada Reader &lt;ada@e.example&gt;</author>", "Ada Reader"),
        ("<author>ada@e.example</author>", ""),
        ("<itunes:author>Ada Reader</itunes:author><author>ada@e.example (Ada Reader)</author>", "Ada Reader"),
        ("<author></author><dc:creator/>", ""),
        ("<source url='https://e.example/'>Ada</source>", ""),
    ],
)
def test_who_wrote_it_is_told_without_mail_addresses(fields: str, byline: str) -> None:
    assert item(f"<title>T</title>{fields}").byline == byline


def test_the_authors_of_an_atom_entry_are_its_own() -> None:
    author = "<author><name>{}</name><email>a@e.example</email><uri>https://e.example/</uri></author>"
    entry = f"<entry><id>1</id><title>T</title>{author.format('Ada')}{author.format('Ben')}</entry>"
    assert only(atom(author.format("The house") + entry)).byline == "Ada, Ben"


def test_of_very_many_authors_the_first_are_told() -> None:
    names = "".join(f"<dc:creator>Author {number}</dc:creator>" for number in range(5_000))
    byline = item(f"<title>T</title>{names}").byline
    assert byline.startswith("Author 0, Author 1, ")
    assert byline.endswith("…")
    assert len(byline) <= 300


# ------------------------------------------------------------------ what is stored
def test_the_content_hash_changes_with_everything_that_is_stored_and_with_nothing_else() -> None:
    def hash_with(**changed: str) -> str:
        given = {"link": "https://e.example/1", "title": "T", "description": "d", "pubDate": "2026-11-19"} | changed
        return item("".join(f"<{name}>{text}</{name}>" for name, text in given.items())).content_hash

    same = hash_with()
    assert hash_with(category="c", author="somebody@e.example", comments="https://e.example/c") == same
    others = [
        hash_with(link="https://e.example/2"),
        hash_with(title="U"),
        hash_with(description="e"),
        hash_with(author="Somebody"),
        hash_with(pubDate="2026-11-18"),
        hash_with(title="Td", description=""),
    ]
    assert len({same, *others}) == 7


def test_one_document_gives_one_result() -> None:
    document = rss("<item><title>a</title><description>b &lt;img src='c'&gt;</description></item>" * 3)
    assert read(document) == read(document)


def test_of_too_many_posts_the_newest_stay_in_their_order() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    dates = [start + timedelta(days=number) for number in range(MAX_POSTS + 5)]
    items = "".join(
        f"<item><guid>{n}</guid><pubDate>{date.isoformat()}</pubDate></item>" for n, date in enumerate(dates)
    )
    posts = read(rss(items)).posts
    assert [post.published_at for post in posts] == dates[5:]
