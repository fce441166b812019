"""HTML of strangers: what stays readable, what becomes a link, and that nothing else gets through."""

import re
import time
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.parsed import MAX_BODY
from feeds.sanitise import clean
from feeds.untangle import MAX_OPEN, untangle
from tests.fixtures.effort import examples

BASE = "https://site.example/blog/post.html"
REL = ' rel="noopener noreferrer nofollow"'


def cleaned(html: str) -> str:
    return clean(html, base=BASE).replace(REL, "")


# --------------------------------------------------------------------- what stays
@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<p>a <b>b</b> <em>c</em><br>d", "<p>a <b>b</b> <em>c</em><br>d</p>"),
        ("<pre><code>x &lt; y</code></pre>", "<pre><code>x &lt; y</code></pre>"),
        (
            "<table><caption>T</caption><tr><th scope=col>a<td colspan=2>b</table>",
            '<table><caption>T</caption><tbody><tr><th scope="col">a</th><td colspan="2">b</td></tr></tbody></table>',
        ),
        ("<figure>f<figcaption>c</figcaption></figure>", "<figure>f<figcaption>c</figcaption></figure>"),
        ("<ol start=3><li>a<li>b</ol>", '<ol start="3"><li>a</li><li>b</li></ol>'),
        ('<p dir=rtl lang=he style="x" class="y" id=z onclick=a()>ש</p>', '<p dir="rtl" lang="he">ש</p>'),
        ("<details open><summary>s</summary>t</details>", "<details><summary>s</summary>t</details>"),
        (
            "<math display=block><mfrac><mi>a</mi><msup><mn>2</mn><mi>n</mi></msup></mfrac></math>",
            '<math display="block"><mfrac><mi>a</mi><msup><mn>2</mn><mi>n</mi></msup></mfrac></math>',
        ),
        (
            "<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>x</annotation></semantics></math>",
            "<math><semantics><mi>x</mi></semantics></math>",
        ),
        ("a<script>b</script><style>c</style><svg><text>d</text></svg>e", "ae"),
        ("<form action=/x><label>Name <input name=a></label><button>Go</button></form>", "Name Go"),
        ("<section><p>a</p></section><nav>b</nav>", "<div><p>a</p></div><div>b</div>"),
        ("a\x00b\x0b&#1;c\ud800", "abc"),
        ("<pre>\n\n\n\n\n\n\n\nx</pre>", "<pre>x</pre>"),
        ("", ""),
    ],
)
def test_text_keeps_its_structure_and_loses_its_looks(html: str, kept: str) -> None:
    assert cleaned(html) == kept


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://e.example/?a=1&amp;b=2#c", "https://e.example/?a=1&amp;b=2#c"),
        ("/x", "https://site.example/x"),
        ("y.html", "https://site.example/blog/y.html"),
        ("#part", "https://site.example/blog/post.html#part"),
        ("//cdn.example/z", "https://cdn.example/z"),
        ("mailto:a@b.example", "mailto:a@b.example"),
    ],
)
def test_links_are_resolved_and_tell_nobody_where_a_reader_came_from(address: str, kept: str) -> None:
    assert clean(f'<a href="{address}" target="_blank" rel="opener">x</a>', base=BASE) == f'<a href="{kept}"{REL}>x</a>'


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " java\nscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "http://[x",
    ],
)
def test_other_schemes_lead_nowhere(address: str) -> None:
    assert "href" not in clean(f'<a href="{address}">x</a>', base=BASE)


# ---------------------------------------------------------- what becomes a link
@pytest.mark.parametrize(
    ("html", "links"),
    [
        ('<img src="i.png">', '<a class="image" href="https://site.example/blog/i.png">Picture</a> '),
        (
            '<img src="https://e.example/i.png" alt=\'The "loss" &lt; 2 \n curve\'>',
            '<a class="image" href="https://e.example/i.png">Picture: The "loss" &lt; 2 curve</a> ',
        ),
        ('<img src="https://e.example/p.gif" width=1 height="1" alt="">', ""),
        ('<img src="data:image/png;base64,AAAA" alt="x"><img alt="y">', ""),
        ('We <img src="https://s.example/1f680.png" alt="\U0001f680">!', "We \U0001f680!"),
        ('We <img src="https://s.example/1f680.png" alt=":rocket:">!', "We :rocket:!"),
        (
            '<picture><source srcset="a.webp"><img src="https://e.example/a.png"></picture>',
            '<a class="image" href="https://e.example/a.png">Picture</a> ',
        ),
        (
            '<a href="https://e.example/page"><img src="https://e.example/i.png" alt="Curve"></a>',
            '<a href="https://e.example/page">Curve</a> <a class="image" href="https://e.example/i.png">Picture</a> ',
        ),
        (
            '<a href="https://e.example/i.png"><img src="https://e.example/i.png"></a>',
            '<a href="https://e.example/i.png">Picture</a>',
        ),
        (
            '<iframe src="//www.youtube.com/embed/dQw4w9WgXcQ?rel=0" title="A talk"></iframe>',
            '<a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">Video: A talk</a> ',
        ),
        (
            "<iframe src=https://www.youtube-nocookie.com/embed/videoseries?list=x></iframe>",
            '<a href="https://www.youtube-nocookie.com/embed/videoseries?list=x">Embedded</a> ',
        ),
        ("<iframe src=https://player.vimeo.com/video/123></iframe>", '<a href="https://vimeo.com/123">Video</a> '),
        (
            "<video controls><source src=a.mp4><source src=a.webm>No video here.</video>",
            '<a href="https://site.example/blog/a.mp4">Video</a> No video here.',
        ),
        ("<audio src=/a.mp3></audio>", '<a href="https://site.example/a.mp3">Audio</a> '),
        ('<iframe src="javascript:alert(1)"></iframe>', ""),
    ],
)
def test_pictures_and_players_become_links(html: str, links: str) -> None:
    assert cleaned(html) == links


def test_feeds_cannot_give_their_links_the_class_of_pictures() -> None:
    assert cleaned('<a class="image" href="https://e.example/">x</a>') == '<a href="https://e.example/">x</a>'


@pytest.mark.parametrize(
    ("html", "outline"),
    [
        ("<h1>a</h1><h2>b</h2>", ["h2", "h3"]),
        ("<h3>a</h3><h5>b</h5><h3>c</h3>", ["h2", "h3", "h2"]),
        ("<h2>a</h2><h3>b</h3>", ["h2", "h3"]),
        ("".join(f"<h{level}>a</h{level}>" for level in range(1, 7)), ["h2", "h3", "h4", "h5", "h6", "h6"]),
    ],
)
def test_headings_begin_below_the_title_of_the_page(html: str, outline: list[str]) -> None:
    assert re.findall(r"<(h\d)>", cleaned(html)) == outline
    assert re.findall(r"</(h\d)>", cleaned(html)) == outline


# ------------------------------------------------------------- what gets through
VECTORS = [
    "<script>alert(1)</script>",
    "<scr<script>ipt>alert(1)</script>",
    "<script/src=//evil.example/x.js>",
    "<img src=x onerror=alert(1)>",
    "<img src=`x` onerror=alert(1)//",
    '<img src="x"onerror="alert(1)">',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<math href='javascript:alert(1)'><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<math><mi><style></mi><img src=x onerror=alert(1)></style></math>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<iframe><img src=x onerror=alert(1)></iframe>",
    "<iframe src='data:text/html,<script>alert(1)</script>'></iframe>",
    "<object data='javascript:alert(1)'></object><embed src='javascript:alert(1)'>",
    "<form action='javascript:alert(1)'><button formaction='javascript:alert(1)'>x</button></form>",
    "<base href='javascript:/'><meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=javascript:alert(1)><link rel=import href=//evil.example>",
    "<style>@import 'javascript:alert(1)';</style><p style='background:url(javascript:alert(1))'>x",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<textarea></textarea><script>alert(1)</script>",
    "<title></title><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<xmp><script>alert(1)</script></xmp><plaintext><script>alert(1)</script>",
    "<p title='&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;'>x</p>",
    "<img alt='\"><script>alert(1)</script>' src='https://e.example/\"><script>alert(1)</script>'>",
    "<img alt='x&quot; onerror=&quot;alert(1)' src=https://e.example/x>",
    "<video><source onerror=alert(1) src='https://e.example/&quot; onmouseover=&quot;alert(1)'></video>",
    "<details ontoggle=alert(1) open>x</details><body onload=alert(1)>",
    "<a id=x name=y class=z style=w target=_top ping=//evil.example href=https://e.example>x</a>",
    "<!--><script>alert(1)</script>--><![CDATA[<script>alert(1)</script>]]><?xml x><script>alert(1)</script>?>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
]
CONTEXTS = [
    "{}",
    "<p>{}</p>",
    "<table><tr>{}</tr></table>",
    "<a href='https://e.example'>{}</a>",
    "<math><mtext>{}</mtext></math>",
    "<svg><foreignObject>{}</foreignObject></svg>",
    "<pre>{}",
    "<p title='{}'>",
    "<!-- {}",
    "<img src=x>" * 70 + "{}",  # through the other way in, for texts of many tags
    "<p>" * 150 + "<b a={}>{}",
]
ALLOWED = set(
    """a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure
    h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre q rp rt ruby s samp small strong sub summary sup table tbody td tfoot
    th thead time tr u ul var wbr math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow
    ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics""".split()  # noqa: SIM905
)
HARMLESS = {"dir", "lang", "rel", "title", "display", "scope", "colspan", "start"}


class Watch(HTMLParser):
    """Reads HTML by a parser that is not the sanitiser's, and lets nothing pass that is not known to be harmless."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED
        for name, value in attrs:
            if name == "href":
                assert (value or "").startswith(("https://", "http://", "mailto:"))
            elif name == "class":
                assert (tag, value) == ("a", "image")
            else:
                assert name in HARMLESS

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def assert_harmless(html: str) -> None:
    watch = Watch()
    watch.feed(html)
    watch.close()


@pytest.mark.parametrize("vector", VECTORS)
def test_nothing_that_acts_gets_through_in_any_place(vector: str) -> None:
    for context in CONTEXTS:
        html = clean(context.replace("{}", vector), base=BASE)
        assert_harmless(html)
        assert html == parsed_again(html)


def parsed_again(html: str) -> str:
    """The HTML that a parser makes of it, where all is allowed that is in it."""
    tags = set(re.findall(r"<([a-z][a-z0-9]*)", html))
    attributes = {tag: {"href", "class", *HARMLESS} for tag in tags}
    return nh3.clean(html, tags=tags, attributes=attributes, link_rel=None, clean_content_tags=set())


_TAGS = ["a", "b", "p", "div", "table", "tr", "td", "math", "mi", "mtext", "svg", "style", "script", "img", "iframe"]
_TAGS += ["h1", "pre", "ul", "li", "button", "form", "template", "select"]
_PIECES = st.one_of(
    st.sampled_from(_TAGS).map(lambda tag: f"<{tag}>"),
    st.sampled_from(_TAGS).map(lambda tag: f"</{tag}>"),
    st.tuples(
        st.sampled_from(_TAGS), st.sampled_from(["href", "src", "title", "onclick", "alt"]), st.text(max_size=5)
    ).map(lambda parts: f"<{parts[0]} {parts[1]}='{parts[2]}'>"),
    st.sampled_from(VECTORS),
    st.text(max_size=8),
    st.sampled_from(["\n", "<!--", "-->", "<", "&lt;", "&#0;", "<a href=https://e.example>", "<img src=/i.png alt=x>"]),
)


@settings(max_examples=examples(300))
@given(st.lists(_PIECES, max_size=25).map("".join))
def test_whatever_came_the_result_is_harmless_and_a_parser_leaves_it_as_it_is(soup: str) -> None:
    html = clean(soup, base=BASE)
    assert_harmless(html)
    assert parsed_again(html) == html
    assert clean(html, base=BASE).replace(' class="image"', "") == html.replace(' class="image"', "")


# ------------------------------------------------------------------- what is much
_INLINE = st.recursive(
    st.sampled_from(["word", "a &amp; b", "<br>", "<code>x</code>"]),
    lambda inner: st.tuples(st.sampled_from(["em", "del", "sub"]), inner).map(lambda t: f"<{t[0]}>{t[1]}</{t[0]}>"),
    max_leaves=3,
)
_BLOCK = st.recursive(
    st.lists(_INLINE, min_size=1, max_size=4).map(lambda inner: f"<p>{' '.join(inner)}</p>"),
    lambda inner: st.tuples(st.sampled_from(["div", "blockquote", "ul><li"]), st.lists(inner, max_size=3)).map(
        lambda t: f"<{t[0]}>{''.join(t[1])}</{'li></ul' if 'li' in t[0] else t[0]}>"
    ),
    max_leaves=6,
)


@settings(max_examples=examples(100))
@given(_BLOCK)
def test_well_made_html_is_untangled_to_the_same(html: str) -> None:
    assert nh3.clean(untangle(html)) == nh3.clean(html)


def test_of_what_is_open_at_once_only_so_much_is_kept() -> None:
    html = untangle("<div>" * 500 + "text" + "</div>" * 500 + "<b>" * 500 + "more")
    assert html == "<div>" * MAX_OPEN + "text" + "</div>" * MAX_OPEN + "<b>" * 4 + "more" + "</b>" * 4


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "".join(f"<b a={number}>" for number in range(8_000)) + "</p>" + "<p>x" * 8_000,
        "<p>" + "".join(f"<b a='>{number}'>" for number in range(90)) + "</p>" + "<p>x" * 9_000,
        "<div>" * 40_000,
        "<ul><li>" * 20_000,
        "<table><a>" * 20_000,
        "<p " + " ".join(f"a{number}" for number in range(33_000)) + ">",
        "<a href=" * 25_000,
        "<script>" * 25_000,
        "<!--" * 50_000,
        "<img src=x>" * 18_000,
        "<b><p>" * 30_000,
        "<" * 200_000,
        "&" * 200_000,
        "x" * 10_000_000,
    ],
    ids=lambda html: html[:12],
)
def test_markup_made_to_be_slow_is_done_with_in_time_and_within_its_length(html: str) -> None:
    started = time.process_time()
    result = clean(html, base=BASE)
    assert time.process_time() - started < 5  # of a second by itself; without bounds minutes, and gigabytes
    assert len(result) <= MAX_BODY
    assert_harmless(result)
