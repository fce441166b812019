"""What teammates see of a reader: stages, the day of reading, shared notes. Never inbox, minutes, per cents or path.

`User.objects.sharing()` is the gate: whoever does not share shows no stage here, not even to themselves, so that
everybody can see exactly what others see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, F, QuerySet, When, Window
from django.db.models.functions import RowNumber

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import ReadingList
from readinglist.reading import shelves, strips
from readinglist.reading.models import Note, ReadState, Stage

LATELY = 10


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one reader. The lists are those that they have begun."""

    person: User
    strips: Sequence[strips.Strip]
    reading: Sequence[ReadState]
    read: Sequence[ReadState]
    queued: Sequence[ReadState]


def seen_of(pk: int) -> Seen | None:
    """None where they do not share, or are not here."""
    person = User.objects.sharing().filter(pk=pk).first()
    if person is None:
        return None
    drawn = [strips.strip_of(shelf) for shelf in shelves.for_lists(ReadingList.objects.all(), person)]
    states = list(_latest_of(person))
    return Seen(
        person,
        strips=[strip for strip in drawn if strip.is_begun],
        reading=[state for state in states if state.stage == Stage.READING],
        read=[state for state in states if state.stage == Stage.READ],
        queued=[state for state in states if state.stage == Stage.QUEUED],
    )


def _latest_of(person: User) -> QuerySet[ReadState]:
    """Of each stage some, the newest first."""
    since = Case(
        When(stage=Stage.READING, then="started_at"), When(stage=Stage.READ, then="read_at"), default="queued_at"
    )
    place = Window(RowNumber(), partition_by=F("stage"), order_by=[F("since").desc(), F("pk").asc()])
    shown = ReadState.objects.of(person).filter(entry__status=Status.LIVE).exclude(stage=Stage.SKIPPED)
    latest = shown.annotate(since=since).annotate(place=place).filter(place__lte=LATELY)
    return latest.select_related("entry").defer("entry__search").order_by("place")


def shared_notes_of(person: User) -> QuerySet[Note]:
    """The newest first, on works that every reader may open."""
    shared = Note.objects.filter(author=person, is_shared=True).exclude(entry__status=Status.DRAFT)
    return shared.select_related("entry").defer("entry__search")
