"""Words as queries of PostgreSQL's text search: stems, accents folded, and beginnings of words."""

import re

from django.contrib.postgres.search import SearchQuery

from readinglist.catalog import identifiers
from readinglist.catalog.models.entries import SEARCH_CONFIG
from readinglist.reading.search.asked import MAX_WORDS, bounded, has_operators, parts_of

# Below this trigram likeness of the nearest word, a hit looks like an accident.
NEAR = 0.4
# With more words than that, none is taken for the beginning of a longer one: each beginning is many words.
_MOST_BEGINNINGS = 8
_WORD = re.compile(r"\w+")
_LEFT_OUT = re.compile(r'(?:^|(?<=\s))-\s*(?:"[^"]*"?|\S+)')
# What `query_of` makes, for statements that are written out; with `parameters_of`.
QUERY = "(websearch_to_tsquery(%s::regconfig, %s) || to_tsquery(%s::regconfig, %s))"


def query_of(text: str) -> SearchQuery:
    """Websearch syntax (words, "phrases", -not, or); plain words also find longer ones that begin with their stem."""
    query = whole_words(text)
    beginnings = beginnings_of(text)
    return query | _raw(beginnings) if beginnings else query


def whole_words(text: str) -> SearchQuery:
    return SearchQuery(bounded(text), config=SEARCH_CONFIG, search_type="websearch")


def beginnings_of(text: str) -> str:
    """In PostgreSQL's own syntax; empty where the words say exactly what is wanted, or are many."""
    is_exact = has_operators(text) or len(set(words_in(text))) > _MOST_BEGINNINGS
    return "" if is_exact else _all_begin(text)


def parameters_of(text: str) -> list[str]:
    """Of QUERY, in its order."""
    return [SEARCH_CONFIG, bounded(text), SEARCH_CONFIG, beginnings_of(text)]


def name_query(name: str, weight: str = "") -> SearchQuery:
    """The words of a name, or how they begin; `weight` names the part of a vector where they stand."""
    return _raw(_all_begin(name, weight))


def any_of(text: str) -> list[str]:
    """The parameters of QUERY for what has one of the words or phrases: what is to be marked in a text."""
    parts = [part for part in parts_of(text) if not part.startswith("-") and part.lower() != "or"]
    beginnings = beginnings_of(text).replace(" & ", " | ")
    return [SEARCH_CONFIG, " or ".join(parts), SEARCH_CONFIG, beginnings]


def words_in(text: str) -> list[str]:
    return _WORD.findall(text)[:MAX_WORDS]


def without_operators(text: str) -> str:
    """The words that a text must have, however they stand in it; empty where it only must lack some."""
    return _LEFT_OUT.sub(" ", text).replace('"', " ").strip()


def key_in(text: str) -> str:
    """The identifier that the words are; empty where they are none."""
    try:
        return identifiers.key_of(text)
    except identifiers.NotAnIdentifier:
        return ""


def _all_begin(text: str, weight: str = "") -> str:
    return " & ".join(f"'{word}':*{weight}" for word in dict.fromkeys(words_in(text)))


def _raw(query: str) -> SearchQuery:
    return SearchQuery(query, config=SEARCH_CONFIG, search_type="raw")
