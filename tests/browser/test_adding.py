"""The bookmark that brings a page here, pressed in Chromium on a page of somebody else."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.utils.html import escape
from pytest_django.fixtures import Settings

from accounts.models import User
from readinglist.catalog.models import Identifier
from readinglist.reading.models import ReadState
from tests.browser.axe import found_by_axe, too_wide
from tests.fixtures.cast import make_person, signed_in
from tests.fixtures.far import Far
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

ELSEWHERE = """<!doctype html><meta charset="utf-8"><title>A “paper” & 100 % more</title>
<p id="words">It is whole, and it says why.</p><a id="bookmark" href="{bookmark}">The bar of bookmarks</a>"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_person("ada@example.org", "Ada Reader")


@pytest.fixture
def desk(browser: "Browser", live_server: "LiveServer", settings: Settings, ada: User) -> Iterator["Page"]:
    """Ada's browser on an instance that knows where it is; pages of elsewhere may be opened in it."""
    settings.SITE_URL = live_server.url
    context = browser.new_context(base_url=live_server.url, locale="en-GB")
    session = signed_in(ada).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    yield context.new_page()
    context.close()


def bookmark_of(desk: "Page") -> str:
    """As the browser would keep it."""
    desk.goto("/add/")
    return str(desk.locator("[data-bookmarklet]").get_attribute("href"))


def pressed_on(desk: "Page", address: str) -> "Page":
    """What opens, with the words of that page selected."""
    desk.goto(address)
    desk.evaluate("getSelection().selectAllChildren(document.getElementById('words'))")
    with desk.expect_popup() as opened:
        desk.locator("#bookmark").press("Enter")
    return opened.value


def test_the_bookmark_brings_a_page_of_elsewhere_with_its_title_and_what_is_selected(
    desk: "Page", far_forbidden: Far
) -> None:
    from playwright.sync_api import expect

    elsewhere = ELSEWHERE.format(bookmark=escape(bookmark_of(desk)))
    paper, other = (far_forbidden.serve(path, elsewhere, content_type="text/html") for path in ("/paper", "/other"))
    entry = make_entry("The paper")
    Identifier.objects.create(entry=entry, key=paper.replace("http:", "url:https:"))
    make_post(make_feed(make_source("The Blog", url=paper)), "A long title of a post, " * 9, url=paper)

    known = pressed_on(desk, f"{paper}#top")
    expect(known.get_by_role("heading", name="In the catalogue")).to_be_visible()
    expect(known.get_by_text("A “paper” & 100 % more")).to_be_visible()
    expect(known.get_by_role("button", name="Follow The Blog")).to_be_visible()
    assert found_by_axe(known) == ""
    assert too_wide(known) == []
    known.get_by_role("button", name="Queue it: The paper").click()
    expect(known.get_by_text("queued", exact=True)).to_be_visible()
    assert ReadState.objects.get().entry == entry

    unknown = pressed_on(desk, other)
    expect(unknown.get_by_text("is no public address of the Internet")).to_be_visible()
    expect(unknown.get_by_role("textbox", name="Address, arXiv id, DOI or ISBN")).to_have_value(other)
    expect(unknown.locator("form input[name=text]")).to_have_value("It is whole, and it says why.")
    expect(unknown.locator("form input[name=title]")).to_have_value("A “paper” & 100 % more")


def test_pressed_on_its_own_page_it_says_where_it_belongs_and_the_policy_is_not_troubled(desk: "Page") -> None:
    from playwright.sync_api import expect

    complaints: list[str] = []
    desk.on("console", lambda message: complaints.append(message.text))
    desk.goto("/add/")
    desk.get_by_role("link", name="Add to Readinglist").click()
    expect(desk.get_by_text("It works from the bar of bookmarks")).to_be_visible()
    desk.get_by_text("Without dragging").click()
    expect(desk.get_by_text("Make a bookmark of any page")).to_be_visible()
    assert found_by_axe(desk) == ""
    assert too_wide(desk) == []
    assert complaints == []
