"""Two curators at once, or a curator and the program: nobody's change is undone by a form that did not show it."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connections
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from readinglist.catalog import lists, supersession
from readinglist.catalog.admin.categories import CategoryAdmin
from readinglist.catalog.admin.entries import EntryAdmin
from readinglist.catalog.admin.history import HistoryPages
from readinglist.catalog.admin.lists import StepAdmin
from readinglist.catalog.models import Category, Entry, Identifier, ReadingList, StepEntry, Supersession
from tests.catalog.making import entry_form, list_form, make_entry, make_list, make_source
from tests.fixtures.cast import make_person, signed_in

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Meanwhile = Callable[[Any, str, Callable[[], Any]], None]


@pytest.fixture
def cleo() -> User:
    return make_person("cleo@example.org", "Cleo Curator", role="curator")


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Iterator[Meanwhile]:
    """Lets somebody else do a thing once, in a connection of their own, just before a method is called."""
    threads: list[Thread] = []

    def arrange(owner: Any, method: str, does: Callable[[], Any]) -> None:
        original = getattr(owner, method)

        def act() -> None:
            try:
                does()
            finally:
                connections.close_all()

        def instead(*args: Any, **kwargs: Any) -> Any:
            if not threads:
                threads.append(Thread(target=act))
                threads[0].start()
                threads[0].join(1)  # either it is done by now, or it waits for this transaction
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, method, instead)

    yield arrange
    for thread in threads:
        thread.join(20)
    assert threads, "nothing was done meanwhile"


def until(condition: Callable[[], Any]) -> None:
    """Waits until what was done meanwhile has come through: it may have waited for the form."""
    for _attempt in range(100):
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it never came through")


@pytest.mark.django_db(transaction=True)
def test_saving_an_entry_keeps_a_superseding_done_meanwhile(cleo: User, meanwhile: Meanwhile) -> None:
    make_list("Old")
    old, new = Entry.objects.get(), make_entry("New")
    others = [Entry.objects.get(pk=pk) for pk in (old.pk, new.pk)]
    meanwhile(EntryAdmin, "save_model", lambda: supersession.supersede(*others, now=NOW))
    address = reverse("admin:catalog_entry_change", args=[old.pk])

    answer = signed_in(cleo).post(address, entry_form(old, description="Better words"))

    assert answer.status_code == 302
    until(Supersession.objects.exists)
    old.refresh_from_db()
    assert (old.superseded_by, old.description) == (new, "Better words")
    assert StepEntry.objects.get().entry == new
    assert Supersession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_restoring_a_version_keeps_a_superseding_done_meanwhile(cleo: User, meanwhile: Meanwhile) -> None:
    old, new = make_entry("First title"), make_entry("New")
    version = old.history.first()
    old.title = "Second title"
    old.save()
    others = [Entry.objects.get(pk=pk) for pk in (old.pk, new.pk)]
    meanwhile(HistoryPages, "_restore", lambda: supersession.supersede(*others, now=NOW))

    signed_in(cleo).post(reverse("admin:catalog_entry_simple_history", args=[old.pk, version.pk]))

    old.refresh_from_db()
    assert (old.title, old.superseded_by) == ("First title", new)


@pytest.mark.django_db(transaction=True)
def test_saving_an_entry_keeps_what_was_written_while_it_waited(cleo: User, meanwhile: Meanwhile) -> None:
    """As a load does: it holds all rows, and a form that comes then is filled from what it has written."""
    entry = make_entry("Work")
    meanwhile(EntryAdmin, "save_model", lambda: Entry.objects.filter(pk=entry.pk).update(added_on=NOW.date()))

    answer = signed_in(cleo).post(
        reverse("admin:catalog_entry_change", args=[entry.pk]), entry_form(entry, description="Better words")
    )

    assert answer.status_code == 302
    until(Entry.objects.filter(added_on=NOW.date()).exists)
    entry.refresh_from_db()
    assert (entry.added_on, entry.description) == (NOW.date(), "Better words")


def category_form(category: Category, parent: Category | None) -> dict[str, Any]:
    return {
        "name": category.name,
        "parent": parent.pk if parent else "",
        "position": 1,
        "description": "",
        "review_days": 91,
    }


@pytest.mark.django_db(transaction=True)
def test_two_curators_close_no_circle_of_categories(cleo: User, meanwhile: Meanwhile) -> None:
    one, two = (Category.objects.create(slug=slug, name=slug) for slug in ("a", "b"))
    client, other = signed_in(cleo), signed_in(cleo)
    answers: list[Any] = []

    def put(sender: Client, category: Category, parent: Category | None) -> Any:
        address = reverse("admin:catalog_category_change", args=[category.pk])
        return sender.post(address, category_form(category, parent))

    meanwhile(CategoryAdmin, "save_model", lambda: answers.append(put(other, two, one)))

    assert put(client, one, two).status_code == 302
    until(lambda: answers)

    assert "cannot stand inside itself" in answers[0].text
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.parent, two.parent) == (two, None)


@pytest.mark.django_db
def test_a_circle_of_categories_can_be_mended(curator_client: Client) -> None:
    one = Category.objects.create(slug="a", name="A")
    two = Category.objects.create(slug="b", name="B", parent=one)
    Category.objects.filter(pk=one.pk).update(parent=two)

    answer = curator_client.post(reverse("admin:catalog_category_change", args=[one.pk]), category_form(one, None))

    assert answer.status_code == 302
    one.refresh_from_db()
    assert one.parent is None


@pytest.mark.django_db(transaction=True)
def test_an_identifier_that_was_taken_meanwhile_is_said_and_what_was_typed_is_kept(
    cleo: User, meanwhile: Meanwhile
) -> None:
    entry, other = make_entry("A"), make_entry("B")
    key = "arxiv:1706.03762"
    meanwhile(EntryAdmin, "save_related", lambda: Identifier.objects.create(entry=other, key=key))

    page = signed_in(cleo).post(
        reverse("admin:catalog_entry_change", args=[entry.pk]),
        entry_form(entry, description="Typed for an hour", keys=[key]),
    )

    assert page.status_code == 200
    assert "in the meantime, so nothing is saved yet" in page.text
    assert "which is here already" in page.text
    assert "Typed for an hour" in page.text
    entry.refresh_from_db()
    assert entry.description != "Typed for an hour"


@pytest.mark.django_db(transaction=True)
def test_a_slug_that_was_taken_meanwhile_is_said_too(cleo: User, meanwhile: Meanwhile) -> None:
    client = signed_in(cleo)
    taken = Entry(slug="fresh", title="Somebody else's", kind="paper")
    meanwhile(Entry, "save", lambda: Entry.objects.bulk_create([taken]))

    page = client.post(reverse("admin:catalog_entry_add"), entry_form(title="Fresh"))
    again = client.post(reverse("admin:catalog_entry_add"), entry_form(title="Fresh"))

    assert "in the meantime" in page.text
    assert again.status_code == 302
    assert set(Entry.objects.values_list("slug", flat=True)) == {"fresh", "fresh-2"}


def order_of(reading_list: ReadingList) -> list[str]:
    return list(reading_list.steps.order_by("position").values_list("slug", flat=True))


def put_last_first(reading_list: ReadingList) -> None:
    *others, last = reading_list.steps.order_by("position").values_list("pk", flat=True)
    lists.reorder(reading_list, [last, *others])


@pytest.mark.django_db
def test_a_stale_form_of_a_list_keeps_another_curators_order(curator_client: Client) -> None:
    reading_list = make_list("One", "Two", "Three", "Four")
    make_entry("Five")
    stale = list_form(reading_list, title="A better title")
    stale |= {"steps-TOTAL_FORMS": 5, "steps-4-work": "Five", "steps-4-place": "", "initial-steps-4-place": ""}
    put_last_first(reading_list)

    answer = curator_client.post(reverse("admin:catalog_readinglist_change", args=[reading_list.pk]), stale)

    assert answer.status_code == 302, answer.context["errors"]
    assert order_of(reading_list) == ["four", "one", "two", "three", "five"]
    assert ReadingList.objects.get().title == "A better title"


@pytest.mark.django_db
def test_two_orders_at_once_are_refused_and_saving_again_takes_the_second(curator_client: Client) -> None:
    reading_list = make_list("One", "Two", "Three", "Four")
    address = reverse("admin:catalog_readinglist_change", args=[reading_list.pk])
    stale = list_form(reading_list, title="A better title", places={1: 2, 2: 1})
    put_last_first(reading_list)

    page = curator_client.post(address, stale)

    assert page.status_code == 200
    assert "into another order in the meantime" in page.text
    assert f'<a href="{address}">open the list anew</a>' in page.text.replace("'", '"')
    assert "A better title" in page.text
    assert order_of(reading_list) == ["four", "one", "two", "three"]

    shown = page.context["inline_admin_formsets"][0].formset
    now = {form["place"].html_initial_name: form.data[form["place"].html_initial_name] for form in shown.initial_forms}
    assert list(now.values()) == ["2", "3", "4", "1"]
    assert curator_client.post(address, stale | now).status_code == 302
    assert order_of(reading_list) == ["two", "one", "three", "four"]


@pytest.mark.django_db
def test_the_page_of_a_list_carries_the_places_it_showed(curator_client: Client) -> None:
    reading_list = make_list("One", "Two")

    page = curator_client.get(reverse("admin:catalog_readinglist_change", args=[reading_list.pk]))

    assert '<input type="hidden" name="initial-steps-1-place" value="2"' in page.text


@pytest.mark.django_db
def test_a_row_of_the_tree_that_was_not_touched_is_not_written(curator_client: Client) -> None:
    one, two = (Category.objects.create(slug=slug, name=slug, position=1) for slug in ("a", "b"))
    form: dict[str, Any] = {"form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save"}
    for number, category in enumerate((one, two)):
        form |= {f"form-{number}-id": category.pk, f"form-{number}-position": 1, f"initial-form-{number}-position": 1}
    Category.objects.filter(pk=one.pk).update(position=7)

    curator_client.post(reverse("admin:catalog_category_changelist"), form | {"form-1-position": 3})

    assert [Category.objects.get(pk=category.pk).position for category in (one, two)] == [7, 3]


@pytest.mark.django_db(transaction=True)
def test_the_form_of_a_step_waits_for_who_orders_the_list(cleo: User, meanwhile: Meanwhile) -> None:
    reading_list = make_list("One", "Two")
    step = reading_list.steps.get(slug="two")
    place = step.step_entries.get()
    meanwhile(StepAdmin, "save_model", lambda: lists.remove_step(reading_list.steps.get(slug="two")))
    form = {
        "step_entries-TOTAL_FORMS": 1,
        "step_entries-INITIAL_FORMS": 1,
        "step_entries-0-id": place.pk,
        "step_entries-0-step": step.pk,
        "step_entries-0-entry": "two",
        "step_entries-0-required": "on",
    }

    answer = signed_in(cleo).post(reverse("admin:catalog_step_change", args=[step.pk]), form)

    assert answer.status_code == 302
    until(lambda: order_of(reading_list) == ["one"])
    assert StepEntry.objects.get().entry.title == "One"


@pytest.mark.django_db
@pytest.mark.parametrize("at_once", [False, True])
def test_a_category_that_holds_something_is_not_deleted(at_once: bool, curator_client: Client) -> None:
    category = Category.objects.create(slug="c", name="Kernels")
    entry = make_entry("Work")
    entry.categories.add(category)
    records = entry.history.count()
    changelist = reverse("admin:catalog_category_changelist")

    if at_once:
        form = {"action": "delete_selected", "_selected_action": [category.pk], "post": "yes"}
        page = curator_client.post(changelist, form)
    else:
        page = curator_client.post(reverse("admin:catalog_category_delete", args=[category.pk]), {"post": "yes"})

    assert page.status_code == 200
    assert "“Kernels” holds entries: 1" in page.text
    assert f'{reverse("admin:catalog_entry_changelist")}?category={category.pk}"' in page.text
    assert "Remove from a category" in page.text
    assert "Retire it instead" not in page.text
    assert list(entry.categories.all()) == [category]
    assert entry.history.count() == records


@pytest.mark.django_db
def test_what_comes_into_a_category_while_it_is_deleted_leaves_it_with_history(
    curator_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    category = Category.objects.create(slug="c", name="Kernels")
    entry = make_entry("Work")
    original = CategoryAdmin.log_deletions

    def late(self: Any, *args: Any) -> Any:
        entry.categories.add(category)
        return original(self, *args)

    monkeypatch.setattr(CategoryAdmin, "log_deletions", late)

    curator_client.post(reverse("admin:catalog_category_delete", args=[category.pk]), {"post": "yes"})

    assert not Category.objects.exists()
    record = entry.history.first()
    assert record.history_change_reason == "category c was deleted"
    assert not record.categories.exists()


@pytest.mark.django_db
def test_an_empty_category_is_deleted(curator_client: Client) -> None:
    outer = Category.objects.create(slug="c", name="C")
    inner = Category.objects.create(slug="d", name="D", parent=outer)
    with pytest.raises(ProtectedError):
        outer.delete()

    curator_client.post(reverse("admin:catalog_category_delete", args=[inner.pk]), {"post": "yes"})

    assert list(Category.objects.all()) == [outer]


def opened(client: Client, address: str, form: dict[str, Any]) -> dict[str, Any]:
    """The form as it is sent from a page that is opened now."""
    return form | {"seen": client.get(address).context["adminform"].form["seen"].value()}


@pytest.mark.django_db
def test_a_stale_form_of_an_entry_keeps_what_it_did_not_touch(curator_client: Client) -> None:
    """Such as what a load of the catalogue wrote while a curator was typing."""
    before, after = (Category.objects.create(slug=slug, name=slug) for slug in ("a", "b"))
    source, whole = make_source("NeurIPS"), make_entry("Whole")
    entry = make_entry("Work", description="One\nTwo ", authors=["A, B", "C"], venue="Paris", year=2019)
    entry.categories.add(before)
    address = reverse("admin:catalog_entry_change", args=[entry.pk])
    stale = opened(curator_client, address, entry_form(entry, pick_when="Typed", description="One\r\nTwo"))
    now: dict[str, Any] = {"venue": "London", "year": 2020, "source": source, "part_of": whole, "authors": ["D"]}
    Entry.objects.filter(pk=entry.pk).update(description="Theirs", **now)
    entry.categories.set([after])

    answer = curator_client.post(address, stale)

    assert answer.status_code == 302
    entry.refresh_from_db()
    assert {name: getattr(entry, name) for name in now} == now
    assert (entry.description, entry.pick_when) == ("Theirs", "Typed")
    assert list(entry.categories.all()) == [after]


@pytest.mark.django_db
def test_what_two_curators_changed_is_asked_about(curator_client: Client) -> None:
    before, after = (Category.objects.create(slug=slug, name=slug) for slug in ("a", "b"))
    entry = make_entry("Work", venue="Paris")
    entry.categories.add(before)
    address = reverse("admin:catalog_entry_change", args=[entry.pk])
    stale = opened(curator_client, address, entry_form(entry, description="Mine"))
    Entry.objects.filter(pk=entry.pk).update(description="Theirs", venue="London")
    entry.categories.set([after])

    page = curator_client.post(address, stale)

    assert "Somebody else has changed this in the meantime" in page.text
    form = page.context["adminform"].form
    assert list(form.errors) == ["description"]
    assert (form["description"].value(), form["venue"].value()) == ("Mine", "London")
    assert form["categories"].value() == [after.pk]
    entry.refresh_from_db()
    assert entry.description == "Theirs"

    shown = {"seen": form["seen"].value(), "venue": "London", "categories": [after.pk]}
    assert curator_client.post(address, stale | shown).status_code == 302
    entry.refresh_from_db()
    assert (entry.description, entry.venue, list(entry.categories.all())) == ("Mine", "London", [after])


@pytest.mark.django_db
@pytest.mark.parametrize("seen", ["", "x", "title=", "title=x description", "=" * 3000, "\x00", "no_such=1"])
def test_a_made_up_memory_of_a_form_breaks_nothing(seen: str, curator_client: Client) -> None:
    entry = make_entry("Work")

    page = curator_client.post(
        reverse("admin:catalog_entry_change", args=[entry.pk]), entry_form(entry, title="New", seen=seen)
    )

    assert page.status_code in (200, 302)


@pytest.mark.django_db
def test_who_may_only_look_sees_no_memory_of_the_form(curator: User, curator_client: Client) -> None:
    entry = make_entry("Work")
    curator.groups.clear()
    curator.user_permissions.add(Permission.objects.get(codename="view_entry"))

    page = curator_client.get(reverse("admin:catalog_entry_change", args=[entry.pk]))

    assert page.status_code == 200
    assert 'name="seen"' not in page.text


@pytest.mark.django_db
def test_every_curated_form_remembers_what_it_showed(curator_client: Client) -> None:
    rows = [make_list("One"), Entry.objects.get(), make_source("Blog"), Category.objects.create(slug="c", name="C")]

    for row in rows:
        page = curator_client.get(reverse(f"admin:catalog_{row._meta.model_name}_change", args=[row.pk]))
        assert page.context["adminform"].form["seen"].value()
