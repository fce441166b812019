"""Plain text: titles in one line, the words of a piece of HTML, and plain text as HTML."""

import re
from html import escape, unescape

from feeds.parsed import MAX_BODY

_BLOCK = re.compile(r"<(?=/?(?:p|br|div|li|h[1-6]|tr|td|th|blockquote|pre|dd|dt|figcaption)\b)", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>|<!--.*?(?:-->|\Z)|<![a-z\[][^<>]*>", re.IGNORECASE | re.DOTALL)
_HIDDEN = re.compile(r"<(script|style)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_MARKUP = re.compile(r"<[a-z!/?]", re.IGNORECASE)
# Characters that nobody sees but that turn the line around them: overrides, embeddings, isolates; and what is no text.
# Joiners stay, scripts and emoji need them, and so do the two marks that only say which way a neutral character goes.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
# In escaped text; a full stop or bracket at the end is not the address's.
_ADDRESS = re.compile(r"https?://(?:[^\s<>\"&]|&amp;)*[^\s<>\"&.,;:!?)\]}'’”]", re.IGNORECASE)
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,40};)")


def one_line(text: str, limit: int) -> str:
    """The text in one line without invisible characters, cut at a word where it is longer than `limit`."""
    text = " ".join(_UNSEEN.sub("", text[: 10 * limit]).split())
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    at_word = head.rpartition(" ")[0]
    return (at_word if len(at_word) > limit // 2 else head).rstrip() + "…"


def words_of(html: str) -> str:
    """What a reader would read, with a space where a block ends; entities are decoded once."""
    html = _HIDDEN.sub(" ", html)
    return unescape(_TAG.sub("", _BLOCK.sub(" <", html)))


def has_markup(text: str) -> bool:
    return _MARKUP.search(text) is not None


def as_html(text: str) -> str:
    """Plain text as paragraphs, with its addresses as links."""
    return paragraphs(escape(text[:MAX_BODY], quote=False))


def paragraphs(html: str) -> str:
    """HTML without tags, as paragraphs: an empty line ends one, a line's end is a line's end; addresses are links.

    What is longer than a body may be is cut first: a line or an address takes a hundred times its length here.
    """
    html = html[:MAX_BODY]
    html = _ADDRESS.sub(_link, _BARE_AMPERSAND.sub("&amp;", html))
    blocks = re.split(r"\n\s*\n", html.replace("\r\n", "\n").strip())
    return "".join(f"<p>{'<br>'.join(line.strip() for line in block.splitlines())}</p>" for block in blocks if block)


def _link(match: re.Match[str]) -> str:
    return f'<a href="{match[0]}">{match[0]}</a>'
