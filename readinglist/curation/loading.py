"""The starting catalogue into the database: what curators changed, deleted or added stays as they left it.

Per kind of row: find each row of the files again or make it (`matching`), decide field by field who wins (`merging`),
settle what only one row may have, write (`fields`). `Shipped` remembers what was loaded, per row and field.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from feeds import moving
from readinglist.catalog import lists, supersession
from readinglist.catalog.models import Entry, Source, Step
from readinglist.curation import history
from readinglist.curation.catalogue_files import Catalogue, Row
from readinglist.curation.fields import CHANGE_REASON, Change, Feeds, Field, Many, Refs, Works
from readinglist.curation.matching import Desk, Plan, create, match
from readinglist.curation.merging import MISSING, merge_field, merge_order
from readinglist.curation.models import Shipped
from readinglist.curation.report import Report
from readinglist.curation.shapes import SHAPE_BY_NAME, SHAPES, Shape

LOCK_KEY = 7_265_002


def is_untouched() -> bool:
    """Whether nothing was ever loaded or entered here."""
    return not (Shipped.objects.exists() or Entry.objects.exists() or Source.objects.exists())


@transaction.atomic
def load(catalogue: Catalogue, *, now: datetime, dry_run: bool = False) -> Report:
    """Brings the files into the database, all or nothing; one load at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
    supersession.lock()
    memory = {(row.model, row.key): row for row in Shipped.objects.all()}
    remembered = {key: _snapshot(row) for key, row in memory.items()}
    desk = Desk(now, memory, is_first=not memory, moved=moving.moved_addresses())
    for shape in SHAPES:
        _load_shape(shape, catalogue.rows[shape.name], desk)
    _order_lists(desk)
    _supersede(desk)
    _remember(desk, remembered)
    _report(desk, {(row.shape, row.key) for row in catalogue})
    if dry_run:
        transaction.set_rollback(True)
    elif desk.is_first:
        _analyse()
    return desk.report


def _analyse() -> None:
    """The planner would else take the tables for empty until PostgreSQL looks at them by itself."""
    tables = sorted({connection.ops.quote_name(shape.model._meta.db_table) for shape in SHAPES})
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


def _load_shape(shape: Shape, rows: Sequence[Row], desk: Desk) -> None:
    prefetched = {each.prefetch for each in shape.many}
    found = shape.model._default_manager.select_for_update(no_key=True).prefetch_related(*prefetched).order_by("pk")
    desk.rows[shape.name] = {row.pk: row for row in found}
    plans = desk.plans[shape.name] = list(match(shape, rows, desk))
    create(shape, [plan for plan in plans if plan.is_new], desk)
    for plan in plans:
        _decide(shape, plan, desk)
    _hold_addresses(shape, desk)
    leaving = _make_room(shape, rows, desk) if shape.name == "step" else []
    _settle(shape, [*plans, *leaving], desk)
    _hold_trees(shape, desk)
    _write(shape, [*plans, *leaving])
    _remove_emptied(shape, leaving, desk)


def _decide(shape: Shape, plan: Plan, desk: Desk) -> None:
    """Who wins, field by field."""
    for each in shape.fields:
        ours = plan.before(each)
        theirs = desk.wanted(each, plan.row.fields[each.name])
        base = MISSING
        if each.name in plan.memory.fields:
            base = desk.wanted(each, plan.memory.fields[each.name])
        merged = merge_field(base, ours, theirs, same=each.same)
        plan.write(each, merged.value)
        if merged.is_kept:
            plan.kept.add(each.name)
        if merged.is_conflict:
            desk.conflict(plan.row, each.name, curator=desk.shown(each, ours), files=desk.shown(each, theirs))
        if isinstance(each, Feeds) and not plan.is_new and each.name in plan.after:
            _keep_lasting_feeds(each, plan, desk)


def _keep_lasting_feeds(each: Feeds, plan: Plan, desk: Desk) -> None:
    taken = {url for row in desk.rows[plan.row.shape].values() for url in each.current(row)}
    if lasting := each.lasting(plan.target, plan.after[each.name], taken):
        desk.conflict(plan.row, each.name, curator=f"posts came from {', '.join(lasting)}", files="without it")
        plan.write(each, (*plan.after[each.name], *lasting))
        plan.kept.add(each.name)


# ------------------------------------------------- what only one row may have
def _settle(shape: Shape, plans: Sequence[Plan], desk: Desk) -> None:
    """An identifier, a feed, or the place of a work in a list that stays with one row is refused to every other."""
    by_id = {plan.target.pk: plan for plan in plans}
    holders: dict[Any, tuple[Any, str]] = {}
    for row in desk.rows[shape.name].values():
        plan = by_id.get(row.pk)
        for each in shape.unique:
            for item in plan.before(each) if plan else each.current(row):
                if plan is None or item in plan.final(each):
                    holders[each.token(row, item)] = (row, each.name)
    for plan in plans:
        for each in shape.unique:
            for item in plan.final(each):
                holder = holders.setdefault(each.token(plan.target, item), (plan.target, each.name))
                if holder != (plan.target, each.name):
                    _refuse_item(plan, each, item, curator=f"{holder[0].slug} has it", desk=desk)


def _hold_addresses(shape: Shape, desk: Desk) -> None:
    """A work whose address a curator took away is refused where it would become required."""
    for plan in desk.plans[shape.name]:
        for each in shape.many:
            if isinstance(each, Works) and each.required:
                for item in plan.final(each):
                    if item not in plan.before(each) and not desk.rows[each.to][item].url:
                        _refuse_item(plan, each, item, curator="it has no address", desk=desk)


def _refuse_item(plan: Plan, each: Many, item: Any, *, curator: str, desk: Desk) -> None:
    plan.write(each, tuple(other for other in plan.final(each) if other != item))
    if each.name not in plan.kept:
        plan.refused.setdefault(each.name, []).append(item)
    desk.conflict(plan.row, each.name, curator=curator, files=desk.shown(each, (item,)))


def _make_room(shape: Shape, rows: Sequence[Row], desk: Desk) -> list[Plan]:
    """Steps that are no longer shipped give their works to shipped ones, unless a curator changed them."""
    shipped = {row.key for row in rows}
    wanted = {
        each.token(plan.target, item)
        for plan in desk.plans[shape.name]
        for each in shape.unique
        for item in plan.final(each)
        if item not in plan.before(each)
    }
    leaving = []
    for (name, key), memory in desk.memory.items():
        step = desk.rows[shape.name].get(memory.object_id or 0)
        if name != shape.name or key in shipped or step is None:
            continue
        plan = Plan(Row(name, key, memory.fields, ""), step, memory)
        if all(each.same(plan.before(each), each.wanted(memory.fields[each.name], desk.find)) for each in shape.many):
            for each in shape.unique:
                staying = tuple(item for item in plan.before(each) if each.token(step, item) not in wanted)
                plan.write(each, staying)
                plan.refused[each.name] = [item for item in plan.before(each) if item not in staying]
            leaving += [plan] if plan.after else []
    return leaving


def _remove_emptied(shape: Shape, leaving: Sequence[Plan], desk: Desk) -> None:
    for plan in leaving:
        plan.memory.fields = _loaded(plan, desk)
        if not any(plan.final(each) for each in shape.many):
            lists.remove_step(desk.rows[shape.name].pop(plan.target.pk), reason=CHANGE_REASON)
            desk.memory.pop((shape.name, plan.row.key)).delete()


def _hold_trees(shape: Shape, desk: Desk) -> None:
    """A parent is refused where, with what curators changed, it would close a circle or stand too deep."""
    for each in shape.trees:
        above = {pk: each.current(row) for pk, row in desk.rows[shape.name].items()}
        moving = {plan.target.pk: plan for plan in desk.plans[shape.name] if each.name in plan.after}
        above |= {pk: plan.after[each.name] for pk, plan in moving.items()}
        while wrong := next(
            (moving[pk] for way in _wrong_ways(above, shape.deepest) for pk in way if pk in moving), None
        ):
            before = above[wrong.target.pk] = wrong.before(each)
            del moving[wrong.target.pk]
            _refuse_value(wrong, each, curator=before, desk=desk)


def _wrong_ways(above: dict[int, int | None], deepest: int | None) -> Iterator[list[int]]:
    """The ways up that end in a circle or are longer than `deepest`."""
    for start in above:
        way, at = [start], above[start]
        while at is not None and at not in way:
            way.append(at)
            at = above.get(at)
        if at is not None or (deepest and len(way) > deepest):
            yield way


def _refuse_value(plan: Plan, each: Field, *, curator: Any, desk: Desk) -> None:
    files = plan.after.pop(each.name)
    desk.conflict(plan.row, each.name, curator=desk.shown(each, curator), files=desk.shown(each, files))
    plan.refused[each.name] = []


# ------------------------------------------------------------------------ write
def _write(shape: Shape, plans: Sequence[Plan]) -> None:
    """Everything that was decided, in few statements; each row that changed gets one historical row."""
    changes = {
        each: [
            Change(plan.target, plan.before(each), plan.after[each.name]) for plan in plans if each.name in plan.after
        ]
        for each in shape.many
    }
    for many, its_changes in changes.items():
        many.release(its_changes)
    for many, its_changes in changes.items():
        many.add(its_changes)
    changed = {each.name for each in shape.columns for plan in plans if each.name in plan.after}
    for plan in plans:
        for each in shape.columns:
            if each.name in plan.after:
                each.put(plan.target, plan.after[each.name])
    if changed:
        targets = [plan.target for plan in plans if changed & set(plan.after)]
        shape.model._default_manager.bulk_update(targets, sorted(changed))
    own = {each.name for each in shape.fields if each.is_column or isinstance(each, Refs)}
    history.record([plan.target for plan in plans if plan.is_new], is_new=True)
    history.record([plan.target for plan in plans if not plan.is_new and own & set(plan.after)], is_new=False)


def _order_lists(desk: Desk) -> None:
    """The order of a list's steps, when all of them are there."""
    new = {plan.target.pk for plan in desk.plans["step"] if plan.is_new}
    for plan in desk.plans["list"]:
        steps = sorted(
            (step for step in desk.rows["step"].values() if step.list_id == plan.target.pk),
            key=lambda step: step.position,
        )
        slugs = {step.pk: step.slug for step in steps}
        ours = [pk for pk in slugs if pk not in new]
        theirs = _step_ids(plan.row.key, plan.row.fields["steps"], slugs, desk)
        base = None
        if "steps" in plan.memory.fields:
            base = _step_ids(plan.row.key, plan.memory.fields["steps"], slugs, desk)
        merged = merge_order(base, ours, theirs)
        if merged.value != list(slugs):
            lists.reorder(plan.target, merged.value, reason=CHANGE_REASON)
            plan.after["steps"] = merged.value
        if merged.is_kept:
            plan.kept.add("steps")
        if merged.is_conflict:
            here, there = ([slugs[pk] for pk in order] for order in (ours, theirs))
            desk.conflict(plan.row, "steps", curator=here, files=there)


def _step_ids(list_key: str, step_slugs: Sequence[str], standing: dict[int, str], desk: Desk) -> list[int]:
    found = [desk.find("step", f"{list_key}/{slug}") for slug in step_slugs]
    return [pk for pk in found if pk in standing]


def _supersede(desk: Desk) -> None:
    """Successors last, as a curator sets them: they take places in lists, and curators' own lists follow."""
    for plan in desk.plans["entry"]:
        if "superseded_by" not in plan.after:
            continue
        each = SHAPE_BY_NAME["entry"].successor
        old, successor = Entry.objects.get(pk=plan.target.pk), Entry.objects.filter(pk=plan.after[each.name]).first()
        try:
            with transaction.atomic():
                if old.superseded_by_id is not None:
                    supersession.undo(old)
                if successor is not None:
                    supersession.supersede(old, successor.superseded_by or successor, now=desk.now)
        except supersession.SupersessionError as error:
            _refuse_value(plan, each, curator=plan.before(each), desk=desk)
            desk.conflict(plan.row, each.name, curator=str(error), files="ignored")


# --------------------------------------------------------------------- remember
def _remember(desk: Desk, remembered: dict[tuple[str, str], Any]) -> None:
    standing = set(Step.objects.values_list("pk", flat=True))
    for plans in desk.plans.values():
        for plan in plans:
            # Superseding empties a step in which a curator left nothing else, and takes it out of its list.
            is_gone = plan.row.shape == "step" and plan.target.pk not in standing
            plan.memory.fields = _loaded(plan, desk)
            plan.memory.deleted_by_curator_at = desk.now if is_gone else None
    Shipped.objects.bulk_create([row for row in desk.memory.values() if row.pk is None])
    changed = [row for key, row in desk.memory.items() if key in remembered and _snapshot(row) != remembered[key]]
    Shipped.objects.bulk_update(changed, ["fields", "object_id", "adopted", "deleted_by_curator_at"])


def _loaded(plan: Plan, desk: Desk) -> dict[str, Any]:
    """The fields as the files have them, without what was refused: the next load tries that again."""
    fields = dict(plan.row.fields)
    for each in SHAPE_BY_NAME[plan.row.shape].fields:
        if each.name in plan.refused and isinstance(each, Many):
            refused = set(plan.refused[each.name])
            fields[each.name] = [item for item in fields[each.name] if not refused & set(desk.wanted(each, [item]))]
        elif each.name in plan.refused:
            fields[each.name] = plan.memory.fields.get(each.name)
    return fields


def _snapshot(memory: Shipped) -> tuple[Any, ...]:
    return memory.fields, memory.object_id, memory.adopted, memory.deleted_by_curator_at


def _report(desk: Desk, shipped: set[tuple[str, str]]) -> None:
    for shape, plans in desk.plans.items():
        for plan in plans:
            outcomes = ["added"] if plan.is_new else ["updated"] if plan.after else []
            outcomes += ["kept"] if plan.kept else []
            desk.report.count(shape, *(outcomes or ["unchanged"]))
    gone = [key for key in desk.memory if key not in shipped and key[0] in desk.rows and desk.find(*key) is not None]
    desk.report.gone = [" ".join(key) for key in gone]
