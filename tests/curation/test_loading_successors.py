"""Loading editions that supersede works, and several loads and curators at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from readinglist.catalog import supersession
from readinglist.catalog.models import Entry, ReadingList, Step
from readinglist.curation.models import Shipped
from tests.curation.conftest import NOW, Edition
from tests.curation.test_loading import ROWS, numbers, said

pytestmark = pytest.mark.django_db

SECOND = """
[[entry]]
slug = "opticks-2"
title = "Opticks, second edition"
kind = "book"
url = "https://example.org/opticks-2"
"""


def test_a_successor_of_the_files_takes_the_place_in_curators_lists_too(edition: Edition) -> None:
    edition.load()
    old = Entry.objects.get(slug="opticks")
    mine = ReadingList.objects.create(slug="mine", title="Mine")
    step = Step.objects.create(list=mine, slug="one", position=1)
    step.step_entries.create(list=mine, entry=old)
    edition.append(SECOND).rewrite('entries = ["opticks", ', 'entries = ["opticks-2", ')
    edition.rewrite("year = 1704", 'year = 1704\nsuperseded_by = "opticks-2"')
    assert not edition.load().conflicts
    assert [work.slug for work in step.entries.all()] == ["opticks-2"]
    assert numbers(edition.load()) == {"unchanged": ROWS + 1}
    edition.rewrite('superseded_by = "opticks-2"', "").rewrite('entries = ["opticks-2", ', 'entries = ["opticks", ')
    assert not edition.load().conflicts
    assert [work.slug for work in step.entries.all()] == ["opticks"]


def test_a_step_that_superseding_empties_goes_for_good(edition: Edition) -> None:
    edition.load()
    Step.objects.get(slug="lenses").step_entries.exclude(entry__slug="opticks").delete()
    edition.rewrite("year = 1704", 'superseded_by = "almagest"').rewrite('["opticks", ', "[").load()
    assert list(Step.objects.values_list("slug", "position")) == [("heavens", 1), ("motion", 2)]
    memory = list(Shipped.objects.values())
    assert numbers(edition.load()) == {"kept": 1, "unchanged": ROWS - 1}
    assert list(Shipped.objects.values()) == memory


def test_a_curators_superseding_is_kept(edition: Edition) -> None:
    edition.load()
    old = Entry.objects.get(slug="opticks")
    new = Entry.objects.create(slug="mine", title="Mine", kind="book", url="https://example.org/mine")
    supersession.supersede(old, new, now=NOW)
    report = edition.load()
    assert (numbers(report), report.conflicts) == ({"kept": 2, "unchanged": ROWS - 2}, [])
    assert {work.slug for work in Step.objects.get(slug="lenses").entries.all()} == {
        "mine",
        "micrographia",
        "micrographia-flea",
    }


def test_a_successor_that_cannot_be_is_a_conflict(edition: Edition) -> None:
    edition.append(SECOND).load()
    Entry.objects.filter(slug="opticks-2").update(status="retired")
    edition.rewrite("year = 1704", 'year = 1704\nsuperseded_by = "opticks-2"')
    edition.rewrite('entries = ["opticks", ', 'entries = ["opticks-2", ')
    conflicts = said(edition.load())
    assert any("is retired" in str(curator) for _key, _name, curator, _files in conflicts)
    assert Entry.objects.get(slug="opticks").superseded_by is None


def test_a_successor_without_address_takes_no_curators_required_place(edition: Edition) -> None:
    edition.load()
    mine = ReadingList.objects.create(slug="mine", title="Mine")
    step = Step.objects.create(list=mine, slug="one", position=1)
    step.step_entries.create(list=mine, entry=Entry.objects.get(slug="opticks"))
    edition.append(SECOND.replace('url = "https://example.org/opticks-2"', ""))
    edition.rewrite('entries = ["opticks", ', "entries = [")
    edition.rewrite("year = 1704", 'year = 1704\nsuperseded_by = "opticks-2"')
    for _load in range(2):
        conflicts = said(edition.load())
        assert any("has no address" in str(curator) for _key, _name, curator, _files in conflicts)
    assert [work.slug for work in step.entries.all()] == ["opticks"]
    Entry.objects.filter(slug="opticks-2").update(url="https://example.org/found")
    edition.load()
    assert [work.slug for work in step.entries.all()] == ["opticks-2"]


def test_a_companion_of_a_curators_list_takes_the_place_of_what_the_files_supersede(edition: Edition) -> None:
    edition.append(SECOND).load()
    mine = ReadingList.objects.create(slug="mine", title="Mine")
    step = Step.objects.create(list=mine, slug="one", position=1)
    step.step_entries.create(list=mine, entry=Entry.objects.get(slug="opticks"))
    step.step_entries.create(list=mine, entry=Entry.objects.get(slug="opticks-2"), required=False)
    edition.rewrite("year = 1704", 'year = 1704\nsuperseded_by = "opticks-2"')
    edition.rewrite('entries = ["opticks", ', 'entries = ["opticks-2", ')
    assert not edition.load().conflicts
    assert list(step.step_entries.values_list("entry__slug", "required")) == [("opticks-2", True)]
    assert numbers(edition.load()) == {"unchanged": ROWS + 1}


# ------------------------------------------------------------------- at the same time
@pytest.mark.django_db(transaction=True)
def test_two_loads_at_once_double_nothing(edition: Edition) -> None:
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(in_a_thread_of_its_own(lambda: numbers(edition.load())), range(2)))
    assert sorted(outcomes, key=str) == [{"added": ROWS}, {"unchanged": ROWS}]
    assert Entry.objects.count() == Entry.history.count() == 6


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_a_load_and_a_superseding_at_once_do_not_lock_each_other_out(_round: int, edition: Edition) -> None:
    edition.append(SECOND).load()
    opticks, principia = Entry.objects.get(slug="opticks"), Entry.objects.get(slug="principia")
    edition.rewrite("year = 1704", 'year = 1704\nsuperseded_by = "opticks-2"')
    edition.rewrite('entries = ["opticks", ', 'entries = ["opticks-2", ')
    almagest = Entry.objects.get(slug="almagest")
    actions: list[Callable[[], object]] = [
        edition.load,
        lambda: supersession.supersede(almagest, principia, now=NOW),
        lambda: supersession.undo(almagest),
    ]
    with ThreadPoolExecutor(3) as pool:
        for future in [pool.submit(in_a_thread_of_its_own(action), None) for action in actions]:
            error = future.exception(timeout=30)
            assert error is None or isinstance(error, supersession.SupersessionError)
    opticks.refresh_from_db()
    assert opticks.superseded_by == Entry.objects.get(slug="opticks-2")


def in_a_thread_of_its_own(action: Callable[[], object]) -> Callable[[object], object]:
    """The same, closing the connection that its thread was given."""

    def run(_argument: object) -> object:
        try:
            return action()
        finally:
            connections.close_all()

    return run
