"""A reader takes everything along, brings it in again and leaves for good, in Chromium."""

from pathlib import Path

from playwright.sync_api import Page, expect

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import stages
from readinglist.reading.models import Note, ReadState
from tests.browser.axe import found_by_axe, too_wide
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import PASSWORD, make_person
from tests.fixtures.works import make_entry
from tests.operations.takeout import NOW, without


def looks_well(page: Page) -> None:
    assert found_by_axe(page) == ""
    assert too_wide(page) == []


def test_a_reader_takes_everything_along_and_leaves(
    open_window: OpenWindow, transactional_db: None, tmp_path: Path
) -> None:
    ada = make_person("ada@example.org", "Ada Reader")
    work, other = make_entry("ZeRO: Memory Optimizations Toward Training Trillion Parameter Models"), make_entry()
    for entry in (work, other):
        stages.finish(entry, user=ada, now=NOW)
    Note.objects.create(author=ada, entry=work, text="Shared", is_shared=True, created_at=NOW, updated_at=NOW)
    page = open_window(ada)

    page.goto("/me/data/")
    page.get_by_role("link", name="Show that it is you").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Download everything")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download everything").click()
    path = tmp_path / "readinglist.zip"
    download.value.save_as(path)

    without(ada)
    Entry.objects.filter(pk=other.pk).update(status="draft")
    User.objects.filter(pk=ada.pk).update(zone="Asia/Tokyo")
    page.get_by_label("The zip file").set_input_files(path)
    page.get_by_role("button", name="Look at what it would bring").click()
    expect(page.get_by_role("heading", name="What the file would bring")).to_be_visible()
    looks_well(page)
    page.get_by_role("button", name="Bring it in").click()
    expect(page.get_by_role("heading", name="What the file brought")).to_be_visible()
    looks_well(page)
    assert ReadState.objects.get().entry == work

    page.goto("/me/delete/")
    page.get_by_label("Your e-mail address").fill("ada@example.org")
    page.get_by_role("button", name="Delete my account for good").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    looks_well(page)
    assert not User.objects.exists()
    assert Note.objects.get().author is None
