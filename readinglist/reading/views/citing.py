"""How to cite a work: to copy from a page, or as a file for a reference manager."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog import citations
from readinglist.reading import works
from readinglist.reading.views.entry import visible


@require_safe
def cite(request: ReaderRequest, slug: str) -> HttpResponse:
    """All styles; for htmx without the page around them."""
    work = _cited(request.user, slug)
    written = [(style, style.write(work)) for style in citations.styles()]
    template = "reading/_citations.html" if request.htmx else "reading/cite.html"
    return render(request, template, {"citations": written, "cited": work, "slug": slug})


@require_safe
def citation(request: ReaderRequest, slug: str, style: str) -> HttpResponse:
    """One of them as a file."""
    chosen = next((one for one in citations.styles() if one.slug == style), None)
    if chosen is None:
        raise Http404
    work = _cited(request.user, slug)
    response = HttpResponse(chosen.write(work), content_type=chosen.content_type)
    response["Content-Disposition"] = f'attachment; filename="{work.key}.{chosen.ending}"'
    return response


def _cited(user: User, slug: str) -> citations.Work:
    entry = visible(user, slug, works.for_page(user))
    key = citations.keys_of(citations.namesakes(entry))[entry.pk]
    return citations.work_of(entry, entry.identifier_keys, key=key)  # type: ignore[attr-defined]
