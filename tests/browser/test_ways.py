"""A reader's way through all rooms, without JavaScript and again by keyboard alone.

What the page of a work and search do is told in files of their own.
"""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from readinglist.catalog.models import Entry, ReadingList
from readinglist.reading import follows
from readinglist.reading.models import Follow, ReadState
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry, make_list

ATTENTION = "Attention Is All You Need"


@pytest.fixture
def ada(transactional_db: None, canon: ReadingList) -> User:
    """A reader of one blog with three posts, who could follow another and has two lists to choose from."""
    user = make_person("ada@example.org", "Ada Reader")
    feed = make_feed(make_source("The Blog"))
    make_feed(make_source("Another Blog"))
    follows.follow(feed.source, user=user, now=timezone.now())
    for number in range(3):
        make_post(feed, f"Post {number}", body="<p>Some text.</p>")
    make_list("short", [[make_entry("A short one")]], title="Short list")
    return user


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def is_at(page: Page, address: str) -> None:
    """The page at this path has come with its scripts; a regular expression."""
    expect(page).to_have_url(re.compile(rf":\d+{address}$"))
    page.wait_for_load_state()


def test_every_room_is_whole_without_javascript(open_window: OpenWindow, ada: User) -> None:
    page = open_window(ada, java_script_enabled=False)

    # Home and the canon: a work is read, two are queued at once and let go again.
    page.goto("/")
    button(page, "Mark as read").click()
    expect(page.get_by_text("1 of 20 read. Kaplan, Chinchilla is next.")).to_be_visible()
    page.get_by_role("link", name="Canon").first.click()
    page.get_by_role("link", name="The canon").first.click()
    page.get_by_role("link", name="Mark several").click()
    for name in ("Canon paper 10", "Canon paper 11"):
        page.get_by_role("checkbox", name=name).check()
    button(page, "Queue").click()
    expect(page.get_by_role("status").get_by_text("2 works queued.")).to_be_visible()
    is_at(page, "/lists/canon/")
    button(page, "Undo").click()
    expect(page.get_by_role("status").get_by_text("Undone")).to_be_visible()
    expect(page.get_by_text("queued")).to_have_count(0)
    assert list(ReadState.objects.values_list("stage", flat=True)) == ["read"]

    # The path: another list comes first.
    page.goto("/path/")
    button(page, "Put on my path: Short list").click()
    button(page, "Earlier: Short list").click()
    expect(button(page, "Later: Short list")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="A short one")).to_be_visible()

    # The inbox: a post is read, saved, and put off; the rest is read at once, and unread again.
    page.get_by_role("link", name="Inbox").first.click()
    page.get_by_role("link", name="Post 2").click()
    expect(page.get_by_text("Some text.")).to_be_visible()
    button(page, "Save").click()
    expect(button(page, "Take from saved")).to_be_visible()
    page.get_by_text("Snooze", exact=True).click()
    page.get_by_role("button", name=re.compile("^Tomorrow")).click()
    expect(button(page, "Bring it back now")).to_be_visible()
    page.get_by_role("link", name="Inbox").first.click()
    expect(page.locator(".posts bdi")).to_have_text(["Post 1", "Post 0"])
    button(page, "Mark as read: Post 1").click()
    expect(page.locator(".posts bdi")).to_have_text(["Post 0"])
    button(page, "Read up to here").first.click()
    expect(page.locator(".posts bdi")).to_have_count(0)
    button(page, "Undo").click()
    expect(page.locator(".posts bdi")).to_have_text(["Post 0"])

    # Sources, me, settings, and out.
    page.goto("/sources/")
    page.get_by_role("link", name="Another Blog").first.click()
    button(page, "Follow Another Blog").click()
    expect(button(page, "Unfollow Another Blog")).to_be_visible()
    page.get_by_role("link", name="Me").first.click()
    page.get_by_role("link", name="History").first.click()
    expect(page.get_by_role("link", name=ATTENTION).first).to_be_visible()
    page.goto("/accounts/settings/")
    page.get_by_label("Dark", exact=True).check()
    button(page, "Save the settings").click()
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    button(page, "Sign out").first.click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_every_room_is_reached_and_used_by_keyboard_alone(open_window: OpenWindow, ada: User) -> None:
    page = open_window(ada, viewport={"width": 1280, "height": 800})

    # Home: the page is skipped to, and the work that is next is opened and read.
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    is_at(page, "/#main")
    press(page, page.get_by_role("link", name=ATTENTION).first)
    is_at(page, "/entries/attention-is-all-you-need/")
    press(page, button(page, "Read"), "Space")
    expect(page.get_by_role("button", name="Read", exact=True, pressed=True)).to_be_focused()
    expect(page.locator("#said")).to_have_text("Marked as read.")

    # The canon and the path.
    go(page, "c", "/canon/")
    press(page, page.get_by_role("main").get_by_role("link", name="The canon").first)
    is_at(page, "/lists/canon/")
    press(page, page.get_by_role("link", name="Mark several"))
    press(page, page.get_by_role("checkbox", name="Canon paper 10"), "Space")
    press(page, button(page, "Queue"))
    expect(page.get_by_role("status").get_by_text("1 work queued.")).to_be_visible()
    page.goto("/path/")
    press(page, button(page, "Put on my path: Short list"))
    expect(button(page, "Earlier: Short list")).to_be_visible()

    # The inbox, from post to post and back to the list.
    go(page, "i", "/inbox/")
    for title in ("Post 2", "Post 1"):
        page.keyboard.press("j")
        expect(page.get_by_role("link", name=title)).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator("#post-title")).to_be_focused()
    page.keyboard.press("s")
    expect(button(page, "Take from saved")).to_be_visible()
    page.keyboard.press("m")
    expect(button(page, "Mark as unread")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Post 0")).to_be_focused()

    # Sources, search, me and the settings.
    go(page, "s", "/sources/")
    press(page, page.get_by_role("link", name="Another Blog").first)
    press(page, button(page, "Follow Another Blog"))
    expect(button(page, "Unfollow Another Blog")).to_be_visible()
    assert Follow.objects.filter(user=ada).count() == 2
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("chinchilla")
    page.keyboard.press("Enter")
    is_at(page, r"/search/\?q=chinchilla")
    page.locator("#q").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("link", name="Compute-Optimal")).to_be_focused()
    go(page, "m", "/me/")
    press(page, page.get_by_role("link", name="Ada, your settings"))
    is_at(page, "/accounts/settings/")
    press(page, page.get_by_label("Use single keys as shortcuts"), "Space")
    press(page, button(page, "Save the settings"))
    expect(page.get_by_text("Your settings are saved.")).to_be_visible()
    expect(page.locator("html[data-keys]")).to_have_count(0)
    assert ReadState.objects.get(entry=Entry.objects.get(title=ATTENTION)).stage == "read"


def press(page: Page, thing: Locator, key: str = "Enter") -> None:
    """By Tab to where it is, as somebody without a mouse goes; what cannot be reached so, fails."""
    expect(thing).to_be_visible()
    page.wait_for_load_state()
    found = thing.element_handle()  # looked for once: to look for what is called so costs more than to press a key
    for _ in range(150):
        page.keyboard.press("Tab")
        if found.evaluate("found => found === document.activeElement"):
            return page.keyboard.press(key)
    pytest.fail(f"Tab never reaches {thing}")


def go(page: Page, letter: str, address: str) -> None:
    page.keyboard.type(f"g{letter}")
    is_at(page, address)
