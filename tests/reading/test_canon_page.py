"""Home and canon: shelves with their places in the path, the way ahead, and names on the longest shelf."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from readinglist.catalog.models import Category, Entry, ReadingList
from readinglist.reading import paths, shelves, stages
from tests.fixtures.works import add_step, make_entries, make_list

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def shelf_of(reading_list: ReadingList, user: User) -> shelves.Shelf:
    return shelves.for_lists(ReadingList.objects.filter(pk=reading_list.pk), user)[0]


def section_of(page: str, slug: str) -> str:
    """The part of the canon page about one list."""
    return page[page.index(f'aria-labelledby="list-{slug}"') :].split("</section>")[0]


# --------------------------------------------------------------- the way ahead


def test_home_shows_what_comes_after_the_next_step(reader_client: Client, reader: User, canon: ReadingList) -> None:
    for name in ("Attention", "Paper 3"):
        stages.finish(Entry.objects.get(short_title=name), user=reader, now=NOW)
    stages.skip(Entry.objects.get(short_title="Paper 4"), user=reader, now=NOW)
    ahead = reader_client.get("/").context["ahead"]
    assert [spine.name for spine in ahead] == ["Paper 5", "Paper 6", "Paper 7", "Paper 8"]
    assert "17 steps to go in this list" in text_of(reader_client.get("/"))


def test_what_is_left_of_a_list_is_what_is_not_finished(reader: User, canon: ReadingList) -> None:
    chinchilla = Entry.objects.get(short_title="Chinchilla")
    Entry.objects.exclude(short_title="Attention").update(minutes=60)
    assert shelf_of(canon, reader).minutes_left == 45 + 20 * 60
    stages.finish(chinchilla, user=reader, now=NOW)
    shelf = shelf_of(canon, reader)
    assert (shelf.left, shelf.minutes_left) == (20, 45 + 19 * 60)
    assert [spine.number for spine in shelf.ahead] == list(range(2, 21))


def test_at_the_last_step_nothing_comes_after(reader_client: Client, reader: User, canon: ReadingList) -> None:
    for work in Entry.objects.exclude(short_title="Paper 20"):
        stages.finish(work, user=reader, now=NOW)
    page = reader_client.get("/")
    assert page.context["ahead"] == []
    assert "After that" not in text_of(page)


# -------------------------------------------------------------------- the path


def test_each_shelf_says_where_it_stands_in_the_path(reader_client: Client, reader: User, canon: ReadingList) -> None:
    further, beside = (make_list(slug, [make_entries({"title": slug})]) for slug in ("further", "beside"))
    paths.choose([canon, further], user=reader)
    page = text_of(reader_client.get("/canon/"))
    assert "You are on this list now" in section_of(page, "canon")
    assert "Number 2 on your path" in section_of(page, "further")
    assert f'action="/path/{beside.slug}/"' in section_of(page, "beside")
    for work in Entry.objects.filter(step_entries__list=canon):
        stages.finish(work, user=reader, now=NOW)
    page = text_of(reader_client.get("/canon/"))
    assert "Number 1 on your path" in section_of(page, "canon")
    assert "You are on this list now" in section_of(page, "further")


def test_who_has_chosen_nothing_is_on_the_canon(reader_client: Client, canon: ReadingList) -> None:
    make_list("further", [make_entries({"title": "Further"})])
    page = text_of(reader_client.get("/canon/"))
    assert page.count("You are on this list now") == 1
    assert "You are on this list now" in section_of(page, "canon")


def test_a_list_is_put_on_the_path_from_the_canon(reader_client: Client, reader: User, canon: ReadingList) -> None:
    make_list("further", [make_entries({"title": "Further"})])
    reader_client.post("/path/further/", {"action": "add"})
    assert "Number 2 on your path" in section_of(text_of(reader_client.get("/canon/")), "further")


# ------------------------------------------------------------ the longest shelf


@pytest.fixture
def long_list(db: None) -> ReadingList:
    """Seventy steps in two groups, each with a short title."""
    works = make_entries(*({"title": f"Work number {n}", "short_title": f"Short {n}"} for n in range(1, 71)))
    for name, those in (("Early", works[:40]), ("Late", works[40:])):
        Category.objects.create(slug=name.lower(), name=name, position=len(those)).entries.add(*those)
    return make_list("long", [[work] for work in works])


def test_spines_of_the_longest_shelf_carry_their_names(reader_client: Client, long_list: ReadingList) -> None:
    page = text_of(reader_client.get("/canon/"))
    assert "shelf--xs" in page
    assert page.count('<span class="spine__t">Short ') == 70


def test_each_group_names_what_is_next_and_under_way_in_it(
    reader_client: Client, reader: User, long_list: ReadingList
) -> None:
    works = list(Entry.objects.order_by("pk"))
    stages.finish(works[0], user=reader, now=NOW)
    for work in (works[9], works[19], works[49]):
        stages.start(work, user=reader, now=NOW)
    early, late = shelf_of(long_list, reader).groups
    assert (early.read, early.next and early.next.number) == (1, 2)
    assert [spine.name for spine in early.under_way] == ["Short 10", "Short 20"]
    assert [spine.name for spine in late.under_way] == ["Short 50"]
    page = text_of(reader_client.get("/lists/long/"))
    assert page.count("Next here:") == page.count("under way:") == 2
    assert 'href="/lists/long/#step-41"' in page
    assert 'id="step-41"' in page


def test_steps_stand_under_the_headings_of_their_groups(reader_client: Client, long_list: ReadingList) -> None:
    page = text_of(reader_client.get("/lists/long/"))
    steps = page[page.index('id="steps"') :]
    assert steps.index(">Early</h3>") < steps.index('id="step-1"') < steps.index('id="step-40"')
    assert steps.index('id="step-40"') < steps.index(">Late</h3>") < steps.index('id="step-41"')


def test_a_list_without_steps_is_no_list_to_mark_things_in(reader_client: Client, db: None) -> None:
    make_list("empty", [])
    assert "?several=1" not in text_of(reader_client.get("/lists/empty/"))


def test_an_empty_step_is_no_way_ahead_but_breaks_nothing(
    reader_client: Client, reader: User, canon: ReadingList
) -> None:
    add_step(canon, 21, [])
    assert [spine.number for spine in shelf_of(canon, reader).ahead] == list(range(2, 21))
    assert reader_client.get("/lists/canon/?several=all").status_code == 200
