"""Finding sources by words and filters; and near misses. They are a few hundred rows, so no index is kept for them."""

from typing import cast

from django.contrib.postgres.search import SearchRank, SearchVector, TrigramWordSimilarity
from django.db.models import Exists, OuterRef, Q

from readinglist.catalog.models import Source
from readinglist.catalog.models.entries import SEARCH_CONFIG
from readinglist.catalog.models.sources import SourceQuerySet
from readinglist.reading.models import Follow
from readinglist.reading.search.queries import NEAR, query_of
from readinglist.reading.search.question import Question


def found(question: Question, *, most: int) -> list[Source]:
    """At most so many live ones, best first; each with `is_followed` and `feed_count`. One query."""
    sources = _narrowed(question)
    if question.words:
        sources = sources_with(sources, question.words)
    return list(sources[:most])


def near(question: Question, *, most: int) -> list[Source]:
    """Where nothing has the words: sources whose names look like them."""
    alike = _narrowed(question).annotate(near=TrigramWordSimilarity(question.words, "name"))
    return list(alike.filter(near__gt=NEAR).order_by("-near", "name", "pk")[:most])


def sources_with(sources: SourceQuerySet, text: str) -> SourceQuerySet:
    """Sources that have the words in name or text, best first."""
    vector = SearchVector("name", weight="A", config=SEARCH_CONFIG) + SearchVector(
        "description", "pick_when", weight="C", config=SEARCH_CONFIG
    )
    query = query_of(text)
    return (
        sources.annotate(words=vector, rank=SearchRank(vector, query))
        .filter(words=query)
        .order_by("-rank", "name", "pk")
    )


def _narrowed(question: Question) -> SourceQuerySet:
    places = Source.categories.through.objects.filter(source=OuterRef("pk"))
    meaning = {
        "kind": lambda one: Q(kind=one.value),
        "in": lambda one: Q(Exists(places.filter(category__in=question.places_of(one)))),
        "from": lambda one: Q(pk__in=question.places_of(one)),
    }
    mine = Follow.objects.of(question.user).filter(source=OuterRef("pk"))
    sources = Source.objects.live().with_feed_count().annotate(is_followed=Exists(mine)).order_by("name", "pk")
    return question.narrow(cast(SourceQuerySet, sources), meaning)
