"""Search in Chromium: results while one types, by keyboard, and whole without JavaScript."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from accounts.models import User
from feeds.indexing import index_posts
from readinglist.reading import stages
from readinglist.reading.models import Note
from tests.browser.axe import found_by_axe
from tests.fixtures.cast import make_person, signed_in
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

FOUND = "/search/?q=kernels+kind:paper+kind:blog+colour:red+is:+or+kernels"
PAGES = ["/search/", "/search/?q=kernels", FOUND, "/search/?q=zzzz+is:saved", "/search/?q=kernles+fusion"]


@pytest.fixture
def ada(transactional_db: None) -> User:
    """A reader in a catalogue with a long word, and something of each type about kernels."""
    user, now = make_person("ada@example.org", "Ada Reader"), timezone.now()
    work = make_entry("Kernels fusion", authors=["Tri Dao"], description="Kernels " + "W" * 300)
    stages.queue(work, user=user, now=now)
    blog = make_source("Kernels weekly", slug="weekly")
    make_post(make_feed(blog), "On kernels " + "V" * 300, body="<p>Fast kernels</p>")
    Note.objects.create(author=user, entry=work, text="About kernels", created_at=now, updated_at=now)
    index_posts(batches=1)
    return user


@pytest.fixture
def desk(browser: "Browser", live_server: "LiveServer", ada: User) -> Iterator["Page"]:
    """Ada's browser; at the end there must be no complaint, and no other host was asked."""
    complaints: list[str] = []
    context = browser.new_context(base_url=live_server.url, locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    cookie = signed_in(ada).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    own = urlsplit(live_server.url).netloc
    page.on(
        "request",
        lambda asked: complaints.append(asked.url) if urlsplit(asked.url).netloc not in (own, "") else None,
    )
    yield page
    context.close()
    assert complaints == []


def test_results_come_while_one_types_and_the_address_keeps_them(desk: "Page") -> None:
    desk.goto("/canon/")
    before = desk.evaluate("history.length")
    desk.goto("/search/")
    desk.keyboard.type("kern")  # the box has the focus
    desk.get_by_role("heading", name="Works").wait_for()
    assert desk.locator("#said").inner_text() == "1 work, 1 source, 1 post and 1 note found."
    assert desk.evaluate("document.activeElement.id") == "q"
    desk.keyboard.type("els type:post")
    desk.get_by_role("link", name="Posts only").wait_for()
    assert desk.get_by_role("heading", name="Works").count() == 0
    assert desk.url.endswith("/search/?q=kernels+type%3Apost") or desk.url.endswith("/search/?q=kernels%20type%3Apost")
    assert desk.title() == "kernels type:post · Search · Readinglist"
    assert desk.evaluate("history.length") == before + 1
    desk.reload()
    assert desk.locator("#q").input_value() == "kernels type:post"
    desk.get_by_role("link", name="Posts only").click()
    desk.get_by_role("heading", name="Notes").wait_for()


def test_hits_are_reached_by_keyboard_alone(desk: "Page") -> None:
    desk.goto("/search/?q=kernels")
    desk.keyboard.press("/")
    assert desk.evaluate("document.activeElement.id") == "q"
    desk.keyboard.press("ArrowDown")
    assert desk.evaluate("document.activeElement.textContent") == "Kernels fusion"
    desk.keyboard.press("j")
    assert desk.evaluate("document.activeElement.textContent") == "Kernels weekly"
    desk.keyboard.press("k")
    desk.keyboard.press("ArrowUp")
    assert desk.evaluate("document.activeElement.id") == "q"
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/entries/kernels-fusion/")


def test_axe_finds_nothing_and_no_page_is_wider_than_the_screen(desk: "Page") -> None:
    for address in PAGES:
        desk.emulate_media(color_scheme="light")
        desk.goto(address)
        assert found_by_axe(desk) == ""
        for width in (360, 768, 1280):
            desk.set_viewport_size({"width": width, "height": 800})
            assert desk.evaluate("document.documentElement.scrollWidth") <= width, f"{address} at {width} px"
    desk.emulate_media(color_scheme="dark")
    desk.goto(FOUND)
    assert found_by_axe(desk, colours_alone=True) == ""


def test_search_is_whole_without_javascript(browser: "Browser", live_server: "LiveServer", ada: User) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.set_default_timeout(10_000)
    cookie = signed_in(ada).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.goto("/search/")
    page.locator("#q").fill("kernels type:work")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", name="Works").wait_for()
    page.get_by_role("link", name="Works only").click()
    page.get_by_role("heading", name="Posts").wait_for()
    page.get_by_role("button", name="Mark as read: Kernels fusion").click()
    page.get_by_role("button", name="Read: Kernels fusion").wait_for()
    assert page.locator("#q").input_value() == "kernels"
    context.close()
