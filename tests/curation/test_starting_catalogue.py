"""The catalogue that the product ships: whole, loadable, and what the documents name."""

import json
import time
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, Source, Step, StepEntry
from readinglist.curation.catalogue_files import SHIPPED_FOLDER, Catalogue, read_catalogue
from readinglist.curation.models import Shipped
from readinglist.week.models import ContributionPath

THINGS = 328
LONGEST_SECONDS = 10  # of the processor: other tests run at the same time

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not list(SHIPPED_FOLDER.glob("*.toml")), reason="the shipped catalogue is not written yet"),
    pytest.mark.usefixtures("loaded"),
]


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[dict[str, Any], float]]:
    """What was said of the first load, and the seconds that it took; what is there, all tests look at."""
    with django_db_blocker.unblock(), transaction.atomic():
        started = time.process_time()
        yield load(), time.process_time() - started
        transaction.set_rollback(True)


def load() -> dict[str, Any]:
    output = StringIO()
    call_command("loadcatalog", "--json", stdout=output)
    return json.loads(output.getvalue())  # type: ignore[no-any-return]


def export() -> list[dict[str, Any]]:
    output = StringIO()
    call_command("exportcatalog", stdout=output)
    return [json.loads(line) for line in output.getvalue().splitlines()]


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return read_catalogue(SHIPPED_FOLDER)


def test_it_loads_quickly_and_without_a_word(shipped: Catalogue, loaded: tuple[dict[str, Any], float]) -> None:
    said, seconds = loaded
    assert seconds < LONGEST_SECONDS
    assert said == {"added": len(list(shipped)), "updated": 0, "kept": 0, "unchanged": 0, "conflicts": []}
    assert Shipped.objects.count() == said["added"]
    assert not Entry.objects.exclude(added_on=None).exists()


def test_a_second_load_changes_nothing() -> None:
    before = Entry.history.count(), Source.history.count(), Step.history.count(), StepEntry.history.count()
    assert load()["unchanged"] == Shipped.objects.count()
    assert (Entry.history.count(), Source.history.count(), Step.history.count(), StepEntry.history.count()) == before
    output = StringIO()
    call_command("loadcatalog", stdout=output)
    assert output.getvalue() == "Starting catalogue: nothing changed.\n"


def test_it_holds_each_thing_that_the_documents_name(shipped: Catalogue) -> None:
    slugs = [
        row.key
        for shape in ("entry", "source", "contribution")
        for row in shipped.rows[shape]
        if shape != "source" or not row.key.endswith("-feed")
    ]
    assert len(set(slugs)) == THINGS
    assert {row["id"] for row in export()} >= set(slugs)


def test_the_lists_have_their_steps() -> None:
    canon = StepEntry.objects.filter(list__slug="canon")
    assert Step.objects.filter(list__slug="canon").count() == 20
    assert canon.filter(required=True).count() == 21
    assert set(canon.filter(required=False).values_list("entry__slug", flat=True)) == {
        "opt-175b-logbook",
        "bloom-chronicles",
    }
    assert Step.objects.filter(list__slug="playbook-references").count() == 49
    assert list(Step.objects.filter(list__slug="canon").values_list("position", flat=True)) == list(range(1, 21))


def test_what_names_nothing_is_a_draft_and_stands_in_no_list() -> None:
    drafts = Entry.objects.filter(status=Status.DRAFT)
    named = {"bloom-book-chapters", "gemini-2-0", "ai-engineer-books", "lab-uw"}
    assert {
        *drafts.values_list("slug", flat=True),
        *Source.objects.filter(status=Status.DRAFT).values_list("slug", flat=True),
    } == named
    assert not StepEntry.objects.exclude(entry__status=Status.LIVE).exists()


def test_every_required_work_has_an_address_and_its_minutes_are_known() -> None:
    required = StepEntry.objects.filter(required=True).select_related("entry")
    assert [place.entry.slug for place in required if not place.entry.url] == []
    assert all(place.entry.about_minutes for place in required)


def test_the_spines_of_the_canon_and_the_playbook_have_short_titles() -> None:
    places = StepEntry.objects.filter(list__slug__in=["canon", "playbook-references"], required=True).select_related(
        "entry"
    )
    assert [place.entry.slug for place in places if not place.entry.short_title] == []


def test_the_export_is_whole(shipped: Catalogue) -> None:
    rows = export()
    assert len({(row["type"], row["id"]) for row in rows}) == len(rows)
    assert len(rows) == Entry.objects.count() + Source.objects.count() + ContributionPath.objects.count()
    assert rows == export()
    by_id = {(row["type"], row["id"]): row for row in rows}
    for row in shipped.rows["entry"]:
        arxiv = next((key for key in row.fields["identifiers"] if key.startswith("arxiv:")), None)
        assert by_id["entry", row.key]["arxiv"] == (arxiv and arxiv.removeprefix("arxiv:"))
    for row in shipped.rows["source"]:
        assert by_id["source", row.key]["feeds"] == row.fields["feeds"]
