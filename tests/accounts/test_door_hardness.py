"""What strangers try at the door: guessing, planted sessions, other sites and hosts, and everything twice at once."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import addresses, connections, links, signup
from accounts.models import Invitation, SignInLink, User, hash_token
from tests.fixtures.cast import PASSWORD, signed_in
from tests.fixtures.oidc import Provider, sign_in
from tests.fixtures.threads import at_once

pytestmark = pytest.mark.django_db


# ------------------------------------------------------------------ other sites

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\x01//evil.example",
    " //evil.example",
    "https:evil.example",
    "http:///evil.example",
    "https://localhost@evil.example/",
    "https://localhost:8000.evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "%2F%2Fevil.example",
    "/%5Cevil.example",
    "//evil。example",
]


# As browsers read it: a path from the root, or one from here whose slashes are letters.
STAYS_HERE = re.compile(r"/(?![/\\\s])|%2F")


@pytest.fixture
def doors(reader: User, provider: Provider) -> dict[str, Callable[[str], Any]]:
    """Every way that takes `next`, gone with that target to its end."""
    SocialAccount.objects.create(user=reader, provider=provider.issuer, uid=provider.person["sub"])
    credentials = {"login": reader.email, "password": PASSWORD}

    def admin(target: str) -> Any:
        client = Client()
        asked = client.get("/admin/login/", {"next": target})
        return client.post(asked["Location"], credentials | {"next": target})

    def confirm(target: str) -> Any:
        return signed_in(reader).post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": target})

    def join(target: str) -> Any:
        now = timezone.now()
        _link, token = SignInLink.make(reader, now=now)
        return Client().post(reverse("accounts:use_link"), {"token": token, "next": target})

    return {
        "signing in": lambda target: Client().post(reverse("account_login"), credentials | {"next": target}),
        "signing in, in the address": lambda target: Client().post(
            f"{reverse('account_login')}?next={target}", credentials
        ),
        "who has signed in": lambda target: signed_in(reader).get(reverse("account_login"), {"next": target}),
        "signing out": lambda target: signed_in(reader).post(reverse("account_logout"), {"next": target}),
        "the admin's door": admin,
        "confirming the password": confirm,
        "a one-time link": join,
        "another account": lambda target: sign_in(Client(), next=target),
    }


@pytest.mark.parametrize(
    "door",
    [
        "signing in",
        "signing in, in the address",
        "who has signed in",
        "signing out",
        "the admin's door",
        "confirming the password",
        "a one-time link",
        "another account",
    ],
)
def test_no_door_leads_to_another_site(doors: dict[str, Callable[[str], Any]], door: str, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {}
    # All ask the same judge; that each asks is seen by a few.
    for target in ELSEWHERE if door == "signing in" else ELSEWHERE[:5]:
        answer = doors[door](target)
        assert answer.status_code == 302, target
        assert STAYS_HERE.match(answer["Location"]), target
        cache.clear()


# ---------------------------------------------------------------- other hosts


def test_mails_name_this_site_whatever_host_a_request_names(
    outsider: Client, reader: User, reader_client: Client, settings: Settings
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS, settings.SIGNUP = "https://reading.example.org", ["*"], "open"
    poisoned = {"host": "evil.example", "x-forwarded-host": "evil.example"}
    for email in (reader.email, "ida@example.org"):
        outsider.post(reverse("account_signup"), {"email": email}, headers=poisoned)
        outsider.post(reverse("account_reset_password"), {"email": email}, headers=poisoned)
        form = {"email": f"new-{email}", "password": PASSWORD}
        assert reader_client.post(reverse("accounts:email"), form, headers=poisoned).status_code == 302
    assert len(mail.outbox) == 6
    for letter in mail.outbox:
        assert "evil" not in letter.body
        assert "https://reading.example.org/accounts/" in letter.body


def test_the_way_to_another_account_comes_back_to_this_site(
    outsider: Client, provider: Provider, settings: Settings
) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://reading.example.org", ["*"]
    page = outsider.post("/accounts/oidc/", headers={"host": "evil.example"})
    assert "evil" not in page.context["address"]


# ----------------------------------------------------------------- who is here


class CountedHasher(MD5PasswordHasher):
    count = 0

    def encode(self, password: str, salt: str) -> str:
        CountedHasher.count += 1
        return super().encode(password, salt)


@pytest.fixture
def hashes(settings: Settings) -> Iterator[Callable[[], int]]:
    """How often a password was hashed since last asked, which is what signing in spends its time on."""
    settings.PASSWORD_HASHERS = [f"{__name__}.CountedHasher"]

    def since_last() -> int:
        CountedHasher.count, count = 0, CountedHasher.count
        return count

    since_last()
    yield since_last
    CountedHasher.count = 0


def test_signing_in_does_the_same_work_whoever_is_asked_for(
    reader: User, teammate: User, curator: User, hashes: Callable[[], int]
) -> None:
    teammate.set_unusable_password()
    teammate.save()
    User.objects.filter(pk=curator.pk).update(is_active=False)
    hashes()
    seen = set()
    for email in (reader.email, teammate.email, curator.email, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            page = Client().post(reverse("account_login"), {"login": email, "password": "a wrong one"})
        assert page.status_code == 200
        assert "do not belong together" in page.content.decode()
        seen.add((hashes(), len(queries)))
    assert len(seen) == 1


def test_asking_for_a_password_does_the_same_work_whoever_is_asked_for(
    outsider: Client, reader: User, hashes: Callable[[], int]
) -> None:
    seen = set()
    for email in (reader.email, "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            answer = outsider.post(reverse("account_reset_password"), {"email": email})
        seen.add((answer.status_code, answer["Location"], hashes(), len(queries), len(mail.outbox)))
        mail.outbox.clear()
    assert len(seen) == 1


# ------------------------------------------------------------------- passwords

WEAK = {
    "too short": ("nine char", "at least 10 characters"),
    "common": ("password123456", "too common"),
    "of digits": ("73519482650", "entirely numeric"),
    "like the address": ("ida.newcomer@example", "too similar to the e-mail"),
    "like the name": ("ida newcomer", "too similar to the name"),
}


@pytest.fixture
def paths(settings: Settings) -> dict[str, Callable[[str], Any]]:
    """Every way to a password, gone by somebody with this address and name."""
    settings.SIGNUP = "open"
    email, name = "ida.newcomer@example.org", "Ida Newcomer"
    now = timezone.now()

    def person(password: str | None = PASSWORD) -> User:
        return User.objects.create_user(email, password, name=name)

    def sign_up(password: str) -> Any:
        Client().post(reverse("account_signup"), {"email": email})
        token = mail.outbox[-1].body.split("/accounts/signup/")[1].split("/")[0]
        return Client().post(reverse("accounts:use_join_here"), {"token": token, "name": name, "password": password})

    def invitation(password: str) -> Any:
        times = {"created_at": now, "expires_at": now + timedelta(days=1)}
        Invitation.objects.create(email=email, token_hash=hash_token("token"), **times)
        client = Client()
        client.get(reverse("accounts:join", args=["token"]))
        return client.post(reverse("accounts:joining"), {"name": name, "password": password})

    def first_admin(password: str) -> Any:
        _link, token = SignInLink.make(None, now=now)
        form = {"token": token, "name": name, "email": email, "zone": "UTC", "password": password}
        return Client().post(reverse("accounts:use_link"), form)

    def reset(password: str) -> Any:
        client = Client()
        path = links.password_link(person(), now=now).url.partition("/accounts/")[2]
        page = client.get(f"/accounts/{path}")
        return client.post(page["Location"], {"password1": password, "password2": password})

    def change(password: str) -> Any:
        form = {"oldpassword": PASSWORD, "password1": password, "password2": password}
        return signed_in(person()).post(reverse("account_change_password"), form)

    def set_one(password: str) -> Any:
        form = {"password1": password, "password2": password}
        return signed_in(person(None)).post(reverse("account_set_password"), form)

    return {
        "signing up": sign_up,
        "an invitation": invitation,
        "the first admin": first_admin,
        "a new one": reset,
        "changing it": change,
        "setting one": set_one,
    }


@pytest.mark.parametrize(
    "path", ["signing up", "an invitation", "the first admin", "a new one", "changing it", "setting one"]
)
def test_weak_passwords_are_refused_everywhere(paths: dict[str, Callable[[str], Any]], path: str) -> None:
    for name, (password, why) in WEAK.items():
        answer = paths[path](password)
        assert answer.status_code == 200, name
        assert why in answer.content.decode(), name
        for person in User.objects.all():
            assert not person.check_password(password)
        User.objects.all().delete()
        Invitation.objects.all().delete()
        cache.clear()
    assert paths[path]("eleven green bottles").status_code == 302


# --------------------------------------------------------------------- sessions


def test_a_planted_session_is_worth_nothing_after_signing_in(reader: User) -> None:
    """Whoever gave somebody else their own session key is nobody with it still."""
    attacker = Client()
    attacker.get(reverse("account_login"))
    session = attacker.session
    session["planted"] = True
    session.save()
    victim = Client()
    victim.cookies["sessionid"] = planted = session.session_key or ""
    victim.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD})
    assert victim.session["_auth_user_id"] == str(reader.pk)
    assert victim.cookies["sessionid"].value != planted
    attacker.cookies["sessionid"] = planted
    assert attacker.get(reverse("accounts:settings")).status_code == 302


def test_a_session_is_over_when_somebody_signs_out(reader: User) -> None:
    client = Client()
    client.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD})
    stolen = client.cookies["sessionid"].value
    client.post(reverse("account_logout"))
    thief = Client()
    thief.cookies["sessionid"] = stolen
    assert thief.get(reverse("accounts:settings")).status_code == 302


# -------------------------------------------------------------------- at once


def raised_by(*calls: Callable[[], object]) -> list[type[Exception]]:
    return [type(error) for error in at_once(*calls) if isinstance(error, Exception)]


@pytest.mark.django_db(transaction=True)
def test_what_two_do_at_once_happens_once(reader: User, teammate: User, provider: Provider, settings: Settings) -> None:
    settings.SIGNUP = "open"
    now = timezone.now()
    join = [lambda: signup.join("ida@example.org", PASSWORD, now=now, name="Ida")]
    assert raised_by(*join * 2) == [signup.NoSignUp]
    assert User.objects.filter(email="ida@example.org").count() == 1

    new, changes = "new@example.org", []
    for user in (reader, teammate):
        addresses.ask_to_change(user, new, now=now)
        token = mail.outbox[-1].body.split("/accounts/email/")[1].split("/")[0]
        changes.append(lambda user=user, token=token: addresses.change(token, user))
    assert raised_by(*changes) == [addresses.AddressTaken]
    assert User.objects.filter(email=new).count() == 1

    settings.SOCIALACCOUNT_PROVIDERS |= {"github": {"APPS": [{"name": "GitHub", "client_id": "x", "secret": "x"}]}}
    person = User.objects.create_user("only@example.org", None, name="Only")
    accounts = [SocialAccount.objects.create(user=person, provider=key, uid="1") for key in (provider.issuer, "github")]
    leave = [lambda account=account: connections.disconnect(account, person) for account in accounts]
    assert raised_by(*leave) == [connections.LastWayIn]
    assert SocialAccount.objects.filter(user=person).count() == 1
