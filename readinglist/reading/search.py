"""Finding works and sources by words: stems, accents folded, prefixes, identifiers, and near misses for typos."""

import re

from django.contrib.postgres.search import SearchQuery, SearchRank, SearchVector, TrigramWordSimilarity
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast

from readinglist.catalog import identifiers
from readinglist.catalog.models import Identifier, Source
from readinglist.catalog.models.entries import SEARCH_CONFIG, EntryQuerySet

MAX_LENGTH = 200
# What websearch syntax gives a meaning to: with these typed, nothing is guessed.
_OPERATOR = re.compile(r'"|(?:^|\s)-|\bor\b', re.IGNORECASE)
_WORD = re.compile(r"\w+")
# Below this trigram likeness of the nearest word, a hit looks like an accident.
_NEAR = 0.4


def clean(text: str) -> str:
    """What is searched of what was typed: one line, no NUL, of bounded length."""
    return " ".join(text.replace("\x00", " ").split())[:MAX_LENGTH]


def has_operators(text: str) -> bool:
    """Whether the words say exactly what is wanted, so that guessing would be wrong."""
    return bool(_OPERATOR.search(text))


def query_of(text: str) -> SearchQuery:
    """Websearch syntax (words, "phrases", -not, or); plain words also find longer ones that begin with their stem."""
    query = _websearch(text)
    words = _WORD.findall(text)
    if words and not has_operators(text):
        prefixes = " & ".join(f"'{word}':*" for word in words)
        query = query | SearchQuery(prefixes, config=SEARCH_CONFIG, search_type="raw")
    return query


def entries_with(entries: EntryQuerySet, text: str) -> EntryQuerySet:
    """The entries that have the words, or the identifier, in no particular order."""
    return entries.filter(_matches(text))


def best_first(entries: EntryQuerySet, text: str) -> EntryQuerySet:
    """Entries that have the words in the order of how well: whole words before the beginnings of longer ones."""
    whole = SearchRank(F("search"), _websearch(text))
    rank = SearchRank(F("search"), query_of(text))
    return entries.annotate(whole=whole, rank=rank).order_by("-whole", "-rank", "title", "pk")


def entries_near(entries: EntryQuerySet, text: str) -> EntryQuerySet:
    """Entries whose title or authors look like the words, for when nothing has them."""
    near = TrigramWordSimilarity(text, "title")
    by = TrigramWordSimilarity(text, Cast("authors", TextField()))
    return entries.annotate(near=near, by=by).filter(Q(near__gt=_NEAR) | Q(by__gt=0.6)).order_by("-near", "title", "pk")


def sources_with(sources: QuerySet[Source], text: str) -> QuerySet[Source]:
    """Sources that have the words in name or text, best first; a few rows, so no index is kept for them."""
    vector = SearchVector("name", weight="A", config=SEARCH_CONFIG) + SearchVector(
        "description", "pick_when", weight="C", config=SEARCH_CONFIG
    )
    query = query_of(text)
    return (
        sources.annotate(words=vector, rank=SearchRank(vector, query))
        .filter(words=query)
        .order_by("-rank", "name", "pk")
    )


def _websearch(text: str) -> SearchQuery:
    return SearchQuery(text, config=SEARCH_CONFIG, search_type="websearch")


def _matches(text: str) -> Q:
    matches = Q(search=query_of(text))
    try:
        key = identifiers.key_of(text)
    except identifiers.NotAnIdentifier:
        return matches
    return matches | Q(Exists(Identifier.objects.filter(entry=OuterRef("pk"), key=key)))
