"""Categories, in the order of their tree."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from readinglist.catalog import tree
from readinglist.catalog.admin.base import CuratedAdmin
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

    @admin.display(description=_("category"))
    def in_tree(self, category: Category) -> str:
        return tree.label(category)

    @admin.display(description=_("entries"))
    def works(self, category: Any) -> int:
        return int(category.entry_count)

    @admin.display(description=_("sources"))
    def sources_here(self, category: Any) -> int:
        return int(category.source_count)


def _count(model: type[Entry] | type[Source]) -> Coalesce:
    links: Any = model.categories.through.objects.filter(category=OuterRef("pk")).order_by().values("category")
    return Coalesce(Subquery(links.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)
