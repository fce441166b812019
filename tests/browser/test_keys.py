"""Keys on every page: the list of them, and going from room to room."""

from typing import TYPE_CHECKING

import pytest

from accounts.models import User
from tests.fixtures.cast import make_person, signed_in

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def ada(page: "Page", live_server: "LiveServer", transactional_db: None) -> User:
    user = make_person("ada@example.org", "Ada Reader")
    session = signed_in(user).cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    return user


def test_a_reader_lists_the_keys_goes_by_them_and_can_be_rid_of_them(page: "Page", ada: User) -> None:
    page.goto("/")
    page.get_by_role("link", name="Canon").focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    dialog.wait_for()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    page.keyboard.press("g")
    page.keyboard.press("i")
    assert page.url.endswith("/")  # what lies under the list is not meant
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert page.evaluate("document.activeElement.textContent") == "Canon"
    page.keyboard.press("?")
    page.get_by_role("button", name="Close").click()
    dialog.wait_for(state="hidden")

    for letter, address in {"i": "**/inbox/", "s": "**/sources/", "c": "**/canon/", "n": "**/"}.items():
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.wait_for_url(address)
    page.get_by_role("searchbox").fill("gi?")
    assert page.get_by_role("searchbox").input_value() == "gi?"

    page.route("**/keys/", lambda route: route.abort() if route.request.resource_type == "fetch" else route.continue_())
    page.get_by_role("link", name="Keys").click()
    page.get_by_role("heading", name="Keys", level=1).wait_for()  # without the dialog there is the page

    User.objects.filter(pk=ada.pk).update(uses_keys=False)
    page.goto("/canon/")
    page.keyboard.press("g")
    page.keyboard.press("i")
    page.keyboard.press("?")
    assert page.url.endswith("/canon/")
    assert not dialog.is_visible()
