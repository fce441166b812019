"""What a provider of accounts may answer: nothing of it breaks anything, and nothing wrong lets anybody in."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from tests.fixtures.oidc import CLIENT, Provider, come_back, connect, is_signed_in, leave, reason_of, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def unlimited(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"provider": "1000/m/ip"}


def test_a_state_is_good_once_and_in_its_own_browser(outsider: Client, provider: Provider, reader: User) -> None:
    connect(reader, provider)
    page = leave(outsider)
    answer = come_back(Client(), page)
    assert (answer.status_code, reason_of(answer)) == (400, "over")
    come_back(outsider, page)
    assert is_signed_in(outsider)
    outsider.post(reverse("account_logout"))
    assert reason_of(come_back(outsider, page)) == "over"
    assert not is_signed_in(outsider)


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=server_error&state=x"])
def test_a_callback_out_of_nowhere_is_told(outsider: Client, provider: Provider, query: str) -> None:
    answer = outsider.get("/accounts/oidc/callback/" + query)
    assert (answer.status_code, reason_of(answer)) == (400, "over")


def test_who_turns_back_at_the_provider_is_at_the_door_again(outsider: Client, provider: Provider) -> None:
    provider.redirects = "denied"
    answer = sign_in(outsider)
    assert answer["Location"] == reverse("account_login")
    assert "You went no further with the company." in outsider.get(answer["Location"]).content.decode()


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "another program": {"aud": "another"},
    "two programs, made for the other": {"aud": [CLIENT, "another"], "azp": "another"},
    "over": {"exp": 1},
    "from the future": {"iat": 4_000_000_000},
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "a nonce that is no text": {"nonce": 5},
    "no end": {"exp": None},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "a name that cannot be kept": {"sub": "a\x00b"},
    "a name without end": {"sub": "x" * 1000},
}


def test_an_id_token_with_something_wrong_lets_nobody_in(
    outsider: Client, provider: Provider, settings: Settings, unlimited: None
) -> None:
    settings.SIGNUP = "open"
    for name, claims in WRONG_CLAIMS.items():
        provider.claims = claims
        answer = sign_in(outsider)
        assert (answer.status_code, reason_of(answer)) == (502, "away"), name
    assert not User.objects.exists()
    provider.claims = {}
    sign_in(outsider)
    assert is_signed_in(outsider), "with nothing wrong it lets in"


@pytest.mark.parametrize(
    ("signs_with", "algorithm"), [("another's", "RS256"), ("its own", "none"), ("its own", "HS256")]
)
def test_an_id_token_that_others_could_have_written_lets_nobody_in(
    outsider: Client, provider: Provider, settings: Settings, signs_with: str, algorithm: str
) -> None:
    settings.SIGNUP = "open"
    provider.signs_with, provider.algorithm = signs_with, algorithm
    assert reason_of(sign_in(outsider)) == "away"
    assert not User.objects.exists()


NONSENSE: dict[str, tuple[int, str, bytes]] = {
    "empty": (200, "application/json", b""),
    "html": (200, "text/html", b"<h1>Down for maintenance</h1>"),
    "a list": (200, "application/json", b"[]"),
    "null": (200, "application/json", b"null"),
    "a word": (200, "application/json", b'"yes"'),
    "half": (200, "application/json", b'{"access_token": '),
    "other things": (200, "application/json", b'{"issuer": 5, "access_token": {}, "keys": {"a": 1}}'),
    "no type": (200, "", b"{}"),
    "an error": (500, "application/json", b"{}"),
    "a refusal": (400, "application/json", b'{"error": "invalid_grant"}'),
    "bytes": (200, "application/json", b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
def test_nonsense_in_place_of_an_answer_is_told(
    outsider: Client, provider: Provider, path: str, unlimited: None
) -> None:
    for name, nonsense in NONSENSE.items():
        page = leave(outsider)
        provider.answers = {path: nonsense}
        answer = come_back(outsider, page)
        assert (answer.status_code, reason_of(answer)) == (502, "away"), name
        provider.answers = {}
    assert "the company does not answer as it should" in answer.content.decode()


def test_nonsense_before_the_way_out_is_told(outsider: Client, provider: Provider, unlimited: None) -> None:
    for name, nonsense in NONSENSE.items():
        provider.answers["/.well-known/openid-configuration"] = nonsense
        answer = leave(outsider)
        assert (answer.status_code, reason_of(answer)) == (502, "away"), name


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "//evil.example"},
        {"token_endpoint": "file:///etc/passwd"},
    ],
    ids=["another issuer", "a script", "no scheme", "a file"],
)
def test_a_configuration_that_leads_astray_is_not_followed(
    outsider: Client, provider: Provider, changed: dict[str, str]
) -> None:
    body = json.dumps(provider.configuration() | changed).encode()
    provider.answers["/.well-known/openid-configuration"] = (200, "application/json", body)
    assert reason_of(leave(outsider)) == "away"


def test_a_provider_that_is_down_is_told_and_the_log_says_why(
    outsider: Client, provider: Provider, settings: Settings, unused_tcp_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    (app,) = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    app["provider_id"] = f"http://127.0.0.1:{unused_tcp_port}"
    answer = leave(outsider)
    assert (answer.status_code, reason_of(answer)) == (502, "away")
    assert "Signing in with the company failed" in caplog.text


def test_userinfo_tells_of_who_signed_in_or_nobody_comes_in(outsider: Client, provider: Provider, reader: User) -> None:
    del provider.person["email"], provider.person["email_verified"]
    provider.userinfo = {"sub": "another", "email": reader.email, "email_verified": True}
    assert reason_of(sign_in(outsider)) == "away"
    provider.userinfo["sub"] = provider.person["sub"]
    sign_in(outsider)
    assert outsider.session["_auth_user_id"] == str(reader.pk)


def test_pressing_the_button_again_and_again_is_stopped(outsider: Client, provider: Provider) -> None:
    statuses = [leave(outsider).status_code for _ in range(21)]
    assert statuses == [200] * 20 + [429]


@pytest.mark.parametrize("path", ["/token", "/user", "/user/emails"])
def test_nonsense_of_github_is_told(outsider: Client, github: Provider, path: str, unlimited: None) -> None:
    for name, nonsense in NONSENSE.items():
        page = leave(outsider, "/accounts/github/")
        github.answers = {path: nonsense}
        answer = come_back(outsider, page)
        # Without its list of addresses it says nothing wrong, and nothing of use.
        assert (answer.status_code, reason_of(answer)) in [(502, "away"), (403, "unproven")], name
        github.answers = {}
    assert not User.objects.exists()
