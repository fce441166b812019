"""What the form of HTML tells by itself: never more than the sanitiser says, and of most that is written enough."""

from random import Random
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.prose import Prose
from feeds import sanitise
from feeds.links import REL
from feeds.sanitise import clean
from feeds.settled import is_settled
from tests.feeds.vectors import cases
from tests.fixtures.effort import examples

BASE = "https://site.example/blog/post.html"


def the_long_way(html: str) -> str:
    """What `clean` says where nothing is known by its form."""
    with mock.patch.object(sanitise, "is_settled", return_value=False):
        return clean(html, base=BASE)


def is_left_as_it_is(html: str) -> bool:
    with mock.patch.object(sanitise, "is_settled", return_value=False):
        return sanitise._settle(html) == html


@pytest.mark.parametrize(
    "html",
    [
        "",
        "no tags &amp; nothing but lines\nand&nbsp;signs: 東京, naïve, 🚀",
        "<p>a <b>b <em>c</em></b><br>d <code>x &lt; y</code></p>\n<hr>\n<p>e</p>",
        f'<p><a href="https://e.example/a?b=1&amp;c=2#d" rel="{REL}">x</a> <a rel="{REL}">y</a></p>',
        f'<figure><a class="image" href="https://e-f.example:8080/i.png" rel="{REL}">Picture</a> </figure>',
        "<h2>a</h2><div><div><blockquote><p>b</p></blockquote>c</div></div>",
        '<ul>\n<li>a<ol start="3"><li><p>b</p></li></ol></li>\n</ul><dl><dt>c</dt><dd>d</dd></dl>',
        "<pre><code>if x &lt; 1:\n\n    y</code></pre><details><summary>a</summary>b</details>",
        '<table><caption>T</caption><colgroup><col></colgroup><thead>\n<tr><th colspan="2">a</th></tr></thead>\n'
        "<tbody><tr><td>b</td><td><table><tbody><tr><td>c</td></tr></tbody></table></td></tr></tbody></table>",
        '<abbr title="&quot;A&quot;">a</abbr> <time datetime="2026-11-20">b</time> x<sub>1</sub>',
    ],
)
def test_what_is_well_made_is_known_by_its_form(html: str) -> None:
    assert is_settled(html)
    assert is_left_as_it_is(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>a",
        "a</p>",
        "</div><div>",
        "<p>a<p>b</p></p>",
        "<p><em><div>a</div></em></p>",
        "<b><b>a</b></b>",
        f'<a rel="{REL}"><em><a rel="{REL}">a</a></em></a>',
        "<ul><li><li>a</li></li></ul>",
        "<li>a</li>",
        "<ul>a</ul>",
        "<table><tbody><tr>\xa0<td>a</td></tr></tbody></table>",
        "<table><tr><td>a</td></tr></table>",
        "<table><tbody><tr><td>a</td></tr>\u2003</tbody></table>",
        "<pre>\na</pre>",
        "<br>a</br>",
        "<math><mi>a</mi></math>",
        "<svg>a</svg>",
        "<p onclick=alert(1)>a</p>",
        '<p onclick="alert(1)">a</p>',
        '<td colspan="1" colspan="2">a</td>',
        "<a>a</a>",
        '<a href="https://e.example/">a</a>',
        f'<a href="javascript:alert(1)" rel="{REL}">a</a>',
        f'<a href="https:x" rel="{REL}">a</a>',
        f'<a href="//e.example/" rel="{REL}">a</a>',
        f'<a href="https://1.2.3.999/" rel="{REL}">a</a>',
        f'<a href="https://xn--a.example/" rel="{REL}">a</a>',
        f'<a href="https://e.example:99999/" rel="{REL}">a</a>',
        f'<a href="https://e.example/&" rel="{REL}">a</a>',
        f'<a class="x" href="https://e.example/" rel="{REL}">a</a>',
        "a & b",
        "a &quot; b",
        "a > b",
        "a < b",
        "a\x00b",
        "a\rb",
        "a\xa0b",
        "<!-- a -->",
        "<![CDATA[a]]>",
        "<P>a</P>",
        "\ufeffa",
    ],
)
def test_what_is_of_no_such_form_is_asked_about(html: str) -> None:
    assert not is_settled(html)


def test_what_publishers_write_is_known_by_its_form() -> None:
    rng, prose = Random(1), Prose(1)
    for _number in range(50):
        assert is_settled(clean(prose.body(rng, 4000), base=BASE))


def test_harmful_markup_becomes_the_same_the_long_way() -> None:
    assert [case.html for case in cases()[::3] if clean(case.html, base=BASE) != the_long_way(case.html)] == []


# Wrappings that are well made by themselves, and within each other often not; and what is never well made.
_WRAPPINGS = (
    *("<p>{}</p>", "<div>{}</div>", "<b>{}</b>", "<em>{}</em>", "<code>{}</code>", "<h2>{}</h2>", "<pre>{}</pre>"),
    *(
        "<ul><li>{}</li></ul>",
        "<ol>\n<li>{}</li>\n</ol>",
        "<dl><dt>{}</dt><dd>x</dd></dl>",
        "<blockquote>{}</blockquote>",
    ),
    *("<details><summary>{}</summary>x</details>", "<figure>{}<figcaption>x</figcaption></figure>", "<del>{}</del>"),
    *("<table><tbody><tr><td>{}</td></tr></tbody></table>", "<table><caption>{}</caption></table>"),
    *(f'<a href="https://e.example/" rel="{REL}">{{}}</a>', f'<a rel="{REL}">{{}}</a>', "<td>{}</td>", "<li>{}</li>"),
    *(
        "<table>{}</table>",
        "<ul>{}</ul>",
        "<a>{}</a>",
        "<h1>{}</h1>",
        "<svg>{}</svg>",
        "<math>{}</math>",
        "<span>{}</span>",
    ),
    *("<p>{}", "{}</b>", "<template>{}</template>", "<select>{}</select>", "<noscript>{}</noscript>", "<!--{}-->"),
)
_TEXTS = (
    *(
        "word",
        "&amp;",
        "&lt;b&gt;",
        "&nbsp;",
        " ",
        "\n",
        "<br>",
        "<hr>",
        "<wbr>",
        "<col>",
        "é",
        "\u2003",
        "\u2028",
        "\x85",
    ),
    *("&", "<", ">", '"', "&quot;", "\xa0", "\r", "\x00", "\ufeff", "&#133;", "<img src=x>"),
)
_HOSTS = (
    "e.example",
    "e",
    "1.2.3.999",
    "a.0x1",
    "a.b1",
    "xn--a.b",
    "a--b.c",
    "a.b:80",
    "a.b:99999",
    "a_b.c",
    "a@b.c",
    "a..b",
)
_ADDRESSES = st.tuples(
    st.sampled_from(("https://", "http://", "https:/", "https:", "ftp://")),
    st.sampled_from(_HOSTS),
    st.sampled_from(("", "/", "/a?b&amp;c#d", "\\x", "/&quot;", "/\n", "/東", "/%zz", "?b")),
).map("".join)
_LEAVES = st.one_of(
    st.sampled_from(_TEXTS),
    _ADDRESSES.map(lambda address: f'<a href="{address}" rel="{REL}">x</a>'),
    st.text(max_size=3),
)
_TREES = st.recursive(
    _LEAVES,
    lambda inner: st.tuples(st.sampled_from(_WRAPPINGS), st.lists(inner, max_size=3)).map(
        lambda pair: pair[0].replace("{}", "".join(pair[1]))
    ),
    max_leaves=8,
)


@settings(max_examples=examples(200))
@given(_TREES)
def test_what_is_known_by_its_form_the_sanitiser_leaves_as_it_is(html: str) -> None:
    assert not is_settled(html) or is_left_as_it_is(html)


@settings(max_examples=examples(100))
@given(_TREES)
def test_whatever_came_it_becomes_the_same_the_long_way(html: str) -> None:
    assert clean(html, base=BASE) == the_long_way(html)
