"""The weekly mails in the admin: what went out and what did not, for admins, to be looked at."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.text import capfirst

from readinglist.reminders.models import Reminder


@admin.register(Reminder)
class ReminderAdmin(admin.ModelAdmin):
    list_display = ["user", "week", "state", "error", "tries", "claimed_at", "sent_at"]
    list_filter = ["state"]
    list_select_related = ["user"]
    search_fields = ["user__name", "user__email"]
    date_hierarchy = "week"
    fields = readonly_fields = ("user", "week", "state", "error", "tries", "claimed_at", "sent_at", "message_id")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Reminder]:
        return super().get_queryset(request).order_by("-week", "-claimed_at")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Reminder | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Reminder | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Reminder | None = None) -> bool:
        """Only with their person, whose page asks this too: a mail without its claim would go out again."""
        match = request.resolver_match
        is_here = match is not None and (match.url_name or "").startswith("reminders_reminder_")
        return self.has_module_permission(request) and not is_here
