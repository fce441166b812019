"""Lists as shelves, and where a reader is with a work of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from readinglist.catalog.models import Category, Identifier, ReadingList
from readinglist.curation.samples.works import state, work
from readinglist.reading.models import Activity, Stage
from readinglist.reading.progress import Progress
from readinglist.reading.shelves import HEIGHTS, Group, Shelf, Spine
from readinglist.reading.works import Log

TITLES = ["Attention", "Chinchilla", "Megatron-LM", "ZeRO", "GPipe", "Switch, GShard", "PaLM 2", "OPT"]


def shelf_of(steps: int, title: str = "") -> Shelf:
    """A list of so many steps, some of them in every state."""
    reading_list = ReadingList(slug=f"sample--{steps}", title=title or _("A list"))
    states = ["read", "read", "read", "reading", "", "read", "skipped", ""]
    spines = [_spine(number, states[(number - 1) % 8] if number < 17 else "") for number in range(1, steps + 1)]
    progress = Progress(steps, *(sum(spine.state == name for spine in spines) for name in ("read", "skipped")))
    groups: Sequence[Group] = ()
    if steps >= 60:
        half = steps // 2
        groups = [Group(_("Training systems"), spines[:half]), Group(_("Serving"), spines[half:])]
    return Shelf(reading_list, progress, spines, groups)


def shelves() -> list[Shelf]:
    """One of each size."""
    sizes = {20: _("Large, to 24 steps"), 49: _("Small, from 25 steps"), 113: _("Tiny and in groups, from 60 steps")}
    return [shelf_of(steps, title) for steps, title in sizes.items()]


def heights() -> Shelf:
    """A spine of each height, named by its minutes."""
    lengths = [*HEIGHTS, HEIGHTS[-1] + 60]
    spines = [_spine(number, "", minutes=minutes) for number, minutes in enumerate(lengths, start=1)]
    return Shelf(ReadingList(slug="sample--heights", title=_("Heights")), Progress(8, 0, 0), spines)


def progress(now: datetime) -> dict[str, Any]:
    """For the box "Where you are" of a work that is under way."""
    entry = work(20, "ZeRO")
    shelf = shelf_of(20)
    actions = [Activity.Action.PROGRESSED, Activity.Action.STARTED, Activity.Action.QUEUED]
    rows = [Activity(at=now - timedelta(days=day), action=action) for day, action in enumerate(actions, start=1)]
    rows[0].percent, rows[0].minutes = 40, 25
    spine = shelf.spines[3]
    return {
        "entry": entry,
        "state": state(entry, Stage.READING, now=now, percent=40),
        "stages": Stage.choices,
        "log": Log(rows, 25, 0),
        "left": 45,
        "places": [{"shelf": shelf, "spine": spine, "near": shelf.spines[:7]}],
        "identifiers": [Identifier(key="arxiv:1910.02054"), Identifier(key="doi:10.1109/SC41405.2020.00024")],
        "categories": [Category(slug="sample--1", name=_("Training systems"))],
    }


def _spine(number: int, stage: str, *, minutes: int = 0) -> Spine:
    name = f"{minutes} min" if minutes else TITLES[(number - 1) % len(TITLES)]
    entry = work(100 + number, name, short_title=name, minutes=minutes or HEIGHTS[number * 5 % 7])
    entry.is_done = stage in (Stage.READ, Stage.SKIPPED)  # type: ignore[attr-defined]
    return Spine(
        number=number,
        works=[entry],
        companions=[work(200 + number)] if number % 6 == 0 else [],
        state=stage,
        percent=40 if stage == Stage.READING else 0,
        is_next=number == 4,
    )
