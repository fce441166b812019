"""The door in Chromium: signing up, and signing in by another account, under the policy and without JavaScript."""

import re
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from pytest_django import Settings

from accounts.models import User
from tests.browser.axe import found_by_axe
from tests.fixtures.cast import PASSWORD
from tests.fixtures.oidc import Provider

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def site(live_server: "LiveServer", settings: Settings) -> str:
    settings.SITE_URL, settings.SIGNUP = live_server.url, "open"
    return str(live_server.url)


def looks_well(page: "Page") -> None:
    """On a phone, in either theme."""
    assert found_by_axe(page) == ""
    page.emulate_media(color_scheme="dark")
    assert found_by_axe(page, colours_alone=True) == ""
    page.emulate_media(color_scheme="light")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_a_stranger_signs_up_changes_their_address_and_connects_the_company(
    page: "Page", provider: Provider, site: str
) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail").fill("ida@example.org")
    looks_well(page)
    page.get_by_role("button", name="Send the link").click()
    page.get_by_role("heading", name="Check your mail").wait_for()
    page.goto(link_in(mail.outbox[0].body))
    page.get_by_label("Name").fill("Ida Newcomer")
    page.get_by_label("Password").fill(PASSWORD)
    looks_well(page)
    page.get_by_role("button", name="Begin").click()
    page.wait_for_url(lambda url: "/signup/" not in url)

    page.goto("/accounts/security/")
    page.get_by_role("link", name="Change your address").click()
    page.get_by_label("New address").fill("new@example.org")
    page.get_by_label("Your password").fill(PASSWORD)
    looks_well(page)
    page.get_by_role("button", name="Send the link").click()
    page.get_by_text("A link is on its way to new@example.org").wait_for()
    page.goto(link_in(mail.outbox[1].body))
    page.get_by_role("button", name="Use this address").click()
    page.get_by_text("Your address is new@example.org now").wait_for()
    assert User.objects.get().email == "new@example.org"

    page.get_by_role("button", name="Connect the company").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Disconnect the company").wait_for()
    looks_well(page)
    assert said == []


def link_in(text: object) -> str:
    (link,) = re.findall(r"http\S+", str(text))
    return str(link)


def test_another_account_signs_in_under_the_policy_without_scripts(
    browser: "Browser", provider: Provider, site: str, transactional_db: None
) -> None:
    """The policy lets forms lead to this site alone, and Chromium holds redirects after a form to it too."""
    context = browser.new_context(base_url=site, java_script_enabled=False)
    page = context.new_page()
    page.goto("/accounts/login/?next=/accounts/settings/")
    page.get_by_role("button", name="Sign in with the company").click()
    page.wait_for_url("**/accounts/settings/")
    assert page.get_by_label("Name").input_value() == "Ida Newcomer"
    context.close()
