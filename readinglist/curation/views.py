"""The curators' pages."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import ReaderRequest
from feeds import claiming
from feeds.models import Fetch
from feeds.tasks import visit_feed
from readinglist.calling import call_worker
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Feed, Post
from readinglist.curation import feeds, unfinished
from readinglist.reading.views.pages import PER_PAGE, way_back

POSTS_SHOWN = 20
FETCHES_SHOWN = 50


@require_safe
@permission_required("catalog.change_entry", raise_exception=True)
def home(request: ReaderRequest) -> HttpResponse:
    """What is unfinished, and what was changed last."""
    context = {"sections": unfinished.sections(now=timezone.now()), "changes": unfinished.latest_changes()}
    return render(request, "curation/home.html", context)


@require_safe
@permission_required("catalog.change_entry", raise_exception=True)
def feed_list(request: ReaderRequest) -> HttpResponse:
    """Every feed of the catalogue and how it is, worst first; filters stand in the address."""
    rows = feeds.with_standing(Feed.objects.select_related("source", "state__duplicate_of__source"))
    chosen = feeds.FeedFilter(request.GET, queryset=rows, request=request)
    found = feeds.worst_first(chosen.qs) if chosen.is_valid() else Feed.objects.none()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": chosen,
        "page": page,
        "lines": feeds.lines_of(page.object_list, now=timezone.now()),
        "is_filtered": any(request.GET.get(name) for name in chosen.filters),
    }
    return render(request, "curation/feeds.html", context)


@require_safe
@permission_required("catalog.change_entry", raise_exception=True)
def feed(request: ReaderRequest, pk: int) -> HttpResponse:
    """One feed: how it is, its visits of the last thirty days, and its newest posts."""
    now = timezone.now()
    rows = feeds.with_standing(Feed.objects.select_related("source", "state__duplicate_of__source"))
    row = get_object_or_404(rows, pk=pk)
    (line,) = feeds.lines_of([row], now=now)
    context = {
        "line": line,
        "paused_until": claiming.paused_until(row, now=now),
        "month": feeds.month_of(row, now=now),
        "fetches": list(Fetch.objects.filter(feed=row)[:FETCHES_SHOWN]),
        "posts": Post.objects.filter(feed=row)
        .order_by("-pk")
        .only("title", "url", "key", "published_at")[:POSTS_SHOWN],
    }
    return render(request, "curation/feed.html", context)


@require_POST
@permission_required("catalog.change_entry", raise_exception=True)
def fetch_now(request: ReaderRequest, pk: int) -> HttpResponse:
    """Has a feed visited at once: the worker is called, and were it not to hear, finds it on its next round."""
    now = timezone.now()
    row = get_object_or_404(Feed.objects.select_related("source"), pk=pk)
    name = {"name": row.source.name}
    if row.source.status != Status.LIVE:
        messages.error(request, _("The feeds of “%(name)s” are not fetched: make the source live first.") % name)
    elif (until := claiming.paused_until(row, now=now)) is not None:
        claiming.make_due(Feed.objects.filter(pk=pk), now=now)
        until_words = date_format(timezone.localtime(until), "j F, H:i")
        said = _("The host of “%(name)s” asked to be left alone until %(until)s. Its feed is fetched then.")
        messages.info(request, said % (name | {"until": until_words}))
    else:
        claiming.make_due(Feed.objects.filter(pk=pk), now=now)
        said = _("“%(name)s” is being fetched. Load this page again to see what came.")
        if not call_worker(visit_feed, pk):
            said = _("“%(name)s” is due. The queue does not answer, so the worker takes it on its next round.")
        messages.success(request, said % name)
    return redirect(way_back(request, reverse("curation:feed", args=[pk])))
