"""What `in:` and `from:` name: categories and sources, by their words or by their part of the address."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from readinglist.catalog.models import Category, Source
from readinglist.reading.search.asked import Asked, Filter

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Named:
    """A place as it may be asked for."""

    pk: int
    slug: str
    name: str


_Place = TypeVar("_Place", bound=Named)


@dataclass(frozen=True, slots=True)
class Outlet(Named):
    """A source, with what its posts are narrowed by."""

    kind: str
    categories: frozenset[int]
    feeds: frozenset[int]


@dataclass(frozen=True, slots=True)
class Places:
    """By what was typed: the ids that a filter means, and the names to show for it; none where nothing is called so."""

    ids: dict[str, frozenset[int]]
    names: dict[str, list[str]]
    outlets: Sequence[Outlet] = ()

    def unknown(self, asked: Asked) -> list[Filter]:
        return [one for one in asked.filters if one.name in ("in", "from") and not self.ids[one.typed]]


def find(asked: Asked) -> Places:
    """Two queries at most; none where no filter narrows the sources."""
    of_categories = [one for one in asked.filters if one.name == "in"]
    of_sources = [one for one in asked.filters if one.name == "from"]
    ids: dict[str, frozenset[int]] = {}
    names: dict[str, list[str]] = {}
    if of_categories:
        rows = list(Category.objects.values_list("pk", "slug", "name", "parent"))
        inside = _inside([(pk, parent) for pk, _slug, _name, parent in rows])
        categories = [Named(pk, slug, name) for pk, slug, name, _parent in rows]
        for one in of_categories:
            found = called(categories, one.value)
            ids[one.typed] = frozenset(pk for row in found for pk in inside[row.pk])
            names[one.typed] = [row.name for row in found]
    outlets = _outlets() if of_categories or of_sources or any(one.name == "kind" for one in asked.filters) else []
    for one in of_sources:
        sources = called(outlets, one.value)
        ids[one.typed] = frozenset(row.pk for row in sources)
        names[one.typed] = [row.name for row in sources]
    return Places(ids, names, outlets)


def called(places: Collection[_Place], text: str) -> list[_Place]:
    """Those with that slug, else those in whose names each word of `text` begins a word."""
    exact = [place for place in places if place.slug == text.lower()]
    if exact:
        return exact
    wanted = _words(text)
    return [place for place in places if wanted and _begin(wanted, _words(place.name))]


def _outlets() -> list[Outlet]:
    rows = (
        Source.objects.visible()
        .annotate(
            stands_in=ArrayAgg("categories", filter=Q(categories__isnull=False), distinct=True, default=[]),
            fed_by=ArrayAgg("feeds", filter=Q(feeds__isnull=False), distinct=True, default=[]),
        )
        .order_by("name", "pk")
        .values_list("pk", "slug", "name", "kind", "stands_in", "fed_by")
    )
    return [
        Outlet(pk, slug, name, kind, frozenset(categories), frozenset(feeds))
        for pk, slug, name, kind, categories, feeds in rows
    ]


def _inside(rows: Iterable[tuple[int, int | None]]) -> dict[int, list[int]]:
    """Of each category its own id and those of all that stand in it."""
    children: defaultdict[int | None, list[int]] = defaultdict(list)
    for pk, parent in rows:
        children[parent].append(pk)
    inside: dict[int, list[int]] = {}
    for pk in [pk for pks in children.values() for pk in pks]:
        inside[pk] = [pk]
        for inner in inside[pk]:  # grows while it is walked
            inside[pk] += [child for child in children[inner] if child not in inside[pk]]
    return inside


def _begin(wanted: list[str], words: list[str]) -> bool:
    return all(any(word.startswith(begin) for word in words) for begin in wanted)


def _words(text: str) -> list[str]:
    """In small letters without accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(char for char in plain if not unicodedata.combining(char)))
