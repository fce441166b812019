"""A search as one person asks it at one time, and how filters narrow rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from accounts.models import User
from readinglist.reading.search.asked import Asked, Filter
from readinglist.reading.search.places import Places

_Rows = TypeVar("_Rows", bound=QuerySet[Any])
NOTHING = Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Question:
    asked: Asked
    user: User
    now: datetime
    places: Places

    @property
    def words(self) -> str:
        return self.asked.words

    @property
    def narrows(self) -> bool:
        """Whether anything but words and types is asked for."""
        return any(one.name != "type" for one in self.asked.filters)

    def narrow(self, rows: _Rows, meaning: dict[str, Callable[[Filter], Q]]) -> _Rows:
        """The rows that the filters leave. `meaning` is what each name means for such rows; others fit none of them.

        A thing has one kind, one year and one source: of several any will do. Of all other names each has to hold.
        """
        for name in dict.fromkeys(one.name for one in self.asked.filters if one.name != "type"):
            means = meaning.get(name, _fits_none)
            wanted = [means(one) for one in self.asked.all(name)]
            if wanted:
                rows = rows.filter(_any(wanted) if name in ("kind", "year", "from") else _all(wanted))
            for one in self.asked.all(name, is_not=True):
                rows = rows.exclude(means(one))
        return rows

    def places_of(self, one: Filter) -> frozenset[int]:
        """The ids that `in:` or `from:` means."""
        return self.places.ids[one.typed]


def _fits_none(one: Filter) -> Q:
    return NOTHING


def _any(conditions: Iterable[Q]) -> Q:
    together = Q()
    for condition in conditions:
        together |= condition
    return together


def _all(conditions: Iterable[Q]) -> Q:
    return Q(*conditions)
