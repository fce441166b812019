"""Home, the canon, lists, categories and the landscape."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, ReadingList, Source
from readinglist.reading import categories, filters, inbox, landscape, paths, shelves
from readinglist.reading.models import ReadState, Stage
from readinglist.reading.views import several
from readinglist.reading.views.pages import PER_PAGE, lines_of

ALSO = 5
AHEAD = 4  # steps after the one that is next


@dataclass(frozen=True, slots=True)
class Placed:
    """A shelf, and its list's place in the reader's path: None beside it."""

    shelf: shelves.Shelf
    place: int | None
    is_active: bool


@require_safe
def home(request: ReaderRequest) -> HttpResponse:
    """The active list with what is next and what comes then, and what lies open besides."""
    way = paths.path_of(request.user)
    shelf = paths.shelf_of(way, request.user)
    upcoming = shelf.next if shelf else None
    shown = {work.pk for work in upcoming.works} if upcoming else set()
    states = (
        ReadState.objects.of(request.user)
        .filter(stage__in=[Stage.READING, Stage.QUEUED], entry__status=Status.LIVE)
        .exclude(entry__in=shown)
        .select_related("entry")
        .defer("entry__search")
    )
    context = {
        "shelf": shelf,
        "way": way,
        "next": upcoming,
        "ahead": shelf.ahead[:AHEAD] if shelf else [],
        "reading": states.filter(stage=Stage.READING).order_by("-started_at")[:ALSO],
        "queued": states.filter(stage=Stage.QUEUED).order_by("queued_at")[:ALSO],
        "unread": inbox.unread_count(request.user, now=timezone.now()),
    }
    return render(request, "reading/home.html", context)


@require_safe
def canon(request: ReaderRequest) -> HttpResponse:
    """All lists as shelves, the categories with their counts, and the mix of origins."""
    counts = Entry.objects.current().order_by().values_list("origin").annotate(n=Count("pk"))
    origins = dict(counts)
    tree = categories.tree(categories.every())
    context = {
        "shelves": _placed(request.user),
        "tree": tree,
        "total": sum(origins.values()),
        "mix": categories.mix(origins),
        "filter": _filter(request, tree),
    }
    return render(request, "reading/canon.html", context)


@require_safe
def reading_list(request: ReaderRequest, slug: str) -> HttpResponse:
    """One list: its shelf, and its steps in order with their works, to be marked one by one or several at once."""
    get_object_or_404(ReadingList, slug=slug)
    (shelf,) = shelves.for_lists(ReadingList.objects.filter(slug=slug), request.user)
    context = {"shelf": shelf, "list": shelf.reading_list, **several.choosing(request)}
    return render(request, "reading/list.html", context)


@require_safe
def category(request: ReaderRequest, slug: str) -> HttpResponse:
    """What stands in a category and in those inside it: entries and sources."""
    rows = categories.every()
    here = next((row for row in rows if row.slug == slug), None)
    if here is None:
        raise Http404
    inside = categories.inside(here, rows)
    entries = filters.in_categories(Entry.objects.current(), inside)
    page = Paginator(filters.ordered(entries, "-year").for_lines(), PER_PAGE).get_page(request.GET.get("page"))
    sources = filters.sources_in_categories(Source.objects.live(), inside)
    context = {
        "category": here,
        "tree": categories.tree(rows),
        "page": page,
        "lines": lines_of(page.object_list, request.user),
        "sources": sources.with_feed_count().order_by("name", "pk"),
        **several.choosing(request),
    }
    return render(request, "reading/category.html", context)


@require_safe
def show_landscape(request: ReaderRequest) -> HttpResponse:
    """How many works and sources there are, by category and stream."""
    return render(request, "reading/landscape.html", {"landscape": landscape.survey()})


def _placed(user: User) -> list[Placed]:
    """All lists in the curators' order; the first on the path with anything left is the active one."""
    drawn = shelves.for_lists(paths.with_place(ReadingList.objects.all(), user), user)
    places = paths.places_of([shelf.reading_list for shelf in drawn])
    is_open = [shelf.reading_list.pk for shelf in drawn if shelf.progress.is_open]
    active = min((pk for pk in places if pk in is_open), key=lambda pk: places[pk], default=None)
    return [Placed(shelf, places.get(shelf.reading_list.pk), shelf.reading_list.pk == active) for shelf in drawn]


def _filter(request: ReaderRequest, tree: Iterable[categories.Branch]) -> filters.EntryFilter:
    """An empty one, with the categories that are at hand already."""
    asked = filters.EntryFilter({}, queryset=Entry.objects.none(), request=request)
    field: Any = asked.form.fields["category"]
    field.widget.choices = [("", field.empty_label), *categories.choices(tree)]
    return asked
