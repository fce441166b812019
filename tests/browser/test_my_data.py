"""A reader takes everything along, brings it in again and leaves for good, in Chromium."""

from pathlib import Path
from typing import TYPE_CHECKING

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import stages
from readinglist.reading.models import Note, ReadState
from tests.browser.axe import found_by_axe
from tests.fixtures.cast import PASSWORD, make_person, signed_in
from tests.fixtures.works import make_entry
from tests.operations.takeout import NOW, without

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer


def look_at(page: "Page", name: str) -> None:
    """Whole in both themes, and no wider than a phone."""
    page.emulate_media(color_scheme="light")
    assert found_by_axe(page) == ""
    page.emulate_media(color_scheme="dark")
    assert found_by_axe(page, colours_alone=True) == ""
    page.set_viewport_size({"width": 360, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
    page.set_viewport_size({"width": 1280, "height": 800})


def test_a_reader_takes_everything_along_and_leaves(page: "Page", live_server: "LiveServer", tmp_path: Path) -> None:
    ada = make_person("ada@example.org", "Ada Reader")
    work, other = make_entry("ZeRO: Memory Optimizations Toward Training Trillion Parameter Models"), make_entry()
    for entry in (work, other):
        stages.finish(entry, user=ada, now=NOW)
    Note.objects.create(author=ada, entry=work, text="Shared", is_shared=True, created_at=NOW, updated_at=NOW)
    session = signed_in(ada).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    page.goto("/me/data/")
    page.get_by_role("link", name="Show that it is you").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Download everything").wait_for()
    look_at(page, "the data")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything").click()
    path = tmp_path / "readinglist.zip"
    download.value.save_as(path)

    without(ada)
    Entry.objects.filter(pk=other.pk).update(status="draft")
    User.objects.filter(pk=ada.pk).update(zone="Asia/Tokyo")
    page.get_by_label("The zip file").set_input_files(path)
    page.get_by_role("button", name="Look at what it would bring").click()
    page.get_by_role("heading", name="What the file would bring").wait_for()
    look_at(page, "the preview")
    page.get_by_role("button", name="Bring it in").click()
    page.get_by_role("heading", name="What the file brought").wait_for()
    look_at(page, "the report")
    assert ReadState.objects.get().entry == work

    page.goto("/me/delete/")
    look_at(page, "the end")
    page.get_by_label("Your e-mail address").fill("ada@example.org")
    page.get_by_role("button", name="Delete my account for good").click()
    page.get_by_role("heading", name="Your account is deleted").wait_for()
    look_at(page, "the goodbye")
    assert not User.objects.exists()
    assert Note.objects.get().author is None
