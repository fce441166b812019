"""Home, the canon, lists and categories."""

from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Category, Entry, ReadingList, Source
from readinglist.catalog.models.lists import CANON
from readinglist.reading import categories, filters, inbox, progress, shelves
from readinglist.reading.models import ReadState, Stage
from readinglist.reading.views.pages import PER_PAGE, lines_of

ALSO = 5


@require_safe
@never_cache
def home(request: ReaderRequest) -> HttpResponse:
    """The canon with what is next, and what lies open besides."""
    canon_shelf = next(iter(shelves.for_lists(ReadingList.objects.filter(slug=CANON), request.user)), None)
    others = progress.with_progress(ReadingList.objects.exclude(slug=CANON), request.user)
    upcoming = canon_shelf.next if canon_shelf else None
    shown = {work.pk for work in upcoming.works} if upcoming else set()
    states = (
        ReadState.objects.of(request.user)
        .filter(stage__in=[Stage.READING, Stage.QUEUED], entry__status=Status.LIVE)
        .exclude(entry__in=shown)
        .select_related("entry")
        .defer("entry__search")
    )
    context = {
        "shelf": canon_shelf,
        "others": [(row, progress.progress_of(row)) for row in others],
        "next": upcoming,
        "reading": states.filter(stage=Stage.READING).order_by("-started_at")[:ALSO],
        "queued": states.filter(stage=Stage.QUEUED).order_by("queued_at")[:ALSO],
        "unread": inbox.unread_count(request.user, now=timezone.now()),
    }
    return render(request, "reading/home.html", context)


@require_safe
def canon(request: ReaderRequest) -> HttpResponse:
    """All lists as shelves, the categories with their counts, and the mix of origins."""
    origins = (
        Entry.objects.current().exclude(origin="").values_list("origin").annotate(n=Count("pk")).order_by("origin")
    )
    context = {
        "shelves": shelves.for_lists(ReadingList.objects.all(), request.user),
        "tree": categories.tree(),
        "total": Entry.objects.current().count(),
        "mix": categories.mix(dict(origins)),
        "filter": filters.EntryFilter({}, queryset=Entry.objects.none(), request=request),
    }
    return render(request, "reading/canon.html", context)


@require_safe
def reading_list(request: ReaderRequest, slug: str) -> HttpResponse:
    """One list: its shelf, and its steps in order with their works."""
    get_object_or_404(ReadingList, slug=slug)
    (shelf,) = shelves.for_lists(ReadingList.objects.filter(slug=slug), request.user)
    return render(request, "reading/list.html", {"shelf": shelf, "list": shelf.reading_list})


@require_safe
def category(request: ReaderRequest, slug: str) -> HttpResponse:
    """What stands in a category and in those inside it: entries and sources."""
    here = get_object_or_404(Category.objects.select_related("parent__parent"), slug=slug)
    inside = filters.within(here)
    entries = filters.in_categories(Entry.objects.current(), inside)
    page = Paginator(filters.ordered(entries, "-year"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "category": here,
        "tree": categories.tree(),
        "page": page,
        "lines": lines_of(page.object_list, request.user),
        "sources": Source.objects.live()
        .with_feed_count()
        .filter(categories__in=inside)
        .distinct()
        .order_by("name", "pk"),
    }
    return render(request, "reading/category.html", context)
