"""What stands near a work: its parts, what it has superseded, and what to read beside it.

How near two works are is one figure: how well the words of the title are found in the other one, and something for a
common author and for each category in common. A common category alone is too little: some hold a hundred works.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    FilteredRelation,
    FloatField,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Category, Entry
from readinglist.catalog.models.entries import SEARCH_CONFIG, EntryQuerySet
from readinglist.reading.models import ReadState

BESIDE = 5
_AUTHOR = 0.2
_CATEGORY = 0.06
_LEAST = 0.1
_MOST_WORDS = 40
_MOST_AUTHORS = 50
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Near:
    """A work near another one, with the reader's own state, and an author of both."""

    entry: Entry
    state: ReadState | None
    author: str


@dataclass(frozen=True, slots=True)
class Kin:
    parts: Sequence[Near]
    predecessors: Sequence[Near]
    beside: Sequence[Near]

    @property
    def earlier(self) -> ReadState | None:
        """The first finished state of what the work has superseded: it counts for the work itself."""
        read = [(near.state.read_at, near.state.pk, near.state) for near in self.predecessors if near.state]
        finished = [(at, pk, state) for at, pk, state in read if at]
        return min(finished)[2] if finished else None


def kin_of(work: Entry, categories: Sequence[Category], user: User) -> Kin:
    """All of it in one query."""
    nearness = _nearness(work, categories)
    nearest = _candidates(work, categories).annotate(nearness=nearness).order_by("-nearness", "pk")
    is_part, is_predecessor = Q(part_of=work, status=Status.LIVE), Q(superseded_by=work)
    rows = (
        Entry.objects.visible()
        .filter(is_part | is_predecessor | Q(pk__in=nearest.values("pk")[:BESIDE]))
        .annotate(
            nearness=nearness,
            my_state=FilteredRelation("read_states", condition=Q(read_states__user=user)),
        )
        .select_related("my_state")  # type: ignore[misc] # annotated
        .defer("search")
        .order_by("year", "title", "pk")
    )
    near = [Near(row, getattr(row, "my_state", None), _common_author(work, row)) for row in rows]
    parts = [one for one in near if one.entry.part_of_id == work.pk and one.entry.status == Status.LIVE]
    predecessors = [one for one in near if one.entry.superseded_by_id == work.pk]
    shown = {one.entry.pk for one in [*parts, *predecessors]}
    figures = {one.entry.pk: one.entry.nearness for one in near}  # type: ignore[attr-defined] # annotated
    beside = [one for one in near if one.entry.pk not in shown and figures[one.entry.pk] >= _LEAST]
    beside.sort(key=lambda one: (-figures[one.entry.pk], one.entry.pk))
    return Kin(parts, predecessors, beside)


def _candidates(work: Entry, categories: Sequence[Category]) -> EntryQuerySet:
    """Current works that have a word of the title, an author or a category in common, and are not shown otherwise."""
    shown = [pk for pk in (work.pk, work.superseded_by_id, work.part_of_id) if pk]
    places = Entry.categories.through.objects.filter(entry=OuterRef("pk"), category__in=categories)
    alike = Q(search=_words_of(work)) | Q(Exists(places))
    if work.authors:
        alike |= _has_author(work)
    return Entry.objects.current().filter(alike).exclude(pk__in=shown).exclude(part_of=work)


def _nearness(work: Entry, categories: Sequence[Category]) -> object:
    common = (
        Entry.categories.through.objects.filter(entry=OuterRef("pk"), category__in=categories)
        .order_by()
        .values("entry")
        .annotate(count=Count("pk"))
        .values("count")  # type: ignore[misc] # annotated
    )
    figure = SearchRank(F("search"), _words_of(work)) + Coalesce(Subquery(common), 0) * Value(_CATEGORY)
    if work.authors:
        figure += Case(When(_has_author(work), then=Value(_AUTHOR)), default=Value(0.0), output_field=FloatField())
    return figure


def _words_of(work: Entry) -> SearchQuery:
    """Any word of the titles; the search configuration leaves out those that say nothing."""
    words = dict.fromkeys(_WORD.findall(f"{work.short_title} {work.title}".lower()))
    any_of_them = " | ".join(f"'{word}'" for word in list(words)[:_MOST_WORDS])
    return SearchQuery(any_of_them, config=SEARCH_CONFIG, search_type="raw")


def _has_author(work: Entry) -> Q:
    return Q(authors__has_any_keys=[str(author) for author in work.authors[:_MOST_AUTHORS]])


def _common_author(work: Entry, other: Entry) -> str:
    return next((str(author) for author in work.authors if author in other.authors), "")
