"""The order of a reading list: its steps stand at 1, 2, 3, … and each that moves is written with its history."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from readinglist.catalog.models import ReadingList, Step


class StaleOrderError(ValueError):
    """The order given is not one of the steps that stand in the list now; its message says what to do."""


@transaction.atomic
def reorder(reading_list: ReadingList, step_ids: Sequence[int], *, reason: str = "") -> list[Step]:
    """Puts the steps into the order of `step_ids`, which names each once; returns those that moved."""
    steps = {step.pk: step for step in _locked_steps(reading_list)}
    if len(step_ids) != len(steps) or set(step_ids) != set(steps):
        raise StaleOrderError(_("The list has changed in the meantime. Open it again and put it in order once more."))
    return _number([steps[pk] for pk in step_ids], reason=reason)


@transaction.atomic
def insert_step(
    reading_list: ReadingList, slug: str, *, position: int, pk: int | None = None, reason: str = ""
) -> Step:
    """A new step that stands at `position`; those from there on move down. `pk` brings a removed step back."""
    steps = _locked_steps(reading_list)
    place = min(max(position, 1), len(steps) + 1)
    step = Step(pk=pk, list=reading_list, slug=slug, position=place)
    step._change_reason = reason  # type: ignore[attr-defined]
    step.save(force_insert=True)
    steps.insert(place - 1, step)
    _number(steps, reason=reason)
    return step


@transaction.atomic
def remove_step(step: Step, *, reason: str = "") -> None:
    """Takes a step with its works out of its list; those behind it move up."""
    steps = [other for other in _locked_steps(step.list) if other.pk != step.pk]
    step._change_reason = reason  # type: ignore[attr-defined]
    step.delete()
    _number(steps, reason=reason)


def lock(*list_ids: int) -> None:
    """Makes every other change to the order of these lists wait for the end of the transaction."""
    rows = ReadingList.objects.select_for_update(no_key=True).filter(pk__in=list_ids).order_by("pk")
    list(rows.values_list("pk"))


def _locked_steps(reading_list: ReadingList) -> list[Step]:
    lock(reading_list.pk)
    return list(Step.objects.filter(list=reading_list).order_by("position", "pk"))


def _number(steps: Sequence[Step], *, reason: str) -> list[Step]:
    moved = []
    for position, step in enumerate(steps, start=1):
        if step.position != position:
            step.position = position
            step._change_reason = reason  # type: ignore[attr-defined]
            step.save(update_fields=["position"])
            moved.append(step)
    return moved
