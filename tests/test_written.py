"""Parts of pages are remembered by all that they say, and by nothing else."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.template import Context, Template
from django.test import Client
from django.urls import clear_script_prefix, set_script_prefix
from django.utils import translation

from accounts.models import User
from readinglist import written
from readinglist.catalog.models import Entry
from readinglist.reading import stages
from readinglist.reading.parts import Tick
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TICK = "components/_tick.html"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    written.forget()
    yield
    written.forget()


def test_what_says_the_same_is_written_once() -> None:
    first = written.written(TICK, tick=Tick("zero", "ZeRO", is_read=False))
    assert written.written(TICK, tick=Tick("zero", "ZeRO", is_read=False)) is first
    assert written.written(TICK, tick=Tick("zero", "ZeRO", is_read=True)) != first
    assert "Mark as read: ZeRO" in first


def test_it_is_escaped_and_comes_as_it_is() -> None:
    tick = Tick("zero", "<b>ZeRO</b>", is_read=False)
    page = Template("{{ part }}").render(Context({"part": written.written(TICK, tick=tick)}))
    assert "&lt;b&gt;ZeRO" in page
    assert '<button class="tick"' in page


def test_each_language_has_its_own() -> None:
    tick = Tick("zero", "ZeRO", is_read=False)
    english = written.written(TICK, tick=tick)
    with translation.override("de"):
        assert written.written(TICK, tick=tick) is not english
    assert written.written(TICK, tick=tick) is english


def test_each_prefix_of_addresses_has_its_own() -> None:
    tick = Tick("zero", "ZeRO", is_read=False)
    set_script_prefix("/elsewhere/")
    try:
        assert 'formaction="/elsewhere/entries/zero/' in written.written(TICK, tick=tick)
    finally:
        clear_script_prefix()
    assert 'formaction="/entries/zero/' in written.written(TICK, tick=tick)


def test_while_templates_are_worked_on_nothing_is_remembered(settings: LazySettings) -> None:
    settings.DEBUG = True
    tick = Tick("zero", "ZeRO", is_read=False)
    assert written.written(TICK, tick=tick) is not written.written(TICK, tick=tick)


def test_what_can_change_cannot_be_remembered() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        written.written(TICK, tick=["zero"])  # type: ignore[arg-type]


def test_a_part_sees_nothing_of_the_page_around_it() -> None:
    page = Template('{% load rooms %}{% part "components/_device.html" %}')
    around = Context({"theme": "dark"})
    assert page.render(around) == page.render(Context())


def test_two_readers_see_their_own_marks_and_both_see_what_a_curator_changes(
    reader_client: Client, reader: User, teammate: User
) -> None:
    entry = make_entry("ZeRO")
    other_client = Client()
    other_client.force_login(teammate)
    clients = (reader_client, other_client)
    assert ["Mark as read: ZeRO" in _entries(client) for client in clients] == [True, True]
    stages.finish(entry, user=reader, now=NOW)
    assert ["Mark as read: ZeRO" in _entries(client) for client in clients] == [False, True]
    Entry.objects.update(title="ZeRO-Infinity")
    assert ["Mark as read: ZeRO-Infinity" in _entries(client) for client in clients] == [False, True]
    assert "Read: ZeRO-Infinity" in _entries(reader_client)


def _entries(client: Client) -> str:
    return client.get("/entries/").content.decode()
