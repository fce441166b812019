"""The catalogue's sections with their counts, and where its works come from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from readinglist.catalog.choices import Origin
from readinglist.catalog.models import Category
from readinglist.reading.pictures.measures import per_cent

_THINGS = """
    SELECT category_id, count(*) FROM (
        SELECT place.category_id
        FROM catalog_entry_categories place JOIN catalog_entry entry ON entry.id = place.entry_id
        WHERE entry.status = 'live' AND entry.superseded_by_id IS NULL
        UNION ALL
        SELECT place.category_id
        FROM catalog_source_categories place JOIN catalog_source source ON source.id = place.source_id
        WHERE source.status = 'live'
    ) places GROUP BY category_id
"""


class Branch(NamedTuple):
    """A category with the number of live entries and sources in it and below it."""

    slug: str
    name: str
    things: int
    children: "tuple[Branch, ...]" = ()


@dataclass(frozen=True, slots=True)
class Share:
    """One origin in the mix: how many works, per cent of those with an origin, and its part of the bar, for SVG."""

    origin: Origin
    count: int
    percent: int
    start: str
    width: str


def every() -> list[Category]:
    """All categories in their order, each with its parent."""
    rows = list(Category.objects.order_by("position", "name", "pk"))
    by_key = {row.pk: row for row in rows}
    for row in rows:
        if row.parent_id:
            row.parent = by_key[row.parent_id]
    return rows


def inside(category: Category, rows: Iterable[Category]) -> list[Category]:
    """Of all categories those that stand inside it, at most two levels deep, and itself."""
    return [row for row in rows if category.pk in (row.pk, row.parent_id, row.parent and row.parent.parent_id)]


def tree(rows: Iterable[Category]) -> tuple[Branch, ...]:
    """All categories as a tree in their order, but empty ones. What stands in two is counted in both. One query."""
    things = _things_by_category()
    inside_of: dict[int | None, list[Category]] = {}
    for row in rows:
        inside_of.setdefault(row.parent_id, []).append(row)

    def branches_of(parent: int | None) -> tuple[Branch, ...]:
        branches = []
        for row in inside_of.get(parent, []):
            children = branches_of(row.pk)
            count = things[row.pk] + sum(child.things for child in children)
            branches.append(Branch(row.slug, row.name, count, children))
        return tuple(branch for branch in branches if branch.things)

    return branches_of(None)


def mix(counts: Mapping[str, int]) -> list[Share]:
    """The shares of the origins, in their order; empty where nothing is known. What has no origin is left aside."""
    known = {origin: counts[origin] for origin in Origin if counts.get(origin)}
    total = sum(known.values())
    shares: list[Share] = []
    start = 0.0
    for origin, count in known.items():
        end = start + count * 100 / total
        # Rounded where the parts meet, so that they are a hundred together; drawn a hair apart.
        percent, width = round(end) - round(start), max(end - start - 0.4, 0.2)
        shares.append(Share(origin, count, percent, per_cent(start), per_cent(width)))
        start = end
    return shares


def choices(tree: Iterable[Branch], level: int = 0) -> Iterator[tuple[str, str]]:
    """Slug and name of each category, in the order of the tree; what stands inside another is moved in."""
    for branch in tree:
        yield branch.slug, "\N{NO-BREAK SPACE}" * 3 * level + branch.name
        yield from choices(branch.children, level + 1)


def _things_by_category() -> Counter[int]:
    """Live entries and sources by category."""
    with connection.cursor() as cursor:
        cursor.execute(_THINGS)
        return Counter(dict(cursor.fetchall()))
