"""Search in Chromium: results while one types, by keyboard, and whole without JavaScript."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from feeds.indexing import index_posts
from readinglist.reading import stages
from readinglist.reading.models import Note
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry


@pytest.fixture
def ada(transactional_db: None) -> User:
    """A reader in a catalogue with something of each type about kernels."""
    user, now = make_person("ada@example.org", "Ada Reader"), timezone.now()
    work = make_entry("Kernels fusion", authors=["Tri Dao"])
    stages.queue(work, user=user, now=now)
    blog = make_source("Kernels weekly", slug="weekly")
    make_post(make_feed(blog), "On kernels", body="<p>Fast kernels</p>")
    Note.objects.create(author=user, entry=work, text="About kernels", created_at=now, updated_at=now)
    index_posts(batches=1)
    return user


def test_results_come_while_one_types_and_are_reached_by_keyboard_alone(open_window: OpenWindow, ada: User) -> None:
    desk = open_window(ada, viewport={"width": 1280, "height": 800})
    box = desk.locator("#q")
    desk.goto("/canon/")
    desk.goto("/search/")
    expect(box).to_be_focused()
    before = desk.evaluate("history.length")
    desk.keyboard.type("kern")
    expect(desk.get_by_role("heading", name="Works")).to_be_visible()
    expect(desk.locator("#said")).to_have_text("1 work, 1 source, 1 post and 1 note found.")
    expect(box).to_be_focused()
    desk.keyboard.type("els type:post")
    expect(desk.get_by_role("link", name="Posts only")).to_be_visible()
    expect(desk.get_by_role("heading", name="Works")).to_have_count(0)
    expect(desk).to_have_url(re.compile(r"/search/\?q=kernels(\+|%20)type%3Apost$"))
    expect(desk).to_have_title("kernels type:post · Search · Readinglist")
    assert desk.evaluate("history.length") == before
    desk.reload()
    expect(box).to_have_value("kernels type:post")
    desk.get_by_role("link", name="Posts only").click()
    expect(desk.get_by_role("heading", name="Notes")).to_be_visible()
    desk.wait_for_load_state()

    work, source = (desk.get_by_role("link", name=name, exact=True) for name in ("Kernels fusion", "Kernels weekly"))
    desk.keyboard.press("/")
    expect(box).to_be_focused()
    for key, reached in (("ArrowDown", work), ("j", source), ("k", work), ("ArrowUp", box), ("ArrowDown", work)):
        desk.keyboard.press(key)
        expect(reached.first).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile("/entries/kernels-fusion/$"))


def test_search_is_whole_without_javascript(open_window: OpenWindow, ada: User) -> None:
    page = open_window(ada, java_script_enabled=False)
    page.goto("/search/")
    page.locator("#q").fill("kernels type:work")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="Works")).to_be_visible()
    page.get_by_role("link", name="Works only").click()
    expect(page.get_by_role("heading", name="Posts")).to_be_visible()
    page.get_by_role("button", name="Mark as read: Kernels fusion").click()
    expect(page.get_by_role("button", name="Read: Kernels fusion")).to_be_visible()
    expect(page.locator("#q")).to_have_value("kernels")
