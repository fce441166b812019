"""Passkeys in Chromium, with an authenticator that exists in the browser alone; and the pages of second factors."""

import re

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import CDPSession, Page, expect

from accounts.models import User
from tests.browser.axe import found_by_axe, too_wide
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import PASSWORD, make_person
from tests.fixtures.codes import code_of, give_app, give_passkey

SECURITY = "/accounts/security/"


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_person("ada@example.org", "Ada Reader")


@pytest.fixture
def authenticator(page: Page) -> CDPSession:
    """A phone, as it were: it keeps passkeys, and its owner is always there."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    phone = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": phone})
    return session


def sign_in(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_a_passkey_is_made_and_signs_in_with_and_without_the_password(
    page: Page, authenticator: CDPSession, ada: User
) -> None:
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).not_to_have_url(re.compile("/accounts/login/"))
    page.goto(SECURITY)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them as a text").click()
    codes = download.value.path().read_text().splitlines()[2:]
    expect(page.locator(".codes li")).to_have_text(codes)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Phone", exact=True)).to_be_visible()
    assert found_by_axe(page) == ""
    stored = Authenticator.objects.get(user=ada, type="webauthn")
    assert set(stored.data["credential"]["response"]) == {"clientDataJSON", "attestationObject"}

    sign_out(page)
    page.goto("/accounts/login/?next=/entries/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page).to_have_url(re.compile("/entries/$"))

    sign_out(page)
    sign_in(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    assert found_by_axe(page) == ""
    assert too_wide(page) == []
    page.get_by_role("button", name="Use the passkey").click()
    expect(page).not_to_have_url(re.compile("/accounts/login"))

    page.goto(f"/accounts/security/passkeys/{stored.pk}/remove/")
    page.get_by_role("link", name="By passkey instead").click()
    page.get_by_role("button", name="Use the passkey").click()
    page.get_by_role("button", name="Yes, remove it").click()
    expect(page.get_by_text("Your passkey is removed.")).to_be_visible()
    assert not Authenticator.objects.exists()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("This passkey is not known here. Sign in with your password.")).to_be_visible()


def test_who_changes_their_mind_is_told_and_may_press_again_and_elsewhere_no_passkey_is_offered(
    page: Page, authenticator: CDPSession, ada: User, complaints: list[str]
) -> None:
    offer = page.get_by_role("button", name="Sign in with a passkey")
    page.goto("/accounts/login/")
    offer.click()  # and the phone has none
    expect(page.get_by_text("No passkey was used. Try again, or choose another way.")).to_be_visible()
    expect(offer).to_be_enabled()

    # A passkey belongs to the site's name, and not to its number.
    page.goto(page.url.replace("localhost", "127.0.0.1"))
    expect(page.get_by_label("E-mail")).to_be_visible()
    expect(offer).to_have_count(0)
    assert all("//127.0.0.1:" in complaint for complaint in complaints)
    complaints.clear()


def test_without_javascript_password_and_code_let_in(open_window: OpenWindow, ada: User) -> None:
    give_app(ada)
    give_passkey(ada)
    page = open_window(java_script_enabled=False)
    sign_in(page)
    expect(page.get_by_text("This browser cannot use a passkey: it takes JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Use the passkey")).to_have_count(0)
    page.get_by_label("Code").fill(code_of())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out").first).to_be_visible()
