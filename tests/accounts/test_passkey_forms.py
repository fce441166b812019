"""Passkeys, as far as no browser is needed: where they work, whose they are, and hostile answers."""

import json
from html import unescape
from typing import Any

import pytest
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts import factors, passkeys
from accounts.forms import security as forms
from accounts.models import User
from tests.fixtures.cast import PASSWORD
from tests.fixtures.codes import give_passkey
from tests.fixtures.effort import examples

pytestmark = pytest.mark.django_db
SECURITY = "/accounts/security/"


def confirm(client: Client) -> None:
    """Proves by the password who is there, as is asked for before something that matters."""
    assert client.post("/accounts/confirm/", {"password": PASSWORD}).status_code == 302


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


@pytest.mark.parametrize(
    ("site", "host", "told"),
    [
        ("https://reading.example.org", "reading.example.org", ""),
        ("http://localhost:8000", "localhost:8000", ""),
        ("http://localhost:8000", "127.0.0.1:8000", "work at http://localhost:8000 alone"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "need a name"),
        ("https://[fd00::1]", "[fd00::1]", "need a name"),
        ("http://reading.example.org", "reading.example.org", "need https"),
    ],
)
def test_where_passkeys_cannot_work_the_page_says_so(settings: Settings, site: str, host: str, told: str) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = site, ["*"]
    request = RequestFactory().get("/", headers={"host": host})
    assert told in passkeys.trouble(request)
    assert bool(passkeys.trouble(request)) == bool(told)


def test_others_passkeys_are_not_there(reader_client: Client, teammate: User) -> None:
    theirs = give_passkey(teammate)
    confirm(reader_client)
    for page in (f"/accounts/security/passkeys/{theirs.pk}/", f"/accounts/security/passkeys/{theirs.pk}/remove/"):
        assert reader_client.get(page).status_code == 404
        assert reader_client.post(page, {"name": "Mine"}).status_code == 404
    theirs.refresh_from_db()
    assert str(theirs) == "Phone"


def test_a_passkey_is_renamed_and_removed(reader_client: Client, reader: User) -> None:
    page = f"/accounts/security/passkeys/{give_passkey(reader).pk}/"
    confirm(reader_client)
    assert "at most 60 characters" in text_of(reader_client.post(page, {"name": "x" * 61}))
    reader_client.post(page, {"name": "Blue key"})
    assert "Blue key" in text_of(reader_client.get(SECURITY))
    assert reader_client.delete(f"{page}remove/").status_code == 405
    assert "Remove “Blue key”?" in text_of(reader_client.get(f"{page}remove/"))
    assert reader_client.post(f"{page}remove/")["Location"] == SECURITY
    assert not Authenticator.objects.exists()
    assert mail.outbox[-1].subject == "A passkey was removed"


def test_the_last_passkey_of_who_must_have_one_stays(
    admin_client: Client, admin_user: User, settings: Settings
) -> None:
    settings.REQUIRE_MFA = frozenset({"admin"})
    page = f"/accounts/security/passkeys/{give_passkey(admin_user).pk}/remove/"
    confirm(admin_client)
    answer = admin_client.post(page)
    assert answer.status_code == 409
    assert "this is your only one. Add another first." in text_of(answer)
    assert factors.has_one(admin_user)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from(["", "AA", "e30", "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0", "\0", "é"]) | JSON
        for name in ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle")
    },
)
CREDENTIALS = st.fixed_dictionaries(
    {}, optional={"id": st.just("AA") | JSON, "rawId": st.just("AA") | JSON, "response": PARTS | JSON, "type": JSON}
)


def test_no_passkey_of_the_wrong_shape_breaks_a_form(reader: User, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = False  # which would look at the first five alone
    challenge = {"challenge": "AAAAAAAAAAAAAAAAAAAAAA", "user_verification": "required"}
    request = RequestFactory().post("/")
    request.session = {"mfa.webauthn.state": challenge}  # type: ignore[assignment] # all that is asked of it
    request.user = reader

    @hypothesis_settings(max_examples=examples(50))
    @given(CREDENTIALS | JSON)
    def check(credential: object) -> None:
        answer = {"credential": json.dumps(credential), "name": "Phone"}
        with request_context(request):
            assert not forms.AddPasskeyForm(answer, user=reader).is_valid()
            assert not forms.SecondFactorPasskeyForm(answer, user=reader).is_valid()  # type: ignore[call-arg] # allauth's
            assert not forms.SignInPasskeyForm(answer).is_valid()

    check()


def test_a_wrong_passkey_is_told_where_it_was_used(reader_client: Client, outsider: Client) -> None:
    confirm(reader_client)
    hostile = {"credential": '{"id": "A", "rawId": "\\u0000", "type": "public-key", "response": []}', "name": "Phone"}
    answer = reader_client.post("/accounts/security/passkeys/add/", hostile, headers={"host": "localhost"})
    assert "The browser's answer cannot be used. Try again." in text_of(answer)
    told = outsider.post("/accounts/login/passkey/", hostile, follow=True)
    assert "This passkey is not known here. Sign in with your password." in text_of(told)


def test_who_only_looks_at_the_door_gets_no_session(outsider: Client) -> None:
    outsider.get(reverse("account_login"))
    assert outsider.get("/accounts/login/passkey/")["Location"] == reverse("account_login")
    assert not Session.objects.exists()
    asked = outsider.post("/accounts/login/passkey/", headers={"X-Requested-With": "XMLHttpRequest"})
    options = asked.json()["request_options"]["publicKey"]
    assert (options["rpId"], options["userVerification"]) == ("localhost", "required")


def test_asking_for_challenges_again_and_again_is_stopped(outsider: Client, settings: Settings) -> None:
    settings.MFA_RATE_LIMITS = {"webauthn_login": "3/m/ip"}
    ask = {"X-Requested-With": "XMLHttpRequest"}
    assert [Client().post("/accounts/login/passkey/", headers=ask).status_code for _ in range(4)] == [200] * 3 + [429]
