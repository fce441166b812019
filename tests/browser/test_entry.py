"""The page of a work in Chromium: everything by keyboard, said aloud, and again without JavaScript."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from readinglist.catalog.models import Entry, Identifier, ReadingList
from readinglist.reading import stages
from tests.browser.axe import found_by_axe, too_wide
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_post
from tests.fixtures.works import make_entry

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


def has_said(page: Page, text: str) -> None:
    expect(page.locator("#said")).to_contain_text(text)


def press(page: Page, selector: str) -> None:
    page.locator(selector).focus()
    page.keyboard.press("Enter")


def test_a_work_is_read_by_keyboard_and_everything_is_said(open_window: OpenWindow, ada: User) -> None:
    page = open_window(ada, permissions=["clipboard-write"])
    page.goto(ADDRESS)

    # The timer: the button stays under the finger, whatever it has become.
    press(page, "#timer-act")
    has_said(page, "The timer runs.")
    expect(page.get_by_role("button", name="Stop the timer")).to_be_focused()
    expect(page.locator("#timer-act")).to_be_focused()
    page.reload()
    press(page, "#timer-act")
    has_said(page, "less than a minute")
    expect(page.locator("#timer-act")).to_be_focused()

    # The slider moves the number, and a button saves it.
    page.get_by_label("Per cent, by slider").focus()
    for percent in ("1", "2", "3"):
        page.keyboard.press("ArrowRight")
        expect(page.locator("#percent")).to_have_value(percent)
    press(page, "#save-percent")
    has_said(page, "3 per cent so far.")
    expect(page.locator("#save-percent")).to_be_focused()

    press(page, "#by-page")
    page.locator("#page").fill("7")
    page.locator("#pages").fill("23")
    press(page, "#save-page")
    has_said(page, "30 per cent so far.")
    expect(page.locator("#save-page")).to_be_focused()
    expect(page.locator("#page")).to_have_value("7")

    press(page, "#by-hand")
    page.locator("#minutes").fill("20")
    press(page, "#save-minutes")
    has_said(page, "20 minutes are noted.")
    expect(page.locator("#where")).to_be_focused()  # for the form is folded away again

    page.locator("#id_text").fill("**Good**")
    press(page, "#preview-note")
    has_said(page, "The preview stands below the form.")
    expect(page.locator("#note-preview strong")).to_have_text("Good")
    expect(page.locator("#preview-note")).to_be_focused()

    press(page, "#show-citations")
    has_said(page, "The citations stand below.")
    expect(page.locator("#cite-bibtex")).to_have_value(re.compile(re.escape("eprint = {1910.02054}")))
    press(page, "[data-copy=cite-bibtex]")
    has_said(page, "BibTeX is copied.")

    # With all that opens being open.
    press(page, "#history")
    assert found_by_axe(page) == ""
    assert too_wide(page) == []

    # What was pressed is gone: the focus goes to the head of the box.
    press(page, "#mark-unread")
    has_said(page, "Marked as unread.")
    expect(page.locator("#where")).to_be_focused()


def test_the_same_without_javascript(open_window: OpenWindow, ada: User) -> None:
    page = open_window(ada, java_script_enabled=False)
    page.goto(ADDRESS)
    page.get_by_role("button", name="Start the timer").click()
    expect(page.get_by_text("The timer runs. You can close this page.")).to_be_visible()
    page.get_by_role("button", name="Stop and note nothing").click()
    expect(page.get_by_text("The timer is off, and nothing is noted.")).to_be_visible()
    page.get_by_text("By page").click()
    page.get_by_label("Page", exact=True).fill("7")
    page.get_by_label("Number of pages").fill("23")
    page.get_by_role("button", name="Save the page").click()
    expect(page.get_by_text("You are reading it, 30 per cent so far.")).to_be_visible()
    page.get_by_label("Add a note").fill("**Good**")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#note-preview strong")).to_have_text("Good")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_text("Your note is saved.")).to_be_visible()
    page.get_by_role("link", name="Show them to copy").click()
    expect(page.get_by_label("BibTeX", exact=True)).to_have_value(re.compile(re.escape("eprint = {1910.02054}")))
