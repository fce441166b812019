"""The catalogue's sections with their counts, and where its works come from."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count

from readinglist.catalog.choices import Origin, Status
from readinglist.catalog.models import Category, Entry, Source


@dataclass(slots=True)
class Branch:
    """A category with the number of live entries and sources in it and below it."""

    category: Category
    count: int = 0
    children: "list[Branch]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Share:
    """One origin in the mix: per cent of the works, and where its part of the bar begins."""

    origin: Origin
    percent: float
    start: float

    @property
    def width(self) -> float:
        """A hair less than the share, so that the parts do not touch."""
        return max(self.percent - 0.4, 0.2)


def tree() -> list[Branch]:
    """The categories as a tree in their order. What stands in two of them is counted in both: three queries."""
    rows = Category.objects.order_by("position", "name", "pk")
    things = _things_by_category()
    branches = {row.pk: Branch(row) for row in rows}
    roots: list[Branch] = []
    for row in rows:
        (branches[row.parent_id].children if row.parent_id else roots).append(branches[row.pk])
    for root in roots:
        _count(root, things)
    return [root for root in roots if root.count]


def mix(counts: dict[str, int]) -> list[Share]:
    """The shares of the origins, in their order; empty where nothing is known."""
    total = sum(counts.values())
    shares: list[Share] = []
    start = 0.0
    for origin in Origin:
        if counts.get(origin):
            percent = counts[origin] * 100 / total
            shares.append(Share(origin, round(percent, 1), round(start, 1)))
            start += percent
    return shares


def _things_by_category() -> Counter[int]:
    """Live entries and sources by category: grouped one by one, for joined they would multiply."""
    entries = Entry.categories.through.objects.filter(entry__status=Status.LIVE, entry__superseded_by=None)
    sources = Source.categories.through.objects.filter(source__status=Status.LIVE)
    things: Counter[int] = Counter()
    for places in (entries, sources):
        things.update(dict(places.order_by().values_list("category").annotate(n=Count("pk"))))
    return things


def _count(branch: Branch, things: Counter[int]) -> int:
    branch.count = things[branch.category.pk] + sum(_count(child, things) for child in branch.children)
    branch.children = [child for child in branch.children if child.count]
    return branch.count
