"""Filters of the curators' lists."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from readinglist.catalog import tree
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Category, Entry, Feed, Source

QUARTER = timedelta(days=91)


def lacks_of(model: Any) -> dict[str, Q]:
    """What a work or source can lack; retired ones need nothing any more."""
    links = model.categories.through.objects.filter(**{f"{model._meta.model_name}_id": OuterRef("pk")})
    return {"description": Q(description=""), "address": Q(url=None) | Q(url=""), "category": ~Q(Exists(links))}


class MissingFilter(admin.SimpleListFilter):
    """What is unfinished; the curators' home links here."""

    title = _("what is missing")
    parameter_name = "missing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("description", _("Without description")),
            ("address", _("Without address")),
            ("category", _("Without category")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        lack = lacks_of(queryset.model).get(self.value() or "")
        return queryset if lack is None else queryset.filter(lack).exclude(status=Status.RETIRED)


class CategoryFilter(admin.SimpleListFilter):
    """A category with all that stands inside it, in the order of the tree."""

    title = _("category")
    parameter_name = "category"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(category.pk), tree.label(category)) for category in tree.in_order(Category.objects.all())]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if not value or not value.isdecimal():
            return queryset
        within = Q(pk=value) | Q(parent=value) | Q(parent__parent=value)
        model: Any = queryset.model
        own_column = f"{model._meta.model_name}_id"
        linked = model.categories.through.objects.filter(
            category__in=Category.objects.filter(within), **{own_column: OuterRef("pk")}
        )
        return queryset.filter(Exists(linked))


class SupersededFilter(admin.SimpleListFilter):
    title = _("superseded")
    parameter_name = "superseded"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Superseded by another")), ("no", _("Current"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        if self.value() in ("yes", "no"):
            return queryset.filter(superseded_by__isnull=self.value() == "no")
        return queryset


class ReviewedFilter(admin.SimpleListFilter):
    title = _("reviewed")
    parameter_name = "reviewed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("never", _("Never")),
            ("before", _("More than a quarter ago")),
            ("quarter", _("In the last quarter")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since = timezone.now() - QUARTER
        chosen = {
            "never": Q(reviewed_at=None),
            "before": Q(reviewed_at__lt=since),
            "quarter": Q(reviewed_at__gte=since),
        }
        return queryset.filter(chosen.get(self.value() or "", Q()))


class HasFeedFilter(admin.SimpleListFilter):
    title = _("feeds")
    parameter_name = "feeds"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("With a feed")), ("no", _("Without a feed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Source]) -> QuerySet[Source]:
        feeds = Exists(Feed.objects.filter(source=OuterRef("pk")))
        match self.value():
            case "yes":
                return queryset.filter(feeds)
            case "no":
                return queryset.filter(~feeds)
        return queryset
