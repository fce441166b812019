"""An admin invites somebody, who comes by the link that was handed over, in Chromium on a phone."""

import re

from playwright.sync_api import expect
from pytest_django import Settings

from accounts.models import User
from tests.browser.axe import found_by_axe, too_wide
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import PASSWORD, make_person

PHONE = {"width": 360, "height": 740}


def test_an_admin_invites_and_hands_over_a_link_that_lets_somebody_in(
    open_window: OpenWindow, transactional_db: None, settings: Settings
) -> None:
    dana = make_person("dana@example.org", "Dana Admin", role="admin")
    page = open_window(dana, viewport=PHONE)
    page.goto("/people/")
    settings.SITE_URL = page.url.removesuffix("/people/")
    page.get_by_label("Addresses").fill("nonsense, new@example.org")
    page.get_by_role("button", name="Send the invitations").click()
    expect(page.get_by_text("1 invitation is on its way.")).to_be_visible()
    assert found_by_axe(page) == ""
    page.goto("/people/invitations/")
    page.get_by_role("button", name="Make a link to copy · new@example.org").click()
    expect(page.get_by_label("The link")).to_have_value(re.compile(r"^http\S+$"))
    assert found_by_axe(page) == ""
    assert too_wide(page) == []

    guest = open_window(viewport=PHONE)
    guest.goto(page.get_by_label("The link").input_value())
    expect(guest).to_have_url(re.compile("/accounts/join/$"))
    guest.get_by_label("Name").fill("Eve Newcomer")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Join and begin").click()
    expect(guest).to_have_url(re.compile("/welcome/zone/$"))
    assert User.objects.get(email="new@example.org").name == "Eve Newcomer"
