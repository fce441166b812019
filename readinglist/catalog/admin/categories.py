"""Categories, in the order of their tree."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from readinglist.catalog import tree
from readinglist.catalog.admin import actions
from readinglist.catalog.admin.base import CuratedAdmin
from readinglist.catalog.admin.history import record_changes
from readinglist.catalog.forms import CategoryForm
from readinglist.catalog.models import Category, Entry, Source


@admin.register(Category)
class CategoryAdmin(CuratedAdmin):
    form = CategoryForm
    slug_from = name_field = "name"
    list_display = ["in_tree", "parent", "position", "works", "sources_here", "review_days"]
    list_editable = ["position"]
    list_per_page = 500
    sortable_by = ()
    search_fields = ["name", "description"]
    fields = ["name", "slug", "parent", "position", "description", "review_days"]
    restorable = ("name", "parent", "position", "description", "review_days")

    def get_ordering(self, request: HttpRequest) -> Any:
        return tree.ordering()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Category]:
        categories: QuerySet[Category] = super().get_queryset(request)
        return tree.in_order(categories).annotate(entry_count=_count(Entry), source_count=_count(Source))

    def lock(self, **which: Any) -> None:
        tree.lock()
        super().lock(**which)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What stands in a category holds it: deleting would take it out there without a trace in its history."""
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        standing = [line for category in objs for line in _what_stands_in(category)]
        return to_delete, counts, perms_needed, [*protected, *standing]

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        tree.lock()
        # Nothing new can come into a row that is locked like this; what came since the page was shown is taken out.
        list(Category.objects.select_for_update().filter(pk=obj.pk))
        for model in (Entry, Source):
            rows = model._default_manager.select_for_update(no_key=True).filter(categories=obj).order_by("pk")
            record_changes(actions.take_out(list(rows), obj), reason=f"category {obj.slug} was deleted")
        super().delete_model(request, obj)

    @admin.display(description=_("category"))
    def in_tree(self, category: Category) -> str:
        return tree.label(category)

    @admin.display(description=_("entries"))
    def works(self, category: Any) -> int:
        return int(category.entry_count)

    @admin.display(description=_("sources"))
    def sources_here(self, category: Any) -> int:
        return int(category.source_count)


def _what_stands_in(category: Category) -> Iterator[SafeString]:
    """How many works and sources stand in it, each with the way to them."""
    for model, name in ((Entry, _("entries")), (Source, _("sources"))):
        if count := model._default_manager.filter(categories=category).count():
            address = reverse(f"admin:catalog_{model._meta.model_name}_changelist", query={"category": category.pk})
            text = _("“%(category)s” holds %(what)s: %(count)d") % {"category": category, "what": name, "count": count}
            yield format_html('<a href="{}">{}</a>', address, text)


def _count(model: type[Entry] | type[Source]) -> Coalesce:
    links: Any = model.categories.through.objects.filter(category=OuterRef("pk")).order_by().values("category")
    return Coalesce(Subquery(links.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
