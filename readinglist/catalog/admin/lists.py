"""Reading lists with their steps, and a step with its works."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from readinglist.catalog import lists, supersession
from readinglist.catalog.admin.base import CuratedAdmin, free_slug
from readinglist.catalog.forms import ReadingListForm, StepEntryForm, StepEntryFormSet, StepForm, StepFormSet
from readinglist.catalog.models import ReadingList, Step, StepEntry

PUT_IN_ORDER = "put in order in the admin"


class StepInline(admin.TabularInline):
    model = Step
    form = StepForm
    formset = StepFormSet
    fields = ["place", "works", "work"]
    readonly_fields = ["works"]
    ordering = ["position"]
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Step]:
        return super().get_queryset(request).select_related("list").prefetch_related("step_entries__entry")

    @admin.display(description=_("works"))
    def works(self, step: Step) -> str:
        """The step's works, with the way to its page."""
        if not step.pk:
            return "–"
        companion = _("companion")
        places = step.step_entries.all()
        names = "; ".join(p.entry.title if p.required else f"{p.entry.title} ({companion})" for p in places)
        address = reverse("admin:catalog_step_change", args=[step.pk])
        return format_html(
            '{} <a class="step-works" href="{}">{}</a>', names, address, _("Works of step %(n)d") % {"n": step.position}
        )


@admin.register(ReadingList)
class ReadingListAdmin(CuratedAdmin):
    form = ReadingListForm
    inlines = [StepInline]
    list_display = ["title", "position", "step_count"]
    list_editable = ["position"]
    search_fields = ["title", "description"]
    fields = ["title", "slug", "description", "position"]
    restorable = ("title", "description", "position")
    belongings = ((Step, "list_id"), (StepEntry, "list_id"))

    class Media:
        js = [Script("js/admin-steps.js", type="module")]

    def lock(self, **which: Any) -> None:
        """No work is superseded while it is put into the list."""
        supersession.lock()
        super().lock(**which)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ReadingList]:
        reading_lists: QuerySet[ReadingList] = super().get_queryset(request)
        return reading_lists.annotate(steps_here=Count("steps", distinct=True))

    @admin.display(description=_("steps"), ordering="steps_here")
    def step_count(self, reading_list: Any) -> int:
        return int(reading_list.steps_here)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is Step:
            save_steps(form.instance, formset)
        else:
            super().save_formset(request, form, formset, change)


def save_steps(reading_list: ReadingList, formset: Any) -> None:
    """Adds, removes and reorders; the steps stand at 1, 2, 3, … afterwards, whatever was typed."""
    formset.save(commit=False)
    for step in formset.deleted_objects:
        step._change_reason = "removed in the admin"
        step.delete()
    kept = [form for form in formset.forms if form.instance.pk is not None or _is_new(form, formset)]
    last = max((form.instance.position or 0 for form in kept), default=0)
    order = in_order([_place_of(form, last) for form in kept])
    behind = Step.objects.filter(list=reading_list).count() + len(kept) + last
    for number, form in enumerate(kept, start=1):
        if form.instance.pk is None:
            _add_step(reading_list, form, position=behind + number)
        elif form.cleaned_data.get("work"):
            _add_work(form.instance, form.cleaned_data["work"])
    numbered = [kept[index].instance.pk for index in order]
    # What somebody else has added since the form was opened comes last.
    added = Step.objects.filter(list=reading_list).exclude(pk__in=numbered).order_by("position")
    lists.reorder(reading_list, [*numbered, *added.values_list("pk", flat=True)], reason=PUT_IN_ORDER)


def in_order(places: Iterable[tuple[Decimal, int | None]]) -> list[int]:
    """Indexes of the rows in their new order, from what was typed and the position so far (None for a new row).

    The row that was moved wins the place: going up it stands before the one that was there, going down behind it.
    """

    def key(numbered: tuple[int, tuple[Decimal, int | None]]) -> tuple[Decimal, int, int]:
        index, (typed, before) = numbered
        if before is None or typed < before:
            return typed, 0, index
        return typed, 1 if typed == before else 2, index

    return [index for index, _place in sorted(enumerate(places), key=key)]


def _is_new(form: Any, formset: Any) -> bool:
    return bool(form.instance.pk is None and form.has_changed() and not formset._should_delete_form(form))


def _place_of(form: Any, last: int) -> tuple[Decimal, int | None]:
    """What was typed, else where it stands, else behind all others; and the position so far."""
    before = form.instance.position if form.instance.pk else None
    typed = form.cleaned_data.get("place") if form.is_moved else None
    if typed is None:
        typed = Decimal(before if before is not None else last + 1)
    return typed, before


def _add_step(reading_list: ReadingList, form: Any, *, position: int) -> None:
    step, work = form.instance, form.cleaned_data["work"]
    step.list = reading_list
    step.slug = free_slug(Step.objects.filter(list=reading_list), work.slug, fallback="step")
    step.position = position
    step.save()
    _add_work(step, work)


def _add_work(step: Step, work: Any) -> None:
    StepEntry.objects.create(step=step, list_id=step.list_id, entry=work, required=True)


class StepEntryInline(admin.TabularInline):
    model = StepEntry
    form = StepEntryForm
    formset = StepEntryFormSet
    fields = ["entry", "required"]
    extra = 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[StepEntry]:
        return super().get_queryset(request).select_related("entry", "step__list")


@admin.register(Step)
class StepAdmin(CuratedAdmin):
    """A page of its own for the works of a step; steps are added and put in order in their list."""

    inlines = [StepEntryInline]
    list_display = ["list", "position", "slug"]
    list_display_links = ["position"]
    list_filter = ["list"]
    list_select_related = ["list"]
    fields = ["list", "position", "slug"]
    readonly_fields = ["list", "position"]
    search_fields = ["slug", "entries__title"]
    name_field = "slug"
    belongings = ((StepEntry, "step_id"),)

    def lock(self, **which: Any) -> None:
        supersession.lock()
        lists.lock(*Step.objects.filter(**which).values_list("list", flat=True))
        super().lock(**which)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False  # it is reached through its list

    def get_model_perms(self, request: HttpRequest) -> dict[str, bool]:
        return {}

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for place in formset.save(commit=False):
            place.list_id = place.step.list_id
            place.save()
        for place in formset.deleted_objects:
            place._change_reason = "taken out of its step in the admin"
            place.delete()

    def delete_model(self, request: HttpRequest, obj: Step) -> None:
        lists.remove_step(obj, reason="removed in the admin")

    def response_post_save_change(self, request: HttpRequest, obj: Step) -> HttpResponseRedirect:
        return self._to_list(obj.list_id)

    def _to_list(self, list_id: int) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("admin:catalog_readinglist_change", args=[list_id]) + "#steps-group")
