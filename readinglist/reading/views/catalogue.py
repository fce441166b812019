"""All entries."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import ReaderRequest
from readinglist.catalog.models import Entry
from readinglist.reading import facets, filters, search
from readinglist.reading.views import several
from readinglist.reading.views.pages import PER_PAGE, lines_of


@require_safe
def entries(request: ReaderRequest) -> HttpResponse:
    """Every live work, filtered, searched and sorted by what stands in the address."""
    chosen = filters.EntryFilter(request.GET, queryset=Entry.objects.current(), request=request)
    order = request.GET.get("order", "")
    found = filters.ordered(chosen.qs, order) if chosen.is_valid() else Entry.objects.none()
    words = search.clean(request.GET.get("q", ""))
    if words and not order and chosen.is_valid():
        found = search.best_first(found, words)
    if chosen.is_valid():
        facets.of(chosen, Entry.objects.current(), request.user).label(chosen)
    page = Paginator(found.for_lines(), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "order": order,
        "orders": filters.ORDERS,
        "page": page,
        "lines": lines_of(page.object_list, request.user),
        "total": Entry.objects.current().count(),
        "is_filtered": any(request.GET.get(name) for name in chosen.filters),
        **several.choosing(request),
    }
    return render(request, "reading/entries.html", context)
