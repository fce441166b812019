"""The order of shipped lists, and their steps, over what curators did to them."""

import pytest

from readinglist.catalog import lists
from readinglist.catalog.models import Entry, ReadingList, Step, StepEntry
from readinglist.curation.models import Shipped
from tests.curation.conftest import Edition
from tests.curation.test_loading import ROWS, numbers, said

pytestmark = pytest.mark.django_db
BEFORE_MOTION = '[[list.step]]\nslug = "motion"'
NEW_STEP = '[[list.step]]\nslug = "fleas"\nentries = ["lost-book"]\n\n'


def order() -> list[str]:
    return list(Step.objects.filter(list__slug="classics").values_list("slug", flat=True))


def positions() -> list[int]:
    return list(Step.objects.filter(list__slug="classics").values_list("position", flat=True))


def works(slug: str, *, required: bool = True) -> list[str]:
    places = StepEntry.objects.filter(step__slug=slug, required=required).order_by("pk")
    return list(places.values_list("entry__slug", flat=True))


def put_in_order(*slugs: str) -> None:
    steps = {step.slug: step.pk for step in Step.objects.all()}
    lists.reorder(ReadingList.objects.get(slug="classics"), [steps[slug] for slug in slugs])


def add_step(slug: str, *, position: int) -> Step:
    work = Entry.objects.create(slug=f"work-of-{slug}", title=slug, kind="book")
    step = lists.insert_step(ReadingList.objects.get(slug="classics"), slug, position=position)
    step.step_entries.create(list=step.list, entry=work)
    return step


def test_a_list_comes_with_its_steps_in_order_and_their_works(edition: Edition) -> None:
    edition.load()
    assert (order(), positions()) == (["heavens", "lenses", "motion"], [1, 2, 3])
    assert works("lenses") == ["opticks", "micrographia"]
    assert works("lenses", required=False) == ["micrographia-flea"]
    assert Step.history.count() == 3
    assert StepEntry.history.count() == 5


def test_the_files_may_put_a_list_into_another_order(edition: Edition) -> None:
    edition.load()
    edition.rewrite('[[list.step]]\nslug = "heavens"\nentries = ["almagest"]\n\n', "")
    edition.append('[[list.step]]\nslug = "heavens"\nentries = ["almagest"]', to="30-lists.toml")
    assert numbers(edition.load()) == {"updated": 1, "unchanged": ROWS - 1}
    assert (order(), positions()) == (["lenses", "motion", "heavens"], [1, 2, 3])
    assert numbers(edition.load()) == {"unchanged": ROWS}


def test_a_new_step_stands_after_its_predecessor(edition: Edition) -> None:
    edition.load()
    report = edition.rewrite(BEFORE_MOTION, NEW_STEP + BEFORE_MOTION).load()
    assert report.total("added") == 1
    assert (order(), positions()) == (["heavens", "lenses", "fleas", "motion"], [1, 2, 3, 4])


def test_a_curators_order_stays_and_a_new_step_stands_after_its_predecessor(edition: Edition) -> None:
    edition.load()
    put_in_order("motion", "lenses", "heavens")
    report = edition.rewrite(BEFORE_MOTION, NEW_STEP + BEFORE_MOTION).load()
    assert (report.total("added"), report.total("kept"), report.conflicts) == (1, 1, [])
    assert order() == ["motion", "lenses", "fleas", "heavens"]
    assert numbers(edition.load()) == {"kept": 1, "unchanged": ROWS}


def test_two_orders_are_a_conflict(edition: Edition) -> None:
    edition.load()
    put_in_order("motion", "lenses", "heavens")
    edition.rewrite('[[list.step]]\nslug = "heavens"\nentries = ["almagest"]\n\n', "")
    edition.append('[[list.step]]\nslug = "heavens"\nentries = ["almagest"]', to="30-lists.toml")
    assert said(edition.load()) == [
        ("classics", "steps", ["motion", "lenses", "heavens"], ["lenses", "motion", "heavens"])
    ]
    assert order() == ["motion", "lenses", "heavens"]


def test_a_curators_own_step_stays_where_it_stands(edition: Edition) -> None:
    edition.load()
    add_step("mine", position=2)
    edition.rewrite(BEFORE_MOTION, NEW_STEP + BEFORE_MOTION).load()
    assert order() == ["heavens", "mine", "lenses", "fleas", "motion"]
    assert numbers(edition.load()) == {"unchanged": ROWS + 1}


def test_a_step_that_a_curator_removed_stays_removed(edition: Edition) -> None:
    edition.load()
    lists.remove_step(Step.objects.get(slug="lenses"))
    report = edition.rewrite(BEFORE_MOTION, NEW_STEP + BEFORE_MOTION).load()
    assert not report.conflicts
    assert (order(), positions()) == (["heavens", "fleas", "motion"], [1, 2, 3])
    assert Shipped.objects.get(key="classics/lenses").deleted_by_curator_at is not None


def test_a_list_that_a_curator_deleted_stays_deleted_with_its_steps(edition: Edition) -> None:
    edition.load()
    ReadingList.objects.get().delete()
    report = edition.rewrite(BEFORE_MOTION, NEW_STEP + BEFORE_MOTION).load()
    assert not report.total("added")
    assert not Step.objects.exists()


def test_a_step_of_a_curators_list_with_the_same_slugs_is_adopted(edition: Edition) -> None:
    mine = ReadingList.objects.create(slug="classics", title="Mine")
    own = Step.objects.create(list=mine, slug="motion", position=1)
    own.step_entries.create(list=mine, entry=Entry.objects.create(slug="principia", title="P", kind="book"))
    edition.load()
    mine.refresh_from_db()
    assert (mine.title, order()) == ("Mine", ["heavens", "lenses", "motion"])
    assert works("motion") == ["principia"]


def test_works_may_move_between_steps_and_from_companion_to_required(edition: Edition) -> None:
    edition.load()
    edition.rewrite('["opticks", "micrographia"]', '["micrographia", "micrographia-flea"]')
    edition.rewrite('companions = ["micrographia-flea"]', "").rewrite('["principia"]', '["principia", "opticks"]')
    assert not edition.load().conflicts
    assert works("lenses") == ["micrographia", "micrographia-flea"]
    assert works("motion") == ["principia", "opticks"]


def test_a_work_that_a_curator_put_into_another_step_stays_there(edition: Edition) -> None:
    edition.load()
    step = Step.objects.get(slug="motion")
    step.step_entries.create(list=step.list, entry=Entry.objects.get(slug="lost-book"))
    report = edition.rewrite('entries = ["almagest"]', 'entries = ["almagest", "lost-book"]').load()
    assert said(report) == [("classics/heavens", "entries", "motion has it", ["lost-book"])]
    assert works("heavens") == ["almagest"]


def test_a_step_under_a_new_slug_takes_the_place_of_the_old_one(edition: Edition) -> None:
    edition.load()
    edition.rewrite('[[list.step]]\nslug = "lenses"', '[[list.step]]\nslug = "glass"')
    assert not edition.load().conflicts
    assert (order(), positions()) == (["heavens", "glass", "motion"], [1, 2, 3])
    assert works("glass") == ["opticks", "micrographia"]
    assert not edition.load().gone


def test_a_changed_step_under_an_old_slug_keeps_its_works(edition: Edition) -> None:
    edition.load()
    StepEntry.objects.get(entry__slug="micrographia").delete()
    edition.rewrite('[[list.step]]\nslug = "lenses"', '[[list.step]]\nslug = "glass"')
    report = edition.load()
    assert [(key, name) for key, name, *_values in said(report)] == [
        ("classics/glass", "entries"),
        ("classics/glass", "companions"),
    ]
    assert works("lenses") == ["opticks"]
    assert works("glass") == ["micrographia"]


@pytest.mark.parametrize("url", [None, ""])
def test_a_work_whose_address_a_curator_took_is_not_required(edition: Edition, url: str | None) -> None:
    edition.load()
    Entry.objects.filter(slug="lost-book").update(url=url)
    edition.rewrite('entries = ["almagest"]', 'entries = ["almagest", "lost-book"]')
    for _load in range(2):
        assert said(edition.load()) == [("classics/heavens", "entries", "it has no address", ["lost-book"])]
        assert works("heavens") == ["almagest"]
    Entry.objects.filter(slug="lost-book").update(url="https://example.org/found")
    assert not edition.load().conflicts
    assert works("heavens") == ["almagest", "lost-book"]


def test_a_step_is_not_added_before_one_of_its_works_has_an_address(edition: Edition) -> None:
    edition.load()
    Entry.objects.filter(slug="lost-book").update(url=None)
    edition.rewrite(BEFORE_MOTION, NEW_STEP + BEFORE_MOTION).load()
    assert order() == ["heavens", "lenses", "motion"]
    Entry.objects.filter(slug="lost-book").update(url="https://example.org/found")
    edition.load()
    assert order() == ["heavens", "lenses", "fleas", "motion"]


def test_a_required_work_whose_address_a_curator_took_stays_where_it_stands(edition: Edition) -> None:
    edition.load()
    Entry.objects.filter(slug="opticks").update(url=None)
    assert not edition.load().conflicts
    assert works("lenses") == ["opticks", "micrographia"]


def test_a_step_whose_works_were_all_deleted_is_not_added(edition: Edition) -> None:
    edition.load()
    Entry.objects.get(slug="lost-book").delete()
    report = edition.rewrite(BEFORE_MOTION, NEW_STEP + BEFORE_MOTION).load()
    assert not report.total("added")
    assert order() == ["heavens", "lenses", "motion"]
