"""The curators' home: what is unfinished, each with its count and the way to it, and what was changed last."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from readinglist.catalog.models import Category, Entry, Feed, StepEntry
from readinglist.curation import unfinished
from tests.catalog.making import entry_form, make_entry, make_list, make_source

pytestmark = pytest.mark.django_db
HOME = "/curation/"


@pytest.fixture
def category() -> Category:
    return Category.objects.create(slug="papers", name="Papers")


def counts() -> dict[str, int]:
    return {section.slug: section.count for section in unfinished.sections(now=timezone.now())}


def test_it_is_for_curators(
    curator_client: Client, reader_client: Client, admin_client: Client, outsider: Client
) -> None:
    assert reverse("curation:home") == HOME
    assert curator_client.get(HOME).status_code == 200
    assert admin_client.get(HOME).status_code == 200
    assert reader_client.get(HOME).status_code == 403
    assert outsider.get(HOME).status_code == 302


def test_an_empty_catalogue_has_nothing_unfinished(curator_client: Client) -> None:
    page = curator_client.get(HOME)

    assert set(counts().values()) == {0}
    assert "Nothing has been changed yet" in page.text


def test_it_counts_what_is_missing(category: Category) -> None:
    make_entry("Whole").categories.add(category)
    make_entry("Bare", description="", url=None)
    make_entry("Retired", description="", url=None, status="retired")
    make_entry("Draft", status="draft").categories.add(category)
    make_source("Silent", description="", url="https://example.org").categories.add(category)

    assert counts() == {
        "suggestions": 0,
        "entries-description": 1,
        "entries-address": 1,
        "entries-category": 1,
        "entries-drafts": 1,
        "sources-description": 1,
        "sources-address": 0,
        "sources-category": 0,
        "sources-drafts": 0,
        "steps": 0,
        "feeds": 0,
        "feeds-gone": 0,
        "feeds-twice": 0,
    }


def test_the_admins_list_behind_each_section_holds_as_many(curator_client: Client, category: Category) -> None:
    make_entry("Bare", description="", url=None)
    make_entry("Draft", status="draft", description="")
    make_entry("Retired", status="retired", description="", url=None)
    make_entry("Whole").categories.add(category)
    make_source("Bare source", description="", status="draft")

    for section in unfinished.sections(now=timezone.now()):
        if section.slug not in ("suggestions", "steps", "feeds", "feeds-gone", "feeds-twice"):
            page = curator_client.get(section.url)
            assert page.context["cl"].result_count == section.count, section.slug


def test_it_names_required_works_that_cannot_be_read(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta", "Gamma", "Delta")
    Entry.objects.filter(title="Alpha").update(status="retired")
    Entry.objects.filter(title="Beta").update(url=None)
    Entry.objects.filter(title="Gamma").update(status="draft")
    companion = make_entry("Companion", url=None)
    StepEntry.objects.create(
        list=reading_list, step=reading_list.steps.get(slug="delta"), entry=companion, required=False
    )

    page = curator_client.get(HOME)

    steps = next(section for section in page.context["sections"] if section.slug == "steps")
    assert [line.text for line in steps.lines] == ["Alpha", "Beta", "Gamma"]
    assert "Canon, step 2: no address" in page.text
    assert reverse("admin:catalog_step_change", args=[reading_list.steps.get(slug="beta").pk]) in page.text


def test_it_shows_the_first_twenty_and_the_number_of_all(curator_client: Client) -> None:
    for number in range(25):
        make_entry(f"Work {number:02}", description="")

    section = next(s for s in unfinished.sections(now=timezone.now()) if s.slug == "entries-description")

    assert (section.count, len(section.lines), section.more) == (25, 20, 5)
    assert "The first 20" in curator_client.get(HOME).text


def test_it_shows_who_changed_what(curator_client: Client, curator: User) -> None:
    entry = make_entry("Before")
    curator_client.post(
        reverse("admin:catalog_entry_change", args=[entry.pk]), entry_form(entry, title="After", keys=["2101.00001"])
    )

    changes = unfinished.latest_changes()

    assert {change.what for change in changes} >= {"After", "arxiv:2101.00001"}
    assert changes[0].who == curator.name
    page = curator_client.get(HOME)
    assert curator.name in page.text
    assert reverse("admin:catalog_entry_history", args=[entry.pk]) in page.text


def test_changes_of_every_curated_model_are_there() -> None:
    make_list("Alpha")
    Feed.objects.create(source=make_source("Blog"), url="https://example.org/f").delete()
    Category.objects.create(slug="c", name="C")
    Entry.objects.get().identifiers.create(key="arxiv:2101.00001")

    shown = {(str(change.kind), str(change.how)) for change in unfinished.latest_changes()}

    assert ("feed", "deleted") in shown


def test_what_the_program_did_at_one_go_is_one_line(curator_client: Client) -> None:
    for number in range(30):
        entry = Entry(title=f"Work {number}", slug=f"work-{number}", kind="paper")
        entry._change_reason = "starting catalogue"  # type: ignore[attr-defined]
        entry.save()

    changes = unfinished.latest_changes()

    assert [(change.what, change.has_others) for change in changes] == [("Work 29", True)]
    assert "and others" in curator_client.get(HOME).text


def test_it_costs_the_same_however_much_is_unfinished(
    curator_client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    make_list(*(f"Work {number}" for number in range(30)))
    Entry.objects.update(url=None, description="")
    for number in range(30):
        make_source(f"Source {number}", description="")

    with django_assert_max_num_queries(12):
        curator_client.get(HOME)
