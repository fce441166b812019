"""Bulk actions ask first and leave history; superseding is shown before it is done; versions come back."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Category, Entry, StepEntry
from tests.catalog.making import entry_form, make_entry, make_list, make_source

pytestmark = pytest.mark.django_db


def choose(client: Client, action: str, *rows: Any, **typed: Any) -> Any:
    model = rows[0]._meta.model_name
    form = {"action": action, "_selected_action": [row.pk for row in rows]} | typed
    return client.post(reverse(f"admin:catalog_{model}_changelist"), form, follow=True)


def confirm(client: Client, action: str, *rows: Any, **typed: Any) -> Any:
    ids = ",".join(str(row.pk) for row in rows)
    form = {"action": action, "_selected_action": rows[0].pk, "select_across": "1", "ids": ids} | typed
    return client.post(reverse(f"admin:catalog_{rows[0]._meta.model_name}_changelist"), form, follow=True)


@pytest.mark.parametrize(
    ("action", "status"), [("publish", Status.LIVE), ("retire", Status.RETIRED), ("draft", Status.DRAFT)]
)
@pytest.mark.parametrize("make", [make_entry, make_source])
def test_a_status_changes_only_after_a_page_that_says_so(
    make: Any, action: str, status: Status, curator_client: Client, curator: User
) -> None:
    before = Status.DRAFT if status == Status.LIVE else Status.LIVE
    rows = [make("One", status=before), make("Two", status=before), make("Three", status=status)]
    untouched = make("Four", status=before)

    asked = choose(curator_client, action, *rows)
    rows[0].refresh_from_db()
    assert rows[0].status == before
    assert all(row_name in asked.text for row_name in ("One", "Two", "Three"))
    assert 'value="' + ",".join(str(row.pk) for row in sorted(rows, key=str)) in asked.text

    done = confirm(curator_client, action, *rows)
    assert "2 changed" in done.text
    for row in rows:
        row.refresh_from_db()
        assert row.status == status
    untouched.refresh_from_db()
    assert untouched.status == before
    record = rows[0].history.first()
    assert (record.history_user, record.status) == (curator, status)
    assert "bulk action" in record.history_change_reason
    assert rows[2].history.count() == 1


def test_what_a_step_requires_is_not_published_without_an_address(curator_client: Client) -> None:
    required = make_entry("Lost", status=Status.RETIRED, url=None)
    free = make_entry("Free", status=Status.RETIRED, url=None)
    make_list("Lost")
    said = confirm(curator_client, "publish", required, free).text
    assert "1 changed" in said
    assert "Give them one first: Lost" in said
    for work, status in ((required, Status.RETIRED), (free, Status.LIVE)):
        work.refresh_from_db()
        assert work.status == status
        assert work.history.count() == (2 if status == Status.LIVE else 1)


def test_retiring_says_in_which_lists_a_work_stands(curator_client: Client) -> None:
    make_list("Alpha", "Beta")

    asked = choose(curator_client, "retire", Entry.objects.get(title="Beta"))

    assert "Canon, step 2" in asked.text


def test_reviewing_many_writes_history(curator_client: Client, curator: User) -> None:
    rows = [make_entry("One"), make_entry("Two")]

    choose(curator_client, "reviewed", *rows)
    confirm(curator_client, "reviewed", *rows)

    for row in rows:
        row.refresh_from_db()
        assert row.reviewed_at is not None
        assert row.history.first().history_user == curator


def test_works_come_into_a_category_and_leave_it_with_history(curator_client: Client, curator: User) -> None:
    category = Category.objects.create(slug="c", name="Kernels")
    inside, outside = make_entry("Inside"), make_entry("Outside")
    inside.categories.add(category)

    assert "Kernels" in choose(curator_client, "add_to_category", inside, outside).text
    added = confirm(curator_client, "add_to_category", inside, outside, category=category.pk)

    assert "1 changed" in added.text
    assert set(category.entries.all()) == {inside, outside}
    record = outside.history.first()
    assert (record.history_user, record.history_change_reason) == (curator, "added to a category by a bulk action")
    assert record.categories.count() == 1

    confirm(curator_client, "remove_from_category", inside, outside, category=category.pk)
    assert not category.entries.exists()
    assert outside.history.first().history_change_reason == "removed from a category by a bulk action"


@pytest.mark.parametrize("action", ["add_to_category", "remove_from_category", "retire", "reviewed"])
def test_an_action_on_many_costs_as_much_as_on_few(
    action: str, curator_client: Client, curator: User, django_assert_max_num_queries: Any
) -> None:
    category = Category.objects.create(slug="c", name="Kernels")
    other = Category.objects.create(slug="d", name="Other")
    rows = [make_entry(f"Work {number}") for number in range(60)]
    for row in rows:
        row.categories.set([other] if action == "add_to_category" else [other, category])

    with django_assert_max_num_queries(40):
        done = confirm(curator_client, action, *rows, category=category.pk)

    assert "60 changed" in done.text
    for row in rows[:3]:
        record = row.history.first()
        assert (record.history_user, record.history_type) == (curator, "~")
        assert "bulk action" in record.history_change_reason
        kept = set(record.categories.values_list("category_id", flat=True))
        assert kept == set(row.categories.values_list("pk", flat=True))
        assert kept == ({other.pk} if action == "remove_from_category" else {other.pk, category.pk})


def test_an_action_without_a_category_asks_again(curator_client: Client) -> None:
    Category.objects.create(slug="c", name="Kernels")
    entry = make_entry("One")

    page = confirm(curator_client, "add_to_category", entry, category="")

    assert "This field is required" in page.text
    assert "Add them" in page.text


@pytest.mark.parametrize("ids", ["", "x", "1,2,,drop", "9" * 40])
def test_a_forged_confirmation_changes_nothing(ids: str, curator_client: Client) -> None:
    entry = make_entry("One", status="draft")
    address = reverse("admin:catalog_entry_changelist")

    answer = curator_client.post(
        address, {"action": "publish", "_selected_action": entry.pk, "ids": ids.replace("1", "0")}, follow=True
    )

    assert answer.status_code == 200
    entry.refresh_from_db()
    assert entry.status == "draft"


def test_deleting_many_leaves_history_with_reason(curator_client: Client, curator: User) -> None:
    rows = [make_entry("One"), make_entry("Two")]

    choose(curator_client, "delete_selected", *rows, post="yes")

    assert not Entry.objects.exists()
    records = Entry.history.filter(history_type="-")
    assert [(record.history_user, bool(record.history_change_reason)) for record in records] == [(curator, True)] * 2


def test_superseding_shows_what_will_happen_before_it_happens(curator_client: Client) -> None:
    make_list("Alpha", "Beta")
    make_list("Alpha", "New", slug="second")
    old, new = Entry.objects.get(title="Alpha"), Entry.objects.get(title="New")
    address = reverse("admin:catalog_entry_supersede", args=[old.pk])

    asked = curator_client.get(address, {"successor": "New [new]"})

    assert "In “Canon”, step 1" in asked.text
    assert "In “Second”, “New” stands already" in asked.text
    assert "2 lists change" in asked.text
    assert Entry.objects.get(pk=old.pk).superseded_by is None

    done = curator_client.post(address, {"successor": "New [new]"}, follow=True)

    assert Entry.objects.get(pk=old.pk).superseded_by == new
    assert reverse("admin:catalog_entry_undo_superseding", args=[old.pk]) in done.text
    assert StepEntry.objects.filter(entry=new).count() == 2

    undo = reverse("admin:catalog_entry_undo_superseding", args=[old.pk])
    assert "goes back" in curator_client.get(undo).text
    curator_client.post(undo)
    assert Entry.objects.get(pk=old.pk).superseded_by is None
    assert StepEntry.objects.filter(entry=old).count() == 2


def test_a_companion_that_becomes_required_is_shown_to_leave_its_place(curator_client: Client) -> None:
    reading_list = make_list("Alpha", "Beta")
    old, new = Entry.objects.get(title="Alpha"), make_entry("New")
    beta = reading_list.steps.get(slug="beta")
    StepEntry.objects.create(list=reading_list, step=beta, entry=new, required=False)

    asked = curator_client.get(reverse("admin:catalog_entry_supersede", args=[old.pk]), {"successor": "New [new]"})

    assert "In “Canon”, step 1, “New” stands in its place" in asked.text
    assert "“New” was a companion in step 2: it leaves that place" in asked.text


@pytest.mark.parametrize(
    ("successor", "said"),
    [
        ("Alpha", "cannot supersede itself"),
        ("Draft", "is a draft. Make it live first"),
        ("Bare", "has no address"),
        ("Nonsense", "is called"),
    ],
)
def test_a_successor_that_cannot_be_is_refused_in_words(successor: str, said: str, curator_client: Client) -> None:
    make_list("Alpha")
    old = Entry.objects.get()
    make_entry("Draft", status="draft")
    make_entry("Bare", url=None)

    for send in (curator_client.get, curator_client.post):
        page = send(reverse("admin:catalog_entry_supersede", args=[old.pk]), {"successor": successor})
        assert page.status_code == 200
        assert said in page.text


def test_a_curator_without_the_permission_cannot_supersede(curator: User, curator_client: Client) -> None:
    old = make_entry("Alpha")
    curator.groups.clear()

    for name in ("supersede", "undo_superseding"):
        assert curator_client.post(reverse(f"admin:catalog_entry_{name}", args=[old.pk])).status_code == 403
    assert curator_client.post(reverse("admin:catalog_entry_review", args=[old.pk])).status_code == 403


def test_history_shows_who_changed_what(curator_client: Client, curator: User) -> None:
    entry = make_entry("Before")
    curator_client.post(
        reverse("admin:catalog_entry_change", args=[entry.pk]), entry_form(entry, title="After", keys=["2101.00001"])
    )

    page = curator_client.get(reverse("admin:catalog_entry_history", args=[entry.pk]))

    assert "<del>Before</del>" in page.text
    assert "<ins>After</ins>" in page.text
    assert curator.name in page.text
    assert "arxiv:2101.00001" in page.text
    assert "style=" not in page.text


def test_a_version_comes_back_without_what_no_curator_may_set(curator_client: Client, curator: User) -> None:
    category = Category.objects.create(slug="c", name="C")
    entry, successor = make_entry("First title"), make_entry("Successor")
    entry.categories.add(category)
    version = entry.history.first()
    entry.categories.clear()
    entry.title, entry.superseded_by = "Second title", successor
    entry.save()
    address = reverse("admin:catalog_entry_simple_history", args=[entry.pk, version.pk])

    assert "First title" in curator_client.get(address).text
    curator_client.post(address)

    entry.refresh_from_db()
    assert (entry.title, entry.superseded_by) == ("First title", successor)
    assert list(entry.categories.all()) == [category]
    record = entry.history.first()
    assert record.history_user == curator
    assert record.history_change_reason.startswith("restored the version")


def test_a_version_that_can_no_longer_be_is_refused(curator_client: Client) -> None:
    category = Category.objects.create(slug="c", name="C")
    inside = Category.objects.create(slug="d", name="D", parent=category)
    version = inside.history.first()
    inside.parent = None
    inside.save()
    category.parent = inside
    category.save()

    page = curator_client.post(reverse("admin:catalog_category_simple_history", args=[inside.pk, version.pk]))

    assert page.status_code == 200
    assert "cannot stand inside itself" in page.text
    inside.refresh_from_db()
    assert inside.parent is None


@pytest.mark.parametrize("address", ["x/history/", "999999/history/", "1/history/x/", "x/history/1/"])
def test_a_history_that_is_not_there_is_not_found(address: str, curator_client: Client) -> None:
    base = reverse("admin:catalog_entry_changelist")

    assert curator_client.get(base + address).status_code == 404


def test_the_version_of_one_work_is_not_shown_under_another(curator_client: Client) -> None:
    one, other = make_entry("One"), make_entry("Other")

    address = reverse("admin:catalog_entry_simple_history", args=[other.pk, one.history.first().pk])

    assert curator_client.get(address).status_code == 404


def test_who_may_only_look_cannot_restore(curator: User, curator_client: Client) -> None:
    entry = make_entry("First")
    version = entry.history.first()
    curator.groups.clear()
    curator.user_permissions.add(Permission.objects.get(codename="view_entry"))
    address = reverse("admin:catalog_entry_simple_history", args=[entry.pk, version.pk])

    assert curator_client.get(address).status_code == 200
    assert curator_client.post(address).status_code == 403


def test_a_deleted_works_versions_can_still_be_read(curator_client: Client) -> None:
    entry = make_entry("Gone")
    pk, version = entry.pk, entry.history.first().pk
    entry.delete()

    page = curator_client.get(reverse("admin:catalog_entry_simple_history", args=[pk, version]))

    assert "Gone" in page.text
    assert "has been deleted" in page.text
    assert curator_client.get(reverse("admin:catalog_entry_history", args=[pk])).status_code == 200
