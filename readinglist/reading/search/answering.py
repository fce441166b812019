"""A search from what was typed to what is shown: hits by type, how many there are, and near misses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.utils.safestring import SafeString

from accounts.models import User
from readinglist.catalog.models import Entry, Post, Source
from readinglist.catalog.models.entries import MAX_NAMED
from readinglist.reading.models import Note
from readinglist.reading.search import asked, notes, places, posts, sources, works
from readinglist.reading.search.asked import NOTE, POST, SOURCE, TYPES, WORK, Asked
from readinglist.reading.search.marking import Piece, marked, plain
from readinglist.reading.search.places import Places
from readinglist.reading.search.queries import key_in
from readinglist.reading.search.question import Question

SHOWN = 6  # of each type, where several are asked for
COUNTED = 99  # beyond that it says "99+"
ON_PAGES = 200  # of a single type, with pages
PER_PAGE = 50
# With fewer hits than that, near misses are looked for.
_FEW = 3
# What is longer has no typo, and costs with each letter.
_LONGEST_GUESSED = 60
Thing = Entry | Source | Post | Note


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found, with the words marked in its title and authors, and in what stands around them."""

    thing: Thing
    title: SafeString
    text: SafeString
    authors: Sequence[SafeString]

    @property
    def named(self) -> Sequence[SafeString]:
        """At most three authors by name; of more, the first two and those that were found."""
        if len(self.authors) <= MAX_NAMED:
            return self.authors
        return [name for place, name in enumerate(self.authors) if place < MAX_NAMED - 1 or "<mark>" in name]

    @property
    def unnamed(self) -> int:
        return len(self.authors) - len(self.named)


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one type that are shown, and how many there are: at most `limit`, and one more where it is cut."""

    type: str
    hits: Sequence[Hit]
    count: int
    limit: int
    page: Page[Any] | None = None
    is_partial: bool = False

    @property
    def is_cut(self) -> bool:
        return self.count > self.limit

    @property
    def has_more(self) -> bool:
        return self.count > len(self.hits)


@dataclass(frozen=True, slots=True)
class Answer:
    asked: Asked
    places: Places
    groups: Sequence[Group] = ()
    near: Sequence[Group] = ()


def answer(typed: str, *, user: User, now: datetime, page: str | None = None) -> Answer:
    """At most nine queries, each of bounded cost. `page` counts where a single type is asked for."""
    read = asked.read(typed)
    if not read.words and not read.filters:
        return Answer(read, Places({}, {}))
    question = Question(read, user, now, places.find(read))
    groups = _found(question, page)
    return Answer(read, question.places, groups, _near(question, groups))


def _found(question: Question, page: str | None) -> list[Group]:
    wanted = _wanted(question.asked)
    most, size = (ON_PAGES, PER_PAGE) if len(wanted) == 1 else (COUNTED, SHOWN)
    things: dict[str, Sequence[Any]] = {}
    for what, finder in ((WORK, works.found), (SOURCE, sources.found), (NOTE, notes.found)):
        if what in wanted:
            things[what] = finder(question, most=most + 1)
    is_partial = False
    if POST in wanted:
        found = posts.found(question, most=most + 1)
        things[POST], is_partial = found.ids, found.is_partial
    pages = {what: Paginator(things[what][:most], size).get_page(page if len(wanted) == 1 else 1) for what in wanted}
    rows: dict[str, Sequence[Thing]] = {what: list(pages[what].object_list) for what in wanted}
    if rows.get(POST):
        rows[POST] = posts.rows_of(list(pages[POST].object_list), question)
    hits = _hits(rows, question.words)
    return [
        Group(
            what,
            hits[what],
            count=len(things[what]),
            limit=most,
            page=pages[what] if len(wanted) == 1 else None,
            is_partial=is_partial and what == POST,
        )
        for what in wanted
        if things[what] or (is_partial and what == POST)
    ]


def _near(question: Question, groups: Sequence[Group]) -> list[Group]:
    """Where words were meant loosely and little has them: what looks like them."""
    words, wanted = question.words, _wanted(question.asked)
    count = sum(group.count for group in groups)
    is_exact = question.asked.has_operators or bool(key_in(words)) or len(words) > _LONGEST_GUESSED
    if not words or is_exact or count >= _FEW or any(group.hits for group in groups if group.type in (WORK, SOURCE)):
        return []
    rows: dict[str, Sequence[Thing]] = {}
    for what, finder in ((WORK, works.near), (SOURCE, sources.near)):
        if what in wanted:
            rows[what] = finder(question, most=SHOWN)
    if POST in wanted and not count and not question.narrows:
        rows[POST] = posts.near(question, most=SHOWN)
    hits = _hits(rows, words="")
    return [Group(what, hits[what], count=len(hits[what]), limit=SHOWN) for what in TYPES if hits.get(what)]


def _wanted(read: Asked) -> list[str]:
    return [what for what in TYPES if read.wants(what)]


def _hits(rows: dict[str, Sequence[Thing]], words: str) -> dict[str, list[Hit]]:
    """All marks in one query."""
    pieces = [piece for things in rows.values() for thing in things for piece in _pieces_of(thing)]
    ready = iter(marked(pieces, words))
    return {what: [_hit(thing, ready) for thing in things] for what, things in rows.items()}


def _pieces_of(thing: Thing) -> tuple[Piece, Piece, Piece]:
    """Title, text and authors, each author on a line."""
    match thing:
        case Entry():
            title, text = thing.title, f"{thing.description} {thing.pick_when}"
            authors = "\n".join(str(author) for author in thing.authors)
        case Source():
            title, text, authors = thing.name, f"{thing.description} {thing.pick_when}", ""
        case Post():
            title, text, authors = str(thing)[:300], plain(thing.start), ""  # type: ignore[attr-defined] # of rows_of
        case Note():
            title, text, authors = thing.entry.title, thing.text, ""
    return Piece(title, is_whole=True), Piece(text), Piece(authors, is_whole=True)


def _hit(thing: Thing, ready: Iterator[SafeString]) -> Hit:
    title, text, authors = next(ready), next(ready), next(ready)
    return Hit(thing, title, text, [SafeString(author) for author in authors.split("\n") if author])
