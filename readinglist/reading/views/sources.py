"""The directory of sources, and the page of one."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Stream
from readinglist.catalog.models import Category, Entry, Feed, Post, Source
from readinglist.reading import filters, follows, inbox
from readinglist.reading.directory import SourceLine, lines_of_sources, standing_of
from readinglist.reading.freshness import freshness
from readinglist.reading.views import undoing
from readinglist.reading.views.pages import PER_PAGE, if_visible, lines_of

NEWEST_POSTS = 10
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Tab:
    """A stream, or all of them where it is empty, and how many sources the other filters leave of it."""

    stream: Stream | None
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """A stream's sources on this page, how many there are in all, and how many wait to be followed."""

    stream: Stream
    lines: Sequence[SourceLine]
    count: int
    to_follow: int


@require_safe
def sources(request: ReaderRequest) -> HttpResponse:
    """The directory of what can be followed, by stream, with what is; filters and order stand in the address."""
    now = timezone.now()
    chosen = filters.SourceFilter(request.GET, queryset=Source.objects.live(), request=request)
    order = request.GET.get("order", "")
    found = _of_any_stream(request, order, now)
    counts = Counter(source.stream for source in found)
    chosen_stream = request.GET.get("stream")
    shown = [source for source in found if chosen_stream in (None, "", source.stream)]
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    standing = standing_of(request.user)
    lines = _lines(list(page.object_list), request.user, now)
    groups = [
        Group(stream, of_it, counts[stream], standing.to_follow[stream])
        for stream in Stream
        if (of_it := [line for line in lines if line.source.stream == stream])
    ]
    context = {
        "filter": chosen,
        "order": order,
        "orders": filters.SOURCE_ORDERS,
        "tabs": [Tab(None, len(found)), *(Tab(stream, counts[stream]) for stream in Stream)],
        "stream": chosen_stream,
        "groups": groups,
        "page": page,
        "followed": standing.followed,
        "is_filtered": any(request.GET.get(name) for name in chosen.filters if name != "stream"),
        "offer": undoing.offered(request, now=now, kind="follow_stream"),
        "next": request.get_full_path(),
    }
    return render(request, "reading/sources.html", context)


@require_safe
def source(request: ReaderRequest, slug: str) -> HttpResponse:
    """One source: what it is, whether it is alive, its newest posts, and its works in the catalogue."""
    categories = Category.objects.filter(sources=OuterRef("pk")).order_by("position", "pk")
    as_json = categories.values(json=JSONObject(id="pk", slug="slug", name="name"))
    visible = Source.objects.visible().select_related("parent").annotate(category_rows=ArraySubquery(as_json))
    found = visible.filter(slug=slug)
    line = next(iter(lines_of_sources(found, request.user, now=timezone.now())), None)
    if line is None:
        raise Http404
    row = line.source
    its_works = filters.ordered(Entry.objects.current().filter(source=row), "-year").for_lines()
    feeds = list(row.feeds.all())
    context = {
        "source": row,
        "line": line,
        "posts": _newest_posts(feeds, request.user),
        "has": ["line", "mast", "source"],
        "next": request.get_full_path(),
        "parent": if_visible(row.parent, request.user),
        "feeds": feeds,
        "categories": [Category(**category) for category in row.category_rows],  # type: ignore[attr-defined]
        "parts": row.children.live().with_feed_count(),
        "lines": lines_of(its_works, request.user),
    }
    return render(request, "reading/source.html", context)


# --------------------------------------------------------------------- parts


def _of_any_stream(request: ReaderRequest, order: str, now: datetime) -> list[Source]:
    """What the filters leave, the stream's aside, in the order of the streams and of what was asked for."""
    asked = request.GET.copy()
    asked.pop("stream", None)
    every = Source.objects.live().order_by("name", "pk")
    chosen = filters.SourceFilter(asked, queryset=every, request=request)
    if not chosen.is_valid():
        return []
    rows = chosen.qs
    if order == filters.MOST_FOLLOWED:
        rows = rows.order_by(follows.followers().desc(), "name", "pk")
    found = list(rows.only("kind", "rhythm"))
    if order == filters.NEWEST:
        newest = {pk: fresh.newest_at for pk, fresh in freshness(found, now=now).items()}
        found.sort(key=lambda source: newest.get(source.pk, _NEVER), reverse=True)
    places = list(Stream)
    return sorted(found, key=lambda source: places.index(source.stream))


def _lines(sources: Sequence[Source], user: User, now: datetime) -> list[SourceLine]:
    """The lines of the sources, in their order."""
    places = {source.pk: place for place, source in enumerate(sources)}
    lines = lines_of_sources(Source.objects.filter(pk__in=places), user, now=now)
    return sorted(lines, key=lambda line: places[line.source.pk])


def _newest_posts(feeds: list[Feed], user: User) -> list[Post]:
    """With the reader's marks. Each feed gives its newest by the index, and of those the newest are shown."""
    if not feeds:
        return []
    ids = Post.objects.order_by("-pk").values("pk")
    of_each = ids.none().union(*(ids.filter(feed=feed)[:NEWEST_POSTS] for feed in feeds))
    newest = inbox.readable().filter(pk__in=of_each).defer("body").order_by("-pk")
    return inbox.marked(newest, user, now=timezone.now())[:NEWEST_POSTS]
