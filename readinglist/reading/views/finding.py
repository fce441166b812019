"""Search: the page, and the part of it that changes while one types."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import ReaderRequest
from readinglist.catalog.choices import EntryKind, SourceKind
from readinglist.reading import search
from readinglist.reading.models import Stage
from readinglist.reading.search.asked import FIRST_YEAR, LAST_YEAR, NOTE, POST, SAVED, SOURCE, UNREAD, WORK, Filter
from readinglist.reading.templatetags.posts import at_most

_KINDS = {**dict(SourceKind.choices), **dict(EntryKind.choices)}
_MARKS = {**dict(Stage.choices), UNREAD: gettext_lazy("Unread"), SAVED: gettext_lazy("Saved")}
_TYPES = {
    WORK: gettext_lazy("Works only"),
    SOURCE: gettext_lazy("Sources only"),
    POST: gettext_lazy("Posts only"),
    NOTE: gettext_lazy("Notes only"),
}
_NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in words, and the search without it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Section:
    """A group of hits, and the page that has all of them."""

    group: search.Group
    address: str


@require_safe
@vary_on_headers("HX-Request")
def find(request: ReaderRequest) -> HttpResponse:
    """Works, sources, posts and notes. What is typed stays in the box; htmx gets what is below it."""
    page = request.GET.get("page")
    answer = search.answer(request.GET.get("q", ""), user=request.user, now=timezone.now(), page=page)
    asked = answer.asked
    context = {
        "asked": asked,
        "answer": answer,
        "chips": [Chip(_label(one, answer), address_of(asked.without(one))) for one in asked.filters],
        "sections": [Section(group, address_of(asked.only(group.type))) for group in answer.groups],
        "unknown": answer.places.unknown(asked),
        "said": _said(answer),
        "max_length": search.MAX_LENGTH,
        "max_words": search.MAX_WORDS,
        "next": request.get_full_path(),
    }
    is_part = bool(request.htmx) and not request.htmx.history_restore_request
    template = "reading/_found.html" if is_part else "reading/search.html"
    return render(request, template, context | {"is_part": is_part})


def address_of(text: str) -> str:
    """The page of a search."""
    return f"{reverse('reading:search')}?{urlencode({'q': text})}" if text else reverse("reading:search")


def _said(answer: search.Answer) -> str:
    """What was found, in a sentence; empty where nothing was asked."""
    if not answer.asked.words and not answer.asked.filters:
        return ""
    parts = [_counted(group) for group in answer.groups if group.count]
    if parts:
        return _("%(what)s found.") % {"what": get_text_list(parts, _("and"))}
    return _("Nothing found, but something like it.") if answer.near else _("Nothing found.")


def _counted(group: search.Group) -> str:
    forms = {
        WORK: ngettext("%(n)s work", "%(n)s works", group.count),
        SOURCE: ngettext("%(n)s source", "%(n)s sources", group.count),
        POST: ngettext("%(n)s post", "%(n)s posts", group.count),
        NOTE: ngettext("%(n)s note", "%(n)s notes", group.count),
    }
    return forms[group.type] % {"n": at_most(group.count, group.limit)}


def _label(one: Filter, answer: search.Answer) -> str:
    label = _positive_label(one, answer)
    return _("Not: %(filter)s") % {"filter": label} if one.is_not else label


def _positive_label(one: Filter, answer: search.Answer) -> str:
    match one.name:
        case "kind":
            return str(_KINDS[one.value])
        case "year":
            return _years(*one.years)
        case "is":
            return str(_MARKS[one.value])
        case "by":
            return _("By “%(name)s”") % {"name": one.value}
        case "type":
            return str(_TYPES[one.value])
    names = answer.places.names[one.typed] or [f"“{one.value}”"]
    shown = names[:_NAMES_SHOWN]
    if len(names) > _NAMES_SHOWN:
        shown.append(_("%(n)s others") % {"n": len(names) - _NAMES_SHOWN})
    places = get_text_list(shown, _("or"))
    return (_("In %(places)s") if one.name == "in" else _("From %(places)s")) % {"places": places}


def _years(first: int, last: int) -> str:
    if first == last:
        return str(first)
    if last == LAST_YEAR:
        return _("Since %(year)s") % {"year": first}
    if first == FIRST_YEAR:
        return _("Until %(year)s") % {"year": last}
    return _("%(first)s to %(last)s") % {"first": first, "last": last}
