"""One work: its page, and what a reader does with it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, ReadingList, StepEntry
from readinglist.reading import notes, shelves, stages
from readinglist.reading.forms import NoteForm, PercentForm
from readinglist.reading.models import Activity, Note, ReadState, Stage
from readinglist.reading.views.pages import if_visible, lines_of, way_back

NEIGHBOURS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where the work stands in a list: its spine, and the spines around it."""

    shelf: shelves.Shelf
    spine: shelves.Spine

    @property
    def near(self) -> list[shelves.Spine]:
        index = self.shelf.spines.index(self.spine)
        first = max(0, min(index - NEIGHBOURS, len(self.shelf.spines) - 2 * NEIGHBOURS - 1))
        return list(self.shelf.spines[first : first + 2 * NEIGHBOURS + 1])

    @property
    def before(self) -> shelves.Spine | None:
        index = self.shelf.spines.index(self.spine)
        return self.shelf.spines[index - 1] if index else None

    @property
    def after(self) -> shelves.Spine | None:
        index = self.shelf.spines.index(self.spine)
        return self.shelf.spines[index + 1] if index + 1 < len(self.shelf.spines) else None


@require_safe
def entry(request: ReaderRequest, slug: str) -> HttpResponse:
    work = _visible(request, slug)
    return render(request, "reading/entry.html", _page(request, work))


@require_POST
def set_stage(request: ReaderRequest, slug: str) -> HttpResponse:
    """`stage`: one of the four, or empty for unread."""
    work = _visible(request, slug)
    try:
        change = stages.set_stage(work, request.POST.get("stage", ""), user=request.user, now=timezone.now())
    except stages.StageRefused as refusal:
        return _refuse(request, work, str(refusal))
    return _answer(request, work, _said(change))


@require_POST
def set_percent(request: ReaderRequest, slug: str) -> HttpResponse:
    work = _visible(request, slug)
    form = PercentForm(request.POST)
    if not form.is_valid():
        return _refuse(request, work, "", percent_form=form)
    change = stages.set_percent(work, form.cleaned_data["percent"], user=request.user, now=timezone.now())
    return _answer(request, work, _said(change))


@require_POST
def add_note(request: ReaderRequest, slug: str) -> HttpResponse:
    work = _visible(request, slug)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return render(request, "reading/entry.html", _page(request, work, note_form=form), status=422)
    note = form.save(commit=False)
    note.author, note.entry = request.user, work
    note.created_at = note.updated_at = timezone.now()
    note.save()
    messages.success(request, _("Your note is saved."))
    return redirect(f"{work.get_absolute_url()}#notes")


@require_http_methods(["GET", "HEAD", "POST"])
def edit_note(request: ReaderRequest, slug: str, pk: int) -> HttpResponse:
    """One's own note alone; a teammate's is not found here."""
    note = _own_note(request, slug, pk)
    form = NoteForm(request.POST or None, instance=note)
    if request.method == "POST" and form.is_valid():
        changed = form.save(commit=False)
        changed.updated_at = timezone.now()
        changed.save()
        messages.success(request, _("Your note is saved."))
        return redirect(f"{note.entry.get_absolute_url()}#notes")
    status = 422 if form.is_bound else 200
    return render(request, "reading/note_form.html", {"form": form, "note": note, "entry": note.entry}, status=status)


@require_POST
def delete_note(request: ReaderRequest, slug: str, pk: int) -> HttpResponse:
    note = _own_note(request, slug, pk)
    note.delete()
    messages.success(request, _("The note is gone."))
    return redirect(f"{note.entry.get_absolute_url()}#notes")


# --------------------------------------------------------------------- parts


def _visible(request: ReaderRequest, slug: str) -> Entry:
    """Live and retired works; drafts only for those who may edit them."""
    work = get_object_or_404(Entry.objects.select_related("source", "part_of", "superseded_by"), slug=slug)
    if work.status == Status.DRAFT and not request.user.has_perm("catalog.change_entry"):
        raise Http404
    return work


def _own_note(request: ReaderRequest, slug: str, pk: int) -> Note:
    return get_object_or_404(Note.objects.select_related("entry"), pk=pk, author=request.user, entry__slug=slug)


def _page(request: ReaderRequest, work: Entry, **forms: Any) -> dict[str, Any]:
    """All that the entry's page shows."""
    kin = Entry.objects.visible().filter(Q(part_of=work) | Q(superseded_by=work)).order_by("year", "title", "pk")
    parts = [entry for entry in kin if entry.part_of_id == work.pk and entry.status == Status.LIVE]
    shown = list(work.notes.visible_to(request.user).select_related("author"))
    return _progress(request, work) | {
        "successor": if_visible(work.superseded_by, request.user),
        "part_of": if_visible(work.part_of, request.user),
        "source": if_visible(work.source, request.user),
        "places": _places(request, work),
        "categories": work.categories.all(),
        "identifiers": work.identifiers.all(),
        "links": work.links.all(),
        "supersedes": [entry for entry in kin if entry.superseded_by_id == work.pk],
        "parts": lines_of(parts, request.user),
        "notes": list(zip(shown, notes.render_all([note.text for note in shown]), strict=True)),
        "note_form": NoteForm(initial={"is_shared": False}),
        **forms,
    }


def _progress(request: ReaderRequest, work: Entry) -> dict[str, Any]:
    """What the box "Where you are" shows."""
    mine_or_earlier = ReadState.objects.of(request.user).filter(
        Q(entry=work) | Q(entry__superseded_by=work, read_at__isnull=False)
    )
    states = list(mine_or_earlier.select_related("entry").defer("entry__search").order_by("read_at"))
    state = next((row for row in states if row.entry_id == work.pk), None)
    return {
        "entry": work,
        "state": state,
        "stages": Stage.choices,
        "log": Activity.objects.of(request.user).filter(entry=work).order_by("-pk")[:20],
        "earlier": next((row for row in states if row.entry_id != work.pk), None),
    }


def _places(request: ReaderRequest, work: Entry) -> list[Place]:
    lists = ReadingList.objects.filter(pk__in=StepEntry.objects.filter(entry=work).values("list"))
    places = []
    for shelf in shelves.for_lists(lists, request.user):
        spine = next((s for s in shelf.spines if work in s.works or work in s.companions), None)
        if spine:
            places.append(Place(shelf, spine))
    return places


def _said(change: stages.Change) -> str:
    """What an action did, for a live region and for the message of the page."""
    if not change.is_new:
        return _("Nothing to change: it stood so already.")
    said: dict[str, str] = {
        Stage.QUEUED: _("Queued."),
        Stage.READING: _("You are reading it, %(percent)s per cent so far.") % {"percent": change.after.percent}
        if change.after.percent
        else _("You are reading it."),
        Stage.READ: _("Marked as read."),
        Stage.SKIPPED: _("Skipped."),
    }
    return said.get(change.after.stage, _("Marked as unread."))


def _answer(request: ReaderRequest, work: Entry, said: str) -> HttpResponse:
    """The changed box for htmx; for all others the page they came from, with a message."""
    if request.htmx:
        context = _progress(request, work) | {"places": _places(request, work), "said": said}
        return render(request, "reading/_progress.html", context)
    messages.success(request, said)
    return redirect(way_back(request, work.get_absolute_url()))


def _refuse(request: ReaderRequest, work: Entry, refusal: str, **forms: Any) -> HttpResponse:
    """The same with what was wrong; nothing has changed and what was typed is kept."""
    if request.htmx:
        context = _progress(request, work) | {"places": _places(request, work), "refusal": refusal, **forms}
        return render(request, "reading/_progress.html", context)
    return render(request, "reading/entry.html", _page(request, work, refusal=refusal, **forms), status=422)
