"""What the admin pages of every curated model share: slugs made once, history, deletion that explains itself."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.utils import NestedObjects
from django.db import models, router, transaction
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _

from readinglist.catalog.admin.history import HistoryPages
from readinglist.catalog.admin.writing import LockedAdmin
from readinglist.catalog.fields import MAX_TEXT, label_of
from readinglist.catalog.seen import SeenForm

# Django's widget repeats every address above its field.
PLAIN_ADDRESS: Any = {
    models.URLField: {"widget": forms.URLInput(attrs={"class": "vTextField"}), "assume_scheme": "https"}
}
DELETED = "deleted in the admin"
MAX_NAMES = 12


def free_slug(rows: models.QuerySet[Any], text: str, *, fallback: str) -> str:
    """The slug of `text` with a number behind it where `rows` have it already."""
    field = rows.model._meta.get_field("slug")
    room = (field.max_length or 50) - 6
    stem = slugify(text)[:room].strip("-") or fallback
    taken = set(rows.filter(slug__startswith=stem).values_list("slug", flat=True))
    number = 2
    slug = stem
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug


class SluggedAdmin(LockedAdmin):
    """A slug is made from the name on adding and stays; long texts have a limit."""

    slug_from = "title"
    name_field = "title"
    list_per_page = 100
    list_max_show_all = 500
    formfield_overrides = PLAIN_ADDRESS

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_readonly_fields(request, obj), "slug")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without the slug on adding, where there is none yet."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        without = []
        for name, options in fieldsets:
            fields = [field for field in options["fields"] if field not in self.only_afterwards()]
            if fields:
                without.append((name, {**options, "fields": fields}))
        return without

    def only_afterwards(self) -> set[str]:
        """Fields that mean nothing before the row is there."""
        return {"slug"}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, models.TextField):
            kwargs.setdefault("max_length", MAX_TEXT)
        field: Any = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, models.TextField) and field is not None:
            field.widget.attrs["rows"] = 5
        if field is not None and db_field.name in self.list_editable:
            # In a list's row there is no label.
            field.widget.attrs["aria-label"] = capfirst(db_field.verbose_name)
            # A row that was not touched is not written: somebody else may have changed it since.
            field.show_hidden_initial = True
        return field

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """What other rooms hang on a row, such as readers' notes, is not to be asked for in an address."""
        relations = {relation.name: relation for relation in self.opts.related_objects}
        relation = relations.get(lookup.split(LOOKUP_SEP)[0])
        if relation is not None and relation.related_model._meta.app_label != self.opts.app_label:
            return False
        return super().lookup_allowed(lookup, value, request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not obj.slug:
            rows = self.model._default_manager.all()
            obj.slug = free_slug(rows, getattr(obj, self.slug_from), fallback=str(self.opts.model_name))
        super().save_model(request, obj, form, change)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, title | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        names = path("names/", self.admin_site.admin_view(self.names_view), name=f"{self._stem}_names")
        return [names, *super().get_urls()]

    def names_view(self, request: HttpRequest) -> JsonResponse:
        """Names to choose from while one types, for static/js/admin-names.js."""
        if not self.has_view_permission(request):
            return JsonResponse({"names": []}, status=403)
        text = request.GET.get("q", "").replace("\x00", "").strip()[:200]
        rows = self.model._default_manager.filter(**{f"{self.name_field}__icontains": text}).order_by(self.name_field)
        return JsonResponse({"names": [label_of(row, self.name_field) for row in rows[:MAX_NAMES]] if text else []})

    @property
    def _stem(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"


class CuratedAdmin(HistoryPages, SluggedAdmin):
    """A model of the catalogue, with history."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """With what the form remembers of the row, for who may change it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not issubclass(self.form, SeenForm) or not self.has_change_permission(request, obj):
            return fieldsets
        (name, options), *others = fieldsets
        return [(name, {**options, "fields": [*options["fields"], "seen"]}), *others]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Django's summary, but what readers did is counted, not named: it is theirs."""
        to_delete, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        if protected:
            protected = self._what_holds(objs)
        return to_delete, counts, perms_needed, protected

    def _what_holds(self, objs: Iterable[Any]) -> list[str]:
        collector = NestedObjects(using=router.db_for_write(self.model), origin=objs)
        collector.collect(list(objs))
        rows: Counter[type[models.Model]] = Counter(type(row) for row in collector.protected)
        lines = [str(row) for row in collector.protected if row._meta.app_label == "catalog" and _is_named(row)]
        for model, count in rows.items():
            if model._meta.app_label != "catalog" or not _is_named(model):
                name = capfirst(model._meta.verbose_name_plural)
                lines.append(_("%(what)s: %(count)d") % {"what": name, "count": count})
        return sorted(lines)

    @transaction.atomic
    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        obj._change_reason = DELETED
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """One by one: so each leaves its history, with the reason."""
        for obj in queryset:
            self.delete_model(request, obj)


def _is_named(model: Any) -> bool:
    """Whether curators know rows of this model by name; posts are too many to be listed."""
    return model._meta.model_name not in ("post", "posttext")
