"""The button "Mark as reviewed now" of entries and sources."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from readinglist.catalog.admin import actions
from readinglist.catalog.admin.base import CuratedAdmin


class ReviewedAdmin(CuratedAdmin):
    """A curated model with `status`, `categories` and `reviewed_at`."""

    actions = actions.ALL

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.review_view)
        return [path("<int:object_id>/review/", view, name=f"{self._stem}_review"), *super().get_urls()]

    def review_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        with transaction.atomic():
            self.lock(pk=object_id)
            obj: Any = get_object_or_404(self.get_queryset(request), pk=object_id)
            if not self.has_change_permission(request, obj):
                raise PermissionDenied
            obj.reviewed_at, obj._change_reason = timezone.now(), "reviewed"
            obj.save(update_fields=["reviewed_at"])
            self.log_change(request, obj, "reviewed")
        messages.success(request, _("“%(name)s” is marked as reviewed now.") % {"name": obj})
        return HttpResponseRedirect(self._url("change", obj))
