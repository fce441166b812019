"""A reader's path: the lists they read, in their order. Who has chosen nothing reads the canon.

The first list of it that has anything left to read is the active one: home and the weekly mail go by it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.catalog.models import ReadingList
from readinglist.catalog.models.lists import CANON
from readinglist.reading import progress, shelves, stages
from readinglist.reading.models import Path


class PathRefused(Exception):
    """The change is against the rules; the message tells the reader what to do instead."""


@dataclass(frozen=True, slots=True)
class Leg:
    """A list with how far the reader is."""

    reading_list: ReadingList
    progress: progress.Progress


@dataclass(frozen=True, slots=True)
class Way:
    """One reader's path, and the lists beside it as curators have put them."""

    path: Sequence[Leg]
    others: Sequence[Leg]
    is_chosen: bool

    @property
    def active(self) -> Leg | None:
        """The first with anything left; None where all is read, or where there is no list."""
        return next((leg for leg in self.path if leg.progress.is_open), None)

    @property
    def shown(self) -> Leg | None:
        """What home draws: the active list, or of a path that is done its last one."""
        return self.active or (self.path[-1] if self.path else None)


def path_of(user: User) -> Way:
    """In one query, whatever there is of lists."""
    lists = with_place(ReadingList.objects.all(), user).order_by(F("place").asc(nulls_last=True), "position", "pk")
    rows = list(progress.with_progress(lists, user))
    places = places_of(rows)
    path: list[Leg] = []
    others: list[Leg] = []
    for row in rows:
        (path if row.pk in places else others).append(Leg(row, progress.progress_of(row)))
    is_chosen = any(row.place is not None for row in rows)  # type: ignore[attr-defined] # of with_place
    return Way(path, others, is_chosen)


def with_place(lists: QuerySet[ReadingList], user: User) -> QuerySet[ReadingList]:
    """Lists with `place`: where each stands among those that the reader has chosen, if it does."""
    place = Path.objects.of(user).filter(list=OuterRef("pk")).order_by().values("position")
    return lists.annotate(place=Subquery(place))


def places_of(rows: Sequence[ReadingList]) -> dict[int, int]:
    """By key: the place in the path, of those on it. `rows` are all lists, from `with_place`."""
    chosen = {row.pk: row.place for row in rows if row.place is not None}  # type: ignore[attr-defined]
    return chosen or {row.pk: 1 for row in rows if row.slug == CANON}


def shelf_of(way: Way, user: User) -> shelves.Shelf | None:
    """The list that home and the mail draw; None where there is none."""
    if way.shown is None:
        return None
    return shelves.for_lists([way.shown.reading_list], user)[0]


# --------------------------------------------------------------------- writes


@transaction.atomic
def choose(lists: Iterable[ReadingList], *, user: User) -> None:
    """Makes these the path, in this order. Choosing nothing is what everybody begins with: the canon."""
    stages.lock(user)
    _write(user, [row.pk for row in dict.fromkeys(lists)])


@transaction.atomic
def add(reading_list: ReadingList, *, user: User) -> bool:
    """At the end; whether that is a change."""
    stages.lock(user)
    path = _read(user)
    if reading_list.pk in path:
        return False
    _write(user, [*path, reading_list.pk])
    return True


@transaction.atomic
def remove(reading_list: ReadingList, *, user: User) -> bool:
    """Whether that is a change. PathRefused for the last one: the path would be the canon again."""
    stages.lock(user)
    path = _read(user)
    if reading_list.pk not in path:
        return False
    if len(path) == 1:
        raise PathRefused(_("Your path needs one list. Put another on it before you take this one off."))
    _write(user, [pk for pk in path if pk != reading_list.pk])
    return True


@transaction.atomic
def move(reading_list: ReadingList, *, by: int, user: User) -> bool:
    """So many places down, or up where `by` is negative, but not beyond an end; whether that is a change."""
    stages.lock(user)
    before = _read(user)
    if reading_list.pk not in before:
        return False
    after = [pk for pk in before if pk != reading_list.pk]
    after.insert(max(0, before.index(reading_list.pk) + by), reading_list.pk)
    if after == before:
        return False
    _write(user, after)
    return True


def _read(user: User) -> list[int]:
    """The lists by their keys: what is chosen, else the canon."""
    chosen = list(Path.objects.of(user).order_by("position").values_list("list", flat=True))
    return chosen or list(ReadingList.objects.filter(slug=CANON).values_list("pk", flat=True))


def _write(user: User, lists: Sequence[int]) -> None:
    Path.objects.of(user).delete()
    Path.objects.bulk_create(Path(user=user, list_id=pk, position=place) for place, pk in enumerate(lists, start=1))
