"""Signing in by other accounts: who comes in, who does not, and that no answer of a provider breaks anything."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditRecord, Invitation, User, hash_token
from accounts.provider import nonce_of
from tests.fixtures.cast import PASSWORD
from tests.fixtures.oidc import CLIENT, Provider, come_back, connect, is_signed_in, leave, reason_of, sign_in

pytestmark = pytest.mark.django_db


def invite(email: str, role: str = "reader", **fields: Any) -> Invitation:
    now = timezone.now()
    times = {"created_at": now, "expires_at": now + timedelta(days=1)} | fields
    return Invitation.objects.create(email=email, role=role, token_hash=hash_token(email), **times)


# ------------------------------------------------------------------- the door


def test_the_door_has_no_button_where_nothing_is_set_up(outsider: Client) -> None:
    assert "Sign in with the company" not in outsider.get(reverse("account_login")).content.decode()
    assert outsider.post("/accounts/oidc/").status_code == 404
    assert outsider.get("/accounts/oidc/callback/").status_code == 404
    assert outsider.post("/accounts/github/").status_code == 404
    assert outsider.get("/accounts/github/callback/").status_code == 404


def test_the_door_has_a_button_for_each_that_is(outsider: Client, provider: Provider) -> None:
    page = outsider.get(reverse("account_login") + "?next=/canon/").content.decode()
    form = page[page.index('action="/accounts/oidc/"') :]
    assert "Sign in with the company" in form
    assert '<input type="hidden" name="next" value="/canon/">' in form[: form.index("</form>")]


def test_a_link_from_elsewhere_begins_nothing(outsider: Client, provider: Provider) -> None:
    assert outsider.get("/accounts/oidc/?auth_params=prompt%3Dnone").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/accounts/oidc/").status_code == 403


def test_the_way_out_has_state_nonce_and_proof_key(outsider: Client, provider: Provider, settings: Settings) -> None:
    settings.SITE_URL = "https://reading.example.org"
    page = leave(outsider)
    assert page.status_code == 200, "no redirect: the policy for forms names this site alone"
    assert f'content="0; url={provider.issuer}/authorize?' in page.content.decode()
    assert "form-action 'self'" in page["Content-Security-Policy"]
    asked = {name: value for name, (value,) in parse_qs(urlsplit(page.context["address"]).query).items()}
    assert asked["redirect_uri"] == "https://reading.example.org/accounts/oidc/callback/"
    assert (asked["client_id"], asked["response_type"], asked["code_challenge_method"]) == (CLIENT, "code", "S256")
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    states = outsider.session["socialaccount_states"]
    state, _at, _provider = states[asked["state"]]
    assert asked["nonce"] == nonce_of(state["pkce_code_verifier"])
    assert asked["nonce"] != parse_qs(urlsplit(leave(outsider).context["address"]).query)["nonce"][0]


def test_what_stands_in_the_address_changes_nothing_of_what_is_asked(outsider: Client, provider: Provider) -> None:
    page = outsider.post("/accounts/oidc/?process=connect&scope=admin&state=mine")
    asked = parse_qs(urlsplit(page.context["address"]).query)
    assert len(asked["state"]) == 1
    assert asked["state"] != ["mine"]


# --------------------------------------------------------------- who comes in


def test_who_is_connected_comes_in_by_that(outsider: Client, provider: Provider, reader: User) -> None:
    connect(reader, provider)
    answer = sign_in(outsider)
    assert answer.status_code == 302
    assert outsider.session["_auth_user_id"] == str(reader.pk)


def test_whose_address_the_provider_vouches_for_is_connected_and_told(
    outsider: Client, provider: Provider, reader: User
) -> None:
    provider.person["email"] = "ADA@example.org"
    sign_in(outsider)
    assert outsider.session["_auth_user_id"] == str(reader.pk)
    account = SocialAccount.objects.get()
    assert (account.user, account.provider, account.uid) == (reader, provider.issuer, "248289")
    assert account.extra_data == {"name": "Ida Newcomer", "username": "", "email": "ADA@example.org"}
    assert not SocialToken.objects.exists()
    (letter,) = mail.outbox
    assert letter.to == [reader.email]
    assert "was connected to yours" in letter.body
    reader.refresh_from_db()
    assert reader.check_password(PASSWORD), "signing in by another account takes no password away"


def test_who_is_connected_may_have_another_address_there(outsider: Client, provider: Provider, reader: User) -> None:
    connect(reader, provider)
    provider.person |= {"email": "private@example.com", "email_verified": False}
    sign_in(outsider)
    assert is_signed_in(outsider)
    assert User.objects.get().email == "ada@example.org"


def test_an_address_that_is_not_verified_for_certain_lets_nobody_in(
    outsider: Client, provider: Provider, reader: User
) -> None:
    word: object
    for word in (False, None, "false", 0, "yes", 1, ["true"], {}):
        provider.person |= {"email": reader.email, "email_verified": word}
        answer = sign_in(outsider)
        assert (answer.status_code, reason_of(answer)) == (403, "unproven"), word
    for email in ({"at": "example.org"}, "ada", "ada@example.org, eve@evil.example", ""):
        provider.person |= {"email": email, "email_verified": True}
        assert reason_of(sign_in(outsider)) == "unproven", email
    assert not is_signed_in(outsider)
    assert not SocialAccount.objects.exists()


def test_no_address_at_all_lets_nobody_in(outsider: Client, provider: Provider, settings: Settings) -> None:
    settings.SIGNUP = "open"
    del provider.person["email"]
    provider.userinfo = {"sub": "248289", "name": "Ida"}
    assert reason_of(sign_in(outsider)) == "unproven"
    assert not User.objects.exists()


def test_a_stranger_is_told_to_ask_for_an_invitation(outsider: Client, provider: Provider) -> None:
    answer = sign_in(outsider)
    assert (answer.status_code, reason_of(answer)) == (403, "unknown")
    assert "Nobody here has the address ida@example.org" in answer.content.decode()
    assert not User.objects.exists()


def test_who_is_invited_joins_with_the_role_of_the_invitation(outsider: Client, provider: Provider) -> None:
    invitation = invite("ida@example.org", "curator")
    sign_in(outsider)
    person = User.objects.get(email="ida@example.org")
    assert outsider.session["_auth_user_id"] == str(person.pk)
    assert (person.name, person.role, person.has_usable_password()) == ("Ida Newcomer", "curator", False)
    invitation.refresh_from_db()
    assert invitation.accepted_by == person
    assert AuditRecord.objects.filter(action="joined", person=person).count() == 1


def test_an_invitation_that_is_over_lets_nobody_in(outsider: Client, provider: Provider) -> None:
    now = timezone.now()
    invite("ida@example.org", created_at=now - timedelta(days=2), expires_at=now - timedelta(days=1))
    assert reason_of(sign_in(outsider)) == "unknown"


@pytest.mark.parametrize(
    ("mode", "domains", "comes_in"),
    [
        ("open", [], True),
        ("domain", ["example.org"], True),
        ("domain", ["example.com"], False),
        ("domain", ["org"], False),
        ("invite", [], False),
    ],
)
def test_strangers_join_as_sign_up_allows(
    outsider: Client, provider: Provider, settings: Settings, mode: str, domains: list[str], comes_in: bool
) -> None:
    settings.SIGNUP, settings.SIGNUP_DOMAINS = mode, frozenset(domains)
    sign_in(outsider)
    assert is_signed_in(outsider) == comes_in
    assert User.objects.filter(email="ida@example.org", is_staff=False).exists() == comes_in
    assert not EmailAddress.objects.exists(), "a person has one address, and it stands on the person"


def test_who_may_not_sign_in_stays_out(outsider: Client, provider: Provider, reader: User) -> None:
    provider.person["email"] = reader.email
    User.objects.filter(pk=reader.pk).update(is_active=False)
    for _ in range(2):  # found by the address, and then by a connection
        answer = sign_in(outsider)
        assert answer["Location"] == reverse("account_inactive")
        assert not is_signed_in(outsider)
        SocialAccount.objects.get_or_create(user=reader, provider=provider.issuer, uid="248289")


def test_an_address_that_went_to_somebody_else_there_opens_nothing_here(
    outsider: Client, provider: Provider, reader: User
) -> None:
    connect(reader, provider, uid="who had the address before")
    provider.person["email"] = reader.email
    assert reason_of(sign_in(outsider)) == "other"
    assert not is_signed_in(outsider)


def test_another_issuer_knows_nobody_of_the_first(outsider: Client, provider: Provider, reader: User) -> None:
    """Who is number 248289 there is somebody else."""
    SocialAccount.objects.create(user=reader, provider="https://login.example.org", uid="248289")
    assert reason_of(sign_in(outsider)) == "unknown"


def test_a_second_factor_is_asked_for_all_the_same(outsider: Client, provider: Provider, reader: User) -> None:
    connect(reader, provider)
    TOTP.activate(reader, generate_totp_secret())
    answer = sign_in(outsider)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(outsider)


def test_the_session_is_a_new_one(outsider: Client, provider: Provider, reader: User) -> None:
    connect(reader, provider)
    page = leave(outsider)
    planted = outsider.cookies["sessionid"].value
    come_back(outsider, page)
    assert outsider.cookies["sessionid"].value != planted
    assert Client(headers={"cookie": f"sessionid={planted}"}).get(reverse("accounts:settings")).status_code == 302


# ------------------------------------------------------------------ where to go


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_coming_back_leads_to_no_other_site(outsider: Client, provider: Provider, reader: User, target: str) -> None:
    connect(reader, provider)
    assert "evil" not in sign_in(outsider, next=target)["Location"]
    assert is_signed_in(outsider)


def test_coming_back_leads_to_the_page_that_was_asked_for(outsider: Client, provider: Provider, reader: User) -> None:
    connect(reader, provider)
    assert sign_in(outsider, next="/canon/")["Location"] == "/canon/"


# ---------------------------------------------------------------------- GitHub


def test_github_signs_in_by_a_verified_address(outsider: Client, github: Provider, reader: User) -> None:
    github.emails = [
        {"email": "ida@example.org", "primary": True, "verified": True},
        {"email": reader.email, "primary": False, "verified": True},
    ]
    sign_in(outsider, "/accounts/github/")
    assert outsider.session["_auth_user_id"] == str(reader.pk)
    assert github.asked[0]["code_challenge_method"] == "S256"
    account = SocialAccount.objects.get()
    assert (account.provider, account.uid) == ("github", "583231")
    assert account.extra_data == {"name": "Ida Newcomer", "username": "ida", "email": "ida@example.org"}


def test_an_address_that_github_only_shows_lets_nobody_in(outsider: Client, github: Provider, reader: User) -> None:
    github.person["email"] = reader.email
    github.emails = [{"email": reader.email, "primary": True, "verified": False}]
    assert reason_of(sign_in(outsider, "/accounts/github/")) == "unproven"
