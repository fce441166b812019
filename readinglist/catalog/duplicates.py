"""Which work is here already: by identifier for certain, by title perhaps."""

from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from readinglist.catalog import identifiers
from readinglist.catalog.models import Entry

ALIKE = 0.6
MAX_SIMILAR = 3
MAX_PASTED = 2000


def holder(key: str, *, apart_from: int | None) -> Entry | None:
    """The entry that has this identifier, unless it is the one being edited."""
    return Entry.objects.filter(identifiers__key=key).exclude(pk=apart_from or 0).first()


def key_in_address(address: str) -> str | None:
    """The arXiv id or DOI that an address names; a plain web address names no work for certain."""
    try:
        key = identifiers.key_of(address)
    except identifiers.NotAnIdentifier:
        return None
    return key if key.startswith(("arxiv:", "doi:")) else None


def refusal(key: str, entry: Entry) -> SafeString:
    """Says whose the identifier is, with a link to it."""
    return format_html(
        _("{} is <a href='{}'>{}</a>, which is here already. Edit that entry instead."),
        key,
        change_url(entry),
        entry.title,
    )


def similar(title: str, *, apart_from: int | None) -> list[Entry]:
    """Entries whose titles are nearly this one, the nearest first."""
    if len(title) < 4:
        return []
    near = Entry.objects.exclude(pk=apart_from or 0).annotate(near=TrigramSimilarity("title", title))
    return list(near.filter(near__gte=ALIKE).order_by("-near")[:MAX_SIMILAR])


def identify(text: str, *, title: str, apart_from: int | None) -> dict[str, Any]:
    """What the form's script shows: the normal identifier, whose it is already, and titles that look alike."""
    text, title = (words.replace("\x00", "").strip()[:MAX_PASTED] for words in (text, title))
    answer: dict[str, Any] = {"key": None, "message": "", "taken": None, "similar": []}
    if text:
        try:
            key = identifiers.key_of(text)
        except identifiers.NotAnIdentifier as error:
            answer["message"] = str(error)
        else:
            answer |= _known_by(key, apart_from)
    found = similar(title, apart_from=apart_from)
    if found:
        answer["similar_message"] = _("Looks like a work that is here already:")
        answer["similar"] = [{"title": entry.title, "url": change_url(entry)} for entry in found]
    return answer


def _known_by(key: str, apart_from: int | None) -> dict[str, Any]:
    other = holder(key, apart_from=apart_from)
    if other is None:
        return {"key": key, "message": _("%(key)s is new here.") % {"key": key}}
    return {
        "key": key,
        "message": _("%(key)s is here already:") % {"key": key},
        "taken": {"title": other.title, "url": change_url(other)},
    }


def change_url(entry: Entry) -> str:
    return reverse("admin:catalog_entry_change", args=[entry.pk])
