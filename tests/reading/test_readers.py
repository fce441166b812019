"""What teammates see of a reader: stages and shared notes, and of who does not share no stage at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Entry, ReadingList
from readinglist.reading import paths, readers, shelves, stages, strips
from readinglist.reading.models import Note
from tests.fixtures.works import add_step, make_entry, make_list

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def note(author: User, entry: Entry, text: str, *, shared: bool) -> Note:
    return Note.objects.create(author=author, entry=entry, text=text, is_shared=shared, created_at=NOW, updated_at=NOW)


@pytest.fixture
def busy(teammate: User, canon: ReadingList) -> User:
    """A teammate who has done some of everything."""
    by_name = {entry.short_title: entry for entry in Entry.objects.all()}
    stages.finish(by_name["Attention"], user=teammate, now=NOW - timedelta(days=400))
    stages.set_percent(by_name["Paper 3"], 37, user=teammate, now=NOW)
    stages.skip(by_name["Paper 4"], user=teammate, now=NOW)
    stages.queue(by_name["Paper 5"], user=teammate, now=NOW)
    stages.finish(make_entry("Off the lists"), user=teammate, now=NOW - timedelta(days=1))
    stages.start(make_entry("A secret draft", status="draft"), user=teammate, now=NOW)
    make_list("untouched", [[make_entry("Never opened")]], title="An untouched list")
    paths.choose(ReadingList.objects.filter(slug="untouched"), user=teammate)
    note(teammate, by_name["Attention"], "What we all should know.", shared=True)
    note(teammate, by_name["Attention"], "What nobody should know.", shared=False)
    note(teammate, Entry.objects.get(status="draft"), "On the draft.", shared=True)
    return teammate


def address_of(person: User) -> str:
    return f"/readers/{person.pk}/"


def test_a_teammate_sees_stages_and_shared_notes(reader_client: Client, busy: User) -> None:
    page = text_of(reader_client.get(address_of(busy)))
    assert "<h1>Ben Teammate</h1>" in page
    assert "Reader" in page
    assert "1 of 19 read, 1 skipped. Kaplan, Chinchilla is next." in page
    assert page.count('<rect class="f-done"') == 2, "one step, and the key"
    assert "Canon paper 3" in page
    assert page.index("Off the lists") < page.index("Attention Is All You Need"), "the newest first"
    assert "on 19 November 2026" in page
    assert "Canon paper 5" in page
    assert "What we all should know." in page


def test_nothing_else_of_them_is_shown(reader_client: Client, busy: User) -> None:
    page = strip_tags(text_of(reader_client.get(address_of(busy))))
    for unseen in ("37", "nobody should know", "secret draft", "On the draft", "untouched"):
        assert unseen not in page, unseen


def test_who_does_not_share_or_is_gone_is_not_found(reader_client: Client, busy: User, reader: User) -> None:
    missing = reader_client.get("/readers/987654321/")
    assert missing.status_code == 404
    for change in ({"shares_stages": False}, {"shares_stages": True, "is_active": False}):
        User.objects.filter(pk=busy.pk).update(**change)
        answer = reader_client.get(address_of(busy))
        assert answer.status_code == 404
        assert "Ben" not in text_of(answer), "nobody is named for not sharing"
    assert reader_client.get(f"/readers/{2**64}/").status_code == 404


def test_the_gate_lets_through_who_shares_and_is_here(reader: User, teammate: User, curator: User) -> None:
    User.objects.filter(pk=teammate.pk).update(shares_stages=False)
    User.objects.filter(pk=curator.pk).update(is_active=False)
    assert list(User.objects.sharing()) == [reader]
    assert [readers.seen_of(person.pk) is None for person in (reader, teammate, curator)] == [False, True, True]


def test_each_sees_exactly_what_others_see_of_them(reader_client: Client, teammate_client: Client, busy: User) -> None:
    others, own = (text_of(client.get(address_of(busy))) for client in (reader_client, teammate_client))
    assert "This is what others see of you" in own
    assert "This is what others see of you" not in others

    def what_is_seen(page: str) -> str:
        return page[page.index('<section class="section" aria-labelledby="lists">') : page.index("</main>")]

    assert what_is_seen(own) == what_is_seen(others)


def test_who_does_not_share_sees_that_only_shared_notes_remain(teammate_client: Client, busy: User) -> None:
    User.objects.filter(pk=busy.pk).update(shares_stages=False)
    page = text_of(teammate_client.get(address_of(busy)))
    assert "Nothing but your shared notes" in page
    assert "What we all should know." in page
    assert "of 19 read" not in page
    assert "Canon paper 3" not in page


def test_who_has_done_nothing_yet_has_a_page_that_says_so(reader_client: Client, teammate: User) -> None:
    page = text_of(reader_client.get(address_of(teammate)))
    assert "No list is begun yet." in page
    assert "None yet. Notes that are shared with the team will stand here." in page


def test_shared_notes_come_in_pages(reader_client: Client, teammate: User) -> None:
    work = make_entry("Much discussed")
    for number in range(21):
        note(teammate, work, f"Thought {number}.", shared=True)
    first, second = (text_of(reader_client.get(f"{address_of(teammate)}?page={page}")) for page in (1, 2))
    assert (first.count("Thought "), second.count("Thought ")) == (20, 1)


def test_the_page_asks_a_bounded_number_of_queries(
    reader_client: Client, busy: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(8):
        work = make_entry(f"More {number}")
        make_list(f"more-{number}", [[work]])
        stages.finish(work, user=busy, now=NOW)
        note(busy, work, f"More on {number}.", shared=True)
    with django_assert_max_num_queries(12):
        assert reader_client.get(address_of(busy)).status_code == 200


def test_a_strip_has_a_bar_for_each_step_and_stays_in_its_room(reader: User, canon: ReadingList) -> None:
    add_step(canon, 21, [])
    stages.finish(Entry.objects.get(short_title="Attention"), user=reader, now=NOW)
    (shelf,) = shelves.for_lists(ReadingList.objects.filter(pk=canon.pk), reader)
    bars = strips.bars_of(shelf.spines)
    assert [bar.state for bar in bars] == ["read", *[""] * 19, "skipped"]
    assert [bar.is_next for bar in bars] == [False, True, *[False] * 19]
    lefts = [float(bar.x.removesuffix("%")) for bar in bars]
    widths = [float(bar.width.removesuffix("%")) for bar in bars]
    for left, width, following in zip(lefts, widths, [*lefts[1:], 100.0], strict=True):
        assert left >= 0
        assert left + width < following
    assert all(bar.y >= 0 and bar.y + bar.height == 42 for bar in bars)
    assert strips.bars_of([]) == []
