"""What others see of a reader; of oneself, by the same page."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.requests import ReaderRequest
from readinglist.reading import notes, readers

NOTES = 20


@require_safe
def reader(request: ReaderRequest, pk: int) -> HttpResponse:
    """Not found where they do not share or are gone; oneself is always found."""
    is_me = pk == request.user.pk
    seen = readers.seen_of(pk)
    if seen is None and not is_me:
        raise Http404
    person = seen.person if seen else request.user
    page = Paginator(readers.shared_notes_of(person), NOTES).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    context = {
        "person": person,
        "role": Role(person.role).label,
        "is_me": is_me,
        "seen": seen,
        "page": page,
        "notes": list(zip(shown, notes.render_all([note.text for note in shown]), strict=True)),
    }
    return render(request, "reading/reader.html", context)
