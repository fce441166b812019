"""A person's address: changing it, and that no copy of an old one lets anybody in."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from pytest_django import Settings

from accounts import addresses, links
from accounts.models import User
from tests.fixtures.cast import PASSWORD
from tests.fixtures.effort import examples

pytestmark = pytest.mark.django_db
NEW = "ada@example.com"
SITE = "https://reading.example.org"


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> None:
    settings.SITE_URL = SITE


def ask(client: Client, email: str = NEW, password: str = PASSWORD, **extra: Any) -> Any:
    return client.post(reverse("accounts:email"), {"email": email, "password": password}, **extra)


def link_in(text: str) -> str:
    (address,) = re.findall(r"https?://\S+", text)
    assert address.startswith(f"{SITE}/accounts/email/")
    return str(address.removeprefix(SITE))


def link_for(client: Client, email: str = NEW) -> str:
    ask(client, email)
    return link_in(str(mail.outbox[-1].body))


# -------------------------------------------------------------------- changing


def test_a_link_to_the_new_address_changes_it_and_the_old_one_is_told(reader_client: Client, reader: User) -> None:
    answer = ask(reader_client, "Ada@Example.COM")
    assert answer["Location"] == reverse("accounts:security")
    assert "A link is on its way to ada@example.com." in reader_client.get(answer["Location"]).content.decode()
    (letter,) = mail.outbox
    assert letter.to == [NEW]
    assert User.objects.get().email == "ada@example.org", "until the link is opened, all stays as it is"
    link = link_in(str(letter.body))
    assert "Use this address?" in reader_client.get(link).content.decode()
    assert User.objects.get().email == "ada@example.org", "looking changes nothing"
    done = reader_client.post(link, follow=True)
    assert "Your address is ada@example.com now" in done.content.decode()
    assert User.objects.get().email == NEW
    told = mail.outbox[1]
    assert told.to == ["ada@example.org"]
    assert NEW in told.body
    assert Client().login(username=NEW, password=PASSWORD)
    assert not Client().login(username="ada@example.org", password=PASSWORD)
    assert not EmailAddress.objects.exists(), "there is one address, and no copy of it"


def test_it_takes_the_password(reader_client: Client) -> None:
    page = ask(reader_client, password="wrong").content.decode()
    assert "This is not your password" in page
    assert f'value="{NEW}"' in page, "what was typed stays"
    assert not mail.outbox


def test_guessing_the_password_there_is_stopped(reader_client: Client) -> None:
    for _ in range(5):
        ask(reader_client, password="wrong")
    assert "Too many attempts" in ask(reader_client).content.decode()
    assert not mail.outbox


def test_who_has_no_password_is_not_asked_for_one(reader: User) -> None:
    reader.set_unusable_password()
    reader.save()
    client = Client()
    client.force_login(reader)
    assert 'type="password"' not in client.get(reverse("accounts:email")).content.decode()
    client.post(reverse("accounts:email"), {"email": NEW})
    client.post(link_in(str(mail.outbox[0].body)))
    assert User.objects.get().email == NEW


def test_whether_somebody_has_the_address_shows_to_them_alone(
    reader_client: Client, reader: User, teammate: User
) -> None:
    answers = []
    for email in (teammate.email, NEW):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(reader_client, email)
        page = reader_client.get(answer["Location"]).content.decode()
        answers.append((answer.status_code, answer["Location"], len(queries), f"on its way to {email}" in page))
    assert answers[0] == answers[1]
    to_teammate = mail.outbox[0]
    assert to_teammate.to == [teammate.email]
    assert "belongs to an account already" in to_teammate.body
    assert "http" not in to_teammate.body


def test_a_mistyped_address_gives_nobody_the_account(reader_client: Client, teammate_client: Client) -> None:
    link = link_for(reader_client)
    assert Client().post(link)["Location"].startswith(reverse("account_login"))
    assert teammate_client.post(link).status_code == 410
    assert set(User.objects.values_list("email", flat=True)) == {"ada@example.org", "ben@example.org"}


def test_a_link_is_good_once_and_for_a_day(reader_client: Client, reader: User) -> None:
    link = link_for(reader_client)
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=2)):
        assert reader_client.post(link).status_code == 410
    assert reader_client.post(link).status_code == 302
    User.objects.filter(pk=reader.pk).update(email="again@example.org")
    assert reader_client.post(link).status_code == 410


def test_a_link_ends_when_the_password_changes(reader_client: Client, reader: User) -> None:
    link = link_for(reader_client)
    reader.set_password("eleven green bottles")
    reader.save()
    reader_client.force_login(reader)
    assert reader_client.post(link).status_code == 410


def test_links_that_let_in_end_with_the_address(reader_client: Client, reader: User) -> None:
    now = timezone.now()
    paths = [links.make_link(reader, now=now).url, links.password_link(reader, now=now).url]
    reader_client.post(link_for(reader_client))
    sign_in, password = (Client().get(url.removeprefix(SITE), follow=True) for url in paths)
    assert sign_in.status_code == 410
    assert "This link no longer works" in password.content.decode()


def test_who_was_faster_with_an_address_has_it(reader_client: Client, teammate: User) -> None:
    link = link_for(reader_client)
    User.objects.filter(pk=teammate.pk).update(email=NEW)
    answer = reader_client.post(link)
    assert answer.status_code == 409
    assert "Somebody has this address" in answer.content.decode()
    assert len(mail.outbox) == 1, "nothing has changed, so nobody is told that it did"


def test_where_domains_are_listed_the_new_address_is_of_one(reader_client: Client, settings: Settings) -> None:
    settings.SIGNUP, settings.SIGNUP_DOMAINS = "domain", frozenset({"example.org"})
    assert "Use an address of example.org." in ask(reader_client).content.decode()
    assert not mail.outbox


def test_asking_again_and_again_is_stopped(reader_client: Client) -> None:
    assert [ask(reader_client).status_code for _ in range(11)] == [302] * 10 + [429]


def test_a_mail_server_that_is_down_changes_nothing(
    reader_client: Client, teammate: User, settings: Settings, unused_tcp_port: int
) -> None:
    link = link_for(reader_client)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    for email in ("another@example.com", teammate.email):
        answer = ask(reader_client, email)
        assert answer.status_code == 503
        assert f'value="{email}"' in answer.content.decode()
    assert reader_client.post(link).status_code == 302, "the old address cannot be told, and that is logged"


# --------------------------------------------------------- copies that are stale


@pytest.mark.parametrize("verified", [True, False])
def test_an_address_in_allauths_table_lets_nobody_in(outsider: Client, reader: User, verified: bool) -> None:
    stale = EmailAddress.objects.create(user=reader, email="old@example.org", verified=verified, primary=True)
    assert authenticate(None, email=stale.email, password=PASSWORD) is None
    assert authenticate(None, email=reader.email, password=PASSWORD) == reader
    outsider.post(reverse("account_login"), {"login": stale.email, "password": PASSWORD})
    assert "_auth_user_id" not in outsider.session
    outsider.post(reverse("account_reset_password"), {"email": stale.email})
    assert "/reset/key/" not in mail.outbox[0].body


def test_an_address_that_went_to_a_teammate_is_theirs(outsider: Client, reader: User, teammate: User) -> None:
    EmailAddress.objects.create(user=reader, email=teammate.email, verified=True, primary=True)
    outsider.post(reverse("account_reset_password"), {"email": teammate.email})
    assert "Hello Ben Teammate" in mail.outbox[0].body
    outsider.post(reverse("account_login"), {"login": teammate.email, "password": PASSWORD})
    assert outsider.session["_auth_user_id"] == str(teammate.pk)


# ------------------------------------------------------------------ one form


def test_a_domain_may_be_written_in_either_form(outsider: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(email="ada@xn--bcher-kva.example")
    outsider.post(reverse("account_reset_password"), {"email": "Ada@Bücher.example"})
    assert mail.outbox[0].to == ["ada@xn--bcher-kva.example"]
    outsider.post(reverse("account_login"), {"login": "Ada@Bücher.example", "password": PASSWORD})
    assert outsider.session["_auth_user_id"] == str(reader.pk)


def test_another_spelling_is_no_further_try(outsider: Client, reader: User) -> None:
    spellings = ["ada@example.org", "ADA@EXAMPLE.ORG", "ada@ｅxample.org", "ada@exａmple.org", "ada@example.ｏrg"]
    for spelling in spellings:
        outsider.post(reverse("account_login"), {"login": spelling, "password": "wrong"})
        assert outsider.post(reverse("account_reset_password"), {"email": spelling}).status_code == 302
    page = outsider.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD})
    assert "Too many attempts" in page.content.decode()
    assert outsider.post(reverse("account_reset_password"), {"email": reader.email}).status_code == 429
    assert {letter.to[0] for letter in mail.outbox} == {reader.email}


@effort(max_examples=examples(60))
@given(st.emails() | st.text(max_size=80) | st.builds("a@{}".format, st.text(max_size=80)))
def test_normalising_ends_in_one_form_or_is_refused(email: str) -> None:
    try:
        once = addresses.normalise(email)
    except ValidationError:
        return
    assert addresses.normalise(once) == once
    assert once == once.lower()
    assert once.rpartition("@")[2].isascii()
    assert len(once) <= addresses.LONGEST
