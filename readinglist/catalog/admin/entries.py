"""Entries with their identifiers and links."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import RelatedOnlyFieldListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.forms import Script
from django.http import HttpRequest, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import smart_split, unescape_string_literal
from django.utils.translation import gettext_lazy as _

from readinglist.catalog import duplicates, identifiers, supersession
from readinglist.catalog.admin.base import PLAIN_ADDRESS
from readinglist.catalog.admin.filters import CategoryFilter, MissingFilter, ReviewedFilter, SupersededFilter
from readinglist.catalog.admin.superseding import SupersedingPages
from readinglist.catalog.forms import EntryForm, IdentifierForm, address_refusal, circle_refusal
from readinglist.catalog.models import Entry, EntryLink, Identifier


class IdentifierInline(admin.TabularInline):
    model = Identifier
    form = IdentifierForm
    extra = 1


class EntryLinkInline(admin.TabularInline):
    model = EntryLink
    extra = 0
    fields = ["kind", "url"]
    formfield_overrides = PLAIN_ADDRESS


@admin.register(Entry)
class EntryAdmin(SupersedingPages):
    form = EntryForm
    inlines = [IdentifierInline, EntryLinkInline]
    change_form_template = "admin/catalog/entry/change_form.html"
    list_display = ["title", "kind", "year", "venue", "status", "where", "reviewed_at"]
    list_filter = [
        "status",
        MissingFilter,
        "kind",
        SupersededFilter,
        "origin",
        "access",
        "depth",
        ReviewedFilter,
        ("step_entries__list", RelatedOnlyFieldListFilter),
        CategoryFilter,
    ]
    search_fields = ["title"]  # what makes the box appear; get_search_results looks further
    search_help_text = _("Title, author, identifier, or a pasted address")
    readonly_fields = ["successor", "added_on", "reviewed_at"]
    fieldsets = [
        (None, {"fields": ["title", "short_title", "slug", "authors", "kind", "status"]}),
        (_("Where it is"), {"fields": ["url", "year", "venue", "source", "part_of"]}),
        (
            _("How readers choose"),
            {"fields": ["minutes", "depth", "origin", "access", "caution", "description", "pick_when"]},
        ),
        (_("Where it stands"), {"fields": ["categories"]}),
        (_("Looked after"), {"fields": ["successor", "added_on", "reviewed_at"]}),
    ]
    belongings = ((Identifier, "entry_id"),)
    restorable = (
        "title",
        "short_title",
        "authors",
        "kind",
        "status",
        "url",
        "year",
        "venue",
        "source",
        "part_of",
        "minutes",
        "depth",
        "origin",
        "access",
        "caution",
        "description",
        "pick_when",
        "categories",
    )

    class Media:
        js = [Script("js/admin-identify.js", type="module")]

    def lock(self, **which: Any) -> None:
        supersession.lock()
        super().lock(**which)

    def what_forbids(self, obj: Entry) -> list[str]:
        refusals = [address_refusal(obj.pk, status=obj.status, url=obj.url), circle_refusal(obj.pk, obj.part_of)]
        return [str(refusal) for refusal in refusals if refusal]

    def only_afterwards(self) -> set[str]:
        return {"slug", "successor", "added_on", "reviewed_at"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        entries: QuerySet[Entry] = super().get_queryset(request)
        return (
            entries.select_related("superseded_by")
            .defer("search", "superseded_by__search")
            .prefetch_related("categories")
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Entry], search_term: str
    ) -> tuple[QuerySet[Entry], bool]:
        """Every word in title, authors or identifiers; or the work that a pasted address names."""
        term = search_term.replace("\x00", "").strip()[:500]
        if not term:
            return queryset, False
        found = Q()
        queryset = queryset.annotate(author_text=Cast("authors", TextField()))
        for word in smart_split(term):
            word = unescape_string_literal(word) if word[0] in "\"'" and word[0] == word[-1] and len(word) > 1 else word
            known = Exists(Identifier.objects.filter(entry=OuterRef("pk"), key__icontains=word))
            in_text = Q(title__icontains=word) | Q(short_title__icontains=word) | Q(author_text__icontains=word)
            found &= in_text | Q(slug__icontains=word) | Q(known)
        return queryset.filter(found | _named_by(term)), False

    @admin.display(description=_("categories"))
    def where(self, entry: Entry) -> str:
        return ", ".join(category.name for category in entry.categories.all())

    @admin.display(description=_("superseded by"))
    def successor(self, entry: Entry) -> str:
        if entry.superseded_by is None:
            return "–"
        return format_html('<a href="{}">{}</a>', duplicates.change_url(entry.superseded_by), entry.superseded_by)

    def save_model(self, request: HttpRequest, obj: Entry, form: Any, change: bool) -> None:
        if not change:
            obj.added_on = timezone.localdate(timezone=timezone.get_default_timezone())
            self._tell_similar(request, obj)
        super().save_model(request, obj, form, change)

    def _tell_similar(self, request: HttpRequest, entry: Entry) -> None:
        alike = duplicates.similar(entry.title, apart_from=None)
        if alike:
            links = format_html_join(", ", '<a href="{}">{}</a>', ((duplicates.change_url(e), e.title) for e in alike))
            messages.warning(request, format_html("{} {}", _("Looks like a work that is here already:"), links))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Where no identifier was given, the address may name one."""
        super().save_related(request, form, formsets, change)
        entry: Entry = form.instance
        key = duplicates.key_in_address(entry.url) if entry.url else None
        if key is None or entry.identifiers.exists() or duplicates.holder(key, apart_from=entry.pk):
            return
        identifier = Identifier(entry=entry, key=key)
        identifier._change_reason = "named by the address"  # type: ignore[attr-defined]
        identifier.save()

    def response_post_save_add(self, request: HttpRequest, obj: Entry) -> HttpResponseRedirect:
        """Where another page of ours had sent the curator here, back to it with what was added."""
        back = request.GET.get("next", "")
        if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            return HttpResponseRedirect(f"{back}?entry={obj.pk}")
        return super().response_post_save_add(request, obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.identify_view)
        return [path("identify/", view, name="catalog_entry_identify"), *super().get_urls()]

    def identify_view(self, request: HttpRequest) -> JsonResponse:
        """What static/js/admin-identify.js asks while an identifier, an address or a title is typed."""
        if not self.has_add_permission(request) and not self.has_change_permission(request):
            raise PermissionDenied
        entry = request.GET.get("entry", "")
        apart_from = int(entry) if entry.isdecimal() and len(entry) < 19 else None
        text, title = request.GET.get("text", ""), request.GET.get("title", "")
        return JsonResponse(duplicates.identify(text, title=title, apart_from=apart_from))


def _named_by(term: str) -> Q:
    try:
        key = identifiers.key_of(term)
    except identifiers.NotAnIdentifier:
        return Q(pk=None)
    return Q(Exists(Identifier.objects.filter(entry=OuterRef("pk"), key=key))) | Q(url=term)
