"""Which row of the database a row of the files is: the one it was loaded into, a curator's, or a new one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from readinglist.catalog.models import Entry
from readinglist.curation.catalogue_files import Row
from readinglist.curation.fields import Feeds, Field, Many, Ref
from readinglist.curation.models import Shipped
from readinglist.curation.report import Conflict, Report
from readinglist.curation.shapes import Shape


@dataclass
class Plan:
    """What happens to one row: `after` holds the fields to be written, `refused` what of the files cannot be."""

    row: Row
    target: Any
    memory: Shipped
    is_new: bool = False
    after: dict[str, Any] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    refused: dict[str, list[Any]] = field(default_factory=dict)

    def before(self, each: Field) -> Any:
        return () if self.is_new and isinstance(each, Many) else each.current(self.target)

    def final(self, each: Field) -> Any:
        return self.after[each.name] if each.name in self.after else self.before(each)

    def write(self, each: Field, value: Any) -> None:
        """Has `value` written, unless it stands there already."""
        self.after.pop(each.name, None)
        if not each.same(value, self.before(each)):
            self.after[each.name] = value


@dataclass
class Desk:
    """Everything the merge looks at: what was remembered, the rows of the database, the plans and the report."""

    now: datetime
    memory: dict[tuple[str, str], Shipped]
    is_first: bool
    rows: dict[str, dict[int, Any]] = field(default_factory=dict)
    plans: dict[str, list[Plan]] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    moved: dict[str, str] = field(default_factory=dict)  # addresses of feeds, where the program followed their hosts

    def find(self, shape: str, key: str) -> int | None:
        """The id of the row that a key of the files stands for; None where there is none any more."""
        memory = self.memory.get((shape, key))
        return memory.object_id if memory and memory.object_id in self.rows[shape] else None

    def wanted(self, each: Field, value: Any) -> Any:
        """A field's value of the files; a feed whose address the program rewrote is meant by its old one as well."""
        wanted = each.wanted(value, self.find)
        if isinstance(each, Feeds):
            return tuple(dict.fromkeys(self.moved.get(url, url) for url in wanted))
        return wanted

    def conflict(self, row: Row, name: str, *, curator: Any, files: Any) -> None:
        self.report.conflicts.append(Conflict(row.shape, row.key, name, curator, files))

    def shown(self, each: Field, value: Any) -> Any:
        """A field's value for a report: ids as the slugs that people know, and what is many as a list."""
        if not each.to:
            return list(value) if isinstance(each, Many) else value
        rows = self.rows[each.to]
        return [rows[pk].slug for pk in value] if isinstance(each, Many) else value and rows[value].slug


def match(shape: Shape, rows: Sequence[Row], desk: Desk) -> Iterator[Plan]:
    """A plan for each row that is in the database or now comes there; what curators deleted has none."""
    known = desk.rows[shape.name]
    strangers = _Strangers(shape, rows, desk)
    for row in rows:
        memory = desk.memory.get((shape.name, row.key))
        if memory and memory.object_id in known:
            yield Plan(row, known[memory.object_id], memory)
            continue
        natural = shape.natural(row.key, desk.find)
        stranger = strangers.find(row, natural)
        if stranger is not None:
            yield _adopt(row, stranger, memory, desk)
        elif memory:
            _leave_deleted(row, memory, desk)
        elif natural is None or not _has_works(row, desk):
            desk.report.count(shape.name, "kept")  # a step of a list that a curator deleted, or of nothing to read
        elif strangers.has_namesake(natural):
            desk.conflict(row, "slug", curator="another row has this slug", files=row.key)
        else:
            yield _new(shape, row, natural, desk)


def create(shape: Shape, plans: Sequence[Plan], desk: Desk) -> None:
    """Inserts the new rows with their plain columns; what refers to other rows follows when all of them have ids."""
    last = Counter[int]()
    for step in desk.rows[shape.name].values() if shape.name == "step" else ():
        last[step.list_id] = max(last[step.list_id], step.position)
    for plan in plans:
        for each in shape.columns:
            if not isinstance(each, Ref):
                each.put(plan.target, plan.row.fields[each.name])
        if shape.name == "step":
            last[plan.target.list_id] += 1
            plan.target.position = last[plan.target.list_id]
        if isinstance(plan.target, Entry) and not desk.is_first:
            plan.target.added_on = timezone.localdate(desk.now, timezone.get_default_timezone())
    shape.model._default_manager.bulk_create([plan.target for plan in plans])
    for plan in plans:
        plan.memory.object_id = plan.target.pk
        desk.rows[shape.name][plan.target.pk] = plan.target


class _Strangers:
    """The rows that no row of the files is known to be: a curator's, or those of rows that are no longer shipped."""

    def __init__(self, shape: Shape, rows: Sequence[Row], desk: Desk) -> None:
        known = desk.rows[shape.name].values()
        self.desk = desk
        self.claimed = {desk.find(shape.name, row.key) for row in rows}
        self.known_by, self.is_told_apart = shape.known_by, shape.is_told_apart
        self.by_token = {token: row for row in known if shape.known_by for token in shape.known_by.current(row)}
        self.by_name = {tuple(getattr(row, name) for name in shape.identity): row for row in known}

    def find(self, row: Row, natural: dict[str, Any] | None) -> Any:
        """The stranger with one of the row's identifiers or feeds, or else with its slug; claimed at once."""
        tokens = self.desk.wanted(self.known_by, row.fields[self.known_by.name]) if self.known_by else []
        candidates = [self.by_token.get(token) for token in tokens]
        namesake = self.by_name.get(tuple(natural.values())) if natural else None
        if namesake is not None and not self._is_another(namesake, tokens):
            candidates.append(namesake)
        for candidate in candidates:
            if candidate is not None and candidate.pk not in self.claimed:
                self.claimed.add(candidate.pk)
                return candidate
        return None

    def _is_another(self, namesake: Any, tokens: Sequence[str]) -> bool:
        """Whether its identifiers say that it is another work than the one with these."""
        if not (self.is_told_apart and self.known_by and tokens):
            return False
        own = self.known_by.current(namesake)
        return bool(own) and set(own).isdisjoint(tokens)

    def has_namesake(self, natural: dict[str, Any]) -> bool:
        return tuple(natural.values()) in self.by_name


def _adopt(row: Row, stranger: Any, memory: Shipped | None, desk: Desk) -> Plan:
    """The stranger is this row from now on. One that was shipped under another key brings its memory with it."""
    adopted = memory or Shipped(model=row.shape, key=row.key)
    adopted.object_id, adopted.adopted, adopted.fields = stranger.pk, True, {}
    adopted.deleted_by_curator_at = None
    for key, earlier in list(desk.memory.items()):
        if key[0] == row.shape and key[1] != row.key and earlier.object_id == stranger.pk:
            adopted.fields, adopted.adopted = earlier.fields, earlier.adopted
            desk.memory.pop(key).delete()
    desk.memory[row.shape, row.key] = adopted
    return Plan(row, stranger, adopted)


def _leave_deleted(row: Row, memory: Shipped, desk: Desk) -> None:
    """What a curator deleted stays deleted; that the files went on changing it is told once."""
    desk.report.count(row.shape, "kept")
    if memory.fields != row.fields:
        desk.conflict(row, "row", curator="deleted", files="changed")
    memory.fields = row.fields
    memory.deleted_by_curator_at = memory.deleted_by_curator_at or desk.now


def _new(shape: Shape, row: Row, natural: dict[str, Any], desk: Desk) -> Plan:
    memory = desk.memory[shape.name, row.key] = Shipped(model=shape.name, key=row.key)
    return Plan(row, shape.model(**natural), memory, is_new=True)


def _has_works(row: Row, desk: Desk) -> bool:
    """Whether a step has a required work left with an address, which curators can take away; other rows always have."""
    if row.shape != "step":
        return True
    found = [desk.find("entry", key) for key in row.fields["entries"]]
    return any(desk.rows["entry"][pk].url for pk in found if pk is not None)
