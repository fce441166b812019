"""All entries, sources, one source, and search."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Stream
from readinglist.catalog.models import Entry, Source
from readinglist.reading import facets, filters, search
from readinglist.reading.views.pages import PER_PAGE, if_visible, lines_of

FOUND_AT_MOST = 50


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
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "order": order,
        "orders": filters.ORDERS,
        "page": page,
        "lines": lines_of(page.object_list, request.user),
        "total": Entry.objects.current().count(),
        "is_filtered": any(request.GET.get(name) for name in chosen.filters),
    }
    return render(request, "reading/entries.html", context)


@require_safe
def sources(request: ReaderRequest) -> HttpResponse:
    """The directory of what is followed, by stream."""
    chosen = filters.SourceFilter(request.GET, queryset=Source.objects.live(), request=request)
    found = list(chosen.qs.with_feed_count().order_by("name", "pk")) if chosen.is_valid() else []
    streams = [(stream, [source for source in found if source.stream == stream]) for stream in Stream]
    context = {
        "filter": chosen,
        "streams": [(stream, its_sources) for stream, its_sources in streams if its_sources],
        "count": len(found),
        "is_filtered": any(request.GET.get(name) for name in chosen.filters),
    }
    return render(request, "reading/sources.html", context)


@require_safe
def source(request: ReaderRequest, slug: str) -> HttpResponse:
    """One source: what it is, its feeds, and its works in the catalogue."""
    row = get_object_or_404(Source.objects.visible().select_related("parent"), slug=slug)
    works = filters.ordered(Entry.objects.current().filter(source=row), "-year")
    context = {
        "source": row,
        "parent": if_visible(row.parent, request.user),
        "feeds": row.feeds.all(),
        "categories": row.categories.all(),
        "parts": row.children.live().with_feed_count(),
        "lines": lines_of(works, request.user),
    }
    return render(request, "reading/source.html", context)


@require_safe
def find(request: ReaderRequest) -> HttpResponse:
    """Search over works and sources; near misses where nothing has the words."""
    words = search.clean(request.GET.get("q", ""))
    visible = Entry.objects.visible()
    found, sources = [], []
    if words:
        found = list(search.best_first(search.entries_with(visible, words), words)[: FOUND_AT_MOST + 1])
        sources = list(search.sources_with(Source.objects.live().with_feed_count(), words)[:FOUND_AT_MOST])
    may_guess = words and not found and not sources and not search.has_operators(words)
    near = list(search.entries_near(visible, words)[:10]) if may_guess else []
    context = {
        "words": words,
        "lines": lines_of(found[:FOUND_AT_MOST] or near, request.user),
        "is_near": bool(near),
        "is_cut": len(found) > FOUND_AT_MOST,
        "sources": sources,
    }
    return render(request, "reading/search.html", context)
