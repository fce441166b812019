"""What goes wrong between a page and the server, in Chromium: nothing is lost or doubled, and the page says what.

How many tabs and clicks at once leave one row is tested beside each write; here it is what a reader sees of it.
"""

import re

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from readinglist.catalog.models import Entry, ReadingList
from readinglist.reading import follows
from readinglist.reading.models import Activity, Note, PostState, ReadState
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_post

ENTRY = "/entries/canon-paper-5/"


@pytest.fixture
def ada(transactional_db: None, canon: ReadingList) -> User:
    user = make_person("ada@example.org", "Ada Reader")
    feed = make_feed()
    follows.follow(feed.source, user=user, now=timezone.now())
    for number in range(3):
        make_post(feed, f"Post {number}")
    return user


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def is_pressed(page: Page, name: str) -> None:
    expect(page.get_by_role("button", name=name, exact=True, pressed=True)).to_be_visible()


def click_twice(page: Page, once: Locator, then: Locator) -> None:
    """A double click that is slower than the server: its second half meets what the first has made of the button."""
    once.click()
    expect(then).to_be_visible()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)


def test_a_lost_connection_and_a_refusal_say_so_until_something_succeeds(
    open_window: OpenWindow, ada: User, complaints: list[str]
) -> None:
    page = open_window(ada, viewport={"width": 1280, "height": 800})
    unsent, refused = page.get_by_text("That did not arrive."), page.get_by_text("That could not be done")

    page.goto(ENTRY)
    page.route("**/stage/", lambda route: route.abort())
    button(page, "Read").click()
    expect(unsent).to_be_focused()
    assert not ReadState.objects.exists()
    page.unroute("**/stage/")
    button(page, "Read").click()
    is_pressed(page, "Read")
    expect(unsent).to_be_hidden()

    page.goto("/inbox/")
    page.route("**/mark/", lambda route: route.abort())
    button(page, "Mark as read: Post 1").click()
    expect(unsent).to_be_focused()
    page.unroute("**/mark/")
    page.route("**/mark/", lambda route: route.fulfill(status=403, body="refused"))
    button(page, "Mark as read: Post 1").click()
    expect(refused).to_be_focused()
    assert not PostState.objects.exists()
    page.unroute("**/mark/")
    button(page, "Mark as read: Post 1").click()
    expect(page.get_by_role("button", name="Read: Post 1.")).to_be_focused()
    expect(refused).to_be_hidden()
    assert PostState.objects.get(user=ada).post.title == "Post 1"

    page.goto("/keys/")
    assert any("ERR_FAILED" in complaint for complaint in complaints)
    assert any("403" in complaint for complaint in complaints)
    complaints.clear()


@pytest.mark.parametrize("javascript", [True, False], ids=["htmx", "forms"])
def test_a_double_click_is_one_click(open_window: OpenWindow, ada: User, *, javascript: bool) -> None:
    page = open_window(ada, viewport={"width": 1280, "height": 800}, java_script_enabled=javascript)
    page.goto("/inbox/?state=all")
    read = page.get_by_role("button", name="Read: Post 1.")
    if javascript:
        click_twice(page, button(page, "Mark as read: Post 1"), then=read)
    else:
        button(page, "Mark as read: Post 1").dblclick()
    expect(read).to_be_visible()
    button(page, "Mark as read: Post 2").click()
    expect(page.get_by_role("button", name="Read: Post 2.")).to_be_visible()
    expect(read).to_be_visible()

    page.goto(ENTRY)
    page.get_by_label("Add a note").fill("Once is enough")
    button(page, "Save note").dblclick()
    expect(page.get_by_text("Once is enough")).to_be_visible()
    button(page, "Read").dblclick()
    is_pressed(page, "Read")
    page.reload()
    is_pressed(page, "Read")
    assert Note.objects.count() == 1
    assert list(Activity.objects.values_list("action", flat=True)) == ["finished"]


def test_two_tabs_that_tick_the_same_agree_and_a_stale_one_is_told(open_window: OpenWindow, ada: User) -> None:
    one = open_window(ada, viewport={"width": 1280, "height": 800})
    other = one.context.new_page()
    for tab in (one, other):
        tab.goto("/inbox/")
    for tab in (one, other):
        button(tab, "Mark as read: Post 1").click()
        expect(tab.get_by_role("button", name="Read: Post 1.")).to_be_visible()
        expect(tab.locator("#mast-unread")).to_have_text(re.compile(r"^\s*2\b"))
    assert PostState.objects.get(user=ada).read_at

    for tab in (one, other):
        tab.goto(ENTRY)
    button(one, "Read").click()
    is_pressed(one, "Read")
    button(other, "Skipped").click()
    refusal = "You have read this already. Mark it as unread first, then you can skip it."
    expect(other.get_by_role("alert").get_by_text(refusal)).to_be_visible()
    is_pressed(other, "Read")
    assert ReadState.objects.get().stage == "read"


def test_a_page_that_has_grown_old_says_so_and_leads_to_the_door_and_back(
    open_window: OpenWindow, ada: User, complaints: list[str]
) -> None:
    page = open_window(ada)
    page.goto(ENTRY)
    Entry.objects.filter(slug="canon-paper-5").update(status="draft")
    button(page, "Read").click()
    expect(page.get_by_text("That could not be done")).to_be_focused()
    Entry.objects.filter(slug="canon-paper-5").update(status="live")

    Session.objects.all().delete()
    button(page, "Read").click()
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=%2Fentries%2Fcanon-paper-5%2F$"))
    expect(page.get_by_label("Password")).to_be_visible()
    assert not ReadState.objects.exists()
    assert all("404" in complaint for complaint in complaints)
    complaints.clear()
