"""Finding notes: one's own, and what teammates share."""

from django.contrib.postgres.search import SearchRank, SearchVector
from django.db.models import Exists, OuterRef, Q, QuerySet

from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry
from readinglist.catalog.models.entries import SEARCH_CONFIG
from readinglist.reading.models import Note
from readinglist.reading.search.queries import name_query, query_of
from readinglist.reading.search.question import Question

# As the index `note_words` has it.
WORDS = SearchVector("text", config=SEARCH_CONFIG)


def found(question: Question, *, most: int) -> list[Note]:
    """At most so many, best first among the newest; each with its work and author. One query."""
    newest = _narrowed(question)
    if question.words:
        newest = newest.annotate(words=WORDS).filter(words=query_of(question.words))
    notes = Note.objects.filter(pk__in=newest.order_by("-updated_at", "-pk").values("pk")[:most])
    notes = notes.select_related("entry", "author").defer("entry__search")
    if question.words:
        notes = notes.annotate(rank=SearchRank(WORDS, query_of(question.words)))
        return list(notes.order_by("-rank", "-updated_at", "-pk"))
    return list(notes.order_by("-updated_at", "-pk"))


def _narrowed(question: Question) -> QuerySet[Note]:
    places = Entry.categories.through.objects.filter(entry=OuterRef("entry"))
    name = SearchVector("author__name", config=SEARCH_CONFIG)
    meaning = {
        "kind": lambda one: Q(entry__kind=one.value),
        "year": lambda one: Q(created_at__year__range=one.years),
        "by": lambda one: Q(writer=name_query(one.value)),
        "in": lambda one: Q(Exists(places.filter(category__in=question.places_of(one)))),
        "from": lambda one: Q(entry__source__in=question.places_of(one)),
    }
    notes = Note.objects.visible_to(question.user).exclude(entry__status=Status.DRAFT).annotate(writer=name)
    return question.narrow(notes, meaning)
