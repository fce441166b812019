"""The pages on which a curator says that one work takes another's place, and takes it back."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from readinglist.catalog import supersession
from readinglist.catalog.admin.review import ReviewedAdmin
from readinglist.catalog.choices import Status
from readinglist.catalog.forms import SuccessorForm
from readinglist.catalog.models import Entry, StepEntry


@dataclass(frozen=True, slots=True)
class Consequences:
    """What superseding will do, before it is done."""

    taken: list[StepEntry]
    given_up: list[StepEntry]
    predecessors: list[Entry]

    @property
    def list_count(self) -> int:
        return len({place.list_id for place in (*self.taken, *self.given_up)})


def consequences(old: Entry, new: Entry) -> Consequences:
    """Places of `old` that `new` takes, those that go because `new` stands in the list, and who is re-pointed."""
    lists_of_new = set(StepEntry.objects.filter(entry=new).values_list("list", flat=True))
    places = list(StepEntry.objects.filter(entry=old).select_related("step__list").order_by("list", "step__position"))
    return Consequences(
        taken=[place for place in places if place.list_id not in lists_of_new],
        given_up=[place for place in places if place.list_id in lists_of_new],
        predecessors=list(Entry.objects.filter(superseded_by=old)),
    )


class SupersedingPages(ReviewedAdmin):
    """Two pages beside an entry's form."""

    def get_urls(self) -> list[URLPattern]:
        supersede = self.admin_site.admin_view(self.supersede_view)
        undo = self.admin_site.admin_view(self.undo_superseding_view)
        return [
            path("<int:object_id>/supersede/", supersede, name="catalog_entry_supersede"),
            path("<int:object_id>/supersede/undo/", undo, name="catalog_entry_undo_superseding"),
            *super().get_urls(),
        ]

    def supersede_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """GET chooses the successor and shows what will happen; POST does it."""
        entry = self._changeable(request, object_id)
        given = request.POST if request.method == "POST" else request.GET
        form = SuccessorForm(given if "successor" in given else None)
        successor = form.cleaned_data["successor"] if form.is_bound and form.is_valid() else None
        if successor is not None:
            refusal = self._refusal(entry, successor)
            if request.method == "POST" and refusal is None:
                try:
                    supersession.supersede(entry, successor, now=timezone.now())
                except supersession.SupersessionError as error:
                    refusal = str(error)
                else:
                    return self._done(request, entry, successor)
            if refusal is not None:
                form.add_error("successor", refusal)
                successor = None
        context = {
            "title": _("%(title)s is superseded by …") % {"title": entry},
            "form": form,
            "successor": successor,
            "consequences": consequences(entry, successor) if successor else None,
        }
        return self._page(request, entry, "supersede", context)

    def undo_superseding_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        entry = self._changeable(request, object_id)
        if request.method == "POST":
            try:
                undone = supersession.undo(entry)
            except supersession.SupersessionError as error:
                messages.error(request, str(error))
                return HttpResponseRedirect(self._url("change", entry))
            messages.success(request, _("“%(title)s” stands again where it stood.") % {"title": entry})
            for sentence in undone.not_restored:
                messages.warning(request, sentence)
            self.log_change(request, entry, "superseding undone")
            return HttpResponseRedirect(self._url("change", entry))
        context = {"title": _("Undo: %(title)s is superseded") % {"title": entry}}
        return self._page(request, entry, "undo_superseding", context)

    def _changeable(self, request: HttpRequest, object_id: int) -> Entry:
        entry: Entry = get_object_or_404(self.get_queryset(request), pk=object_id)
        if not self.has_change_permission(request, entry):
            raise PermissionDenied
        return entry

    def _refusal(self, entry: Entry, successor: Entry) -> str | None:
        """What can be said before trying; supersede() looks again under its locks."""
        if entry.pk == successor.pk:
            return _("A work cannot supersede itself. Choose the work that takes its place.")
        if entry.superseded_by_id is not None:
            return _("“%(title)s” is superseded already. Undo that first.") % {"title": entry}
        if successor.status != Status.LIVE or successor.superseded_by_id is not None:
            return _("“%(title)s” is not a live, current work. Choose one that is.") % {"title": successor}
        return None

    def _done(self, request: HttpRequest, entry: Entry, successor: Entry) -> HttpResponse:
        undo = reverse("admin:catalog_entry_undo_superseding", args=[entry.pk])
        said = _("“%(old)s” is superseded by “%(new)s”.") % {"old": entry, "new": successor}
        messages.success(request, format_html('{} <a href="{}">{}</a>', said, undo, _("Undo")))
        self.log_change(request, entry, f"superseded by {successor.slug}")
        return HttpResponseRedirect(self._url("change", entry))

    def _page(self, request: HttpRequest, entry: Entry, name: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        base = {**self.admin_site.each_context(request), "opts": self.opts, "entry": entry, "media": self.media}
        return TemplateResponse(request, f"admin/catalog/entry/{name}.html", base | context)
