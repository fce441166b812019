"""The style guide: every part that pages are made of, in every state, from the templates that pages use."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.messages.storage.base import Message
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import ReaderRequest
from readinglist.curation.samples import arrivals, ground, pictures, shelves, works
from readinglist.reading import notes
from readinglist.reading.forms import MinutesForm, NoteForm, PageForm, PercentForm
from readinglist.reading.models import Stage
from readinglist.reading.strips import strip_of

PROBLEMS = ("400", "403", "403_csrf", "404", "413", "429", "500")


@require_safe
@permission_required("catalog.change_entry", raise_exception=True)
def guide(request: ReaderRequest) -> HttpResponse:
    """Everything on one page."""
    return render(request, "styleguide/guide.html", _parts(request))


@require_safe
@permission_required("catalog.change_entry", raise_exception=True)
def problem(request: ReaderRequest, name: str) -> HttpResponse:
    """A page that says what went wrong, while nothing did."""
    if name not in PROBLEMS:
        raise Http404
    return render(request, f"{name}.html")


def _parts(request: ReaderRequest) -> dict[str, Any]:
    now = timezone.now()
    written = works.notes(request.user, now)
    return shelves.progress(now) | {
        "colours": ground.COLOURS,
        "lines": works.lines(now),
        "moves": [works.state(works.work(60 + place), stage, now=now) for place, stage in enumerate(Stage)],
        "page": ground.page(),
        "branches": works.branches(),
        "mix": works.mix(),
        "percent_form": PercentForm({"percent": "140"}),
        "page_form": PageForm(),
        "minutes_form": MinutesForm(),
        "notes": [(note, notes.render(note.text)) for note in written],
        "note_form": NoteForm(initial={"is_shared": False}),
        "fields": ground.Fields(auto_id="good_%s"),
        "mistakes": ground.Fields({"kind": "paper", "depth": "none"}, auto_id="bad_%s"),
        "filter": ground.Filter(auto_id="folded_%s"),
        "filter_on": ground.Filter({"q": "sharding"}, auto_id="open_%s"),
        "posts": (posts := arrivals.posts(now)),
        "opened": posts[3].pk,
        "sources": arrivals.source_lines(now),
        "shelves": shelves.shelves(),
        "heights": shelves.heights(),
        "strip": strip_of(shelves.shelf_of(30)),
        "pictures": pictures.all_pictures(now),
        "offer": {"said": _("12 posts marked as read."), "token": "none"},
        "said_well": Message(messages.SUCCESS, _("Saved.")),
        "said_badly": Message(messages.ERROR, _("That did not work. Try again.")),
        "problems": PROBLEMS,
    }
