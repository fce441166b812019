"""The inbox: its list and pane, and "read up to here"."""

from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Stream
from readinglist.catalog.models import Post
from readinglist.reading import directory, inbox, marks
from readinglist.reading.forms import STATES, InboxForm
from readinglist.reading.models import Follow
from readinglist.reading.views import undoing
from readinglist.reading.views.asking import address_of, asked, query_of
from readinglist.reading.views.pages import PER_PAGE
from readinglist.reading.views.posts import counts_of, note_opening, readable_post, reading_of


@dataclass(frozen=True, slots=True)
class Day:
    """What arrived on one day of the reader's, in the order of the list."""

    date: date
    posts: list[Post]


@dataclass(frozen=True, slots=True)
class Tab:
    """`stream` is empty for all of them."""

    stream: str
    label: str
    address: str
    count: int
    is_current: bool


@require_safe
@vary_on_headers("HX-Request")
def show(request: ReaderRequest) -> HttpResponse:
    """The list by day; beside it the post that the address names. htmx gets the pane, and the post's line anew."""
    form = asked(request, with_sources=True)
    shown = form.shown
    before, opened = (form.cleaned_data.get(name) for name in ("before", "post"))
    context = {
        "shown": shown,
        "before": before,
        "place": query_of(shown, before=before),
        "opened": opened,
        "filter_name": _name_of(form),
    }
    if request.htmx and opened:
        return render(request, "reading/_inbox_swap.html", context | _pane(request, opened))
    page = inbox.page(request.user, shown, now=timezone.now(), before=before, size=PER_PAGE)
    context |= _list(request, form, page)
    if opened:
        context |= _pane(request, opened, page.posts)
    return render(request, "reading/inbox.html", context)


@require_POST
def read_up_to(request: ReaderRequest) -> HttpResponse:
    """Through `post`, in the filter that the form repeats; with an offer to take it back."""
    now = timezone.now()
    form = asked(request)
    shown, back = form.shown, address_of(form.shown)
    row = get_object_or_404(inbox.readable(), pk=form.cleaned_data.get("post"))
    before = inbox.unread_count(request.user, now=now)
    done = marks.read_up_to(row.pk, user=request.user, stream=shown.stream, source=shown.source)
    if not done.count_of_sources:
        messages.info(request, _("Nothing to change: all of it was read already."))
        return redirect(back)
    said = _said(done, before, inbox.unread_count(request.user, now=now))
    step = undoing.StepBack("read_up_to", {"before": done.before, "up_to": done.up_to}, back)
    undoing.offer(request, step, said=said, now=now)
    return redirect(back)


# --------------------------------------------------------------------- parts


def _list(request: ReaderRequest, form: InboxForm, page: inbox.Page) -> dict[str, Any]:
    """All but the pane."""
    shown = form.shown
    counted = counts_of(request.user, shown)
    form.offer_sources_of_stream()
    return {
        **counted,
        "form": form,
        "tabs": _tabs(shown, counted["counts"]),
        "days": _days(page.posts),
        "newest": page.posts[0] if page.posts else None,
        "older": query_of(shown, before=page.next_before) if page.next_before else "",
        "offer": undoing.offered(request, now=timezone.now()),
        "next": request.get_full_path(),
        "list_has": ["line", "counts"],
        **({} if page.posts else _nothing(request, form)),
    }


def _pane(request: ReaderRequest, pk: int, listed: list[Post] | None = None) -> dict[str, Any]:
    """The post that lies open. `listed` are the lines beside it; without them, it was one of them that asked."""
    row = next((post for post in listed or () if post.pk == pk), None) or readable_post(request.user, pk)
    note_opening(request, row)
    is_listed = listed is None or row in listed
    return reading_of(request, row) | {"has": ["acts", "counts", *(["line"] if is_listed else [])]}


def _tabs(shown: inbox.InboxFilter, counts: dict[str, int]) -> list[Tab]:
    """They count what is unread, whatever state is shown; from what was marked, they lead back to the inbox itself."""
    state = shown.state if shown.is_of_arrivals else inbox.UNREAD
    return [
        Tab(
            stream,
            str(label),
            address_of(inbox.InboxFilter(stream=stream, state=state)),
            counts[stream],
            shown.is_of_arrivals and shown.stream == stream,
        )
        for stream, label in [("", _("All")), *Stream.choices]
    ]


def _days(posts: list[Post]) -> list[Day]:
    by_day = groupby(posts, key=lambda post: timezone.localdate(post.first_seen_at))
    return [Day(day, list(its_posts)) for day, its_posts in by_day]


def _nothing(request: ReaderRequest, form: InboxForm) -> dict[str, Any]:
    """What an empty list says, and the next step that it offers."""
    shown, now = form.shown, timezone.now()
    is_silent = shown.is_of_arrivals and not form.sources
    if is_silent and not Follow.objects.of(request.user).exists():
        return {"follows_nothing": True, "streams": directory.streams_to_follow(request.user)}
    everything = replace(shown, state=inbox.ALL)
    return {
        "all_muted": is_silent,
        "last": next(iter(inbox.page(request.user, everything, now=now, size=1).posts), None),
        "now": now,
        "everything": address_of(everything),
        "newest_first": address_of(shown),
        "unfollowed": Stream(shown.stream) if shown.stream and not form.sources_of_stream() else None,
    }


def _name_of(form: InboxForm) -> str:
    """What the title of the page says of the filter; empty where the usual is shown."""
    shown = form.shown
    stream = str(Stream(shown.stream).label) if shown.stream else ""
    state = "" if shown.state == inbox.UNREAD else str(dict(STATES)[shown.state])
    return " · ".join(filter(None, [shown.source.name if shown.source else stream, state]))


def _said(done: marks.ReadUpTo, before: int, after: int) -> str:
    """In posts where they were counted to the last, else in sources."""
    n = before - after
    if before < inbox.COUNTED_IN_ALL and n > 0:
        return ngettext("%(n)s post marked as read.", "%(n)s posts marked as read.", n) % {"n": n}
    n = done.count_of_sources
    return ngettext("Caught up with %(n)s source.", "Caught up with %(n)s sources.", n) % {"n": n}
