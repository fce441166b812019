"""Finding works: by words, authors, identifiers and filters; and near misses."""

from typing import cast

from django.contrib.postgres.search import SearchRank, TrigramWordSimilarity
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, TextField
from django.db.models.functions import Cast

from readinglist.catalog.models import Entry, Identifier
from readinglist.catalog.models.entries import EntryQuerySet
from readinglist.reading.models import ReadState
from readinglist.reading.search.asked import SAVED, UNREAD, Filter
from readinglist.reading.search.queries import NEAR, key_in, name_query, query_of, whole_words
from readinglist.reading.search.question import NOTHING, Question

# Names are short: of two that have little to do with each other, a part often looks alike.
_NEAR_NAME = 0.6
_AUTHORS = "B"


def found(question: Question, *, most: int) -> list[Entry]:
    """At most so many, best first; each with `my_state`. One query."""
    works = _narrowed(question)
    if question.words:
        works = best_first(entries_with(works, question.words), question.words)
    else:
        works = works.order_by(F("year").desc(nulls_last=True), "title", "pk")
    return list(works[:most])


def near(question: Question, *, most: int) -> list[Entry]:
    """Where nothing has the words: what looks like them; with `my_state`."""
    return list(entries_near(_narrowed(question), question.words)[:most])


def entries_with(entries: EntryQuerySet, text: str) -> EntryQuerySet:
    """The entries that have the words, or the identifier, in no particular order."""
    matches = Q(search=query_of(text))
    if key := key_in(text):
        matches |= Q(Exists(Identifier.objects.filter(entry=OuterRef("pk"), key=key)))
    return entries.filter(matches)


def best_first(entries: EntryQuerySet, text: str) -> EntryQuerySet:
    """Entries that have the words in the order of how well: whole words before the beginnings of longer ones."""
    whole = SearchRank(F("search"), whole_words(text))
    rank = SearchRank(F("search"), query_of(text))
    return entries.annotate(whole=whole, rank=rank).order_by("-whole", "-rank", "title", "pk")


def entries_near(entries: EntryQuerySet, text: str) -> EntryQuerySet:
    """Entries whose title or authors look like the words, for when nothing has them."""
    near = TrigramWordSimilarity(text, "title")
    by = TrigramWordSimilarity(text, Cast("authors", TextField()))
    looks_alike = Q(near__gt=NEAR) | Q(by__gt=_NEAR_NAME)
    return entries.annotate(near=near, by=by).filter(looks_alike).order_by("-near", "title", "pk")


def _narrowed(question: Question) -> EntryQuerySet:
    mine = ReadState.objects.of(question.user).filter(entry=OuterRef("pk"))
    places = Entry.categories.through.objects.filter(entry=OuterRef("pk"))

    def stands(one: Filter) -> Q:
        if one.value == SAVED:  # posts are saved, works are queued
            return NOTHING
        return Q(~Exists(mine)) if one.value == UNREAD else Q(Exists(mine.filter(stage=one.value)))

    meaning = {
        "kind": lambda one: Q(kind=one.value),
        "year": lambda one: Q(year__range=one.years),
        "is": stands,
        "by": lambda one: Q(search=name_query(one.value, _AUTHORS)),
        "in": lambda one: Q(Exists(places.filter(category__in=question.places_of(one)))),
        "from": lambda one: Q(source__in=question.places_of(one)),
    }
    state = FilteredRelation("read_states", condition=Q(read_states__user=question.user))
    works = Entry.objects.visible().annotate(my_state=state).select_related("my_state")  # type: ignore[misc] # a join
    return question.narrow(cast(EntryQuerySet, works), meaning)
