"""Finding the feeds of a page in Chromium, from the curators' home to the page of the feed that was added."""

from playwright.sync_api import expect

from readinglist.catalog.models import Feed
from tests.browser.axe import found_by_axe, too_wide
from tests.feeds.making import rss
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person
from tests.fixtures.far import Far
from tests.fixtures.posts import make_feed, make_source


def test_a_curator_finds_a_feed_and_adds_it(open_window: OpenWindow, transactional_db: None, far: Far) -> None:
    links = "".join(f"<link rel=feed href=/{name}.xml>" for name in ("posts", "notes", "here"))
    site = far.serve("/blog/", f"<!doctype html><title>A site</title>{links}", content_type="text/html")
    far.serve("/posts.xml", rss(*(f"{number} of a rather long title, as they are" for number in range(30))))
    far.serve("/notes.xml", rss())
    make_feed(make_source("Here already"), url=far.serve("/here.xml", rss("h")))
    page = open_window(make_person("cleo@example.org", "Cleo Curator", role="curator"))

    page.goto("/curation/")
    page.get_by_role("link", name="Find feeds of a page").click()
    page.get_by_label("Address of a site, a page or a feed").fill(site.removeprefix("http://"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Feeds 3")).to_be_visible()
    assert found_by_axe(page, besides=("best-practice",)) == ""
    assert too_wide(page) == []

    form = page.get_by_role("form", name="Add A blog").first
    form.get_by_label("Name if new").fill("The blog")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_text("“The blog” and its feed are added.")).to_be_visible()
    feed = Feed.objects.get(url=far.url("/posts.xml"))
    assert page.url.endswith(f"/curation/feeds/{feed.pk}/")
