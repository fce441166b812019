"""The reader's own page: what they read, in pictures and figures, and their history. Nobody else's is ever shown."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.requests import ReaderRequest
from readinglist.reading.history import lines, lists, sources, weeks
from readinglist.reading.history.lines import Kind
from readinglist.reading.models import ReadState
from readinglist.reading.pictures import budget, courses, shares, year
from readinglist.reading.views.pages import PER_PAGE

A_QUARTER = 13


@dataclass(frozen=True, slots=True)
class Tab:
    kind: Kind
    is_current: bool


@require_safe
def me(request: ReaderRequest) -> HttpResponse:
    user, now = request.user, timezone.now()
    my_year = weeks.year_of(user, now=now)
    my_sources = sources.sources_of(user, now=now)
    context = {
        "figures": my_year,
        "works_read": ReadState.objects.of(user).filter(read_at__gte=my_year.since).count(),
        "year": year.draw(my_year),
        "budget": budget.draw(my_year.weeks[-A_QUARTER:], user.weekly_minutes),
        "courses": courses.draw(lists.courses_of(user, now=now)),
        "shares": shares.draw(my_sources),
        "since": sources.since_of(user, now=now),
        "silent": sources.silent_one(my_sources, now=now),
        "next": request.path,
    }
    return render(request, "reading/me.html", context)


@require_safe
def history(request: ReaderRequest) -> HttpResponse:
    """All that the log holds, and the marks on posts, by day; `kind` in the address shows one sort of it."""
    asked = request.GET.get("kind", "")
    kind = Kind(asked) if asked in Kind.values else Kind.ALL
    page = Paginator(lines.places_of(request.user, kind), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "tabs": [Tab(each, is_current=each == kind) for each in Kind],
        "kind": kind,
        "page": page,
        "days": lines.by_day(lines.lines_at(page.object_list, request.user)),
    }
    return render(request, "reading/me_history.html", context)
