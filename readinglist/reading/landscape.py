"""A map of the landscape: how many works and sources there are, by category and stream.

`draw` is pure; `survey` fetches what it needs in three queries.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from readinglist.catalog.choices import STREAM_OF_ENTRY_KIND, STREAM_OF_SOURCE_KIND, Stream
from readinglist.catalog.models import Category, Entry, Source
from readinglist.reading.filters import NO_STREAM
from readinglist.reading.pictures.measures import pixels

COLUMNS = [*Stream.choices, (NO_STREAM, gettext_lazy("In no stream"))]
LARGEST = 15  # pixels: the radius of the disc for the highest figure of a category; the area goes with the figure
SMALLEST = 2

Thing = tuple[int, str, int | None]  # its key, its kind, and one of its categories
Place = tuple[int | None, str]  # a category, or None for all of them, and a stream


@dataclass(frozen=True, slots=True)
class Spot:
    """One figure with its noun, and the radius of its disc."""

    count: int
    noun: str
    radius: str


@dataclass(frozen=True, slots=True)
class Cell:
    stream: str
    label: str
    works: Spot
    sources: Spot


@dataclass(frozen=True, slots=True)
class Row:
    """A category with all that stands inside it, each thing once; None is the whole catalogue."""

    category: Category | None
    level: int
    cells: tuple[Cell, ...]

    @property
    def count(self) -> int:
        return sum(cell.works.count + cell.sources.count for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Landscape:
    rows: Sequence[Row]
    total: Row

    @property
    def columns(self) -> list[tuple[str, str]]:
        return [(cell.stream, cell.label) for cell in self.total.cells]

    @property
    def sentence(self) -> str:
        """The whole map in words; of equals the first is named."""
        works = sum(cell.works.count for cell in self.total.cells)
        sources = sum(cell.sources.count for cell in self.total.cells)
        said = [
            _("%(works)s and %(sources)s.")
            % {
                "works": ngettext("%(n)s work", "%(n)s works", works) % {"n": works},
                "sources": ngettext("%(n)s source", "%(n)s sources", sources) % {"n": sources},
            }
        ]
        if works:
            most = max(self.total.cells, key=lambda cell: cell.works.count)
            said.append(_("Most works: %(stream)s.") % {"stream": most.label.lower()})
        if sources:
            most = max(self.total.cells, key=lambda cell: cell.sources.count)
            said.append(_("Most sources: %(stream)s.") % {"stream": most.label.lower()})
        largest = max((row for row in self.rows if row.level == 0), key=lambda row: row.count, default=None)
        if largest and largest.category:
            said.append(_("Largest category: %(name)s.") % {"name": largest.category.name})
        return " ".join(said)


def survey() -> Landscape:
    """All live works that no other has taken the place of, and all live sources."""
    return draw(
        list(Category.objects.order_by("position", "name", "pk")),
        _things(Entry.objects.current()),
        _things(Source.objects.live()),
    )


def draw(categories: Sequence[Category], works: Iterable[Thing], sources: Iterable[Thing]) -> Landscape:
    """Categories in which nothing stands are left out."""
    inside_of = _lineages(categories)
    counts_of_works = _counts(works, STREAM_OF_ENTRY_KIND, inside_of)
    counts_of_sources = _counts(sources, STREAM_OF_SOURCE_KIND, inside_of)
    most_works, most_sources = (
        max((n for (pk, _stream), n in counts.items() if pk is not None), default=1)
        for counts in (counts_of_works, counts_of_sources)
    )

    columns = [(stream, str(label)) for stream, label in COLUMNS]

    def row_of(category: Category | None, level: int) -> Row:
        pk = category.pk if category else None
        cells = []
        for stream, label in columns:
            n_works, n_sources = counts_of_works.get((pk, stream), 0), counts_of_sources.get((pk, stream), 0)
            works = _spot(n_works, ngettext("work", "works", n_works), most_works)
            sources = _spot(n_sources, ngettext("source", "sources", n_sources), most_sources)
            cells.append(Cell(stream, label, works, sources))
        return Row(category, level, tuple(cells))

    rows = [row_of(category, level) for category, level in _in_order(categories)]
    return Landscape([row for row in rows if row.count], row_of(None, 0))


def _things(rows: QuerySet[Entry] | QuerySet[Source]) -> Iterable[Thing]:
    return rows.order_by().values_list("pk", "kind", "categories")


def _lineages(categories: Sequence[Category]) -> dict[int | None, list[int | None]]:
    """By category: itself and all that it stands inside of; the last is None, which is everything."""
    parents = {category.pk: category.parent_id for category in categories}
    lineages: dict[int | None, list[int | None]] = {None: [None]}
    for pk in parents:
        lineage: list[int | None] = []
        here: int | None = pk
        while here is not None and here not in lineage:  # two curators at once can make a circle
            lineage.append(here)
            here = parents[here]
        lineages[pk] = [*lineage, None]
    return lineages


def _counts(
    things: Iterable[Thing], streams: Mapping[str, str], inside_of: Mapping[int | None, Collection[int | None]]
) -> dict[Place, int]:
    """In each place every thing once, in however many categories of it the thing stands."""
    found: defaultdict[Place, set[int]] = defaultdict(set)
    for pk, kind, category in things:
        stream = streams.get(kind, NO_STREAM)
        for place in inside_of[category]:
            found[place, stream].add(pk)
    return {place: len(its_things) for place, its_things in found.items()}


def _in_order(
    categories: Sequence[Category], parent: int | None = None, level: int = 0
) -> Iterator[tuple[Category, int]]:
    """As a tree is read: each category before those inside it."""
    for category in categories:
        if category.parent_id == parent:
            yield category, level
            yield from _in_order(categories, category.pk, level + 1)


def _spot(count: int, noun: str, highest: int) -> Spot:
    radius = max(LARGEST * sqrt(min(count, highest) / highest), SMALLEST) if count else 0
    return Spot(count, noun, pixels(radius))
