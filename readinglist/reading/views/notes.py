"""Notes on a work: written, looked at before, changed and deleted."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import ReaderRequest
from readinglist.catalog.models import Entry
from readinglist.reading import notes
from readinglist.reading.forms import NoteForm
from readinglist.reading.models import Note
from readinglist.reading.views.entry import show, visible


@require_POST
def add_note(request: ReaderRequest, slug: str) -> HttpResponse:
    """`do` is preview to look at it first."""
    work = visible(request.user, slug)
    form = NoteForm(request.POST)
    if _is_preview(request) and request.htmx:
        return _preview(request, form)
    if not form.is_valid():
        return show(request, slug, status=422, note_form=form)
    text, is_shared = form.cleaned_data["text"], form.cleaned_data["is_shared"]
    if _is_preview(request):
        return show(request, slug, note_form=form, preview=notes.render(text))
    written = notes.add(work, text, is_shared=is_shared, user=request.user, now=timezone.now())
    messages.success(request, _("Your note is saved.") if written.is_new else _("This note is saved already."))
    return redirect(_place_of(written.note, work))


@require_http_methods(["GET", "HEAD", "POST"])
def edit_note(request: ReaderRequest, slug: str, pk: int) -> HttpResponse:
    """One's own note alone; a teammate's is not found here."""
    note = Note.objects.select_related("entry").filter(pk=pk, author=request.user, entry__slug=slug).first()
    if note is None:
        return _gone(request, slug)
    if request.method != "POST":
        return _edit(request, note, NoteForm(instance=note), seen=notes.edition(note))
    form, seen = NoteForm(request.POST), request.POST.get("seen", "")
    if _is_preview(request) and request.htmx:
        return _preview(request, form)
    if not form.is_valid():
        return _edit(request, note, form, seen=seen, status=422)
    text, is_shared = form.cleaned_data["text"], form.cleaned_data["is_shared"]
    if _is_preview(request):
        return _edit(request, note, form, seen=seen, preview=notes.render(text))
    try:
        written = notes.change(pk, text, is_shared=is_shared, seen=seen, user=request.user, now=timezone.now())
    except notes.NoteGone:
        return _gone(request, slug)
    if not written.is_new:
        other = notes.render(written.note.text)
        return _edit(request, note, form, seen=notes.edition(written.note), other=other, status=409)
    messages.success(request, _("Your note is saved."))
    return redirect(_place_of(note, note.entry))


@require_POST
def delete_note(request: ReaderRequest, slug: str, pk: int) -> HttpResponse:
    work = visible(request.user, slug)
    try:
        notes.delete(pk, work, user=request.user)
    except notes.NoteGone:
        return _gone(request, slug)
    messages.success(request, _("The note is gone."))
    return redirect(f"{work.get_absolute_url()}#notes")


# --------------------------------------------------------------------- parts


def _is_preview(request: ReaderRequest) -> bool:
    return request.POST.get("do") == "preview"


def _preview(request: ReaderRequest, form: NoteForm) -> HttpResponse:
    """For htmx, which shows what is wrong in the same place."""
    context = {"preview": notes.render(form.cleaned_data["text"])} if form.is_valid() else {"form": form}
    return render(request, "reading/_note_preview.html", context)


def _edit(request: ReaderRequest, note: Note, form: NoteForm, *, status: int = 200, **shown: str) -> HttpResponse:
    context = {"form": form, "note": note, "entry": note.entry, **shown}
    return render(request, "reading/note_form.html", context, status=status)


def _gone(request: ReaderRequest, slug: str) -> HttpResponse:
    """The same for a note of somebody else as for one that never was, or that a first click has deleted."""
    return render(request, "reading/note_gone.html", {"entry": visible(request.user, slug)}, status=404)


def _place_of(note: Note, work: Entry) -> str:
    return f"{work.get_absolute_url()}#note-{note.pk}"
