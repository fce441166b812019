"""All entries, sources, and one source."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Stream
from readinglist.catalog.models import Entry, Feed, Post, Source
from readinglist.reading import facets, filters, inbox, search
from readinglist.reading.views import several, undoing
from readinglist.reading.views.following import SourceLine, count_of_followed, lines_of_sources
from readinglist.reading.views.pages import PER_PAGE, if_visible, lines_of

NEWEST_POSTS = 10


@dataclass(frozen=True, slots=True)
class Group:
    """The sources of a stream, and how many of them wait to be followed."""

    stream: Stream
    lines: list[SourceLine]

    @property
    def to_follow(self) -> int:
        return sum(line.can_be_followed and not line.is_followed for line in self.lines)


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
        **several.choosing(request),
    }
    return render(request, "reading/entries.html", context)


@require_safe
def sources(request: ReaderRequest) -> HttpResponse:
    """The directory of what can be followed, by stream, with what is."""
    chosen = filters.SourceFilter(request.GET, queryset=Source.objects.live(), request=request)
    found = chosen.qs.order_by("name", "pk") if chosen.is_valid() else Source.objects.none()
    lines = lines_of_sources(found, request.user, now=timezone.now())
    groups = [Group(stream, [line for line in lines if line.source.stream == stream]) for stream in Stream]
    is_filtered = any(request.GET.get(name) for name in chosen.filters)
    context = {
        "filter": chosen,
        "groups": [group for group in groups if group.lines],
        "count": len(lines),
        "followed": count_of_followed(request.user) if is_filtered else sum(line.is_followed for line in lines),
        "is_filtered": is_filtered,
        "offer": undoing.offered(request, now=timezone.now(), kind="follow_stream"),
        "next": request.get_full_path(),
    }
    return render(request, "reading/sources.html", context)


@require_safe
def source(request: ReaderRequest, slug: str) -> HttpResponse:
    """One source: what it is, whether it is alive, its newest posts, and its works in the catalogue."""
    found = Source.objects.visible().filter(slug=slug).select_related("parent")
    line = next(iter(lines_of_sources(found, request.user, now=timezone.now())), None)
    if line is None:
        raise Http404
    row = line.source
    works = filters.ordered(Entry.objects.current().filter(source=row), "-year")
    feeds = list(row.feeds.all())
    context = {
        "source": row,
        "line": line,
        "posts": _newest_posts(feeds, request.user),
        "has": ["line", "mast", "source"],
        "next": request.get_full_path(),
        "parent": if_visible(row.parent, request.user),
        "feeds": feeds,
        "categories": row.categories.all(),
        "parts": row.children.live().with_feed_count(),
        "lines": lines_of(works, request.user),
    }
    return render(request, "reading/source.html", context)


def _newest_posts(feeds: list[Feed], user: User) -> list[Post]:
    """With the reader's marks. Each feed gives its newest by the index, and of those the newest are shown."""
    if not feeds:
        return []
    ids = Post.objects.order_by("-pk").values("pk")
    of_each = ids.none().union(*(ids.filter(feed=feed)[:NEWEST_POSTS] for feed in feeds))
    posts = inbox.with_marks(Post.objects.filter(pk__in=of_each), user, now=timezone.now())
    return list(posts.defer("body").order_by("-pk")[:NEWEST_POSTS])
