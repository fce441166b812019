"""The path: which lists a reader reads, in which order, and what is next by it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Entry, ReadingList
from readinglist.reading import paths, stages
from readinglist.reading.models import Path
from tests.fixtures.effort import examples
from tests.fixtures.works import make_entry, make_list

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def short(db: None) -> ReadingList:
    return make_list("short", [[make_entry("The only one", short_title="Only")]], title="A short list")


@pytest.fixture
def empty(db: None) -> ReadingList:
    return ReadingList.objects.create(slug="empty", title="An empty list")


def names_on_path(user: User) -> list[str]:
    return [leg.reading_list.slug for leg in paths.path_of(user).path]


def active_of(user: User) -> str | None:
    active = paths.path_of(user).active
    return active.reading_list.slug if active else None


@transaction.atomic
def put(row: Path) -> None:
    """With the deferred constraints checked at once."""
    row.save()
    connection.check_constraints()


def finish(reading_list: ReadingList, user: User) -> None:
    for entry in Entry.objects.filter(steps__list=reading_list):
        stages.finish(entry, user=user, now=NOW)


# -------------------------------------------------------------------- the rule


def test_who_has_chosen_nothing_reads_the_canon(reader: User, canon: ReadingList, short: ReadingList) -> None:
    way = paths.path_of(reader)
    assert (names_on_path(reader), way.is_chosen) == (["canon"], False)
    assert [leg.reading_list for leg in way.others] == [short]
    assert not Path.objects.exists()


def test_the_first_list_with_something_left_is_active(
    reader: User, canon: ReadingList, short: ReadingList, empty: ReadingList
) -> None:
    paths.choose([empty, short, canon], user=reader)
    assert active_of(reader) == "short", "an empty list has nothing left"
    finish(short, reader)
    assert active_of(reader) == "canon"
    for entry in Entry.objects.filter(steps__list=canon):
        stages.skip(entry, user=reader, now=NOW)
    assert active_of(reader) is None, "skipped is not left either"
    assert paths.path_of(reader).shown == paths.path_of(reader).path[-1]


def test_one_readers_path_is_nobody_elses(reader: User, teammate: User, canon: ReadingList, short: ReadingList) -> None:
    paths.choose([short], user=reader)
    assert names_on_path(teammate) == ["canon"]
    finish(short, teammate)
    assert active_of(reader) == "short"


def test_a_deleted_list_leaves_the_path_and_the_last_one_leaves_the_canon(
    reader: User, canon: ReadingList, short: ReadingList, empty: ReadingList
) -> None:
    paths.choose([empty, short], user=reader)
    empty.delete()
    assert names_on_path(reader) == ["short"]
    short.delete()
    assert names_on_path(reader) == ["canon"]
    canon.delete()
    way = paths.path_of(reader)
    assert (way.path, way.active, way.shown) == ([], None, None)


def test_the_database_keeps_a_list_and_a_place_once_a_reader(
    reader: User, teammate: User, canon: ReadingList, short: ReadingList
) -> None:
    Path.objects.create(user=teammate, list=canon, position=1)
    Path.objects.create(user=reader, list=canon, position=1)
    for name, wrong in (("list", {"list": canon, "position": 2}), ("position", {"list": short, "position": 1})):
        with pytest.raises(IntegrityError, match=f'constraint "path_{name}_once_a_reader"'):
            put(Path(user=reader, **wrong))


@settings(max_examples=examples(8), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    doings=st.lists(
        st.tuples(st.sampled_from(["add", "remove", "up", "down"]), st.integers(min_value=0, max_value=3)),
        max_size=8,
    )
)
def test_changes_are_those_of_a_plain_list(reader: User, doings: list[tuple[str, int]]) -> None:
    slugs = ["canon", "one", "two", "three"]
    lists = [ReadingList.objects.get_or_create(slug=slug, defaults={"title": slug})[0] for slug in slugs]
    Path.objects.all().delete()
    plain = ["canon"]
    for doing, number in doings:
        reading_list, slug = lists[number], slugs[number]
        before = list(plain)
        if doing == "add" and slug not in plain:
            plain.append(slug)
        elif doing == "remove" and slug in plain and len(plain) > 1:
            plain.remove(slug)
        elif doing in ("up", "down") and slug in plain:
            place = plain.index(slug)
            other = place + (1 if doing == "down" else -1)
            if 0 <= other < len(plain):
                plain[place], plain[other] = plain[other], plain[place]
        if doing == "remove" and before == [slug]:
            with pytest.raises(paths.PathRefused):
                paths.remove(reading_list, user=reader)
        else:
            assert _do(doing, reading_list, reader) == (plain != before)
        assert names_on_path(reader) == plain


def _do(doing: str, reading_list: ReadingList, user: User) -> bool:
    if doing in ("add", "remove"):
        return bool(getattr(paths, doing)(reading_list, user=user))
    return paths.move(reading_list, by=1 if doing == "down" else -1, user=user)


# ---------------------------------------------------------------------- pages


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_home_goes_by_the_active_list(
    reader_client: Client, reader: User, canon: ReadingList, short: ReadingList
) -> None:
    paths.choose([short, canon], user=reader)
    page = text_of(reader_client.get("/"))
    assert "Next on your way: A short list, step 1 of 1" in page
    finish(short, reader)
    page = text_of(reader_client.get("/"))
    assert "Next on your way: The canon, step 1 of 20" in page
    finish(canon, reader)
    page = text_of(reader_client.get("/"))
    assert "Everything on your path is read or skipped." in page
    assert reverse("reading:path") in page


def test_a_reader_chooses_and_orders_lists_by_buttons(
    reader_client: Client, reader: User, canon: ReadingList, short: ReadingList
) -> None:
    page = text_of(reader_client.get("/path/"))
    assert "Everybody begins with the canon." in page
    assert "Take off the path" not in page, "the only list stays"
    said = [
        ("add", "A short list is on your path.", ["canon", "short"]),
        ("add", "Nothing to change", ["canon", "short"]),
        ("up", "A short list comes earlier now.", ["short", "canon"]),
        ("up", "Nothing to change", ["short", "canon"]),
        ("down", "A short list comes later now.", ["canon", "short"]),
        ("remove", "A short list is off your path. Your stages stay.", ["canon"]),
        ("up", "Nothing to change", ["canon"]),
    ]
    for action, words, path in said:
        response = reader_client.post("/path/short/", {"action": action}, follow=True)
        assert response.redirect_chain == [("/path/#list-short", 302)]
        assert words in text_of(response), action
        assert names_on_path(reader) == path
    page = text_of(reader_client.post("/path/canon/", {"action": "remove"}, follow=True))
    assert "Put another on it before you take this one off." in page
    assert names_on_path(reader) == ["canon"]


@pytest.mark.parametrize(("slug", "action", "status"), [("short", "", 400), ("short", "x", 400), ("gone", "add", 404)])
def test_what_cannot_be_done_is_refused(
    reader_client: Client, reader: User, canon: ReadingList, short: ReadingList, slug: str, action: str, status: int
) -> None:
    assert reader_client.post(f"/path/{slug}/", {"action": action}).status_code == status
    assert not Path.objects.exists()


def test_without_lists_the_page_says_what_will_be_here(reader_client: Client) -> None:
    assert "No list yet" in text_of(reader_client.get("/path/"))


def test_pages_ask_as_few_queries_for_many_lists_as_for_few(
    reader_client: Client, reader: User, canon: ReadingList, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many = [make_list(f"list-{number}", [[make_entry()]]) for number in range(12)]
    paths.choose([*many, canon], user=reader)
    for address, at_most in (("/path/", 5), ("/", 11)):
        with django_assert_max_num_queries(at_most):
            assert reader_client.get(address).status_code == 200
