"""Signing up: who may, that the address comes first, and that nothing is said about who is here."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditRecord, Invitation, User, hash_token
from readinglist.environment import read_domains
from tests.fixtures.cast import PASSWORD

pytestmark = pytest.mark.django_db
EMAIL = "ida@example.org"


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> str:
    settings.SITE_URL = "https://reading.example.org"
    return "https://reading.example.org"


@pytest.fixture
def is_open(settings: Settings) -> None:
    settings.SIGNUP = "open"


@pytest.fixture
def by_domain(settings: Settings) -> None:
    settings.SIGNUP, settings.SIGNUP_DOMAINS = "domain", frozenset({"example.org", "xn--bcher-kva.example"})


def ask(client: Client, email: str = EMAIL, **extra: str) -> "object":
    return client.post(reverse("account_signup"), {"email": email}, **extra)  # type: ignore[arg-type]


def path_in(text: str, site_url: str = "https://reading.example.org") -> str:
    """The path of the link in a mail, whose address must be SITE_URL's."""
    (address,) = re.findall(r"https?://\S+", text)
    assert address.startswith(f"{site_url}/accounts/signup/")
    return str(address.removeprefix(site_url))


def token_for(client: Client, email: str = EMAIL) -> str:
    ask(client, email)
    return path_in(str(mail.outbox[-1].body)).split("/")[-2]


def join(client: Client, token: str, **form: str) -> "object":
    filled = {"token": token, "name": "Ida Newcomer", "password": PASSWORD} | form
    return client.post(reverse("accounts:use_join_here"), filled)


# -------------------------------------------------------------------- the modes


def test_without_further_ado_nobody_signs_up(outsider: Client) -> None:
    for page in ("account_signup", "accounts:signup_sent"):
        assert outsider.get(reverse(page)).status_code == 404
    ask(outsider)
    assert not mail.outbox
    door = outsider.get(reverse("account_login")).content.decode()
    assert "An admin invites you" in door
    assert reverse("account_signup") not in door


def test_where_it_is_open_the_door_leads_there(outsider: Client, is_open: None) -> None:
    assert f'href="{reverse("account_signup")}"' in outsider.get(reverse("account_login")).content.decode()


def test_who_is_here_already_need_not_sign_up(reader_client: Client, is_open: None) -> None:
    assert reader_client.get(reverse("account_signup")).status_code == 302


@pytest.mark.parametrize("email", [EMAIL, "IDA@Example.ORG", "i@bücher.example", "i@xn--bcher-kva.example"])
def test_an_address_of_a_listed_domain_gets_a_link(outsider: Client, by_domain: None, email: str) -> None:
    ask(outsider, email)
    assert len(mail.outbox) == 1
    assert join(outsider, path_in(str(mail.outbox[0].body)).split("/")[-2]).status_code == 302  # type: ignore[attr-defined]
    assert User.objects.get().email in ("ida@example.org", "i@xn--bcher-kva.example")


@pytest.mark.parametrize(
    "email",
    [
        "ida@sub.example.org",
        "ida@example.org.evil.example",
        "ida@evilexample.org",
        "ida@org",
        "ida@example.com",
        '"ida@example.org"@evil.example',
        "ida@exаmple.org",  # a Cyrillic letter
    ],
)
def test_any_other_is_told_which_domains_are(outsider: Client, by_domain: None, email: str) -> None:
    page = ask(outsider, email).content.decode()  # type: ignore[attr-defined]
    assert not mail.outbox
    assert 'aria-invalid="true"' in page
    if email == "ida@example.com":
        assert "Use an address of example.org, xn--bcher-kva.example." in page
        assert f'value="{email}"' in page, "what was typed stays"


@pytest.mark.parametrize(
    "text", ["@example.org", "*.example.org", "example", "https://example.org", "a..b", "exa mple.org"]
)
def test_domains_are_read_strictly(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNUP_DOMAINS", text)
    with pytest.raises(ImproperlyConfigured, match="SIGNUP_DOMAINS"):
        read_domains("SIGNUP_DOMAINS")


def test_domains_are_read_in_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNUP_DOMAINS", " Example.ORG, bücher.example,")
    assert read_domains("SIGNUP_DOMAINS") == {"example.org", "xn--bcher-kva.example"}


# ------------------------------------------------------------------ coming in


def test_an_address_a_link_a_name_and_a_password_make_a_reader(outsider: Client, is_open: None, site_url: str) -> None:
    asked = ask(outsider)
    assert asked["Location"] == reverse("accounts:signup_sent")  # type: ignore[index]
    assert "Check your mail" in outsider.get(reverse("accounts:signup_sent")).content.decode()
    assert not User.objects.exists(), "nobody is here before the address is proven"
    (letter,) = mail.outbox
    assert letter.to == [EMAIL]
    elsewhere = Client()  # the mail may be opened on a phone
    page = elsewhere.get(path_in(str(letter.body), site_url))
    assert EMAIL in page.content.decode()
    assert not User.objects.exists(), "looking makes nobody: mail programs look at links too"
    token = page.context["token"]
    session = elsewhere.session
    session["planted"] = True
    session.save()
    elsewhere.cookies["sessionid"] = planted = session.session_key or ""
    join(elsewhere, token)
    person = User.objects.get()
    assert (person.email, person.name, person.role) == (EMAIL, "Ida Newcomer", "reader")
    assert person.check_password(PASSWORD)
    assert elsewhere.session["_auth_user_id"] == str(person.pk)
    assert elsewhere.session.session_key != planted
    assert AuditRecord.objects.filter(action="joined", person=person).count() == 1
    assert not EmailAddress.objects.exists(), "a person has one address, and it stands on the person"


def test_a_link_makes_one_person(outsider: Client, is_open: None) -> None:
    token = token_for(outsider)
    join(outsider, token)
    for answer in (Client().get(reverse("accounts:join_here", args=[token])), join(Client(), token, name="Eve")):
        assert answer.status_code == 410  # type: ignore[attr-defined]
        assert "You are here already" in answer.content.decode()  # type: ignore[attr-defined]
    assert User.objects.get().name == "Ida Newcomer"


def test_an_old_link_is_told(outsider: Client, is_open: None) -> None:
    token = token_for(outsider)
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=2)):
        answer = outsider.get(reverse("accounts:join_here", args=[token]))
        assert join(outsider, token).status_code == 410  # type: ignore[attr-defined]
    assert answer.status_code == 410
    assert "This link no longer works" in answer.content.decode()
    assert not User.objects.exists()


def test_a_link_with_a_letter_changed_is_told(outsider: Client, is_open: None) -> None:
    token = token_for(outsider)
    changed = ("B" if token[0] == "A" else "A") + token[1:]
    assert outsider.get(reverse("accounts:join_here", args=[changed])).status_code == 404
    assert join(outsider, changed).status_code == 404  # type: ignore[attr-defined]
    assert not User.objects.exists()


def test_a_link_for_something_else_is_none(outsider: Client, is_open: None) -> None:
    from django.core import signing

    assert join(outsider, signing.dumps(EMAIL)).status_code == 404  # type: ignore[attr-defined]


def test_a_link_ends_when_sign_up_is_closed(outsider: Client, is_open: None, settings: Settings) -> None:
    token = token_for(outsider)
    settings.SIGNUP = "invite"
    assert join(outsider, token).status_code == 403  # type: ignore[attr-defined]
    assert not User.objects.exists()


def test_an_open_invitation_counts_for_who_signs_up(outsider: Client, is_open: None) -> None:
    now = timezone.now()
    invitation = Invitation.objects.create(
        email=EMAIL, role="curator", token_hash=hash_token("x"), created_at=now, expires_at=now + timedelta(days=1)
    )
    join(outsider, token_for(outsider))
    invitation.refresh_from_db()
    assert invitation.accepted_by == User.objects.get(email=EMAIL)
    assert User.objects.get(email=EMAIL).role == "curator"


def test_the_token_stands_in_no_log(outsider: Client, is_open: None, caplog: pytest.LogCaptureFixture) -> None:
    from accounts.logs import WithoutTokens

    token = token_for(outsider)[:-1] + "!"
    outsider.get(reverse("accounts:join_here", args=[token]))
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    WithoutTokens().filter(record)
    assert token not in record.getMessage()


# ----------------------------------------------------- what others may learn


def test_whether_somebody_is_here_shows_neither_on_the_page_nor_in_the_work(
    outsider: Client, reader: User, is_open: None
) -> None:
    answers = []
    for email in (reader.email, EMAIL):
        client = Client()
        with CaptureQueriesContext(connection) as queries:
            asked = ask(client, email)
        page = client.get(reverse("accounts:signup_sent")).content.decode()
        answers.append((asked.status_code, asked["Location"], len(queries), page))  # type: ignore[attr-defined, index]
    assert answers[0] == answers[1]
    to_reader, to_stranger = mail.outbox
    assert to_reader.to == [reader.email]
    assert "You have an account there already" in to_reader.body
    assert reverse("account_reset_password") in to_reader.body
    assert "/accounts/signup/" not in to_reader.body
    assert "/accounts/signup/" in to_stranger.body


def test_one_address_gets_few_mails_and_one_place_asks_seldom(outsider: Client, reader: User, is_open: None) -> None:
    for email in (reader.email, EMAIL):
        statuses = [ask(Client(REMOTE_ADDR=f"10.0.0.{n}"), email).status_code for n in range(6)]  # type: ignore[attr-defined]
        assert statuses == [302] * 5 + [429]
    statuses = [ask(outsider, f"p{n}@example.org").status_code for n in range(21)]  # type: ignore[attr-defined]
    assert statuses == [302] * 20 + [429]


def test_a_mail_server_that_is_down_is_told_alike(
    outsider: Client, reader: User, is_open: None, settings: Settings, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    for email in (reader.email, EMAIL):
        answer = ask(outsider, email)
        assert answer.status_code == 503  # type: ignore[attr-defined]
        assert "The mail could not be sent" in answer.content.decode()  # type: ignore[attr-defined]
        assert f'value="{email}"' in answer.content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "email",
    [
        "",
        "ida",
        "ida@",
        "@example.org",
        "i da@example.org",
        "ida@exa..mple.org",
        "ida@" + "a" * 64 + ".example",
        "i" * 250 + "@example.org",
        "ida@example.org\x00",
        "ida@example.org\r\nBcc: eve@example.org",
        "ida@İ" + "x" * 70 + ".org",
    ],
)
def test_what_is_no_address_is_told_at_its_field(outsider: Client, is_open: None, email: str) -> None:
    answer = ask(outsider, email)
    assert answer.status_code == 200  # type: ignore[attr-defined]
    assert 'id="id_email_error"' in answer.content.decode()  # type: ignore[attr-defined]
    assert not mail.outbox
