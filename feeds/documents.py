"""Bytes to text: which encoding it is, whatever its labels say, and whether the text can be a feed at all."""

import codecs
import re

from django.utils.translation import gettext as _

from feeds import plain
from feeds.parsed import BrokenFeed, NotAFeed

# Python knows codecs that are no encodings of documents, and among them slow ones (idna, punycode).
_CODECS = {
    *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"),
    *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "hz", "shift_jis", "cp932", "euc_jp", "iso2022_jp"),
    *("euc_kr", "cp949", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "cp866", "cp874", "tis-620"),
    *(f"cp125{number}" for number in range(9)),
    *(f"iso8859-{number}" for number in (*range(2, 12), 13, 14, 15, 16)),
}
_ASCII_IN_DISGUISE = {"iso2022_jp", "hz"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    # Without a mark, by how the first `<` or `{` is written.
    *((sign + b"\0\0\0", "utf-32-le") for sign in (b"<", b"{")),
    *((b"\0\0\0" + sign, "utf-32-be") for sign in (b"<", b"{")),
    *((sign + b"\0", "utf-16-le") for sign in (b"<", b"{")),
    *((b"\0" + sign, "utf-16-be") for sign in (b"<", b"{")),
)
_XML_ENCODING = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE | re.ASCII)
# XML forbids them all, PostgreSQL the first.
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:x([0-9a-f]+)|([0-9]+));?", re.IGNORECASE | re.ASCII)

_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|rdf|feed|channel)(?=[\s/>])", re.IGNORECASE)
_ELEMENT = re.compile(r"<([\w:.-]{1,80})")
_BETWEEN = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DECLARATION = re.compile(r"<!DOCTYPE\s+([\w:.-]{0,80})[^\[>]*([\[>]?)", re.IGNORECASE)
_PAGE_ELEMENTS = {"html", "head", "body", "title", "meta", "script", "div", "p", "h1", "center", "table", "a", "style"}
# How far into a document its first element may be: some sites print warnings before it.
_HEAD = 65_536


def read_text(body: bytes, content_type: str) -> str:
    """The document's text without what neither XML nor the database takes; never fails.

    What is valid UTF-8 is UTF-8, and labels are believed only where it is not: they are wrong more often.
    """
    text = UNWANTED.sub("", _decode(body, content_type))
    return _REFERENCE.sub(_keep_possible, text) if "&#" in text else text


def is_as_it_came(text: str, body: bytes) -> bool:
    """Whether `read_text` only had to take the document for UTF-8."""
    try:
        return text == body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False


def is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def xml_of(text: str) -> str:
    """The document from its root element on, without document type, in the lines that it had.

    Raises NotAFeed for what is something else, and BrokenFeed where it declares entities.
    """
    start = _skip_prolog(text)
    head = text[start : start + _HEAD]
    root = _ROOT.match(head)
    if root is None:
        element = _ELEMENT.match(head)
        if element and element[1].lower() == "html":
            raise NotAFeed(_web_page())
        root = _ROOT.search(head)
        if root is None:
            raise NotAFeed(_what_it_looks_like(head, element[1] if element else ""))
        start += root.start()
    # One line more would shift the line numbers of errors.
    return "<?xml version='1.0' encoding='utf-8'?>" + "\n" * text.count("\n", 0, start) + text[start:]


def _decode(body: bytes, content_type: str) -> str:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").removeprefix("\ufeff")
    declared = _XML_ENCODING.match(body)
    charset = _CHARSET.search(content_type)
    labels = [declared and declared[1].decode("ascii"), charset and charset[1]]
    named = [codec for label in labels if label and (codec := _codec(label))]
    try:
        if not _ASCII_IN_DISGUISE.intersection(named):
            return body.decode()
    except UnicodeDecodeError:
        pass
    for codec in named:
        try:
            return body.decode(codec)
        except UnicodeDecodeError:
            continue
    text = body.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    strange = len(text) - len(text.encode("ascii", "ignore"))
    return text if 2 * wrong <= strange else body.decode("cp1252", "replace")


def _codec(label: str) -> str | None:
    """Python's name of a labelled encoding. What calls itself Latin-1 or ASCII is Windows' superset of both."""
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if name in ("iso8859-1", "ascii"):
        return "cp1252"
    return {"gb2312": "gb18030", "gbk": "gb18030"}.get(name, name) if name in _CODECS else None


def _keep_possible(match: re.Match[str]) -> str:
    """A character reference, or nothing for one that names no character."""
    digits = match[1] or match[2]
    code = int(digits, 16 if match[1] else 10) if len(digits) <= 12 else 0
    return match[0] if 0 < code <= 0x10FFFF and not UNWANTED.match(chr(code)) else ""


def _skip_prolog(text: str) -> int:
    """Where the first element, or anything else that is no declaration, comment or instruction, begins."""
    at = 0
    while True:
        if skipped := _BETWEEN.match(text, at):
            at = skipped.end()
        elif declaration := _DECLARATION.match(text, at):
            if declaration[1].lower() == "html":
                raise NotAFeed(_web_page())
            if declaration[2] != ">":
                raise BrokenFeed(
                    _("This document declares entities of its own (a DTD), which is not read: it could be an attack.")
                )
            at = declaration.end()
        else:
            return at


def _web_page() -> str:
    return _(
        "This address answers with a web page, not a feed."
        " Look on that page for a link to its RSS or Atom feed, and enter that address."
    )


def _what_it_looks_like(head: str, element: str) -> str:
    if not head.strip():
        return _("This address answers with nothing at all. Look in a browser what is there.")
    if element.lower() in _PAGE_ELEMENTS:
        return _web_page()
    if element.lower() == "opml":
        return _(
            "This address answers with a list of feeds (OPML), not a feed. Import that list, or enter one of them."
        )
    if element:
        return _(
            "This address answers with XML of another kind (<%(element)s>), not a feed. Look for the feed's own."
        ) % {"element": element}
    return _(
        "This address answers with something that is no feed; it begins with “%(head)s”. Look for the feed's own."
    ) % {"head": plain.one_line(head, 40)}
