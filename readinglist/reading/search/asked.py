"""What was typed into the search box, taken apart: words, and filters that are written as words.

`flash kind:paper year:2020..2024 -is:read by:"tri dao"` is the word "flash" with four filters. What only looks like a
filter is searched as words, and the page says so. Nothing that is typed is an error.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from readinglist.catalog.choices import EntryKind, SourceKind
from readinglist.reading.models import Stage

# As long as an identifier may be: an address that is pasted stays whole.
MAX_LENGTH = 500
MAX_FILTERS = 12
# Each further word costs more than the one before it.
MAX_WORDS = 24
# What websearch syntax gives a meaning to: with these typed, nothing is guessed.
_OPERATOR = re.compile(r'"|(?:^|\s)-|\bor\b', re.IGNORECASE)
# A quoted value ends with its quote, or with everything; where another word sticks to that quote, it is none.
_TOKEN = re.compile(
    r'(?P<minus>-?)(?P<name>[a-z]+):(?P<value>"[^"]*(?:"(?=\s|$)|$)|\S*)(?=\s|$)|-?"[^"]*"?|\S+', re.I | re.A
)
_SPAN = re.compile(r"([12][0-9]{3})?(\.\.)?([12][0-9]{3})?")
_WORD = re.compile(r"\w+")
_PARTS = re.compile(r'-*"[^"]*"?|\S+')
_MINUSES = re.compile("^-+")
# With a colon, and yet no filters: identifiers and addresses.
_NO_FILTERS = {"arxiv", "doi", "isbn", "url", "http", "https"}
FIRST_YEAR, LAST_YEAR = 1000, 2999

UNREAD, SAVED = "unread", "saved"
WORK, SOURCE, POST, NOTE = TYPES = ("work", "source", "post", "note")
MARKS = (UNREAD, *Stage.values, SAVED)
KINDS = tuple(dict.fromkeys([*EntryKind.values, *SourceKind.values]))


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter that is understood; of a year the value is `2024`, `2020..2024`, `2020..` or `..2024`."""

    name: str
    value: str
    is_not: bool
    typed: str

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last year of a span."""
        first, dots, last = _SPAN.fullmatch(self.value).groups()  # type: ignore[union-attr] # read() saw that it fits
        if not dots:
            return int(first), int(first)
        return int(first or FIRST_YEAR), int(last or LAST_YEAR)


@dataclass(frozen=True, slots=True)
class Misfit:
    """What looks like a filter and is none: its name or value is unknown, it has no value, or is one too many."""

    typed: str
    name: str
    is_known: bool
    is_empty: bool = False
    is_too_many: bool = False

    @property
    def takes(self) -> tuple[str, ...]:
        """What a filter of this name may say; empty where that is no list."""
        return _CHOICES.get(self.name, ())


@dataclass(frozen=True, slots=True)
class Asked:
    """`text` is all of it in one line; `words` what is left to be found in texts."""

    text: str
    words: str
    filters: tuple[Filter, ...] = ()
    misfits: tuple[Misfit, ...] = ()
    is_cut: bool = False

    @property
    def has_operators(self) -> bool:
        return has_operators(self.words)

    def all(self, name: str, *, is_not: bool = False) -> list[Filter]:
        """The filters of a name: those that ask for something, or those that leave it out."""
        return [one for one in self.filters if one.name == name and one.is_not == is_not]

    def wants(self, what: str) -> bool:
        """Whether things of a type are looked for."""
        wanted = {one.value for one in self.all("type")} or set(TYPES)
        return what in wanted - {one.value for one in self.all("type", is_not=True)}

    def without(self, gone: Filter) -> str:
        """The text with one filter taken out."""
        return " ".join(token for token in _tokens(self.text) if token != gone.typed)

    def only(self, what: str) -> str:
        """The text with one type of things asked for and no other."""
        types = {one.typed for one in self.filters if one.name == "type"}
        return " ".join([*(token for token in _tokens(self.text) if token not in types), f"type:{what}"])


def clean(text: str) -> str:
    """What is searched of what was typed: one line, no NUL and no halves of characters, of bounded length."""
    text = text[: 4 * MAX_LENGTH].replace("\x00", " ").encode(errors="ignore").decode()
    return " ".join(text.split())[:MAX_LENGTH].rstrip()


def has_operators(text: str) -> bool:
    """Whether the words say exactly what is wanted, so that guessing would be wrong."""
    return bool(_OPERATOR.search(text))


def bounded(text: str) -> str:
    """The words that are searched: so many, without signs that stand for themselves, of which PostgreSQL takes few."""
    words = list(_WORD.finditer(text))
    if len(words) > MAX_WORDS:
        text = text[: words[MAX_WORDS - 1].end()]
    return " ".join(_MINUSES.sub("-", part) for part in _PARTS.findall(text) if _WORD.search(part))


def parts_of(text: str) -> list[str]:
    """Words and quoted words, each with its minus."""
    return _PARTS.findall(bounded(text))


def read(typed: str) -> Asked:
    """Takes apart whatever was typed."""
    text = clean(typed)
    words: list[str] = []
    filters: dict[str, Filter] = {}
    misfits: dict[str, Misfit] = {}
    for match in _TOKEN.finditer(text):
        token, name = match[0], (match["name"] or "").lower()
        if not name or name in _NO_FILTERS or match["value"].startswith(("/", ":")):
            words.append(token)
            continue
        value, is_not = match["value"].strip('"').strip(), bool(match["minus"])
        right = _READERS[name](value) if name in _READERS else None
        if right and (token in filters or len(filters) < MAX_FILTERS):
            filters[token] = Filter(name, right, is_not, token)
        elif name in _READERS and not value:  # half typed: there is nothing to search yet
            misfits[token] = Misfit(token, name, is_known=True, is_empty=True)
        elif right:
            misfits[token] = Misfit(token, name, is_known=True, is_too_many=True)
        elif value:
            misfits[token] = Misfit(token, name, is_known=name in _READERS)
            words.append(f'-"{name} {value}"' if is_not else f"{name} {value}")
        else:
            words.append(token)
    is_cut = (
        len(" ".join(typed[: 4 * MAX_LENGTH].split())) > MAX_LENGTH or len(_WORD.findall(" ".join(words))) > MAX_WORDS
    )
    return Asked(text, bounded(" ".join(words)), tuple(filters.values()), tuple(misfits.values()), is_cut)


def _tokens(text: str) -> Iterable[str]:
    return (match[0] for match in _TOKEN.finditer(text))


def _one_of(choices: Iterable[str], **also: str) -> Callable[[str], str | None]:
    """Reads one of the choices, in singular or plural, with `-` for `_`; `also` are other names of some."""
    known = {choice: choice for choice in choices} | also

    def read_choice(value: str) -> str | None:
        value = value.lower().replace("-", "_").replace(" ", "_")
        return known.get(value) or known.get(value.removesuffix("s"))

    return read_choice


def _span(value: str) -> str | None:
    """A year, or years from and to, in their order."""
    match = _SPAN.fullmatch(value)
    if match is None or not (match[1] or match[3]) or (match[3] and not match[2]):
        return None
    return f"{match[3]}..{match[1]}" if match[1] and match[3] and match[1] > match[3] else value


def _name(value: str) -> str | None:
    return value if _WORD.search(value) else None


_CHOICES = {"kind": KINDS, "is": MARKS, "type": TYPES}
_READERS: dict[str, Callable[[str], str | None]] = {
    "kind": _one_of(KINDS),
    "year": _span,
    "is": _one_of(MARKS),
    "by": _name,
    "in": _name,
    "from": _name,
    "type": _one_of(TYPES, entry=WORK, entries=WORK),
}
NAMES = tuple(_READERS)
