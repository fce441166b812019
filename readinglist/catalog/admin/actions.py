"""Actions on many rows at once: each shows on a page of its own what it will change, and asks.

The rows are written together, and so is the history of each, with its reason; `update()` alone would leave none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from readinglist.catalog.admin.history import BATCH, record_changes
from readinglist.catalog.choices import Status
from readinglist.catalog.forms import CategoryChoiceForm
from readinglist.catalog.models import Category, Entry, StepEntry

Text = str | Promise
Filled = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What an action does to one row, and how it says so."""

    name: str
    label: Text
    button: Text
    explanation: Text
    reason: str
    # What the row is now, in a few words.
    describe: Callable[[Any], str]
    # Changes and writes the rows that it concerns, and returns them.
    apply: Callable[[list[Any], Filled], list[Any]]
    form: type[forms.Form] | None = None
    # Which of the rows stay as they are, and what is said of them.
    held_back: Callable[[list[Any]], list[Any]] = lambda rows: []
    why_held_back: Text = ""


def confirmed(change: BulkChange) -> Callable[..., HttpResponse | None]:
    """The admin action of a bulk change: first the page that asks, then the change."""

    def action(model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        return _ask_or_do(change, model_admin, request, queryset)

    action.__name__ = change.name
    action.short_description = change.label  # type: ignore[attr-defined]
    action.allowed_permissions = ["change"]  # type: ignore[attr-defined]
    return action


def _ask_or_do(
    change: BulkChange, model_admin: Any, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    is_answer = "ids" in request.POST
    if is_answer:
        ids = [int(pk) for pk in request.POST["ids"].split(",") if pk.isdecimal() and len(pk) < 19]
        queryset = model_admin.get_queryset(request).filter(pk__in=ids)
    form = change.form(request.POST if is_answer else None) if change.form else None
    if is_answer and (form is None or form.is_valid()):
        count, held_back = do(change, model_admin.model, queryset, form.cleaned_data if form else {})
        messages.success(request, ngettext("%(count)d changed.", "%(count)d changed.", count) % {"count": count})
        if held_back:
            names = ", ".join(str(row) for row in held_back)
            messages.warning(request, f"{change.why_held_back} {names}")
        return None
    return _question(change, model_admin, request, queryset, form)


@transaction.atomic
def do(change: BulkChange, model: type[Any], queryset: QuerySet[Any], filled: Filled) -> tuple[int, list[Any]]:
    """Applies the change to the rows, and returns how many it changed and which were held back."""
    ids = list(queryset.order_by().values_list("pk", flat=True))
    rows = model._default_manager.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk")
    held_back = change.held_back(list(rows))
    changed = change.apply([row for row in rows if row not in held_back], filled)
    record_changes(changed, reason=change.reason)
    return len(changed), held_back


def _question(
    change: BulkChange, model_admin: Any, request: HttpRequest, queryset: QuerySet[Any], form: forms.Form | None
) -> HttpResponse:
    rows = queryset.prefetch_related("categories")
    if model_admin.model is Entry:
        rows = rows.prefetch_related("step_entries__step__list")
    chosen = list(rows)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": change.label,
        "opts": model_admin.opts,
        "change": change,
        "rows": [(row, change.describe(row), _places(row)) for row in chosen],
        "ids": ",".join(str(row.pk) for row in chosen),
        "first": chosen[0].pk if chosen else "",
        "form": form,
        "checkbox_name": ACTION_CHECKBOX_NAME,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "admin/catalog/confirm_action.html", context)


def _places(row: Any) -> str:
    if not isinstance(row, Entry):
        return ""
    return ", ".join(
        _("%(list)s, step %(position)d") % {"list": place.step.list, "position": place.step.position}
        for place in row.step_entries.all()
    )


def _required_without_address(rows: list[Any]) -> list[Any]:
    """Works that would become live, and count, without an address to read them at."""
    without = [row for row in rows if isinstance(row, Entry) and not row.url and row.status != Status.LIVE]
    places = StepEntry.objects.filter(entry__in=without, required=True)
    required = set(places.values_list("entry", flat=True))
    return [row for row in without if row.pk in required]


def _set_status(rows: list[Any], status: Status) -> list[Any]:
    return _set([row for row in rows if row.status != status], status=status)


def _mark_reviewed(rows: list[Any], filled: Filled) -> list[Any]:
    return _set(rows, reviewed_at=timezone.now())


def _set(rows: list[Any], **columns: Any) -> list[Any]:
    for row in rows:
        for name, value in columns.items():
            setattr(row, name, value)
    if rows:
        type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).update(**columns)
    return rows


def _add_to(rows: list[Any], filled: Filled) -> list[Any]:
    inside = _inside(rows, filled["category"])
    outside = [row for row in rows if row.pk not in inside]
    if outside:
        through, own = _links_of(outside[0])
        links = [through(**{own: row.pk}, category=filled["category"]) for row in outside]
        through.objects.bulk_create(links, batch_size=BATCH)
    return outside


def _remove_from(rows: list[Any], filled: Filled) -> list[Any]:
    return take_out(rows, filled["category"])


def take_out(rows: list[Any], category: Category) -> list[Any]:
    """Takes the rows out of the category and returns those that were in it; their history is the caller's."""
    inside = _inside(rows, category)
    if inside:
        through, own = _links_of(rows[0])
        through.objects.filter(**{f"{own}__in": inside}, category=category).delete()
    return [row for row in rows if row.pk in inside]


def _inside(rows: list[Any], category: Category) -> set[int]:
    if not rows:
        return set()
    through, own = _links_of(rows[0])
    links = through.objects.filter(**{f"{own}__in": [row.pk for row in rows]}, category=category)
    return set(links.values_list(own, flat=True))


def _links_of(row: Any) -> tuple[Any, str]:
    """The table that joins rows like this one with categories, and its column that names them."""
    return row.categories.through, f"{row._meta.model_name}_id"


def _status_of(row: Any) -> str:
    return str(row.get_status_display())


def _review_of(row: Any) -> str:
    if row.reviewed_at is None:
        return _("never reviewed")
    return formats.date_format(timezone.localtime(row.reviewed_at), "DATE_FORMAT")


def _categories_of(row: Any) -> str:
    return ", ".join(str(category) for category in row.categories.all()) or _("no category")


PUBLISH = BulkChange(
    name="publish",
    label=gettext_lazy("Publish"),
    button=gettext_lazy("Publish them"),
    explanation=gettext_lazy("These become live: every reader finds them."),
    reason="published by a bulk action",
    describe=_status_of,
    apply=lambda rows, filled: _set_status(rows, Status.LIVE),
    held_back=lambda rows: _required_without_address(rows),
    why_held_back=gettext_lazy("A step requires these, and what is required has an address. Give them one first:"),
)
RETIRE = BulkChange(
    name="retire",
    label=gettext_lazy("Retire"),
    button=gettext_lazy("Retire them"),
    explanation=gettext_lazy(
        "These are retired: they keep their pages and everybody's history, and no longer count in any step."
    ),
    reason="retired by a bulk action",
    describe=_status_of,
    apply=lambda rows, filled: _set_status(rows, Status.RETIRED),
)
DRAFT = BulkChange(
    name="draft",
    label=gettext_lazy("Put back to draft"),
    button=gettext_lazy("Put them back to draft"),
    explanation=gettext_lazy("These become drafts: only curators see them, and they no longer count in any step."),
    reason="put back to draft by a bulk action",
    describe=_status_of,
    apply=lambda rows, filled: _set_status(rows, Status.DRAFT),
)
REVIEWED = BulkChange(
    name="reviewed",
    label=gettext_lazy("Mark as reviewed now"),
    button=gettext_lazy("Mark them as reviewed"),
    explanation=gettext_lazy("These are marked as looked over today."),
    reason="reviewed by a bulk action",
    describe=_review_of,
    apply=_mark_reviewed,
)
ADD_TO_CATEGORY = BulkChange(
    name="add_to_category",
    label=gettext_lazy("Add to a category"),
    button=gettext_lazy("Add them"),
    explanation=gettext_lazy("These come into the category too, and stay in those where they are."),
    reason="added to a category by a bulk action",
    describe=_categories_of,
    apply=_add_to,
    form=CategoryChoiceForm,
)
REMOVE_FROM_CATEGORY = BulkChange(
    name="remove_from_category",
    label=gettext_lazy("Remove from a category"),
    button=gettext_lazy("Remove them"),
    explanation=gettext_lazy("These leave the category, as far as they are in it."),
    reason="removed from a category by a bulk action",
    describe=_categories_of,
    apply=_remove_from,
    form=CategoryChoiceForm,
)
ALL = [confirmed(change) for change in (PUBLISH, RETIRE, DRAFT, REVIEWED, ADD_TO_CATEGORY, REMOVE_FROM_CATEGORY)]
