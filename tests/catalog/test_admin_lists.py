"""Lists and steps in the admin: any order that is typed can be saved, and steps and works stay whole."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.admin.lists import in_order
from readinglist.catalog.models import Entry, ReadingList, Step, StepEntry
from tests.catalog.making import entry_form, list_form, make_entry, make_list

TITLES = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]


def save(client: Client, reading_list: ReadingList, **form: Any) -> Any:
    address = reverse("admin:catalog_readinglist_change", args=[reading_list.pk])
    return client.post(address, list_form(reading_list, **form))


def order_of(reading_list: ReadingList) -> list[str]:
    steps = reading_list.steps.order_by("position")
    assert [step.position for step in steps] == list(range(1, len(steps) + 1))
    return [step.slug for step in steps]


@given(count=st.integers(1, 30), data=st.data())
def test_a_row_that_is_moved_stands_where_it_was_put(count: int, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, count - 1))
    target = data.draw(st.integers(1, count))
    places: list[tuple[Decimal, int | None]] = [(Decimal(n + 1), n + 1) for n in range(count)]
    places[row] = (Decimal(target), row + 1)

    order = in_order(places)

    expected = [n for n in range(count) if n != row]
    expected.insert(target - 1, row)
    assert order == expected


@given(st.lists(st.tuples(st.decimals(0, 50, places=1), st.none() | st.integers(1, 50)), max_size=40))
def test_whatever_is_typed_gives_an_order_of_all_rows(places: list[tuple[Decimal, int | None]]) -> None:
    assert sorted(in_order(places)) == list(range(len(places)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("places", "expected"),
    [
        ({1: 2, 2: 1}, ["beta", "alpha", "gamma", "delta", "epsilon"]),
        ({5: 1}, ["epsilon", "alpha", "beta", "gamma", "delta"]),
        ({1: 5}, ["beta", "gamma", "delta", "epsilon", "alpha"]),
        ({4: "1.5"}, ["alpha", "delta", "beta", "gamma", "epsilon"]),
        ({1: 3, 2: 3, 4: 3, 5: 3}, ["delta", "epsilon", "gamma", "alpha", "beta"]),
        ({1: "", 3: 100}, ["alpha", "beta", "delta", "epsilon", "gamma"]),
    ],
)
def test_positions_are_numbered_again_on_saving(
    places: dict[int, Any], expected: list[str], curator_client: Client
) -> None:
    reading_list = make_list(*TITLES)

    answer = save(curator_client, reading_list, places=places)

    assert answer.status_code == 302, answer.context["errors"]
    assert order_of(reading_list) == expected


@pytest.mark.django_db
def test_only_steps_that_moved_get_history_with_user_and_reason(curator_client: Client, curator: User) -> None:
    reading_list = make_list(*TITLES)
    before = Step.history.count()

    save(curator_client, reading_list, places={1: 2, 2: 1})

    records = Step.history.order_by("-pk")[: Step.history.count() - before]
    assert {record.slug for record in records} == {"alpha", "beta"}
    assert {record.history_user for record in records} == {curator}
    assert all(record.history_change_reason for record in records)


@pytest.mark.django_db
def test_a_new_step_is_made_from_its_work(curator_client: Client) -> None:
    reading_list = make_list(*TITLES)
    zeta = make_entry("Zeta")
    new = {
        "steps-TOTAL_FORMS": 6,
        "steps-5-place": "2",
        "steps-5-work": f"Zeta [{zeta.slug}]",
        "steps-5-list": reading_list.pk,
    }

    answer = save(curator_client, reading_list, **new)

    assert answer.status_code == 302, answer.context["errors"]
    assert order_of(reading_list) == ["alpha", "zeta", "beta", "gamma", "delta", "epsilon"]
    place = StepEntry.objects.get(entry=zeta)
    assert (place.list, place.required) == (reading_list, True)


@pytest.mark.django_db
def test_a_new_list_is_saved_with_its_steps(curator_client: Client) -> None:
    make_entry("Alpha")
    make_entry("Beta")
    form = {"title": "New list", "description": "", "position": 1, "steps-TOTAL_FORMS": 2, "steps-INITIAL_FORMS": 0}
    form |= {"steps-0-work": "beta", "steps-1-work": "Alpha", "steps-0-place": "", "steps-1-place": ""}

    answer = curator_client.post(reverse("admin:catalog_readinglist_add"), form)

    assert answer.status_code == 302, answer.context["errors"]
    assert order_of(ReadingList.objects.get(slug="new-list")) == ["beta", "alpha"]


@pytest.mark.django_db
def test_a_pasted_address_names_the_work_of_a_new_step(curator_client: Client) -> None:
    reading_list = make_list("Alpha")
    zero = make_entry("ZeRO")
    zero.identifiers.create(key="arxiv:1910.02054")

    save(curator_client, reading_list, **{"steps-TOTAL_FORMS": 2, "steps-1-work": "https://arxiv.org/abs/1910.02054v3"})

    assert order_of(reading_list) == ["alpha", "zero"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("Alpha", "stands in this list already, in step 1"),
        ("Nowhere", "has no address"),
        ("No such work", "is called “No such work”"),
    ],
)
def test_a_step_that_cannot_be_is_refused_in_words(work: str, said: str, curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta")
    make_entry("Nowhere", url=None)

    page = save(curator_client, reading_list, **{"steps-TOTAL_FORMS": 3, "steps-2-work": work})

    assert page.status_code == 200
    assert said in page.text
    assert order_of(reading_list) == ["alpha", "beta"]


@pytest.mark.django_db
def test_a_removed_step_closes_the_gap_and_leaves_history(curator_client: Client, curator: User) -> None:
    reading_list = make_list(*TITLES)

    answer = save(curator_client, reading_list, **{"steps-1-DELETE": "on"})

    assert answer.status_code == 302, answer.context["errors"]
    assert order_of(reading_list) == ["alpha", "gamma", "delta", "epsilon"]
    record = Step.history.get(history_type="-")
    assert (record.history_user, bool(record.history_change_reason)) == (curator, True)
    assert Entry.objects.filter(title="Beta").exists()


def step_form(step: Step, works: list[tuple[StepEntry | None, str, bool]], **typed: Any) -> dict[str, Any]:
    initial = sum(place is not None for place, _, _ in works)
    form: dict[str, Any] = {"step_entries-TOTAL_FORMS": len(works), "step_entries-INITIAL_FORMS": initial}
    for number, (place, work, required) in enumerate(works):
        form |= {f"step_entries-{number}-entry": work, f"step_entries-{number}-step": step.pk}
        form |= {f"step_entries-{number}-id": place.pk} if place else {}
        form |= {f"step_entries-{number}-required": "on"} if required else {}
    return form | typed


@pytest.mark.django_db
def test_a_companion_is_added_to_a_step_and_keeps_the_lists_equal(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta")
    make_entry("Logbook")
    step = reading_list.steps.get(slug="beta")
    form = step_form(step, [(step.step_entries.get(), "beta", True), (None, "Logbook", False)])

    answer = curator_client.post(reverse("admin:catalog_step_change", args=[step.pk]), form)

    assert answer.status_code == 302, answer.context["errors"]
    assert answer["Location"].startswith(reverse("admin:catalog_readinglist_change", args=[reading_list.pk]))
    companion = StepEntry.objects.get(entry__title="Logbook")
    assert (companion.list, companion.step, companion.required) == (reading_list, step, False)


@pytest.mark.django_db
def test_a_work_stands_once_in_a_list(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta")
    step = reading_list.steps.get(slug="beta")
    form = step_form(step, [(step.step_entries.get(), "beta", True), (None, "alpha", True)])

    page = curator_client.post(reverse("admin:catalog_step_change", args=[step.pk]), form)

    assert "stands in this list already, in step 1" in page.text


@pytest.mark.django_db
def test_a_step_keeps_at_least_one_work(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta")
    step = reading_list.steps.get(slug="beta")
    form = step_form(step, [(step.step_entries.get(), "beta", True)], **{"step_entries-0-DELETE": "on"})

    page = curator_client.post(reverse("admin:catalog_step_change", args=[step.pk]), form)

    assert "A step has at least one work" in page.text
    assert StepEntry.objects.filter(step=step).exists()


@pytest.mark.django_db
def test_deleting_a_step_on_its_page_closes_the_gap(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta", "Gamma")
    step = reading_list.steps.get(slug="beta")

    curator_client.post(reverse("admin:catalog_step_delete", args=[step.pk]), {"post": "yes"})

    assert order_of(reading_list) == ["alpha", "gamma"]


@pytest.mark.django_db
def test_a_step_that_somebody_else_added_meanwhile_stays(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta")
    form = list_form(reading_list, places={1: 2, 2: 1})
    other = Step.objects.create(list=reading_list, slug="gamma", position=3)
    StepEntry.objects.create(list=reading_list, step=other, entry=make_entry("Gamma"))

    curator_client.post(reverse("admin:catalog_readinglist_change", args=[reading_list.pk]), form)

    assert order_of(reading_list) == ["beta", "alpha", "gamma"]


@pytest.mark.django_db
def test_a_step_that_somebody_else_removed_meanwhile_is_said(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta")
    form = list_form(reading_list)
    reading_list.steps.get(slug="beta").delete()

    page = curator_client.post(reverse("admin:catalog_readinglist_change", args=[reading_list.pk]), form)

    assert page.status_code == 200
    assert page.context["errors"]


@pytest.mark.django_db
def test_a_long_list_opens_in_few_queries(curator_client: Client, django_assert_max_num_queries: Any) -> None:
    reading_list = make_list(*(f"Work {number}" for number in range(40)))

    with django_assert_max_num_queries(15):
        curator_client.get(reverse("admin:catalog_readinglist_change", args=[reading_list.pk]))


@pytest.mark.django_db
@pytest.mark.parametrize("is_new", [True, False])
def test_a_step_requires_at_least_one_of_its_works(is_new: bool, curator_client: Client) -> None:
    make_list("Alpha", "Beta")
    make_entry("Logbook")
    step = Step.objects.get(slug="beta")
    works = [(step.step_entries.get(), "beta", False), *([(None, "Logbook", False)] if is_new else [])]

    page = curator_client.post(reverse("admin:catalog_step_change", args=[step.pk]), step_form(step, works))

    assert "requires at least one of its works" in page.text
    assert step.step_entries.get().required


UNREADABLE: list[tuple[dict[str, Any], str]] = [
    ({"url": None}, "has no address, so it cannot be required"),
    ({"status": "draft"}, "is a draft, so it cannot be required"),
    ({"status": "retired"}, "is retired, so it cannot be required"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("fields", "said"), UNREADABLE)
def test_what_cannot_be_read_is_not_put_in_as_required(
    fields: dict[str, Any], said: str, curator_client: Client
) -> None:
    reading_list = make_list("Alpha", "Beta")
    make_entry("Unread", **fields)
    step = reading_list.steps.get(slug="beta")
    place = step.step_entries.get()
    address = reverse("admin:catalog_step_change", args=[step.pk])

    in_list = save(curator_client, reading_list, **{"steps-0-work": "Unread"})
    in_step = curator_client.post(address, step_form(step, [(place, "beta", True), (None, "Unread", True)]))
    exchanged = curator_client.post(address, step_form(step, [(place, "Unread", True)]))

    for page in (in_list, in_step, exchanged):
        assert said in page.text
    assert not StepEntry.objects.filter(entry__title="Unread").exists()
    companion = curator_client.post(address, step_form(step, [(place, "beta", True), (None, "Unread", False)]))
    assert companion.status_code == 302


@pytest.mark.django_db
def test_a_superseded_work_is_not_put_back_and_its_successor_is_named(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta")
    make_entry("Old", superseded_by=make_entry("New"))
    step = reading_list.steps.get(slug="beta")
    address = reverse("admin:catalog_step_change", args=[step.pk])

    in_list = save(curator_client, reading_list, **{"steps-0-work": "Old [old]"})
    in_step = curator_client.post(address, step_form(step, [(step.step_entries.get(), "Old", True)]))

    for page in (in_list, in_step):
        assert "“Old” is superseded by “New”. Put that one in instead." in page.text
    assert not StepEntry.objects.filter(entry__title="Old").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "is_kept"), [("live", False), ("draft", True)])
def test_a_required_work_keeps_its_address(status: str, is_kept: bool, curator_client: Client) -> None:
    make_list("Alpha", "Beta")
    beta = Entry.objects.get(title="Beta")
    address = reverse("admin:catalog_entry_change", args=[beta.pk])

    page = curator_client.post(address, entry_form(beta, url="", status=status, description="New words"))

    assert (page.status_code == 302) is is_kept
    assert is_kept or "required in “Canon”, step 2" in page.text
    assert (Entry.objects.get(pk=beta.pk).url is None) is is_kept
    if is_kept:
        again = curator_client.post(address, entry_form(beta, url="", status="live"))
        assert "required in “Canon”, step 2" in again.text


@pytest.mark.django_db
def test_what_lacked_an_address_before_can_be_worked_on(curator_client: Client) -> None:
    make_list("Alpha")
    Entry.objects.update(url=None)
    entry = Entry.objects.get()

    answer = curator_client.post(
        reverse("admin:catalog_entry_change", args=[entry.pk]), entry_form(entry, description="New words")
    )

    assert answer.status_code == 302


@pytest.mark.django_db
def test_a_version_without_address_does_not_come_back_to_a_required_work(curator_client: Client) -> None:
    bare = make_entry("Alpha", url=None)
    version = bare.history.first()
    bare.url = "https://example.org/alpha"
    bare.save()
    make_list("Alpha")

    page = curator_client.post(reverse("admin:catalog_entry_simple_history", args=[bare.pk, version.pk]))

    assert "required in “Canon”, step 1" in page.text
    bare.refresh_from_db()
    assert bare.url
