"""Steps keep the positions 1, 2, 3, … whatever is done to their list, and only those that move have a new history."""

import pytest

from readinglist.catalog import lists
from readinglist.catalog.models import ReadingList, Step

pytestmark = pytest.mark.django_db


@pytest.fixture
def letters() -> ReadingList:
    reading_list = ReadingList.objects.create(slug="letters", title="Letters")
    for position, slug in enumerate("abcd", start=1):
        Step.objects.create(list=reading_list, slug=slug, position=position)
    return reading_list


def order(reading_list: ReadingList) -> str:
    steps = list(reading_list.steps.all())
    assert [step.position for step in steps] == list(range(1, len(steps) + 1))
    return "".join(step.slug for step in steps)


def ids(reading_list: ReadingList, slugs: str) -> list[int]:
    steps = {step.slug: step.pk for step in reading_list.steps.all()}
    return [steps[slug] for slug in slugs]


def test_steps_are_put_into_another_order(letters: ReadingList) -> None:
    moved = lists.reorder(letters, ids(letters, "bacd"), reason="by hand")
    assert order(letters) == "bacd"
    assert {step.slug for step in moved} == {"a", "b"}
    assert Step.history.filter(history_change_reason="by hand").count() == 2
    assert Step.history.count() == 4 + 2


def test_gaps_close_when_steps_are_put_in_order(letters: ReadingList) -> None:
    Step.objects.filter(slug="d").update(position=9)
    lists.reorder(letters, ids(letters, "dabc"))
    assert order(letters) == "dabc"


@pytest.mark.parametrize("slugs", ["abc", "abcc", "abcdd", ""])
def test_an_order_of_other_steps_is_refused(letters: ReadingList, slugs: str) -> None:
    with pytest.raises(lists.StaleOrderError, match="Open it again"):
        lists.reorder(letters, ids(letters, slugs))
    assert order(letters) == "abcd"


@pytest.mark.parametrize(
    ("position", "after"), [(1, "xabcd"), (3, "abxcd"), (5, "abcdx"), (99, "abcdx"), (-1, "xabcd")]
)
def test_a_step_is_inserted_at_a_position(letters: ReadingList, position: int, after: str) -> None:
    step = lists.insert_step(letters, "x", position=position)
    assert order(letters) == after
    assert step.position == after.index("x") + 1


def test_those_behind_a_removed_step_move_up(letters: ReadingList) -> None:
    lists.remove_step(letters.steps.get(slug="b"), reason="by hand")
    assert order(letters) == "acd"
    assert Step.history.filter(history_type="-", slug="b", history_change_reason="by hand").exists()


def test_other_lists_stay_as_they_are(letters: ReadingList) -> None:
    other = ReadingList.objects.create(slug="other", title="Other")
    Step.objects.create(list=other, slug="a", position=7)
    lists.insert_step(letters, "x", position=1)
    assert other.steps.get().position == 7
