"""Setting, forgetting and changing a password, and the mails for it."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.core import mail
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from accounts.adapter import InstanceAdapter
from accounts.models import User
from tests.fixtures.cast import PASSWORD

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "eleven green bottles"


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> str:
    settings.SITE_URL = "https://reading.example.org"
    return "https://reading.example.org"


def ask(client: Client, email: str, **extra: Any) -> Any:
    return client.post(reverse("account_reset_password"), {"email": email}, **extra)


def path_in(text: str, site_url: str) -> str:
    """The path of the set-password link in a mail, whose address must be SITE_URL's."""
    addresses = re.findall(r"https?://\S+", text)
    assert len(addresses) == 1
    assert addresses[0].startswith(f"{site_url}/accounts/password/reset/key/")
    return str(addresses[0].removeprefix(site_url))


def test_a_forgotten_password_is_replaced_and_signs_in(outsider: Client, reader: User, site_url: str) -> None:
    response = ask(outsider, "Ada@Example.org")
    assert response["Location"] == reverse("account_reset_password_done")
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert message.subject == "A link to set a new password"
    assert "Hello Ada Reader" in message.body
    page = outsider.get(path_in(str(message.body), site_url), follow=True)
    assert "key/" in page.redirect_chain[0][0]
    assert "set-password" in page.redirect_chain[0][0], "the key leaves the address bar"
    assert "no-store" in page["Cache-Control"]
    done = outsider.post(page.redirect_chain[0][0], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert done["Location"] == reverse("reading:home")
    assert outsider.session["_auth_user_id"] == str(reader.pk)
    reader.refresh_from_db()
    assert reader.check_password(NEW_PASSWORD)


def test_a_link_is_good_for_one_password(outsider: Client, reader: User, site_url: str) -> None:
    ask(outsider, reader.email)
    path = path_in(str(mail.outbox[0].body), site_url)
    form = outsider.get(path, follow=True).redirect_chain[0][0]
    outsider.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    again = Client().get(path, follow=True)
    assert "This link no longer works" in again.content.decode()
    assert reverse("account_reset_password") in again.content.decode()


def test_an_old_link_offers_a_new_one(outsider: Client, reader: User, site_url: str, settings: Settings) -> None:
    ask(outsider, reader.email)
    settings.PASSWORD_RESET_TIMEOUT = -1
    page = outsider.get(path_in(str(mail.outbox[0].body), site_url), follow=True).content.decode()
    assert "This link no longer works" in page
    assert "Send me a new link" in page


def test_weak_and_unlike_passwords_are_told_at_their_field(outsider: Client, reader: User, site_url: str) -> None:
    ask(outsider, reader.email)
    form = outsider.get(path_in(str(mail.outbox[0].body), site_url), follow=True).redirect_chain[0][0]
    page = outsider.post(form, {"password1": "short", "password2": "short"}).content.decode()
    assert "at least 10 characters" in page
    assert 'aria-describedby="id_password1_helptext id_password1_error"' in page
    page = outsider.post(form, {"password1": NEW_PASSWORD, "password2": "another"}).content.decode()
    assert "the same password each time" in page
    assert 'aria-describedby="id_password2_error"' in page
    reader.refresh_from_db()
    assert reader.check_password(PASSWORD)


def test_the_answer_is_the_same_for_an_unknown_address(outsider: Client, reader: User) -> None:
    known, unknown = ask(outsider, reader.email), ask(Client(), "nobody@example.org")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert "If an account has this address" in outsider.get(known["Location"]).content.decode()
    to_unknown = mail.outbox[1]
    assert to_unknown.to == ["nobody@example.org"]
    assert "It belongs to no account there" in to_unknown.body
    assert "http" not in to_unknown.body, "sign-up is closed: there is nothing to offer"


def test_who_may_not_sign_in_gets_no_link(outsider: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(is_active=False)
    ask(outsider, reader.email)
    assert "/reset/key/" not in mail.outbox[0].body


def test_asking_again_and_again_for_one_address_is_stopped(outsider: Client, reader: User) -> None:
    assert [ask(outsider, reader.email).status_code for _ in range(6)] == [302] * 5 + [429]
    assert len(mail.outbox) == 5


def test_the_link_names_the_site_whatever_the_request_says(
    outsider: Client, reader: User, site_url: str, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    ask(outsider, reader.email, HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example")
    assert "evil" not in mail.outbox[0].body
    path_in(str(mail.outbox[0].body), site_url)


def test_a_hostile_host_is_refused(outsider: Client, reader: User) -> None:
    assert ask(outsider, reader.email, HTTP_HOST="evil.example").status_code == 400
    assert not mail.outbox


def test_a_mail_server_that_is_down_is_told_alike_for_every_address(
    outsider: Client, reader: User, settings: Settings, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    for email in (reader.email, "nobody@example.org"):
        response = ask(outsider, email)
        assert response.status_code == 503
        assert "The mail could not be sent" in response.content.decode()
        assert f'value="{email}"' in response.content.decode()


# --------------------------------------------------------------- real carriers


class Letterbox:
    """What a mail server does with a message."""

    def __init__(self) -> None:
        self.received: list[tuple[list[str], bytes]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.received.append((envelope.rcpt_tos, envelope.content))
        return "250 OK"


def test_the_link_goes_out_through_a_real_mail_server(
    outsider: Client, reader: User, site_url: str, settings: Settings, unused_tcp_port: int
) -> None:
    letterbox = Letterbox()
    server = Controller(letterbox, hostname="127.0.0.1", port=unused_tcp_port)
    server.start()
    try:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
        assert ask(outsider, reader.email).status_code == 302
    finally:
        server.stop()
    ((recipients, content),) = letterbox.received
    assert recipients == ["ada@example.org"]
    message = message_from_bytes(content, _class=ParsedMessage, policy=policy.default)
    assert message["Subject"] == "A link to set a new password"
    path = path_in(message.get_content(), site_url)
    assert outsider.get(path, follow=True).status_code == 200


def test_without_a_mail_server_the_mail_is_a_file_that_mail_programs_open(
    outsider: Client, reader: User, site_url: str, settings: Settings, tmp_path: Path
) -> None:
    settings.EMAIL_BACKEND = "readinglist.mail.FolderBackend"
    settings.MAIL_FOLDER = tmp_path / "mail"
    User.objects.filter(pk=reader.pk).update(name="Ægir Þórsson")
    ask(outsider, reader.email)
    (path,) = (tmp_path / "mail").iterdir()
    assert path.suffix == ".eml"
    # The mail lets somebody in: nobody else on this machine reads it.
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    message = message_from_bytes(path.read_bytes(), _class=ParsedMessage, policy=policy.default)
    assert message["To"] == "ada@example.org"
    assert message["Date"]
    assert "Hello Ægir Þórsson" in message.get_content()
    path_in(message.get_content(), site_url)


# ----------------------------------------------------------- while signed in


def test_a_reader_changes_the_password_and_stays_signed_in(reader_client: Client, reader: User) -> None:
    response = reader_client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
        follow=True,
    )
    assert response.redirect_chain == [(reverse("accounts:settings"), 302)]
    assert "Your password is set." in response.content.decode()
    reader.refresh_from_db()
    assert reader.check_password(NEW_PASSWORD)


def test_other_browsers_are_signed_out_when_the_password_changes(reader_client: Client, reader: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(reader)
    reader_client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    )
    assert elsewhere.get(reverse("accounts:settings")).status_code == 302


def test_the_old_password_must_be_right(reader_client: Client, reader: User) -> None:
    page = reader_client.post(
        reverse("account_change_password"),
        {"oldpassword": "wrong", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD},
    ).content.decode()
    assert "This is not your password" in page
    assert 'aria-describedby="id_oldpassword_error"' in page


def test_who_has_no_password_yet_sets_one(outsider: Client) -> None:
    invited = User.objects.create_user("new@example.org", name="New")
    outsider.force_login(invited)
    asked = outsider.get(reverse("account_change_password"))
    assert asked["Location"] == reverse("account_set_password")
    outsider.post(asked["Location"], {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    invited.refresh_from_db()
    assert invited.check_password(NEW_PASSWORD)


def test_a_zone_and_a_language_that_are_gone_stop_no_mail(outsider: Client, reader: User, site_url: str) -> None:
    User.objects.filter(pk=reader.pk).update(zone="Mars/Olympus", language="xx")
    ask(outsider, reader.email)
    form = outsider.get(path_in(str(mail.outbox[0].body), site_url), follow=True).redirect_chain[0][0]
    outsider.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert [letter.subject for letter in mail.outbox] == ["A link to set a new password", "Your password was changed"]


def test_a_new_password_undoes_nothing_that_an_admin_does_meanwhile(reader_client: Client, reader: User) -> None:
    request = RequestFactory().post(reverse("account_change_password"))
    request.session = reader_client.session
    User.objects.filter(pk=reader.pk).update(is_active=False)
    with request_context(request):
        InstanceAdapter().set_password(reader, NEW_PASSWORD)
    kept = User.objects.get(pk=reader.pk)
    assert kept.check_password(NEW_PASSWORD)
    assert not kept.is_active


def test_an_outsider_cannot_change_a_password(outsider: Client) -> None:
    assert outsider.get(reverse("account_change_password")).status_code == 302


def test_an_address_that_was_corrected_receives_nothing_any_more(
    outsider: Client, admin_client: Client, reader: User
) -> None:
    ask(outsider, reader.email)
    person = {"email": "ada@right.example", "name": reader.name, "role": "reader"}
    saved = admin_client.post(reverse("admin:accounts_user_change", args=[reader.pk]), person | {"is_active": "on"})
    assert saved.status_code == 302
    assert not EmailAddress.objects.filter(email="ada@example.org").exists()
    mail.outbox.clear()
    ask(Client(), "ada@example.org")
    assert "/reset/key/" not in mail.outbox[0].body
    response = Client().post(reverse("account_login"), {"login": "ada@example.org", "password": PASSWORD})
    assert "do not belong together" in response.content.decode()
