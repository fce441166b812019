"""The pages on which a curator says that one work takes another's place, and takes it back."""

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
from readinglist.catalog.forms import SuccessorForm
from readinglist.catalog.models import Entry


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
            try:
                if request.method == "POST":
                    supersession.supersede(entry, successor, now=timezone.now())
                    return self._done(request, entry, successor)
                supersession.check(entry, successor)
            except supersession.SupersessionError as error:
                form.add_error("successor", str(error))
                successor = None
        context = {
            "title": _("%(title)s is superseded by …") % {"title": entry},
            "form": form,
            "successor": successor,
            "consequences": supersession.consequences(entry, successor) if successor else None,
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
