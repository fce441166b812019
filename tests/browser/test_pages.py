"""Every page of the reader in Chromium: axe finds nothing, nothing is logged, nothing is fetched from elsewhere."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from accounts.models import SignInLink, User
from readinglist.catalog.models import Category, Entry, Feed, Identifier, ReadingList, Source
from readinglist.reading import stages
from readinglist.reading.models import Note
from tests.browser.axe import found_by_axe
from tests.fixtures.cast import make_person, signed_in
from tests.fixtures.works import add_step, make_entry, make_list

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PAGES = [
    "/",
    "/canon/",
    "/lists/canon/",
    "/lists/long/",
    "/lists/long/?several=1",
    "/categories/training/",
    "/categories/training/?several=all",
    "/landscape/",
    "/entries/",
    "/entries/?kind=book&q=nothing",
    "/entries/attention-is-all-you-need/",
    "/entries/canon-paper-3/",
    "/entries/old-attention/",
    "/sources/",
    "/sources/venue-sc/",
    "/search/",
    "/search/?q=paper",
    "/search/?q=zzzzzz",
    "/me/",
    "/me/history/",
    "/accounts/settings/",
    "/path/",
    "/welcome/zone/",
    "/welcome/budget/",
    "/welcome/follow/",
]


@pytest.fixture
def ada(transactional_db: None, canon: ReadingList) -> User:
    """A reader in the middle of things, in a catalogue that has some of everything."""
    user = make_person("ada@example.org", "Ada Reader")
    works = list(Entry.objects.order_by("pk"))
    category = Category.objects.create(slug="training", name="Training systems")
    source = Source.objects.create(
        slug="venue-sc", name="SC", kind="venue", url="https://example.org/", origin="academic"
    )
    source.categories.add(category)
    Feed.objects.create(source=source, url="https://example.org/a/rather/long/address/of/a/feed.xml")
    for work in works[:6]:
        work.categories.add(category)
        Entry.objects.filter(pk=work.pk).update(
            source=source, origin="industrial", authors=["Ashish Vaswani", "Noam Shazeer"], caution="marketing"
        )
        stages.finish(work, user=user, now=NOW)
    attention = works[0]
    Identifier.objects.create(entry=attention, key="arxiv:1706.03762")
    old = make_entry("Old attention", superseded_by=attention)
    stages.finish(old, user=user, now=NOW)
    stages.set_percent(works[7], 40, user=user, now=NOW)
    stages.skip(works[8], user=user, now=NOW)
    stages.queue(make_entry("Queued work"), user=user, now=NOW)
    Note.objects.create(author=user, entry=attention, text="**Good** and `short`", created_at=NOW, updated_at=NOW)
    add_step(canon, 21, [make_entry("With a companion")], [make_entry("The companion")])
    make_list("long", [[make_entry(f"Long paper {number}")] for number in range(65)])
    return user


@pytest.fixture
def complaints() -> list[str]:
    """What the console said, and which other hosts were asked."""
    return []


@pytest.fixture(params=["light", "dark"])
def desk(
    request: pytest.FixtureRequest, browser: "Browser", live_server: "LiveServer", ada: User, complaints: list[str]
) -> Iterator["Page"]:
    """Ada's browser in either theme; at the end there must be no complaint."""
    context = browser.new_context(base_url=live_server.url, color_scheme=request.param, locale="en-GB")
    context.set_default_timeout(10_000)
    context.add_cookies(
        [{"name": "sessionid", "value": signed_in(ada).cookies["sessionid"].value, "url": live_server.url}]
    )
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


def test_axe_finds_nothing_on_any_page(desk: "Page") -> None:
    # In the dark only the colours are others.
    is_dark = desk.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    for address in PAGES:
        desk.goto(address)
        assert found_by_axe(desk, colours_alone=is_dark) == ""


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/password/reset/", "/accounts/link/unknown/"])
def test_axe_finds_nothing_at_the_door(page: "Page", address: str) -> None:
    page.goto(address)
    assert found_by_axe(page) == ""


def test_axe_finds_nothing_on_the_first_admins_form(page: "Page", transactional_db: None) -> None:
    _link, token = SignInLink.make(None, now=timezone.now())
    page.goto(f"/accounts/link/{token}/")
    page.get_by_role("button", name="Begin").click()
    assert found_by_axe(page) == ""


def test_no_page_is_wider_than_the_screen(page: "Page", ada: User, live_server: "LiveServer") -> None:
    session = signed_in(ada).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    for address in PAGES:
        page.goto(address)
        for width in (360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} at {width} px"
        page.set_viewport_size({"width": 360, "height": 800})
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{address} with text of double size"


def test_the_shelf_is_filled_without_leaving_the_entry(desk: "Page") -> None:
    desk.goto("/entries/canon-paper-7/")
    desk.get_by_role("button", name="Read", exact=True).click()
    desk.get_by_role("button", name="Read", exact=True, pressed=True).wait_for()
    assert desk.locator("#said").inner_text() == "Marked as read."
    assert "/entries/canon-paper-7/" in desk.url
    assert desk.evaluate("document.activeElement.id") == "stage-read"


def test_a_lost_connection_says_so_and_changes_nothing(desk: "Page", complaints: list[str]) -> None:
    desk.goto("/entries/canon-paper-7/")
    desk.route("**/stage/", lambda route: route.abort())
    desk.get_by_role("button", name="Read", exact=True).click()
    desk.get_by_text("That did not arrive.").wait_for()
    assert any("ERR_FAILED" in complaint for complaint in complaints)
    complaints.clear()


def test_several_works_are_queued_and_unqueued_by_keyboard_without_javascript(
    browser: "Browser", live_server: "LiveServer", ada: User
) -> None:
    session = signed_in(ada).cookies["sessionid"].value
    with browser.new_context(base_url=live_server.url, java_script_enabled=False, locale="en-GB") as context:
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.goto("/lists/canon/")
        page.get_by_role("link", name="Mark several").press("Enter")
        for name in ("Canon paper 10", "Canon paper 11"):
            page.get_by_role("checkbox", name=name).press("Space")
        page.get_by_role("button", name="Queue").press("Enter")
        page.get_by_role("status").get_by_text("2 works queued.").wait_for()
        assert page.url.endswith("/lists/canon/")
        page.get_by_role("button", name="Undo").press("Enter")
        page.get_by_role("status").get_by_text("Undone").wait_for()
        assert page.get_by_text("queued").count() == 0


def test_slash_goes_to_the_search_field(desk: "Page") -> None:
    desk.goto("/")
    desk.keyboard.press("/")
    desk.keyboard.type("attention")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/search/?q=attention")


def test_the_focus_can_be_seen_and_the_page_skipped_to(desk: "Page") -> None:
    desk.goto("/canon/")
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.textContent") == "Skip to the page"
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/canon/#main")
