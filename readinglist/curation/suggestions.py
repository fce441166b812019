"""Suggestions for the catalogue: what is known of a work, and each step from a reader's word to a curator's."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.catalog import identifiers
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, Post
from readinglist.curation.models import Suggestion
from readinglist.reading import bodies

# So many of one reader's may wait: who has more to suggest is first answered.
MOST_OPEN = 50


class SuggestionRefused(Exception):
    """The message says why, for the reader."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is suggested: a post, or an address."""

    key: str
    url: str
    title: str
    post: Post | None = None


def work_of_post(post: Post) -> Work:
    return Work(post.key, bodies.address_of(post), str(post), post)


def work_at(address: str) -> Work:
    """Raises NotAnIdentifier where that is no address."""
    key = identifiers.key_of(address)
    return Work(key, address if address.startswith(("http://", "https://")) else identifiers.url_of(key), "")


def entries_of(work: Work) -> QuerySet[Entry]:
    """What of the catalogue it is, drafts included."""
    return Entry.objects.known_as(work.key, work.url).order_by("pk")


def entry_of(work: Work) -> Entry | None:
    """As readers see it: drafts are not there yet, and what was retired is there no more."""
    return entries_of(work).filter(status=Status.LIVE).first()


def latest_of(work: Work) -> Suggestion | None:
    """The last that was suggested of the same work, open or judged."""
    return Suggestion.objects.filter(key=work.key).with_parts().first()


def suggest(work: Work, *, title: str, why: str, person: User, now: datetime) -> tuple[Suggestion, bool]:
    """The open suggestion of the work, and whether this made it: one work waits once, whoever suggests it."""
    if Suggestion.objects.of(person).open().count() >= MOST_OPEN:
        raise SuggestionRefused(
            _("%(count)d of your suggestions wait for the curators. Suggest more when they have answered.")
            % {"count": MOST_OPEN}
        )
    made = {"person": person, "post": work.post, "url": work.url, "title": title, "why": why, "made_at": now}
    return Suggestion.objects.get_or_create(key=work.key, state=Suggestion.State.OPEN, defaults=made)


def accept(suggestion: Suggestion, entry: Entry, *, by: User, now: datetime) -> bool:
    """It became `entry`. False where it was judged already: the first word counts."""
    return _judge(suggestion, state=Suggestion.State.ACCEPTED, entry=entry, judged_by=by, judged_at=now)


def decline(suggestion: Suggestion, answer: str, *, by: User, now: datetime) -> bool:
    """With a word for whoever suggested it. False where it was judged already."""
    return _judge(suggestion, state=Suggestion.State.DECLINED, answer=answer, judged_by=by, judged_at=now)


def _judge(suggestion: Suggestion, **judgement: object) -> bool:
    return Suggestion.objects.open().filter(pk=suggestion.pk).update(**judgement) == 1
