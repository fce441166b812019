"""Titles and pieces of texts with the words that were found marked in them. Here alone they are called safe."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape

import nh3
from django.db import connection
from django.utils.safestring import SafeString, mark_safe

from readinglist.catalog.models.entries import SEARCH_CONFIG
from readinglist.reading.search.queries import QUERY, any_of

# Characters of no script stand for the marks, and are taken out of the texts first.
_BEGIN, _END = "\ue000", "\ue001"
_TAKEN = str.maketrans(dict.fromkeys((_BEGIN, _END, "\x00")))
_MARKS = f"StartSel={_BEGIN}, StopSel={_END}"
_WHOLE = f"{_MARKS}, HighlightAll=true"
_PIECES = f'{_MARKS}, MaxFragments=2, MinWords=6, MaxWords=24, FragmentDelimiter=" … "'
_LONGEST = 10_000
_HEADLINES = f"""
    SELECT ts_headline(%s::regconfig, given.text, {QUERY}, given.options)
    FROM unnest(%s::text[], %s::text[]) WITH ORDINALITY AS given (text, options, place)
    ORDER BY given.place
"""  # noqa: S608 - of constants


@dataclass(frozen=True, slots=True)
class Piece:
    """Plain text to be shown: whole, or what stands around the words that were found, if any do."""

    text: str
    is_whole: bool = False


def marked(pieces: Sequence[Piece], words: str) -> list[SafeString]:
    """The pieces as HTML. One query; none where nothing is to be marked."""
    # Escaped first: what PostgreSQL would take for a tag, and drop, is text by then.
    texts = [escape(piece.text[:_LONGEST].translate(_TAKEN), quote=False) for piece in pieces]
    if not words or not texts:
        return [mark_safe(text if piece.is_whole else "") for piece, text in zip(pieces, texts, strict=True)]  # noqa: S308
    options = [_WHOLE if piece.is_whole else _PIECES for piece in pieces]
    with connection.cursor() as cursor:
        cursor.execute(_HEADLINES, [SEARCH_CONFIG, *any_of(words), texts, options])
        heads = [head for (head,) in cursor.fetchall()]
    return [
        mark_safe(head.replace(_BEGIN, "<mark>").replace(_END, "</mark>") if _BEGIN in head or piece.is_whole else "")  # noqa: S308
        for piece, head in zip(pieces, heads, strict=True)
    ]


def plain(html: str) -> str:
    """The text of a post's body, cut or whole. A tag parts words, as it does for PostgreSQL."""
    return " ".join(unescape(nh3.clean(html.replace("<", " <"), tags=set())).split())
