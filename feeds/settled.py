"""Whether HTML is of a form that the sanitiser leaves as it is: told by its text alone, in a third of the time.

It is the form of what is well made: tags in pairs, and in each only what it may hold, so that a parser has nothing to
move, close or repeat. Much that is as harmless is of no such form: of that the sanitiser itself has to be asked.
"""

import re

from feeds.links import PICTURE_CLASS, REL

_UNFIT = "<>&\x00-\x08\x0b-\x1f\x7f\xa0\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # written otherwise, or not at all
_TEXT = rf"[^{_UNFIT}]*+(?:&(?:amp|lt|gt|nbsp);[^{_UNFIT}]*+)*+"
# A tag and the text after it; or all from where it is neither.
_PIECE = re.compile(rf"<(/?)([a-z][a-z0-9]*+)([^<>]*+)>({_TEXT})|(.+)", re.DOTALL)
_SPACE = " \n\t"

_VALUE = rf'[^"{_UNFIT}]*+(?:&(?:amp|lt|gt|nbsp|quot);[^"{_UNFIT}]*+)*+'
# Hosts that are names and nothing else: readers of addresses differ over numbers, and over names in other scripts.
_LABEL = "[a-z0-9]++(?:-[a-z0-9]++)*+"
_HOST = rf"(?:{_LABEL}\.)*(?=[a-z]){_LABEL}(?::[1-9][0-9]{{0,3}})?"
_LINK = rf'(?: class="{PICTURE_CLASS}")?(?: href="https?://{_HOST}(?:[/?#]{_VALUE})?")? rel="{REL}"'
_SPAN = rf'(?: colspan="{_VALUE}")?(?: rowspan="{_VALUE}")?'
_ATTRIBUTES = {
    "a": re.compile(_LINK),
    "abbr": re.compile(rf' title="{_VALUE}"'),
    "ol": re.compile(rf' start="{_VALUE}"'),
    "td": re.compile(_SPAN),
    "th": re.compile(_SPAN),
    "time": re.compile(rf' datetime="{_VALUE}"'),
}

_IN_LINES = {
    *("a", "abbr", "b", "bdi", "bdo", "br", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s"),
    *("samp", "small", "strong", "sub", "sup", "time", "u", "var", "wbr"),
}
_OF_LINES = {"h2", "h3", "h4", "h5", "h6", "p", "pre"}
_OF_BLOCKS = {"blockquote", "details", "div", "figcaption", "figure", "summary"}
_PARTS = {"caption", "dd", "dt", "li", "td", "th"}
_BLOCKS = _OF_LINES | _OF_BLOCKS | {"dl", "hr", "ol", "table", "ul"}
_EMPTY = {"br", "col", "hr", "wbr"}
# What each may hold. Lines hold no block, which would end a paragraph; and nothing in lines holds its like.
_HOLDS: dict[str, set[str]] = {
    **dict.fromkeys(_IN_LINES | _OF_LINES, _IN_LINES),
    **dict.fromkeys(_OF_BLOCKS | _PARTS, _IN_LINES | _BLOCKS),
    "colgroup": {"col"},
    "dl": {"dd", "dt"},
    "ol": {"li"},
    "table": {"caption", "colgroup", "tbody", "tfoot", "thead"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "thead": {"tr"},
    "tr": {"td", "th"},
    "ul": {"li"},
}
_WITHOUT_TEXT = {"colgroup", "dl", "ol", "table", "tbody", "tfoot", "thead", "tr", "ul"}


def is_settled(html: str) -> bool:
    """Never true of what the sanitiser would change."""
    if html.startswith("\ufeff"):  # it would be taken for a mark of the encoding
        return False
    inside: list[str] = []
    # As the parser does, in a box of its own.
    for is_end, name, attributes, text, stray in _PIECE.findall(f"<div>{html}"):
        if is_end:
            if attributes or name != inside.pop() or not inside:
                return False
        elif stray or (inside and not _may_begin(name, attributes, text, inside)):
            return False
        elif name not in _EMPTY:
            inside.append(name)
        if text and inside[-1] in _WITHOUT_TEXT and text.strip(_SPACE):
            return False
    return inside == ["div"]


def _may_begin(name: str, attributes: str, text: str, inside: list[str]) -> bool:
    if name not in _HOLDS[inside[-1]] or (name in inside and name in _IN_LINES):
        return False
    if (attributes or name == "a") and not (name in _ATTRIBUTES and _ATTRIBUTES[name].fullmatch(attributes)):
        return False
    return name != "pre" or not text.startswith("\n")  # a line's end there is dropped
