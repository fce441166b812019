"""Keys on every page: the list of them, and going from room to room."""

import re

from playwright.sync_api import Page, expect

from accounts.models import User
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person


def test_a_reader_lists_the_keys_goes_by_them_and_can_be_rid_of_them(
    open_window: OpenWindow, transactional_db: None, complaints: list[str]
) -> None:
    ada = make_person("ada@example.org", "Ada Reader")
    page = open_window(ada)
    page.goto("/")
    canon, dialog = page.get_by_role("link", name="Canon"), page.get_by_role("dialog", name="Keys")
    canon.focus()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    expect(dialog.locator(":focus")).to_have_count(1)
    press(page, "g", "i")  # what lies under the list is not meant
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(canon).to_be_focused()
    page.keyboard.press("?")
    page.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()
    expect(page).to_have_url(re.compile(r":\d+/$"))

    for letter, address in {"i": "/inbox/", "s": "/sources/", "c": "/canon/", "n": "/"}.items():
        press(page, "g", letter)
        expect(page).to_have_url(re.compile(rf":\d+{address}$"))
        page.wait_for_load_state()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("gi?")
    expect(page.get_by_role("searchbox")).to_have_value("gi?")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=gi%3F$"))

    # Without the dialog there is the page.
    page.route("**/keys/", lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_())
    page.get_by_role("link", name="Keys").click()
    expect(page.get_by_role("heading", name="Keys", level=1)).to_be_visible()
    assert all("ERR_FAILED" in complaint for complaint in complaints)
    complaints.clear()

    # Who has switched them off stays where they are: only what is done after that leads on.
    User.objects.filter(pk=ada.pk).update(uses_keys=False)
    page.goto("/canon/")
    press(page, "?", "g", "i")
    page.get_by_role("link", name="Entries").first.click()
    expect(page).to_have_url(re.compile("/entries/$"))
    expect(dialog).to_have_count(0)
    page.go_back()
    expect(page).to_have_url(re.compile("/canon/$"))


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
