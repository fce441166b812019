"""The categories in the order of their tree."""

from django.db import connection
from django.db.models import Case, F, IntegerField, OrderBy, QuerySet, Value, When
from django.db.models.functions import Coalesce

from readinglist.catalog.models import Category

INDENT = "\u2003"
LOCK_KEY = 7_265_002


def lock() -> None:
    """One change to the tree at a time, to the end of the transaction: two at once could close a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])


def in_order(categories: QuerySet[Category]) -> QuerySet[Category]:
    """Categories by tree, each with `depth`, 1 to 3, and its parent."""
    depth = Case(
        When(parent__parent__isnull=False, then=Value(3)),
        When(parent__isnull=False, then=Value(2)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return categories.select_related("parent").annotate(depth=depth).order_by(*ordering())


def ordering() -> list[OrderBy]:
    """Position, name and id of the ancestor at each level, those above before those inside."""
    levels = []
    for field in ("position", "name", "pk"):
        own, above, top = F(field), F(f"parent__{field}"), F(f"parent__parent__{field}")
        is_third, is_second = When(parent__parent__isnull=False, then=above), When(parent__isnull=False, then=own)
        levels.append(
            (
                Coalesce(top, above, own),
                Case(is_third, is_second, default=None),
                Case(When(parent__parent__isnull=False, then=own), default=None),
            )
        )
    return [OrderBy(level, nulls_first=True) for at_level in zip(*levels, strict=True) for level in at_level]


def label(category: Category) -> str:
    """The name, indented by how deep it stands; for rows of `in_order`."""
    return INDENT * (getattr(category, "depth", 1) - 1) + category.name
