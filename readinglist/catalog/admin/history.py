"""The history of a row: what changed, who did it, and a page of each version that can be restored."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from simple_history.admin import SimpleHistoryAdmin

from readinglist.catalog.admin.writing import OVERTAKEN, LockedAdmin

if TYPE_CHECKING:
    Base = admin.ModelAdmin
else:
    Base = SimpleHistoryAdmin

MAX_RELATED = 50
BATCH = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a version beside what it is now."""

    name: str
    label: str
    now: str
    then: str

    @property
    def differs(self) -> bool:
        return self.now != self.then


@dataclass(frozen=True, slots=True)
class RelatedChange:
    """A change of a row that belongs to the one whose history is shown: an identifier, a feed, a step."""

    what: str
    record: Any


class HistoryPages(LockedAdmin, Base):
    """History with differences; a version gives back the fields in `restorable` and touches nothing else.

    simple_history's own form would save the whole old row: also slug, successor and dates, which no curator may set.
    """

    restorable: tuple[str, ...] = ()
    # Histories of rows that belong to this one: the model and its column that names this one.
    belongings: tuple[tuple[type[models.Model], str], ...] = ()

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self.restorable or not self.has_change_permission(request, obj)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        if not object_id.isdecimal():
            raise Http404
        context = {"related_changes": self._related_changes(int(object_id))} | (extra_context or {})
        response: HttpResponse = super().history_view(request, object_id, context)
        return response

    def _related_changes(self, object_id: int) -> list[RelatedChange]:
        changes = []
        for model, column in self.belongings:
            records = model.history.filter(**{column: object_id})  # type: ignore[attr-defined]
            records = records.select_related("history_user").order_by("-history_date", "-history_id")
            if model._meta.model_name == "stepentry":
                records = records.select_related("entry", "history_user")
            changes += [RelatedChange(_name_of(record), record) for record in records[:MAX_RELATED]]
        return sorted(changes, key=lambda change: change.record.history_date, reverse=True)[:MAX_RELATED]

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """One version beside today's row; POST gives it back."""
        if not (object_id.isdecimal() and version_id.isdecimal()):
            raise Http404
        record = self.model.history.filter(pk=version_id, id=object_id).first()
        obj = self.get_queryset(request).filter(pk=object_id).first()
        if record is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        refusals: list[str] = []
        if request.method == "POST":
            try:
                refusals = self._restore(request, record)
            except IntegrityError:
                refusals = [str(OVERTAKEN)]
            if not refusals:
                return HttpResponseRedirect(self._url("change", obj))
        return self._version_page(request, obj, record, refusals)

    def _version_page(self, request: HttpRequest, obj: Any, record: Any, refusals: list[str]) -> HttpResponse:
        differences = [self._difference(name, obj, record) for name in self._shown_fields()]
        context = {
            **self.admin_site.each_context(request),
            "title": _("%(name)s as of %(date)s")
            % {"name": record.history_object, "date": _moment(record.history_date)},
            "opts": self.opts,
            "object": obj,
            "record": record,
            "differences": differences,
            "refusals": refusals,
            "may_restore": obj is not None
            and not self.revert_disabled(request, obj)
            and any(line.differs for line in differences if line.name in self.restorable),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "simple_history/version.html", context)

    def _shown_fields(self) -> list[str]:
        hidden = ("id", "search")
        names = [field.name for field in self.opts.concrete_fields if field.name not in hidden]
        return [*names, *(field.name for field in self.opts.many_to_many if field.name in self.restorable)]

    def _difference(self, name: str, obj: Any, record: Any) -> Difference:
        field: Any = self.opts.get_field(name)
        then = record.instance
        if field.many_to_many:
            return Difference(
                name,
                capfirst(field.verbose_name),
                _listed(obj and getattr(obj, name).all()),
                _listed(_linked(record, name)),
            )
        return Difference(name, capfirst(field.verbose_name), _shown(obj, field), _shown(then, field))

    def what_forbids(self, obj: Any) -> list[str]:
        """Why a row cannot be as it is now, beyond what its model says."""
        return []

    @transaction.atomic
    def _restore(self, request: HttpRequest, record: Any) -> list[str]:
        """Gives the restorable fields back, on the row as it is now; returns why not."""
        self.lock(pk=record.id)
        obj: Any = self.get_queryset(request).filter(pk=record.id).first()
        if obj is None or self.revert_disabled(request, obj):
            raise PermissionDenied
        then = record.instance
        for name in self.restorable:
            field: Any = self.opts.get_field(name)
            if not field.many_to_many:
                setattr(obj, field.attname, _still_there(field, getattr(then, field.attname)))
        try:
            obj.full_clean(exclude=["search"])
        except ValidationError as error:
            return error.messages
        if refusals := self.what_forbids(obj):
            return refusals
        obj._change_reason = f"restored the version of {record.history_date:%Y-%m-%d %H:%M} UTC"
        obj.save()
        for name in self.restorable:
            if self.opts.get_field(name).many_to_many:
                getattr(obj, name).set(_linked(record, name))
        self.log_change(request, obj, obj._change_reason)
        messages.success(request, _("“%(name)s” is again what it was.") % {"name": obj})
        return []

    def _url(self, page: str, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[obj.pk])


def record_changes(rows: Sequence[Any], *, reason: str) -> None:
    """Writes what saving each of these rows would have written into their history, in a few statements."""
    if not rows:
        return
    model: Any = type(rows[0])
    records = model.history.bulk_history_create(rows, batch_size=BATCH, update=True, default_change_reason=reason)
    record_of = {record.id: record.pk for record in records}
    for field in model.history.model._history_m2m_fields:
        own, through = f"{field.m2m_field_name()}_id", getattr(model, field.name).through
        kept = getattr(records[0], field.name).model
        links = through.objects.filter(**{f"{own}__in": list(record_of)}).values()
        kept.objects.bulk_create((kept(history_id=record_of[link[own]], **link) for link in links), batch_size=BATCH)


def _name_of(record: Any) -> str:
    """What a belonging is called in its owner's history."""
    match record.instance_type._meta.model_name:
        case "step":
            return _("Step %(position)s") % {"position": record.position}
        case "stepentry":
            try:
                return str(record.entry)
            except models.ObjectDoesNotExist:
                return _("A work that is gone")
        case "feed":
            return str(record.url)
        case _:
            return str(record.key)


def _moment(moment: Any) -> str:
    return formats.date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def _shown(obj: Any, field: Any) -> str:
    if obj is None:
        return ""
    value = getattr(obj, field.attname)
    if field.is_relation and value is not None:
        row = field.remote_field.model._default_manager.filter(pk=value).first()
        return str(row) if row is not None else _("(gone)")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if isinstance(field, models.DateTimeField) and value is not None:
        return _moment(value)
    return "" if value is None else str(value)


def _listed(rows: Any) -> str:
    return "\n".join(sorted(map(str, rows or [])))


def _linked(record: Any, name: str) -> list[Any]:
    """The rows a many-to-many field held in that version, those that are still there."""
    field: Any = record.instance_type._meta.get_field(name)
    ids = getattr(record, name).values_list(f"{field.m2m_reverse_field_name()}_id", flat=True)
    return list(field.remote_field.model._default_manager.filter(pk__in=list(ids)))


def _still_there(field: Any, value: Any) -> Any:
    if field.is_relation and value is not None:
        return value if field.remote_field.model._default_manager.filter(pk=value).exists() else None
    return value
