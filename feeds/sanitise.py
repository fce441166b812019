"""HTML of strangers, made harmless and quiet: what stays is text with its structure, links, tables, code and formulas.

`nh3` parses it as a browser does and writes it anew from lists of what may stay. What stays says nothing about looks
and loads nothing: pictures and players become links (`embeds`). The result is one that a second pass leaves as it is,
so that no browser can understand it in another way.
"""

import re
from contextvars import ContextVar
from typing import Any

import nh3

from feeds import embeds, plain
from feeds.links import PICTURE_CLASS, REL, absolute
from feeds.parsed import MAX_BODY
from feeds.settled import is_settled
from feeds.untangle import untangle

_TAGS = {
    *("b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "rp", "rt", "ruby", "s"),
    *("samp", "small", "strong", "sub", "sup", "u", "var", "a", "abbr", "time", "br", "wbr", "hr", "p", "div", "pre"),
    *("blockquote", "details", "summary", "figure", "figcaption", "h2", "h3", "h4", "h5", "h6"),
    *("ol", "ul", "li", "dl", "dt", "dd"),
    *("table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("math", "mi", "mn", "mo", "ms", "mspace", "mtext", "mrow", "mfrac", "msqrt", "mroot", "mstyle", "merror"),
    *("mpadded", "mphantom", "msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts"),
    *("mprescripts", "none", "mtable", "mtr", "mtd", "semantics"),
}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang"},
    "a": {"href"},
    "abbr": {"title"},
    "col": {"span"},
    "colgroup": {"span"},
    "li": {"value"},
    "math": {"display"},
    "mo": {"fence", "lspace", "maxsize", "minsize", "rspace", "separator", "stretchy", "symmetric"},
    "mover": {"accent"},
    "mfrac": {"linethickness"},
    "mi": {"mathvariant"},
    "mspace": {"width", "height", "depth"},
    "mstyle": {"displaystyle", "scriptlevel"},
    "mtd": {"columnspan", "rowspan"},
    "munder": {"accentunder"},
    "munderover": {"accent", "accentunder"},
    "ol": {"reversed", "start", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
# What is between these tags is not text.
_WITHOUT_CONTENT = {"script", "style", "svg", "template", "title", "annotation", "annotation-xml", "select", "textarea"}
_SCHEMES = {"http", "https", "mailto"}
_MAX_PASSES = 4

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
# A parser drops one line's end after `<pre>` each time.
_PRE = re.compile(r"(<pre(?: [a-z]+=\"[^\"]*\")*>)\n+")
# `https:/path` without a host is a place on the page's own site, once that is reached by https.
_HOSTLESS = re.compile(r'(<a(?: [a-z]+="[^"]*")*?) href="https?:(?!//[^/\\])[^"]*"', re.IGNORECASE)
# Up to so many tags nothing that a parser has to do for them takes long.
_FEW_TAGS = 128
_SHORT = 20_000

_base = ContextVar("base of the text that is being cleaned", default="")


def _absolute(address: str) -> str | None:
    """Called for each relative address."""
    return absolute(address, _base.get()) or None


_KEPT: dict[str, Any] = {
    "clean_content_tags": _WITHOUT_CONTENT,
    "url_schemes": _SCHEMES,
    "url_relative": _absolute,
    "link_rel": REL,
}
_STRICT = nh3.Cleaner(
    tags=_TAGS, attributes=_ATTRIBUTES, tag_attribute_values={"a": {"class": {PICTURE_CLASS}}}, **_KEPT
)
# Lets through what `embeds` replaces, and no class. Only what has passed the strict one after that is ever kept.
_WIDE = nh3.Cleaner(tags=_TAGS | embeds.TAGS, attributes=_ATTRIBUTES | embeds.ATTRIBUTES, **_KEPT)


def clean(html: str, *, base: str) -> str:
    """The safe form of `html`, at most MAX_BODY characters, its relative addresses resolved against `base`."""
    html = _cut(html, MAX_BODY)
    while len(safe := _clean(_CONTROL.sub("", html), base)) > MAX_BODY:
        html = _cut(html, int(0.9 * len(html) * MAX_BODY / len(safe)))
    return safe


def _cut(html: str, limit: int) -> str:
    """At most the first `limit` characters, without a tag that is not whole."""
    if len(html) <= limit:
        return html
    html = html[:limit]
    return html[: html.rfind("<")] if html.rfind("<") > html.rfind(">") else html


def _clean(html: str, base: str) -> str:
    if html.count("<") > _FEW_TAGS or len(html) > _SHORT:
        html = untangle(html)
    _base.set(base)
    html = _WIDE.clean(html)
    if embeds.may_hold_any(html):
        html = embeds.replace_all(html)
    return _settle(html)


def _settle(html: str) -> str:
    """Cleans until nothing changes: what then is parsed again is what was looked at."""
    if is_settled(html):
        return html
    for _pass in range(_MAX_PASSES):
        html = _HOSTLESS.sub(r"\1", _PRE.sub(r"\1", _CONTROL.sub("", html)))
        again = _STRICT.clean(html)
        if again == html:
            return html
        html = again
    return plain.as_html(" ".join(plain.words_of(html).split()))
