"""Finding the feeds of a page in Chromium, from the curators' home to the page of the feed that was added."""

from typing import TYPE_CHECKING

import pytest

from readinglist.catalog.models import Feed
from tests.browser.axe import found_by_axe
from tests.browser.test_admin_pages import WIDTHS, desk_of
from tests.feeds.making import rss
from tests.fixtures.cast import make_person
from tests.fixtures.far import Far
from tests.fixtures.posts import make_feed, make_source

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from pytest_django.live_server_helper import LiveServer


@pytest.mark.usefixtures("transactional_db")
def test_a_curator_finds_a_feed_and_adds_it(browser: "Browser", live_server: "LiveServer", far: Far) -> None:
    links = "".join(f"<link rel=feed href=/{name}.xml>" for name in ("posts", "notes", "here"))
    site = far.serve("/blog/", f"<!doctype html><title>A site</title>{links}", content_type="text/html")
    far.serve("/posts.xml", rss(*(f"{number} of a rather long title, as they are" for number in range(30))))
    far.serve("/notes.xml", rss())
    make_feed(make_source("Here already"), url=far.serve("/here.xml", rss("h")))
    complaints: list[str] = []
    page = desk_of(make_person("cleo@example.org", "Cleo Curator", role="curator"), browser, live_server, complaints)

    page.goto("/curation/")
    page.get_by_role("link", name="Find feeds of a page").click()
    page.get_by_label("Address of a site, a page or a feed").fill(site.removeprefix("http://"))
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Feeds 3").wait_for()

    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        assert found_by_axe(page, besides=("best-practice",), colours_alone=theme == "dark") == ""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    form = page.get_by_role("form", name="Add A blog").first
    form.get_by_label("Name if new").fill("The blog")
    form.get_by_role("button", name="Add").click()
    page.get_by_text("“The blog” and its feed are added.").wait_for()
    feed = Feed.objects.get(url=far.url("/posts.xml"))
    assert page.url.endswith(f"/curation/feeds/{feed.pk}/")
    assert complaints == []
    page.context.close()
