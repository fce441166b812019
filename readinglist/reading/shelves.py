"""The shelf: a reading list as book spines, one a step, filled as it is read.

`draw` is pure: it makes the picture from rows; `for_lists` fetches the rows of any number of lists in four queries.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import groupby
from typing import Any

from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, ReadingList, Step, StepEntry
from readinglist.reading import progress
from readinglist.reading.models import ReadState, Stage

# Up to so many minutes a spine is of height 1, 2, … 7; what is longer is of height 8.
HEIGHTS = (15, 30, 45, 60, 80, 110, 160)
LARGE_TO = 24  # steps with full titles
MAX_LABEL = 20  # characters that fit on a spine
TINY_FROM = 60  # steps in groups, numbers only
SHORTEST_GROUP = 3  # steps; fewer go among the others
STATES = {
    "": pgettext_lazy("state of a step", "unread"),
    Stage.READ: pgettext_lazy("state of a step", "read"),
    Stage.SKIPPED: pgettext_lazy("state of a step", "skipped"),
    Stage.READING: pgettext_lazy("state of a step", "reading"),
}


@dataclass(frozen=True, slots=True)
class Mine:
    """What the reader has to do with the works of some lists."""

    states: Mapping[int, ReadState]
    read_before: Set[int]  # the works of which an earlier version is read

    @classmethod
    def of(cls, states: Iterable[ReadState]) -> "Mine":
        """From states that carry `successor`."""
        rows = list(states)
        before = {row.successor for row in rows if row.read_at and row.successor}  # type: ignore[attr-defined]
        return cls({row.entry_id: row for row in rows}, before)

    def is_done(self, work: Entry) -> bool:
        """Read, an earlier version read, or skipped."""
        state = self.states.get(work.pk)
        return work.pk in self.read_before or bool(state and (state.read_at or state.stage == Stage.SKIPPED))


@dataclass(frozen=True, slots=True)
class PlacedStep:
    """One step as it is stored, with the reader's `state` of `reading.progress`; works have `is_required`."""

    number: int
    state: str
    works: Sequence[Entry]


@dataclass(frozen=True)  # without slots, for what is asked for more than once
class Spine:
    """One step. `works` are its required live entries, else whatever it has."""

    number: int
    works: Sequence[Entry]
    companions: Sequence[Entry]
    state: str
    percent: int
    is_next: bool

    @cached_property
    def work(self) -> Entry | None:
        """The one to open: the first that is not finished yet; None for a step that nothing stands in."""
        unfinished = (work for work in self.works if not work.is_done)  # type: ignore[attr-defined] # set by _spine
        return next(unfinished, self.works[0] if self.works else None)

    @cached_property
    def label(self) -> str:
        """What stands on the spine: the short titles, or nothing where one is missing or they do not fit."""
        label = ", ".join(work.short_title for work in self.works)
        return label if all(work.short_title for work in self.works) and len(label) <= MAX_LABEL else ""

    @cached_property
    def name(self) -> str:
        """What is said and listed: short titles, else titles."""
        return ", ".join(work.short_title or work.title for work in self.works) or _("An empty step")

    @property
    def is_open(self) -> bool:
        """Whether anything is left to finish."""
        return self.state not in (Stage.READ, Stage.SKIPPED)

    @cached_property
    def minutes(self) -> int:
        return sum(work.about_minutes for work in self.works)

    @property
    def minutes_left(self) -> int:
        """Of the works that are not finished."""
        unfinished = [work for work in self.works if not work.is_done]  # type: ignore[attr-defined] # set by _spine
        return sum(work.about_minutes for work in unfinished)

    @property
    def height(self) -> int:
        return 1 + bisect_left(HEIGHTS, self.minutes)

    @property
    def is_quiet(self) -> bool:
        """On tiny shelves only every fifth number is shown."""
        return self.number % 5 != 0

    @property
    def classes(self) -> str:
        names = [f"h{self.height}"]
        names += [f"is-{self.state}"] if self.state else []
        names += ["is-next"] if self.is_next else []
        names += ["multi"] if len(self.works) + len(self.companions) > 1 else []
        names += ["is-quiet"] if self.is_quiet else []
        return " ".join(names)

    @cached_property
    def said(self) -> str:
        """The state in words, as the spine's link says it aloud."""
        return _said(self.state, self.percent, self.is_next, get_language())


@dataclass(frozen=True, slots=True)
class Group:
    """Some steps that follow each other; without a title they are the whole list."""

    title: str
    spines: Sequence[Spine]

    @property
    def next(self) -> Spine | None:
        """The first that is still to be finished here."""
        return next((spine for spine in self.spines if spine.is_open), None)

    @property
    def under_way(self) -> list[Spine]:
        """What is being read besides."""
        first = self.next
        return [spine for spine in self.spines if spine.state == Stage.READING and spine is not first]

    @property
    def read(self) -> int:
        return sum(spine.state == Stage.READ for spine in self.spines)


@dataclass(frozen=True, slots=True)
class Shelf:
    reading_list: ReadingList
    progress: progress.Progress
    spines: Sequence[Spine]
    groups: Sequence[Group] = field(default=())

    @property
    def next(self) -> Spine | None:
        return next((spine for spine in self.spines if spine.is_next), None)

    @property
    def ahead(self) -> list[Spine]:
        """What is still to be finished after what is next, in order."""
        return [spine for spine in self.spines if spine.is_open and not spine.is_next]

    @property
    def parts(self) -> Sequence[Group]:
        """The groups; of a list that has none, all of it as one without a title."""
        return self.groups or [Group("", self.spines)]

    @property
    def size(self) -> str:
        if len(self.spines) <= LARGE_TO:
            return ""
        return "shelf--s" if len(self.spines) < TINY_FROM else "shelf--xs"

    @property
    def sentence(self) -> str:
        """The whole picture in words: "11 of 19 read, 1 skipped. ZeRO is next."."""
        if not self.progress.counted:
            return self.progress.sentence
        if self.next is None:
            return _("%(figures)s All done.") % {"figures": self.progress.sentence}
        return _("%(figures)s %(name)s is next.") % {"figures": self.progress.sentence, "name": self.next.name}

    @property
    def left(self) -> int:
        """How many steps are still to be finished."""
        return sum(spine.is_open for spine in self.spines)

    @property
    def minutes_left(self) -> int:
        return sum(spine.minutes_left for spine in self.spines if spine.is_open)


def for_lists(lists: Iterable[ReadingList], user: User) -> list[Shelf]:
    """One shelf a list, in three queries for all (four where one is long), and what the lists themselves take."""
    rows = list(lists)
    keys = [row.pk for row in rows]
    steps = progress.with_state(Step.objects.filter(list__in=keys).order_by("position"), user)
    placed = _placed(steps.values_list("list_id", "pk", "position", "state", named=True))  # type: ignore[misc] # annotated
    mine = _mine(keys, user)
    categories = _categories_of([pk for pk, its in placed.items() if len(its) >= TINY_FROM])
    return [draw(row, placed.get(row.pk, []), mine, categories) for row in rows]


def with_work(work: Entry, user: User) -> list[Shelf]:
    """The shelves of the lists in which a work stands, without groups, in three queries."""
    lists = StepEntry.objects.filter(entry=work).values("list")
    steps = Step.objects.filter(list__in=lists).select_related("list").order_by("list__position", "list", "position")
    rows = list(progress.with_state(steps, user))
    placed, by_key = _placed(rows), {row.list_id: row.list for row in rows}
    mine = _mine(list(placed), user)
    return [draw(by_key[pk], its_steps, mine, {}) for pk, its_steps in placed.items()]


def draw(reading_list: ReadingList, steps: Sequence[PlacedStep], mine: Mine, categories: dict[int, list[str]]) -> Shelf:
    """The picture of one list; `categories` names those of an entry."""
    spines: list[Spine] = []
    has_next = False
    for step in steps:
        spine = _spine(step, mine, may_be_next=not has_next)
        has_next = has_next or spine.is_next
        spines.append(spine)
    figures = progress.progress_over(step.state for step in steps)
    return Shelf(reading_list, figures, spines, _groups(spines, categories))


def _placed(steps: Iterable[Any]) -> dict[int, list[PlacedStep]]:
    """By list, in their order; one query for the works of all."""
    rows = list(steps)
    found = Entry.objects.filter(step_entries__step__in=[row.pk for row in rows])
    found = found.annotate(in_step=F("step_entries__step"), is_required=F("step_entries__required"))
    works: dict[int, list[Entry]] = {}
    for work in found.order_by("-is_required", "step_entries__pk"):
        works.setdefault(work.in_step, []).append(work)
    placed: dict[int, list[PlacedStep]] = {}
    for row in rows:
        placed.setdefault(row.list_id, []).append(PlacedStep(row.position, row.state, works.get(row.pk, [])))
    return placed


def _mine(lists: Sequence[int], user: User) -> Mine:
    in_lists = StepEntry.objects.filter(list__in=lists).values("entry")
    states = ReadState.objects.of(user).filter(Q(entry__in=in_lists) | Q(entry__superseded_by__in=in_lists))
    return Mine.of(states.annotate(successor=F("entry__superseded_by")))


def _spine(step: PlacedStep, mine: Mine, *, may_be_next: bool) -> Spine:
    shown = [work for work in step.works if work.status != Status.DRAFT]
    required = [work for work in shown if work.is_required]  # type: ignore[attr-defined] # of _placed
    works = [work for work in required if work.status == Status.LIVE] or required
    for work in works:
        work.my_state = mine.states.get(work.pk)  # type: ignore[attr-defined] # for pages, like the next
        work.is_done = mine.is_done(work)  # type: ignore[attr-defined]
        work.is_read_before = work.pk in mine.read_before  # type: ignore[attr-defined]
    percents = [mine.states[work.pk].percent if work.pk in mine.states else 0 for work in works]
    return Spine(
        number=step.number,
        works=works,
        companions=[work for work in shown if not work.is_required],  # type: ignore[attr-defined]
        state=step.state,
        percent=sum(percents) // len(percents) if percents else 0,
        is_next=may_be_next and step.state not in (Stage.READ, Stage.SKIPPED),
    )


def _groups(spines: Sequence[Spine], categories: dict[int, list[str]]) -> list[Group]:
    """Runs of steps of one category, for shelves too long to be looked over in one piece.

    Of the categories of a work the one that most of the list shares gives the name; runs too short for a board of their
    own go together as others.
    """
    if len(spines) < TINY_FROM:
        return []
    marks = [categories.get(spine.works[0].pk, []) if spine.works else [] for spine in spines]
    common = Counter(name for names in marks for name in names)
    titles = [max(names, key=lambda name: common[name], default="") for names in marks]
    runs = [list(run) for _title, run in groupby(zip(titles, spines, strict=True), key=lambda pair: pair[0])]
    groups: list[Group] = []
    for run in runs:
        title = run[0][0] if len(run) >= SHORTEST_GROUP else ""
        its_spines = [spine for _title, spine in run]
        if groups and groups[-1].title in (title, title or _("Others")):
            its_spines = [*groups.pop().spines, *its_spines]
        groups.append(Group(title or _("Others"), its_spines))
    return groups


@cache
def _said(state: str, percent: int, is_next: bool, language: str | None) -> str:
    """Kept by the language in which it is said: a page of shelves says it some hundred times."""
    words = [_("next")] if is_next else []
    words.append(str(STATES[state]))
    if state == Stage.READING and percent:
        words.append(_("%(percent)s %%") % {"percent": percent})
    return ", ".join(words)


def _categories_of(lists: Sequence[int]) -> dict[int, list[str]]:
    """The names of the categories of every entry of the lists, in their order; no query where there is no list."""
    if not lists:
        return {}
    pairs = (
        Entry.categories.through.objects.filter(entry__step_entries__list__in=lists)
        .order_by("category__position", "category__pk")
        .values_list("entry_id", "category__name")
        .distinct()
    )
    names: dict[int, list[str]] = {}
    for entry_id, name in pairs:
        names.setdefault(entry_id, []).append(name)
    return names
