"""One work: its page."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog import past
from readinglist.catalog.choices import Status
from readinglist.catalog.links import doors_of
from readinglist.catalog.models import Entry, StepEntry
from readinglist.catalog.models.entries import EntryQuerySet
from readinglist.reading import notes, related, shelves, works
from readinglist.reading.forms import MinutesForm, NoteForm, PageForm, PercentForm
from readinglist.reading.models import ReadState, Stage
from readinglist.reading.views.pages import if_visible

NEIGHBOURS = 3
READERS_NAMED = 8
MOST_NOTES = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where the work stands in a list: its spine, and the spines around it."""

    shelf: shelves.Shelf
    spine: shelves.Spine

    @property
    def near(self) -> list[shelves.Spine]:
        index = self.shelf.spines.index(self.spine)
        first = max(0, min(index - NEIGHBOURS, len(self.shelf.spines) - 2 * NEIGHBOURS - 1))
        return list(self.shelf.spines[first : first + 2 * NEIGHBOURS + 1])

    @property
    def before(self) -> shelves.Spine | None:
        index = self.shelf.spines.index(self.spine)
        return self.shelf.spines[index - 1] if index else None

    @property
    def after(self) -> shelves.Spine | None:
        index = self.shelf.spines.index(self.spine)
        return self.shelf.spines[index + 1] if index + 1 < len(self.shelf.spines) else None


@require_safe
def entry(request: ReaderRequest, slug: str) -> HttpResponse:
    return show(request, slug)


def show(request: ReaderRequest, slug: str, *, status: int = 200, **shown: Any) -> HttpResponse:
    """The whole page; `shown` is what an action has to say on it, and forms as they were typed."""
    work = visible(request.user, slug, works.for_page(request.user))
    return render(request, "reading/entry.html", _page(request, work) | shown, status=status)


def show_progress(request: ReaderRequest, work: Entry, **shown: Any) -> HttpResponse:
    """The box "Where you are" alone, as it is now."""
    work = visible(request.user, work.slug, works.with_reader(request.user))
    context = _progress(request, work) | {"places": _places(work, request.user)}
    if context["state"] is None:
        context["earlier"] = works.earlier_of(work, request.user)
    return render(request, "reading/_progress.html", context | shown)


def visible(user: User, slug: str, entries: EntryQuerySet | None = None) -> Entry:
    """Live and retired works; drafts only for those who may edit them."""
    work = get_object_or_404(Entry.objects.all() if entries is None else entries, slug=slug)
    if work.status == Status.DRAFT and not user.has_perm("catalog.change_entry"):
        raise Http404
    return work


# --------------------------------------------------------------------- parts


def _page(request: ReaderRequest, work: Entry) -> dict[str, Any]:
    """All that the entry's page shows."""
    details = works.details(work)
    kin = related.kin_of(work, details.categories, request.user)
    readers = works.readers_of(work, request.user)
    most = MOST_NOTES if request.GET.get("notes") == "all" else works.NOTES
    written = works.notes_of(work, request.user, most=most)
    return (
        _progress(request, work)
        | _succession(request, work)
        | {
            "part_of": if_visible(work.part_of, request.user),
            "source": if_visible(work.source, request.user),
            "places": _places(work, request.user),
            "categories": details.categories,
            "identifiers": details.identifiers,
            "doors": doors_of(work, [row.key for row in details.identifiers], details.links),
            "kin": kin,
            "earlier": kin.earlier,
            "readers": readers.states[:READERS_NAMED],
            "more_readers": readers.states[READERS_NAMED:],
            "unnamed_readers": readers.count - len(readers.states),
            "posts": works.posts_about(details.identifiers) if details.identifiers else [],
            "notes": list(zip(written.shown, notes.render_all([note.text for note in written.shown]), strict=True)),
            "older_notes": written.count - len(written.shown),
            "note_form": NoteForm(initial={"is_shared": False}),
        }
    )


def _progress(request: ReaderRequest, work: Entry) -> dict[str, Any]:
    """What the box "Where you are" shows, but for the shelves and an earlier version."""
    now = timezone.now()
    state = works.state_of(work)
    running = works.running(work)
    log = works.log_of(work, request.user)
    return {
        "entry": work,
        "state": state,
        "stages": Stage.choices,
        "log": log,
        "read_again_at": log.last_finish if state and _is_read_again(state, log) else None,
        "left": work.about_minutes * (100 - state.percent) // 100 if state else work.about_minutes,
        "timer": running,
        "timer_is_here": running is not None and running.entry_id == work.pk,
        "timer_minutes": running.minutes(now) if running else 0,
        "timer_is_forgotten": running is not None and running.is_forgotten(now),
        "percent_form": PercentForm(initial={"percent": state.percent if state else 0}),
        "page_form": PageForm(initial={"page": state.page, "pages": state.pages} if state else None),
        "minutes_form": MinutesForm(),
    }


def _is_read_again(state: ReadState, log: works.Log) -> bool:
    """On another day than the first time."""
    if state.stage != Stage.READ or state.read_at is None or log.last_finish is None:
        return False
    return timezone.localdate(log.last_finish) > timezone.localdate(state.read_at)


def _succession(request: ReaderRequest, work: Entry) -> dict[str, Any]:
    """What took the work's place, since when and where; and what became of a work that counts no more."""
    successor = if_visible(work.superseded_by, request.user)
    if not isinstance(successor, Entry):
        return {"events": past.of(work, None)} if work.status == Status.RETIRED else {}
    places = StepEntry.objects.filter(entry=successor).select_related("step", "list").order_by("list__position", "pk")
    return {
        "successor": successor,
        "supersession": getattr(work, "supersession", None),
        "successor_places": places,
        "events": past.of(work, successor),
    }


def _places(work: Entry, user: User) -> list[Place]:
    places = []
    for shelf in shelves.with_work(work, user):
        spine = next((s for s in shelf.spines if work in s.works or work in s.companions), None)
        if spine:
            places.append(Place(shelf, spine))
    return places
