"""History of many rows at once: simple-history's bulk helpers leave many-to-many fields out."""

from collections.abc import Sequence
from typing import Any

from readinglist.curation.fields import CHANGE_REASON


def record(rows: Sequence[Any], *, is_new: bool, reason: str = CHANGE_REASON) -> None:
    """One historical row for each of `rows` as they are now, with what stands in their many-to-many fields."""
    if not rows or not hasattr(rows[0], "history"):
        return
    manager = type(rows[0]).history
    past = manager.bulk_history_create(rows, update=not is_new, default_change_reason=reason)
    past_of = {row.pk: then for row, then in zip(rows, past, strict=True)}
    for many in manager.model._history_m2m_fields:
        own = many.m2m_field_name()
        through = many.remote_field.through
        columns = [column.attname for column in through._meta.concrete_fields]
        standing = through.objects.filter(**{f"{own}__in": list(past_of)}).values(*columns)
        historical = getattr(manager.model, many.name).model
        historical.objects.bulk_create(historical(history=past_of[link[f"{own}_id"]], **link) for link in standing)
