"""Sources with their feeds."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.admin.base import PLAIN_ADDRESS
from readinglist.catalog.admin.filters import CategoryFilter, HasFeedFilter, MissingFilter, ReviewedFilter
from readinglist.catalog.admin.review import ReviewedAdmin
from readinglist.catalog.forms import FeedForm, SourceForm
from readinglist.catalog.models import Feed, Source


class FeedInline(admin.TabularInline):
    model = Feed
    form = FeedForm
    formfield_overrides = PLAIN_ADDRESS
    extra = 1


@admin.register(Source)
class SourceAdmin(ReviewedAdmin):
    form = SourceForm
    inlines = [FeedInline]
    slug_from = name_field = "name"
    change_form_template = "admin/catalog/reviewed_change_form.html"
    list_display = ["name", "kind", "rhythm", "status", "feed_count", "reviewed_at"]
    list_filter = [
        "status",
        MissingFilter,
        "kind",
        HasFeedFilter,
        "origin",
        "access",
        "caution",
        ReviewedFilter,
        CategoryFilter,
    ]
    search_fields = ["name", "slug", "url", "description", "feeds__url"]
    search_help_text = _("Name, address, feed address or a word of the description")
    readonly_fields = ["reviewed_at"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "rhythm", "status", "url", "parent"]}),
        (_("How readers choose"), {"fields": ["origin", "access", "caution", "description", "pick_when"]}),
        (_("Where it stands"), {"fields": ["categories"]}),
        (_("Looked after"), {"fields": ["reviewed_at"]}),
    ]
    belongings = ((Feed, "source_id"),)
    restorable = (
        "name",
        "kind",
        "rhythm",
        "status",
        "url",
        "parent",
        "origin",
        "access",
        "caution",
        "description",
        "pick_when",
        "categories",
    )

    def only_afterwards(self) -> set[str]:
        return {"slug", "reviewed_at"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        sources: QuerySet[Source] = super().get_queryset(request)
        return sources.annotate(feeds_here=Count("feeds", distinct=True))

    @admin.display(description=_("feeds"), ordering="feeds_here")
    def feed_count(self, source: Any) -> int:
        return int(source.feeds_here)
