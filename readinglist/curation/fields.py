"""The kinds of fields in the starting catalogue: how each is checked in a file, read from the database, written there.

A value has two forms. In files and in `Shipped` it is JSON that names other rows by key; in the database it is a plain
value, an id, or a tuple of ids, keys or addresses. `wanted` leads from the first to the second.
"""

from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef
from simple_history.utils import bulk_create_with_history

from readinglist.catalog.models import EntryLink, Feed, Post, StepEntry
from readinglist.curation.checks import UnfitError, cleaned, text, texts, web_address

CHANGE_REASON = "starting catalogue"

Find = Callable[[str, str], int | None]
"""The id of the row that a shape's key stands for; None where a curator deleted it."""


@dataclass(frozen=True)
class Change:
    row: Any
    before: Any
    after: Any


class Field:
    """A column with a plain value."""

    is_column = True
    to: str = ""
    """The shape whose ids this field holds; empty where it holds plain values."""

    def __init__(self, name: str, *, least: int | None = None, among: Sequence[str] = ()) -> None:
        self.name = name
        self.least = least
        self.among = among

    def absent(self, model: type[models.Model]) -> Any:
        """The value of a field that a row does not name; UnfitError if it has to."""
        column: Any = model._meta.get_field(self.name)
        if column.has_default():
            value = column.get_default()
            return str(value) if isinstance(value, str) else value
        if column.null:
            return None
        if not column.blank:
            raise UnfitError("is missing; add it")
        return ""

    def normal(self, value: Any, model: type[models.Model]) -> Any:
        """The value as it is kept, with what the column's own validators say as UnfitError."""
        column: Any = model._meta.get_field(self.name)
        if isinstance(column, models.JSONField):
            found = texts(value)
            if self.among and (unknown := set(found) - set(self.among)):
                raise UnfitError(f"names {', '.join(sorted(unknown))}; choose from {', '.join(self.among)}")
            return found
        if isinstance(column, models.IntegerField):
            if not isinstance(value, int) or isinstance(value, bool):
                raise UnfitError("has to be a whole number, without quotes")
            if self.least is not None and value < self.least:
                raise UnfitError(f"has to be at least {self.least}")
        else:
            value = text(value)
            if isinstance(column, models.URLField) and value:
                web_address(value)
            if not value and column.null:
                return None
        return cleaned(column, value)

    def current(self, row: Any) -> Any:
        return getattr(row, self.name)

    def wanted(self, value: Any, find: Find) -> Any:
        return value

    def same(self, one: Any, other: Any) -> bool:
        return bool(one == other)

    def put(self, row: Any, value: Any) -> None:
        setattr(row, self.name, value)


class Ref(Field):
    """A column that points at another row."""

    def __init__(self, name: str, *, to: str) -> None:
        super().__init__(name)
        self.to = to

    def absent(self, model: type[models.Model]) -> None:
        return None

    def normal(self, value: Any, model: type[models.Model]) -> str:
        return text(value)

    def current(self, row: Any) -> int | None:
        return getattr(row, f"{self.name}_id")  # type: ignore[no-any-return]

    def wanted(self, value: str | None, find: Find) -> int | None:
        return find(self.to, value) if value else None

    def put(self, row: Any, value: int | None) -> None:
        setattr(row, f"{self.name}_id", value)


class Successor(Ref):
    """The entry that supersedes this one: written last, by `catalog.supersession`, because it changes lists too."""

    is_column = False


class Many(Field):
    """Several things of which the order is of no account. Subclasses say how they are written."""

    is_column = False
    is_unique = False
    """Whether what `token` gives may stand in one row of the table only."""

    @property
    def prefetch(self) -> str:
        return self.name

    def absent(self, model: type[models.Model]) -> list[Any]:
        return []

    def normal(self, value: Any, model: type[models.Model]) -> list[Any]:
        return texts(value)

    def same(self, one: Iterable[Any], other: Iterable[Any]) -> bool:
        return set(one) == set(other)

    def wanted(self, value: Sequence[Any], find: Find) -> tuple[Any, ...]:
        return tuple(value)

    def token(self, row: Any, item: Any) -> Any:
        """What stands for `item` of `row` where only one row may have it."""
        return item

    def release(self, changes: Sequence[Change]) -> None:
        """Takes away what goes, in all rows, before anything is added in any."""

    def add(self, changes: Sequence[Change]) -> None:
        """Adds what is new."""


class Refs(Many):
    """A plain many-to-many field. Its history is part of its row's, so nothing is recorded here."""

    def __init__(self, name: str, *, to: str) -> None:
        super().__init__(name)
        self.to = to

    def current(self, row: Any) -> tuple[int, ...]:
        return tuple(other.pk for other in getattr(row, self.name).all())

    def wanted(self, value: Sequence[str], find: Find) -> tuple[int, ...]:
        return tuple(pk for key in value if (pk := find(self.to, key)) is not None)

    def release(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if gone := set(change.before) - set(change.after):
                through, own, other = self._through(change.row)
                through.objects.filter(**{own: change.row.pk, f"{other}__in": gone}).delete()

    def add(self, changes: Sequence[Change]) -> None:
        if not changes:
            return
        through, own, other = self._through(changes[0].row)
        through.objects.bulk_create(
            through(**{own: change.row.pk, other: pk})
            for change in changes
            for pk in change.after
            if pk not in change.before
        )

    def _through(self, row: Any) -> tuple[Any, str, str]:
        field = row._meta.get_field(self.name)
        return field.remote_field.through, f"{field.m2m_field_name()}_id", f"{field.m2m_reverse_field_name()}_id"


class Owned(Many):
    """Rows of their own, each with one telling column that is unique in the whole table: identifiers and feeds."""

    is_unique = True

    def __init__(self, name: str, *, column: str, check: Callable[[str], object]) -> None:
        super().__init__(name)
        self.column = column
        self.check = check

    def normal(self, value: Any, model: type[models.Model]) -> list[str]:
        found = texts(value)
        for item in found:
            self.check(item)
        return found

    def current(self, row: Any) -> tuple[str, ...]:
        return tuple(getattr(child, self.column) for child in getattr(row, self.name).all())

    def release(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for child in self._going(change):
                delete(child)

    def add(self, changes: Sequence[Change]) -> None:
        new = [
            self._child(change.row, item) for change in changes for item in change.after if item not in change.before
        ]
        if new:
            bulk_create_with_history(new, type(new[0]), default_change_reason=CHANGE_REASON)

    def _child(self, row: Any, item: str) -> Any:
        related = row._meta.get_field(self.name)
        return related.related_model(**{related.field.attname: row.pk, self.column: item})

    def _going(self, change: Change) -> list[Any]:
        if not set(change.before) - set(change.after):
            return []
        return [c for c in getattr(change.row, self.name).all() if getattr(c, self.column) not in change.after]


class Feeds(Owned):
    """A feed that moved keeps its row, with the posts that came from it; one that has posts is never deleted."""

    def add(self, changes: Sequence[Change]) -> None:
        super().add([self._without_moved(change) for change in changes])

    def release(self, changes: Sequence[Change]) -> None:
        for change in changes:
            going, moved = self._going(change), len(self._new(change))
            # Parked, so that another feed may have the old address first; `add` writes the new one and the history.
            for feed in going[:moved]:
                Feed.objects.filter(pk=feed.pk).update(url=f"https://parked.invalid/{feed.pk}")
            for feed in going[moved:]:
                delete(feed)

    def lasting(self, row: Any, after: Sequence[str], taken: Set[str]) -> list[str]:
        """The addresses that cannot go: posts came from them, and no new address that is free takes their place."""
        change = Change(row, self.current(row), after)
        replaced = sum(1 for url in self._new(change) if url not in taken)
        going = [feed.pk for feed in self._going(change)[replaced:]]
        with_posts = Feed.objects.filter(Exists(Post.objects.filter(feed=OuterRef("pk"))), pk__in=going)
        return list(with_posts.order_by("pk").values_list("url", flat=True))

    def _without_moved(self, change: Change) -> Change:
        new = self._new(change)
        moved = list(zip(self._going(change), new, strict=False))
        for feed, url in moved:
            feed.url = url
            feed._change_reason = CHANGE_REASON
            feed.save(update_fields=["url"])
        return Change(change.row, (*change.before, *(url for _feed, url in moved)), change.after)

    def _new(self, change: Change) -> list[str]:
        return [url for url in change.after if url not in change.before]


class Links(Many):
    """Further addresses of an entry, `{kind, url}` in files and `(kind, url)` here; they have no history."""

    def normal(self, value: Any, model: type[models.Model]) -> list[list[str]]:
        if not isinstance(value, list) or not all(isinstance(link, dict) for link in value):
            raise UnfitError('has to be a list of links such as { kind = "pdf", url = "https://…" }')
        links = []
        for link in value:
            if set(link) != {"kind", "url"}:
                raise UnfitError("has a link that is not made of kind and url; give it these two")
            if link["kind"] not in EntryLink.Kind.values:
                raise UnfitError(
                    f"has a link of the kind {link['kind']!r}; write one of {', '.join(EntryLink.Kind.values)}"
                )
            links.append([link["kind"], web_address(text(link["url"]))])
        if len({url for _kind, url in links}) < len(links):
            raise UnfitError("names the same address twice; leave one")
        return links

    def wanted(self, value: Sequence[Sequence[str]], find: Find) -> tuple[tuple[str, str], ...]:
        return tuple((kind, url) for kind, url in value)

    def current(self, row: Any) -> tuple[tuple[str, str], ...]:
        return tuple((link.kind, link.url) for link in row.links.all())

    def release(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if gone := [url for kind, url in change.before if (kind, url) not in change.after]:
                EntryLink.objects.filter(entry=change.row, url__in=gone).delete()

    def add(self, changes: Sequence[Change]) -> None:
        EntryLink.objects.bulk_create(
            EntryLink(entry_id=change.row.pk, kind=kind, url=url)
            for change in changes
            for kind, url in change.after
            if (kind, url) not in change.before
        )


class Works(Many):
    """The required entries of a step, or its companions. A work stands once in a list."""

    to = "entry"
    is_unique = True

    def __init__(self, name: str, *, required: bool) -> None:
        super().__init__(name)
        self.required = required

    @property
    def prefetch(self) -> str:
        return "step_entries"

    def normal(self, value: Any, model: type[models.Model]) -> list[str]:
        found = texts(value)
        if self.required and not found:
            raise UnfitError("is empty; a step needs at least one entry")
        return found

    def absent(self, model: type[models.Model]) -> list[str]:
        if self.required:
            raise UnfitError("is missing; a step needs at least one entry")
        return []

    def current(self, row: Any) -> tuple[int, ...]:
        return tuple(place.entry_id for place in row.step_entries.all() if place.required == self.required)

    def wanted(self, value: Sequence[str], find: Find) -> tuple[int, ...]:
        return tuple(pk for key in value if (pk := find(self.to, key)) is not None)

    def token(self, row: Any, item: int) -> tuple[int, int]:
        return (row.list_id, item)

    def release(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for pk in set(change.before) - set(change.after):
                delete(StepEntry.objects.get(step=change.row, entry=pk))

    def add(self, changes: Sequence[Change]) -> None:
        new = [
            StepEntry(step_id=change.row.pk, list_id=change.row.list_id, entry_id=pk, required=self.required)
            for change in changes
            for pk in change.after
            if pk not in change.before
        ]
        if new:
            bulk_create_with_history(new, StepEntry, default_change_reason=CHANGE_REASON)


def delete(row: Any) -> None:
    row._change_reason = CHANGE_REASON
    row.delete()
