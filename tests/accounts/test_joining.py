"""From the link in the mail to being in: one person an invitation, and a clear page for a link that leads nowhere."""

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import invitation_mails, invitations, joining
from accounts.logs import WithoutTokens
from accounts.models import AuditRecord, Invitation, User
from accounts.welcoming import landing
from tests.fixtures.cast import PASSWORD, make_person
from tests.fixtures.threads import at_once

pytestmark = pytest.mark.django_db
SITE_URL = "https://reading.example.org"
FORM = "/accounts/join/"


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> None:
    settings.SITE_URL = SITE_URL


@pytest.fixture
def invitation(admin_user: User) -> Invitation:
    (row,) = invitations.invite(["eve@example.org"], role="curator", by=admin_user, now=timezone.now()).new
    return row


def mailed_link(row: Invitation) -> str:
    """The path of the link in the newest mail, once the worker has been."""
    invitation_mails.send_waiting(now=timezone.now())
    (path,) = re.findall(rf"{SITE_URL}(/accounts/join/\S+)", str(mail.outbox[-1].body))
    assert mail.outbox[-1].to == [row.email]
    return str(path)


def join(client: Client, link: str, **fields: str) -> Any:
    client.get(link)
    return client.post(FORM, {"name": "Eve New", "password": PASSWORD} | fields)


def test_the_link_leads_to_a_form_that_makes_the_person_and_signs_them_in(
    outsider: Client, invitation: Invitation, admin_user: User
) -> None:
    link = mailed_link(invitation)
    arrived = outsider.get(link)
    assert arrived["Location"] == FORM  # no page, and so no Referer, has the token in its address
    page = outsider.get(FORM)
    assert "Dana Admin invites you" in page.text
    assert "You join as a curator" in page.text
    assert 'value="eve@example.org"' in page.text
    assert "no-store" in page["Cache-Control"]
    before = outsider.session.session_key

    answer = outsider.post(FORM, {"name": "Eve New", "password": PASSWORD})

    eve = User.objects.get(email="eve@example.org")
    assert answer["Location"] == landing(eve)
    assert (eve.name, eve.role, eve.check_password(PASSWORD)) == ("Eve New", "curator", True)
    assert outsider.session["_auth_user_id"] == str(eve.pk)
    assert outsider.session.session_key != before
    assert "joining" not in outsider.session
    invitation.refresh_from_db()
    assert invitation.accepted_by == eve
    lines = AuditRecord.objects.filter(person=eve).order_by("pk")
    assert [(line.action, line.actor) for line in lines] == [("joined", eve), ("role", admin_user)]


def test_looking_uses_nothing_up(outsider: Client, invitation: Invitation) -> None:
    link = mailed_link(invitation)
    for _ in range(3):
        Client().head(link)
        Client().get(link, follow=True)
    assert join(outsider, link).status_code == 302


def test_the_token_is_neither_in_the_session_nor_in_the_log(
    outsider: Client, invitation: Invitation, caplog: pytest.LogCaptureFixture
) -> None:
    link = mailed_link(invitation)
    token = link.split("/")[-2]
    outsider.get(link)
    assert token not in str(dict(outsider.session))
    record = logging.LogRecord("django.request", logging.WARNING, "", 1, "Gone: %s", (link,), None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == "Gone: /accounts/join/…/"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": " "}, "This field is required."),
        ({"name": "E" * 101}, "at most 100 characters"),
        ({"password": ""}, "This field is required."),
        ({"password": "short"}, "at least 10 characters"),
        ({"password": "password1234"}, "too common"),
        ({"password": "8675309867530"}, "entirely numeric"),
        ({"password": "eve@example.org"}, "too similar to the e-mail"),
        ({"password": "Eve Newcomer", "name": "Eve Newcomer"}, "too similar to the name"),
    ],
)
def test_what_is_wrong_is_told_and_makes_nobody(
    outsider: Client, invitation: Invitation, fields: dict[str, str], told: str
) -> None:
    page = join(outsider, mailed_link(invitation), **fields)
    assert told in page.text
    if name := fields.get("name", "Eve New").strip():
        assert f'value="{name}"' in page.text
    assert not User.objects.filter(email="eve@example.org").exists()
    assert Invitation.objects.open().exists()


# ------------------------------------------------------- links that lead nowhere


def test_each_link_that_is_over_says_why_and_what_to_do(outsider: Client, invitation: Invitation) -> None:
    link, now = mailed_link(invitation), timezone.now()
    row = Invitation.objects.filter(pk=invitation.pk)

    def refused() -> tuple[int, str]:
        page = outsider.get(link)
        return page.status_code, page.text

    row.update(created_at=now - timedelta(days=15), expires_at=now - timedelta(seconds=1))
    status, text = refused()
    assert status == 410
    assert "This invitation has expired" in text
    assert "Ask Dana Admin to send it again." in text
    row.update(expires_at=now + timedelta(days=1), revoked_at=now)
    status, text = refused()
    assert status == 410
    assert "This invitation was taken back" in text
    row.update(revoked_at=None, accepted_at=now)
    status, text = refused()
    assert status == 410
    assert "This invitation was accepted" in text
    row.update(accepted_at=None)
    make_person("eve@example.org", "Eve")
    status, text = refused()
    assert status == 410
    assert "You are here already" in text


@pytest.mark.parametrize("token", ["x", "a" * 3000, "%00", "é", "%2e%2e"])
def test_an_unknown_link_is_not_found(outsider: Client, token: str) -> None:
    page = outsider.get(f"{FORM}{token}/")
    assert page.status_code == 404
    assert "No such invitation" in page.text


def test_the_form_without_a_link_is_not_found(outsider: Client) -> None:
    assert outsider.get(FORM).status_code == 404
    assert outsider.post(FORM, {"name": "Eve", "password": PASSWORD}).status_code == 404
    assert not User.objects.exists()


def test_a_link_that_was_sent_again_meanwhile_lets_nobody_in(
    outsider: Client, invitation: Invitation, admin_user: User
) -> None:
    link = mailed_link(invitation)
    outsider.get(link)
    invitations.send_again(Invitation.objects.filter(pk=invitation.pk), by=admin_user, now=timezone.now())
    assert outsider.post(FORM, {"name": "Eve", "password": PASSWORD}).status_code == 404
    assert not User.objects.filter(email="eve@example.org").exists()


def test_who_is_signed_in_as_somebody_else_is_told_and_becomes_the_one_invited(
    reader_client: Client, invitation: Invitation
) -> None:
    link = mailed_link(invitation)
    assert "You are signed in as ada@example.org now" in reader_client.get(link, follow=True).text
    join(reader_client, link)
    assert reader_client.session["_auth_user_id"] == str(User.objects.get(email="eve@example.org").pk)


def test_somebody_who_tries_on_and_on_has_to_wait(outsider: Client, invitation: Invitation) -> None:
    outsider.get(mailed_link(invitation))
    answers = [outsider.post(FORM, {"name": "Eve", "password": "short"}).status_code for _ in range(21)]
    assert answers == [200] * 20 + [429]


@pytest.mark.django_db(transaction=True)
def test_of_two_forms_sent_at_once_one_makes_the_person() -> None:
    dana = make_person("dana@example.org", "Dana", role="admin")
    (row,) = invitations.invite(["eve@example.org"], role="reader", by=dana, now=timezone.now()).new
    link = mailed_link(row)
    clients = [Client() for _ in range(3)]
    for client in clients:
        client.get(link)
    answers = at_once(*(lambda c=client: c.post(FORM, {"name": "Eve", "password": PASSWORD}) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [302, 410, 410]
    assert User.objects.filter(email="eve@example.org").count() == 1
    assert AuditRecord.objects.filter(action="joined").count() == 1


# -------------------------------------------------------------- another way in


def test_who_came_in_by_another_way_gets_what_they_were_invited_to(invitation: Invitation) -> None:
    eve = make_person("eve@example.org", "Eve")
    assert joining.accept_for(eve, now=timezone.now()) == invitation
    assert User.objects.get(pk=eve.pk).role == "curator"
    invitation.refresh_from_db()
    assert invitation.accepted_by == eve
    assert joining.accept_for(eve, now=timezone.now()) is None


def test_an_invitation_takes_no_role_away(admin_user: User) -> None:
    boss = make_person("boss@example.org", "Boss", role="admin")
    Invitation.objects.create(
        email=boss.email, token_hash="x", created_at=timezone.now(), expires_at=timezone.now() + timedelta(days=1)
    )
    assert joining.accept_for(boss, now=timezone.now()) is not None
    assert User.objects.get(pk=boss.pk).role == "admin"


def test_an_invitation_that_is_over_gives_nothing(invitation: Invitation) -> None:
    eve = make_person("eve@example.org", "Eve")
    assert joining.accept_for(eve, now=timezone.now() + timedelta(days=15)) is None
    assert User.objects.get(pk=eve.pk).role == "reader"
