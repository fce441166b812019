"""One post: its page, and the reader's marks on it."""

from datetime import datetime, time
from typing import Any

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.models import Post
from readinglist.reading import bodies, inbox, marks
from readinglist.reading.directory import line_of_source
from readinglist.reading.forms import SnoozeForm
from readinglist.reading.templatetags.posts import day_name
from readinglist.reading.views.asking import address_of, asked, query_of
from readinglist.reading.views.pages import way_back

COPIES = 10


@require_safe
def post(request: ReaderRequest, pk: int) -> HttpResponse:
    """The address keeps the filter of the inbox, so that newer and older are those of the list one came from."""
    row = readable_post(request.user, pk)
    note_opening(request, row)
    return _show(request, row)


def _show(request: ReaderRequest, row: Post, *, snooze: SnoozeForm | None = None, status: int = 200) -> HttpResponse:
    """The page; with `snooze` as it was refused, what was typed stays."""
    form = asked(request)
    before = form.cleaned_data.get("before")
    newer, older = inbox.neighbours(row, request.user, form.shown, now=timezone.now())
    titles = Post.objects.only("title", "url", "key").in_bulk([near for near in (newer, older) if near])
    context = reading_of(request, row, snooze=snooze) | {
        "shown": form.shown,
        "place": query_of(form.shown, before=before),
        "back": f"{address_of(form.shown, before=before)}#post-{row.pk}",
        "newer": titles.get(newer),
        "older": titles.get(older),
        "has": ["acts", "mast"],
    }
    return render(request, "reading/post.html", context, status=status)


@require_POST
def mark_post(request: ReaderRequest, pk: int) -> HttpResponse:
    """`action`: one of marks.MARKS. For htmx `has` names what of the post is on the page, and is answered anew."""
    row = readable_post(request.user, pk)
    action = request.POST.get("action", "")
    if action not in marks.MARKS:
        raise SuspiciousOperation("There is no such mark.")
    is_new = marks.MARKS[action](row, user=request.user, now=timezone.now())
    return _answer(request, row, _said(action, row) if is_new else _("Nothing to change: it stood so already."))


@require_POST
def snooze_post(request: ReaderRequest, pk: int) -> HttpResponse:
    """`on`: the day on which it comes back, when that day begins by the reader's clock."""
    row = readable_post(request.user, pk)
    if not row.is_shown:  # type: ignore[attr-defined] # of inbox.marked
        return _answer(request, row, _("Only what your inbox shows can be snoozed. Save this post instead."))
    form = SnoozeForm(request.POST, today=timezone.localdate())
    if not form.is_valid():
        if request.htmx:
            return _answer(request, row, " ".join(str(error) for error in form.errors["on"]), snooze=form)
        return _show(request, row, snooze=form, status=422)
    day = form.cleaned_data["on"]
    until = datetime.combine(day, time.min, tzinfo=request.user.tzinfo)
    if marks.snooze(row, until=until, user=request.user):
        return _answer(request, row, _("Snoozed until: %(day)s.") % {"day": day_name(day)})
    return _answer(request, row, _("Nothing to change: it stood so already."))


# --------------------------------------------------------------------- parts


def readable_post(user: User, pk: int) -> Post:
    """With the reader's marks, and the work of the catalogue that it is; posts of drafts are not found."""
    rows = inbox.marked(inbox.readable().filter(pk=pk), user, now=timezone.now())
    if not rows:
        raise Http404
    inbox.add_entries(rows, user)
    return rows[0]


def note_opening(request: ReaderRequest, row: Post) -> None:
    """The reader has it before them; asking for the head of a page, or for what they may open next, is not looking."""
    if request.method == "GET" and not _is_prefetch(request):
        now = timezone.now()
        marks.open_post(row, user=request.user, now=now)
        row.opened_at = row.opened_at or now  # type: ignore[attr-defined] # of inbox.marked


def reading_of(request: ReaderRequest, row: Post, *, snooze: SnoozeForm | None = None) -> dict[str, Any]:
    """What pane and page show of a post."""
    page = request.get_full_path() if request.method != "POST" else _page_of(request, row)
    return _acts_of(row, snooze) | {
        "body": bodies.body_of(row),
        "minutes": bodies.minutes_of(row),
        "copies": inbox.copies_of(row, request.user)[:COPIES],
        "next": page,
    }


def counts_of(user: User, shown: inbox.InboxFilter) -> dict[str, Any]:
    """What is unread: by stream, in all (which stands under the empty name too), and of the source that is shown."""
    now = timezone.now()
    by_stream = inbox.unread_by_stream(user, now=now)
    unread = min(sum(by_stream.values()), inbox.COUNTED_IN_ALL)
    counts: dict[str, Any] = {"counts": {"": unread, **by_stream}, "unread": unread}
    if shown.source:
        by_source = inbox.unread_by_source(user, now=now, sources=[shown.source])
        counts["unread_of_source"] = by_source.get(shown.source.pk, 0)
    return counts


def _is_prefetch(request: ReaderRequest) -> bool:
    """Browsers fetch ahead what may be opened, and say so in one of these."""
    return any("prefetch" in request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz"))


def _acts_of(row: Post, snooze: SnoozeForm | None) -> dict[str, Any]:
    """What can be done with the post that lies open."""
    return {
        "post": row,
        "original": bodies.address_of(row),
        "snooze": snooze or SnoozeForm(today=timezone.localdate()),
    }


def _page_of(request: ReaderRequest, row: Post) -> str:
    """Where the form was sent from; the post's own page where that is no page of ours."""
    return way_back(request, reverse("reading:post", args=[row.pk]))


def _answer(request: ReaderRequest, row: Post, said: str, *, snooze: SnoozeForm | None = None) -> HttpResponse:
    """The changed parts for htmx; for all others the page they came from, with a message."""
    if not request.htmx:
        messages.success(request, said)
        return redirect(_page_of(request, row))
    return render(request, "reading/_post_marked.html", _marked(request, row.pk, snooze) | {"said": said})


def _marked(request: ReaderRequest, pk: int, snooze: SnoozeForm | None) -> dict[str, Any]:
    """The parts of the page that show the post, or count it; the pane is one where the post is `open` in it."""
    form = asked(request)
    row = readable_post(request.user, pk)
    has = set(request.POST.getlist("has"))
    is_open = str(pk) in request.POST.getlist("open")
    if is_open:
        has.add("acts")
    context = _acts_of(row, snooze) | {
        "shown": form.shown,
        "place": query_of(form.shown, before=form.cleaned_data.get("before")),
        "opened": pk if is_open else None,
        "has": has,
        "is_one_source": "one_source" in request.POST,
        "next": _page_of(request, row),
    }
    if "counts" in has:
        context |= counts_of(request.user, form.shown)
    elif "mast" in has:
        context["unread"] = inbox.unread_count(request.user, now=timezone.now())
    if "source" in has:
        context["line"] = line_of_source(row.feed.source, request.user, now=timezone.now())
    return context


def _said(action: str, row: Post) -> str:
    """For a live region, and for the message of the page."""
    said = {
        "read": _("Marked as read: %(title)s"),
        "unread": _("Marked as unread: %(title)s"),
        "save": _("Saved: %(title)s"),
        "unsave": _("No longer saved: %(title)s"),
    }
    return said[action] % {"title": Truncator(str(row)).chars(80)}
