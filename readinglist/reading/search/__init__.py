"""Search. What was typed is taken apart (`asked`, `places`), asked of each type of things (`works`, `sources`, `posts`,
`notes`), and marked in what is shown (`marking`); `answering` does all of it for a page."""

from readinglist.reading.search.answering import Answer, Group, answer
from readinglist.reading.search.asked import MAX_LENGTH, MAX_WORDS, clean
from readinglist.reading.search.queries import query_of
from readinglist.reading.search.sources import sources_with
from readinglist.reading.search.works import best_first, entries_with

__all__ = [
    "MAX_LENGTH",
    "MAX_WORDS",
    "Answer",
    "Group",
    "answer",
    "best_first",
    "clean",
    "entries_with",
    "query_of",
    "sources_with",
]
