"""Passkeys in Chromium, with an authenticator that exists in the browser alone; and the pages of second factors."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import User
from tests.browser.axe import found_by_axe
from tests.fixtures.cast import PASSWORD, make_person, signed_in
from tests.fixtures.codes import code_of, give_app, give_passkey

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page
    from pytest_django.live_server_helper import LiveServer

SECURITY = "/accounts/security/"


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_person("ada@example.org", "Ada Reader")


@pytest.fixture
def complaints(page: "Page") -> Iterator[list[str]]:
    """What the console said on the way; nothing, at the end."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    assert heard == []


@pytest.fixture
def authenticator(page: "Page") -> "CDPSession":
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


def sign_in(page: "Page") -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: "Page") -> None:
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    page.get_by_text("You are signed out.").wait_for()


def test_a_passkey_is_made_and_signs_in_with_and_without_the_password(
    page: "Page", authenticator: "CDPSession", complaints: list[str], ada: User
) -> None:
    sign_in(page)
    page.goto(SECURITY)
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them as a text").click()
    codes = download.value.path().read_text().splitlines()[2:]
    assert codes == page.locator(".codes li").all_inner_texts()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_text("Phone", exact=True).wait_for()
    stored = Authenticator.objects.get(user=ada, type="webauthn")
    assert set(stored.data["credential"]["response"]) == {"clientDataJSON", "attestationObject"}

    sign_out(page)
    page.goto("/accounts/login/?next=/entries/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/entries/")

    sign_out(page)
    sign_in(page)
    page.get_by_role("heading", name="One more step").wait_for()
    page.get_by_role("button", name="Use the passkey").click()
    page.wait_for_url(lambda address: "/accounts/login" not in address)

    page.goto(f"/accounts/security/passkeys/{stored.pk}/remove/")
    page.get_by_role("link", name="By passkey instead").click()
    page.get_by_role("button", name="Use the passkey").click()
    page.get_by_role("button", name="Yes, remove it").click()
    page.get_by_text("Your passkey is removed.").wait_for()
    assert not Authenticator.objects.exists()

    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("This passkey is not known here. Sign in with your password.").wait_for()


def test_who_changes_their_mind_is_told_and_may_press_again(
    page: "Page", authenticator: "CDPSession", complaints: list[str], ada: User
) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()  # and the phone has none
    page.get_by_text("No passkey was used. Try again, or choose another way.").wait_for()
    assert page.get_by_role("button", name="Sign in with a passkey").is_enabled()


def test_elsewhere_than_at_the_sites_name_no_passkey_is_offered(page: "Page", live_server: "LiveServer") -> None:
    page.goto(f"{live_server.url.replace('localhost', '127.0.0.1')}/accounts/login/")
    page.get_by_label("E-mail").wait_for()
    assert page.get_by_role("button", name="Sign in with a passkey").count() == 0


def test_without_javascript_password_and_code_let_in(browser: "Browser", live_server: "LiveServer", ada: User) -> None:
    give_app(ada)
    give_passkey(ada)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.set_default_timeout(10_000)
    page = context.new_page()
    sign_in(page)
    page.get_by_text("This browser cannot use a passkey: it takes JavaScript").wait_for()
    assert page.get_by_role("button", name="Use the passkey").count() == 0
    page.get_by_label("Code").fill(code_of())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Sign out").wait_for()
    context.close()


def test_axe_finds_nothing_on_the_pages_of_signing_in(page: "Page", ada: User, live_server: "LiveServer") -> None:
    client = signed_in(ada)
    client.post("/accounts/confirm/", {"password": PASSWORD})
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    def look(address: str) -> None:
        page.goto(address)
        assert found_by_axe(page) == "", address
        page.emulate_media(color_scheme="dark")
        assert found_by_axe(page, colours_alone=True) == "", f"{address} in the dark"
        page.emulate_media(color_scheme="light")
        for width in (360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} at {width} px"

    look(reverse("mfa_activate_totp"))
    give_app(ada)
    give_passkey(ada)
    look(SECURITY)
    page.context.clear_cookies()
    sign_in(page)
    look(reverse("mfa_authenticate"))
