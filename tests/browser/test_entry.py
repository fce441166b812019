"""The page of a work in Chromium: everything by keyboard, said aloud, and again without JavaScript."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from accounts.models import User
from readinglist.catalog.models import Entry, Identifier, ReadingList
from readinglist.reading import stages
from tests.browser.axe import found_by_axe
from tests.fixtures.cast import make_person, signed_in
from tests.fixtures.posts import make_post
from tests.fixtures.works import make_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ADDRESS = "/entries/canon-paper-5/"


@pytest.fixture
def ada(transactional_db: None, canon: ReadingList) -> User:
    work = Entry.objects.get(slug="canon-paper-5")
    Entry.objects.filter(pk=work.pk).update(title="ZeRO: Memory", authors=["Yuxiong He"], year=2020)
    Identifier.objects.create(entry=work, key="arxiv:1910.02054")
    make_entry("Memory, once more", authors=["Yuxiong He"])
    make_post(key="arxiv:1910.02054", title="ZeRO in practice")
    stages.finish(work, user=make_person("ben@example.org", "Ben Teammate"), now=NOW)
    return make_person("ada@example.org", "Ada Reader")


@pytest.fixture
def open_entry(browser: "Browser", live_server: "LiveServer", ada: User) -> Iterator["Page"]:
    context = browser.new_context(base_url=live_server.url, locale="en-GB", permissions=["clipboard-write"])
    context.set_default_timeout(10_000)
    context.add_cookies(
        [{"name": "sessionid", "value": signed_in(ada).cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(ADDRESS)
    yield page
    context.close()
    assert complaints == []


def has_said(page: "Page", text: str) -> None:
    page.locator("#said", has_text=text).wait_for(state="attached")


def focused(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.id"))


def press(page: "Page", selector: str) -> None:
    page.locator(selector).focus()
    page.keyboard.press("Enter")


def test_a_work_is_read_by_keyboard_and_everything_is_said(open_entry: "Page") -> None:
    page = open_entry

    # The timer: the button stays under the finger, whatever it has become.
    press(page, "#timer-act")
    has_said(page, "The timer runs.")
    page.get_by_role("button", name="Stop the timer").wait_for()
    assert focused(page) == "timer-act"
    page.reload()
    press(page, "#timer-act")
    has_said(page, "less than a minute")
    assert focused(page) == "timer-act"

    # The slider moves the number, and a button saves it.
    page.get_by_label("Per cent, by slider").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator("#percent").input_value() == "3"
    press(page, "#save-percent")
    has_said(page, "3 per cent so far.")
    assert focused(page) == "save-percent"

    press(page, "#by-page")
    page.locator("#page").fill("7")
    page.locator("#pages").fill("23")
    press(page, "#save-page")
    has_said(page, "30 per cent so far.")
    assert focused(page) == "save-page"
    assert page.locator("#page").input_value() == "7"

    press(page, "#by-hand")
    page.locator("#minutes").fill("20")
    press(page, "#save-minutes")
    has_said(page, "20 minutes are noted.")

    page.locator("#id_text").fill("**Good**")
    press(page, "#preview-note")
    has_said(page, "The preview stands below the form.")
    assert page.locator("#note-preview strong").inner_text() == "Good"
    assert focused(page) == "preview-note"

    press(page, "#show-citations")
    has_said(page, "The citations stand below.")
    assert "eprint = {1910.02054}" in page.locator("#cite-bibtex").input_value()
    press(page, "[data-copy=cite-bibtex]")
    has_said(page, "BibTeX is copied.")

    press(page, "#history")
    assert found_by_axe(page) == ""
    page.emulate_media(color_scheme="dark")
    assert found_by_axe(page, colours_alone=True) == ""
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    # What was pressed is gone: the focus goes to the head of the box.
    press(page, "#mark-unread")
    has_said(page, "Marked as unread.")
    assert focused(page) == "where"


def test_the_same_without_javascript(browser: "Browser", live_server: "LiveServer", ada: User) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="en-GB")
    context.set_default_timeout(10_000)
    context.add_cookies(
        [{"name": "sessionid", "value": signed_in(ada).cookies["sessionid"].value, "url": live_server.url}]
    )
    page = context.new_page()
    page.goto(ADDRESS)
    page.get_by_role("button", name="Start the timer").click()
    page.get_by_text("The timer runs. You can close this page.").wait_for()
    page.get_by_role("button", name="Stop and note nothing").click()
    page.get_by_text("The timer is off, and nothing is noted.").wait_for()
    page.get_by_text("By page").click()
    page.get_by_label("Page", exact=True).fill("7")
    page.get_by_label("Number of pages").fill("23")
    page.get_by_role("button", name="Save the page").click()
    page.get_by_text("You are reading it, 30 per cent so far.").wait_for()
    page.get_by_label("Add a note").fill("**Good**")
    page.get_by_role("button", name="Preview").click()
    assert page.locator("#note-preview strong").inner_text() == "Good"
    page.get_by_role("button", name="Save note").click()
    page.get_by_text("Your note is saved.").wait_for()
    page.get_by_role("link", name="Show them to copy").click()
    assert "eprint = {1910.02054}" in page.get_by_label("BibTeX", exact=True).input_value()
    context.close()
