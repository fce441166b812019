"""How many works each choice of a filter would leave, with all other filters as they are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from readinglist.catalog.choices import STREAM_OF_ENTRY_KIND
from readinglist.catalog.models.entries import EntryQuerySet
from readinglist.reading.filters import NO_STREAM, UNREAD, EntryFilter
from readinglist.reading.models import ReadState

# What a row of the catalogue has for each filter that offers choices, in this order.
NAMES = ("kind", "stream", "year", "origin", "access", "depth", "stage")
Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """By filter, by choice: how many works."""

    counts: Mapping[str, Counter[str]]

    def label(self, chosen: EntryFilter) -> None:
        """Writes the counts behind the choices of the filter's form."""
        for name, counter in self.counts.items():
            field = chosen.form.fields[name]
            field.choices = [
                (value, f"{label} ({counter[str(value)]})" if value else label)
                for value, label in chosen.filters[name].field.choices
            ]


def of(chosen: EntryFilter, entries: EntryQuerySet, user: User) -> Facets:
    """One query over the works that words and category leave; the other filters are counted here."""
    for name in ("q", "category"):
        if value := chosen.form.cleaned_data.get(name):
            entries = chosen.filters[name].filter(entries, value)
    selected = {name: str(chosen.form.cleaned_data[name]) for name in NAMES if chosen.form.cleaned_data.get(name)}
    return Facets(count(_rows(entries, user), selected))


def count(rows: Iterable[Row], selected: Mapping[str, str]) -> dict[str, Counter[str]]:
    """Each row counts for a choice when it meets everything selected, the choice's own filter aside."""
    places = [(NAMES.index(name), value) for name, value in selected.items()]
    fit: list[Row] = []
    fit_but_for: dict[int, list[Row]] = {place: [] for place, _value in places}
    for row in rows:
        missed = [place for place, value in places if row[place] != value]
        if not missed:
            fit.append(row)
        elif len(missed) == 1:
            fit_but_for[missed[0]].append(row)
    return {
        name: Counter(row[place] for row in [*fit, *fit_but_for.get(place, ())]) for place, name in enumerate(NAMES)
    }


def _rows(entries: EntryQuerySet, user: User) -> Iterable[Row]:
    mine = ReadState.objects.of(user).filter(entry=OuterRef("pk")).values("stage")
    stage = Coalesce(Subquery(mine), Value(UNREAD))
    for kind, year, *others in entries.order_by().values_list("kind", "year", "origin", "access", "depth", stage):
        yield kind, STREAM_OF_ENTRY_KIND.get(kind, NO_STREAM), str(year or ""), *others
