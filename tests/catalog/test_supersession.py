"""One work takes another's place, everywhere, and gives it back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connections

from readinglist.catalog import supersession
from readinglist.catalog.models import Entry, ReadingList, Step, StepEntry, Supersession
from readinglist.catalog.supersession import SupersessionError

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def entry(slug: str, **fields: Any) -> Entry:
    fields = {"url": f"https://example.org/{slug}"} | fields
    return Entry.objects.create(slug=slug, title=slug.title(), kind="paper", **fields)


def make_list(slug: str, *steps: str) -> ReadingList:
    """A list with a step for each of `steps`, which names its works; a companion has a `+` before it."""
    reading_list = ReadingList.objects.create(slug=slug, title=slug.title())
    for position, names in enumerate(steps, start=1):
        step = Step.objects.create(list=reading_list, slug=f"step-{position}", position=position)
        for name in names.split():
            work = Entry.objects.filter(slug=name.lstrip("+")).first() or entry(name.lstrip("+"))
            StepEntry.objects.create(step=step, list=reading_list, entry=work, required=not name.startswith("+"))
    return reading_list


def shown(reading_list: ReadingList) -> list[str]:
    return [
        " ".join(f"{'' if place.required else '+'}{place.entry.slug}" for place in step.step_entries.all())
        for step in reading_list.steps.all()
    ]


def fresh(slug: str) -> Entry:
    return Entry.objects.get(slug=slug)


def everything() -> list[Any]:
    models = (Entry, ReadingList, Step, StepEntry, Supersession)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def test_the_successor_takes_the_place_in_every_list() -> None:
    canon, mine = make_list("canon", "a x", "y"), make_list("mine", "z", "w +a")
    a, b = fresh("a"), entry("b")
    made = supersession.supersede(a, b, now=NOW)
    assert (shown(canon), shown(mine)) == (["b x", "y"], ["z", "w +b"])
    assert (fresh("a").superseded_by, fresh("a").status, a.superseded_by) == (b, "live", b)
    assert (made.entry, made.at) == (a, NOW)


def test_where_the_successor_stands_already_the_place_goes() -> None:
    canon = make_list("canon", "x", "a y", "b")
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    assert shown(canon) == ["x", "y", "b"]


def test_a_companion_that_succeeds_a_required_work_becomes_required() -> None:
    canon, mine = make_list("canon", "x", "a", "y +b", "z"), make_list("mine", "a +b", "+c")
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    assert (shown(canon), shown(mine)) == (["x", "b", "y", "z"], ["b", "+c"])


@pytest.mark.parametrize(("steps", "after"), [(("+a x", "b"), ["x", "b"]), (("+a x", "y +b"), ["x", "y +b"])])
def test_a_companion_gives_way_wherever_the_successor_stands(steps: tuple[str, ...], after: list[str]) -> None:
    canon = make_list("canon", *steps)
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    assert shown(canon) == after


def test_a_step_emptied_of_its_companion_goes_too() -> None:
    canon = make_list("canon", "+b", "x", "a", "y")
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    assert shown(canon) == ["x", "b", "y"]
    assert [step.position for step in canon.steps.all()] == [1, 2, 3]


def test_an_emptied_step_goes_and_the_rest_moves_up() -> None:
    canon = make_list("canon", "x", "a", "b", "y")
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    assert shown(canon) == ["x", "b", "y"]
    assert [step.position for step in canon.steps.all()] == [1, 2, 3]


def test_predecessors_are_pointed_at_the_newest_so_that_all_stay_one_deep() -> None:
    for slug in "abc":
        entry(slug)
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    supersession.supersede(fresh("b"), fresh("c"), now=NOW)
    assert set(fresh("c").supersedes.all()) == {fresh("a"), fresh("b")}


def test_every_change_is_in_the_history_with_its_reason() -> None:
    make_list("canon", "a", "x", "c", "b")
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    supersession.supersede(fresh("x"), entry("y"), now=NOW)
    history = StepEntry.history.exclude(history_type="+")
    assert set(history.values_list("history_type", "history_change_reason")) == {
        ("-", "superseded by b"),
        ("~", "superseded by y"),
    }
    assert fresh("a").history.latest().superseded_by == fresh("b")
    assert Step.history.filter(history_type="-", history_change_reason="superseded by b").count() == 1
    supersession.undo(fresh("x"))
    assert fresh("x").history.latest().history_change_reason == "superseding undone"
    assert StepEntry.history.filter(history_change_reason="superseding undone").count() == 1


@pytest.mark.parametrize(
    ("prepare", "says"),
    [
        (lambda a, b: (a, a), "cannot supersede itself"),
        (lambda a, b: (a, entry("draft", status="draft")), "Make it live first"),
        (lambda a, b: (a, entry("old", status="retired")), "is retired"),
        (lambda a, b: (a, entry("middle", superseded_by=b)), "by “B”. Choose that one"),
        (lambda a, b: (entry("middle", superseded_by=b), a), "Undo that first"),
        (lambda a, b: (entry("deleted", pk=999_999), b), "Open the catalogue again"),
        (lambda a, b: (a, entry("unprinted", url=None)), "“Unprinted” has no address, .* Give it one first"),
        (lambda a, b: (a, entry("unprinted", url="")), "“Unprinted” has no address, .* Give it one first"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(prepare: Callable[..., tuple[Entry, Entry]], says: str) -> None:
    make_list("canon", "a", "x")
    old, new = prepare(fresh("a"), entry("b"))
    Entry.objects.filter(slug="deleted").delete()
    before = everything()
    with pytest.raises(SupersessionError, match=says):
        supersession.supersede(old, new, now=NOW)
    assert everything() == before
    if old.slug != "deleted":
        with pytest.raises(SupersessionError, match=says):
            supersession.check(old, new)


def test_who_is_no_more_than_a_companion_may_have_a_successor_without_address() -> None:
    canon = make_list("canon", "x +a")
    unprinted = entry("unprinted", url=None)
    supersession.check(fresh("a"), unprinted)
    supersession.supersede(fresh("a"), unprinted, now=NOW)
    assert shown(canon) == ["x +unprinted"]


def test_what_will_happen_is_told_beforehand() -> None:
    for slug, steps in {
        "taken": ["a"],
        "given-up": ["+a", "b"],
        "both": ["a", "b"],
        "swapped": ["x", "a", "+b"],
    }.items():
        make_list(slug, *steps)
    entry("before", superseded_by=fresh("a"))
    before = everything()
    told = supersession.consequences(fresh("a"), fresh("b"))
    assert everything() == before
    places = [[place.list.slug for place in places] for places in (told.taken, told.given_up, told.companions)]
    assert places == [["taken", "swapped"], ["given-up", "both"], ["swapped"]]
    assert [place.entry.slug for place in told.companions] == ["b"]
    assert told.predecessors == [fresh("before")]
    assert told.list_count == 4


def test_a_work_that_stands_nowhere_leaves_the_lists_as_they_are() -> None:
    told = supersession.consequences(entry("a"), entry("b"))
    assert (told.taken, told.given_up, told.companions, told.predecessors, told.list_count) == ([], [], [], [], 0)


def test_undo_brings_everything_back_exactly() -> None:
    make_list("canon", "x", "a", "b +y")
    make_list("mine", "+a z")
    make_list("other", "a q", "b")
    make_list("companion", "y +c +b +d", "a z")
    make_list("companion-alone", "c", "+b", "a", "y")
    make_list("companion-beside", "x", "c a +b +d")
    entry("before", superseded_by=fresh("a"))
    before = everything()
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    assert everything() != before
    assert supersession.undo(fresh("a")).not_restored == []
    assert everything() == before


def test_undo_says_what_it_could_not_restore() -> None:
    make_list("changed", "a", "x")
    make_list("deleted", "a")
    make_list("again", "a b", "y")
    make_list("renamed", "a", "b")
    a, b = fresh("a"), fresh("b")
    supersession.supersede(a, b, now=NOW)
    StepEntry.objects.filter(list__slug="changed", entry=b).delete()
    ReadingList.objects.get(slug="deleted").delete()
    again = Step.objects.get(list__slug="again", slug="step-2")
    StepEntry.objects.create(step=again, list=again.list, entry=a)
    Step.objects.filter(list__slug="renamed").update(slug="step-1")
    assert supersession.undo(fresh("a")).not_restored == [
        "Its place in “Changed” has been changed since; put it there by hand.",
        "A list in which it stood has been deleted.",
        "It stands in “Again” again already.",
        "Another step of “Renamed” has its name now; put it there by hand.",
    ]
    assert fresh("a").superseded_by is None


@pytest.mark.parametrize(
    ("change", "not_restored", "after"),
    [
        (
            lambda: Step.objects.filter(position=1).update(slug="step-2"),
            ["“B” was a companion in “Canon”; put it there again by hand."],
            ["a", "x"],
        ),
        (
            lambda: StepEntry.objects.get(entry__slug="b").delete(),
            [
                "Its place in “Canon” has been changed since; put it there by hand.",
                "“B” was a companion in “Canon”; put it there again by hand.",
            ],
            ["", "x"],
        ),
        (lambda: ReadingList.objects.get().delete(), ["A list in which it stood has been deleted."], []),
    ],
)
def test_undo_says_which_companion_it_could_not_restore(
    change: Callable[[], object], not_restored: list[str], after: list[str]
) -> None:
    canon = make_list("canon", "a", "+b", "x")
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    change()
    assert supersession.undo(fresh("a")).not_restored == not_restored
    assert shown(canon) == after


def test_undo_leaves_a_place_that_a_later_successor_took() -> None:
    canon = make_list("canon", "a")
    for slug in "bc":
        entry(slug)
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    supersession.supersede(fresh("b"), fresh("c"), now=NOW)
    assert len(supersession.undo(fresh("a")).not_restored) == 1
    assert shown(canon) == ["c"]
    assert supersession.undo(fresh("b")).not_restored == []
    assert shown(canon) == ["b"]
    assert fresh("a").superseded_by is None


def test_a_chain_with_a_companion_in_it_is_undone_from_its_end() -> None:
    canon = make_list("canon", "a", "+b", "x +c")
    before = everything()
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    supersession.supersede(fresh("b"), fresh("c"), now=NOW)
    assert shown(canon) == ["c", "x"]
    assert supersession.undo(fresh("b")).not_restored == []
    assert supersession.undo(fresh("a")).not_restored == []
    assert everything() == before


@pytest.mark.parametrize("is_deleted", [False, True])
def test_undo_asks_for_no_companion_that_is_superseded_or_gone(is_deleted: bool) -> None:
    make_list("canon", "a", "+b", "x")
    supersession.supersede(fresh("a"), fresh("b"), now=NOW)
    supersession.supersede(fresh("b"), entry("c"), now=NOW)
    if is_deleted:
        fresh("b").delete()
    assert supersession.undo(fresh("a")).not_restored == [
        "Its place in “Canon” has been changed since; put it there by hand."
    ]


def test_what_is_not_superseded_cannot_be_undone() -> None:
    with pytest.raises(SupersessionError, match="nothing to undo"):
        supersession.undo(entry("a"))


def test_a_superseding_without_memory_is_undone_too() -> None:
    a = entry("a", superseded_by=entry("b"))
    assert supersession.undo(a).not_restored == []
    assert fresh("a").superseded_by is None


# ------------------------------------------------------------------- at the same time
def at_once(*actions: Callable[[], object]) -> list[str]:
    """Runs each in a thread with a connection of its own; returns how each ended."""

    def run(action: Callable[[], object]) -> str:
        try:
            action()
        except SupersessionError:
            return "refused"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions, timeout=30))


@pytest.fixture
def three_works() -> list[Entry]:
    make_list("canon", "a", "b", "c", "d")
    return [fresh(slug) for slug in "abc"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_two_who_supersede_crosswise_do_not_lock_each_other_out(_round: int, three_works: list[Entry]) -> None:
    a, b, _c = three_works
    outcomes = at_once(
        lambda: supersession.supersede(fresh("a"), b, now=NOW), lambda: supersession.supersede(fresh("b"), a, now=NOW)
    )
    assert sorted(outcomes) == ["done", "refused"]
    assert Entry.objects.exclude(superseded_by=None).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(5))
def test_a_chain_made_at_once_is_one_deep(_round: int, three_works: list[Entry]) -> None:
    _a, b, c = three_works
    outcomes = at_once(
        lambda: supersession.supersede(fresh("a"), b, now=NOW),
        lambda: supersession.supersede(fresh("b"), c, now=NOW),
    )
    assert "done" in outcomes
    assert not Entry.objects.filter(superseded_by__superseded_by__isnull=False).exists()
