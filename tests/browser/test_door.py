"""The door in Chromium: signing up, and signing in by another account, under the policy and without JavaScript."""

import re

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import SignInLink, User
from tests.browser.axe import found_by_axe, too_wide
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import PASSWORD
from tests.fixtures.oidc import Provider


@pytest.fixture
def site(page: Page, settings: Settings) -> str:
    """Where anybody may sign up."""
    page.goto("/accounts/login/")
    settings.SITE_URL, settings.SIGNUP = page.url.removesuffix("/accounts/login/"), "open"
    return str(settings.SITE_URL)


def looks_well(page: Page) -> None:
    assert found_by_axe(page) == ""
    assert too_wide(page) == []


def test_the_first_admins_form_looks_well(page: Page, transactional_db: None) -> None:
    _link, token = SignInLink.make(None, now=timezone.now())
    page.goto(f"/accounts/link/{token}/")
    page.get_by_role("button", name="Begin").click()
    looks_well(page)


def test_a_stranger_signs_up_changes_their_address_and_connects_the_company(
    page: Page, provider: Provider, site: str, complaints: list[str]
) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("E-mail").fill("ida@example.org")
    looks_well(page)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(link_in(mail.outbox[0].body))
    page.get_by_label("Name").fill("Ida Newcomer")
    page.get_by_label("Password").fill(PASSWORD)
    looks_well(page)
    page.get_by_role("button", name="Begin").click()
    expect(page).to_have_url(re.compile("/welcome/zone/$"))

    page.goto("/accounts/security/")
    page.get_by_role("link", name="Change your address").click()
    page.get_by_label("New address").fill("new@example.org")
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("A link is on its way to new@example.org")).to_be_visible()
    page.goto(link_in(mail.outbox[1].body))
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_text("Your address is new@example.org now")).to_be_visible()
    assert User.objects.get().email == "new@example.org"

    page.get_by_role("button", name="Connect the company").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Disconnect the company")).to_be_visible()
    looks_well(page)
    went_nowhere_but_to(provider, complaints)


def went_nowhere_but_to(provider: Provider, complaints: list[str]) -> None:
    assert all(complaint.startswith(provider.issuer) for complaint in complaints)
    complaints.clear()


def link_in(text: object) -> str:
    (link,) = re.findall(r"http\S+", str(text))
    return str(link)


def test_another_account_signs_in_under_the_policy_without_scripts(
    open_window: OpenWindow, provider: Provider, site: str, complaints: list[str]
) -> None:
    """The policy lets forms lead to this site alone, and Chromium holds redirects after a form to it too."""
    page = open_window(java_script_enabled=False)
    page.goto("/accounts/login/?next=/accounts/settings/")
    page.get_by_role("button", name="Sign in with the company").click()
    expect(page).to_have_url(re.compile("/accounts/settings/$"))
    expect(page.get_by_label("Name")).to_have_value("Ida Newcomer")
    went_nowhere_but_to(provider, complaints)
