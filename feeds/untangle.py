"""HTML that a parser takes in fast, whatever its author wanted.

What a browser has to do for misnested markup grows with its square: it walks up all that is open at each tag, and what
formatting is open it repeats in every paragraph. Here only so much is ever open. Whatever is not plainly a tag is text,
so that the parser afterwards sees these tags and no others; what is safe is decided there (`sanitise`), not here.
"""

import re
from collections import Counter

MAX_OPEN = 40
MAX_FORMATTING = 4
MAX_TAGS = 20_000
_MAX_ATTRIBUTES = 10_000  # characters; an address in a text is never that long

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    # What is in these is no text.
    r"|<(script|style|svg|template|title|select|textarea|xmp|noembed|noframes|plaintext)(?=[\s/>]).*?(?:</\1\s*>|\Z)"
    # An attribute holds `>` in quotes alone; where quotes are broken, attributes are not to be had.
    r"|<(/?)([a-z][\w:.-]*)(?:((?:[\s/](?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*)?)>|[\s/][^<>]*>)"
    r"|<[!?/][^<>]*>"
    r"|<",
    re.IGNORECASE | re.DOTALL,
)
_FORMATTING = {"a", "b", "code", "em", "i", "s", "small", "strong", "u"}
_EMPTY = {"br", "hr", "img", "embed", "source", "wbr", "col"}
# The next of its kind, or the end of what it is in, ends each of these, so that they do not nest by themselves.
_SELF_ENDING = {"p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "colgroup", "rp", "rt"}
# These go without a trace, as do all names that are no word; what they hold stays.
_WITHOUT_MEANING = {
    *("span", "font", "big", "nobr", "tt", "strike", "button", "form", "input", "label", "object", "param", "picture"),
    *("body", "html", "head", "meta", "link", "base", "noscript", "area", "map", "track", "frame", "frameset"),
}


def untangle(html: str) -> str:
    """The same to a reader, with at most MAX_OPEN elements in one another, and MAX_TAGS in all."""
    tags = _Tags()
    return _TOKEN.sub(tags, html) + tags.end()


class _Tags:
    """What is written for each token, from the first to the last."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.unwritten = Counter[str]()  # opened too deep
        self.count = 0

    def __call__(self, token: re.Match[str]) -> str:
        if token[0] == "<":
            return "&lt;"
        name = (token[3] or "").lower()
        if self.count >= MAX_TAGS:
            return " "
        if not name.isalnum() or name in _WITHOUT_MEANING:
            return ""
        self.count += 1
        if token[2]:
            return self._close(name)
        attributes = token[4] or ""
        return self._start(name, attributes if len(attributes) <= _MAX_ATTRIBUTES else "")

    def end(self) -> str:
        return "".join(f"</{name}>" for name in reversed(self.open))

    def _start(self, name: str, attributes: str) -> str:
        if name in _EMPTY or name in _SELF_ENDING:
            return f"<{name}{attributes}>"
        if name == "iframe":
            return f"<iframe{attributes}></iframe>"
        formatting = sum(each in _FORMATTING for each in self.open)
        if formatting >= MAX_FORMATTING if name in _FORMATTING else len(self.open) - formatting >= MAX_OPEN:
            self.unwritten[name] += 1
            return ""
        self.open.append(name)
        # Formatting of one kind is told apart by its attributes, and that much more of it is repeated.
        return f"<{name}>" if name in _FORMATTING and name != "a" else f"<{name}{attributes}>"

    def _close(self, name: str) -> str:
        if name in _SELF_ENDING:
            return f"</{name}>"
        if self.unwritten[name]:
            self.unwritten[name] -= 1
            return ""
        if name not in self.open:
            return ""
        last = len(self.open) - 1 - self.open[::-1].index(name)
        if name in _FORMATTING:
            del self.open[last]
            return f"</{name}>"
        closed = self.open[last:]
        del self.open[last:]
        return "".join(f"</{each}>" for each in reversed(closed))
