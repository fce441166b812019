"""Inviting: one open invitation per address, mailed once by the worker, with a link that is nowhere else."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from pytest_django import Settings

from accounts import invitation_mails, invitations
from accounts.models import AuditRecord, Invitation, User, hash_token
from accounts.models.invitations import LOST_AFTER
from accounts.tasks import forget_expired, send_invitations
from readinglist import embedded_processes
from readinglist.calling import call_worker
from tests.fixtures.cast import make_person
from tests.fixtures.mail import SmtpServer
from tests.fixtures.threads import at_once

pytestmark = pytest.mark.django_db
SITE_URL = "https://reading.example.org"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> None:
    settings.SITE_URL = SITE_URL


def invite(*emails: str, by: User, role: str = "reader", now: datetime = NOW) -> invitations.Invited:
    return invitations.invite(emails, role=role, by=by, now=now)


def token_in(text: str) -> str:
    (token,) = re.findall(rf"{SITE_URL}/accounts/join/([\w-]+)/", text)
    return str(token)


def violates(name: str, invitation: Invitation, **fields: object) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Invitation.objects.filter(pk=invitation.pk).update(**fields)


# -------------------------------------------------------------------- inviting


def test_who_is_here_or_invited_is_told_apart_from_who_is_new(admin_user: User, reader: User) -> None:
    invite("zoe@example.org", by=admin_user)
    invited = invite("new@example.org", "zoe@example.org", reader.email, "new@example.org", by=admin_user)
    assert [row.email for row in invited.new] == ["new@example.org"]
    assert (invited.waiting, invited.here) == (["zoe@example.org"], [reader])
    (row,) = invited.new
    assert (row.expires_at, row.mail, row.invited_by) == (NOW + 14 * DAY, "waiting", admin_user)


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_invite_the_same_people_at_once_each_address_is_invited_by_one() -> None:
    dan, eve = (make_person(f"{name}@example.org", name, role="admin") for name in ("dan", "eve"))
    emails = [f"new{number}@example.org" for number in range(20)]
    both = at_once(lambda: invite(*emails, by=dan), lambda: invite(*reversed(emails), by=eve))
    assert Invitation.objects.count() == 20
    for mine, other in (both, reversed(both)):
        assert [row.email for row in other.new] == mine.waiting
    assert AuditRecord.objects.filter(action="invited").count() == 20


def test_sending_again_ends_the_old_link_and_begins_the_time_anew(admin_user: User) -> None:
    (row,) = invite("new@example.org", by=admin_user).new
    invitation_mails.send_waiting(now=NOW)
    late = NOW + 20 * DAY  # it has expired
    (again,) = invitations.send_again(Invitation.objects.filter(pk=row.pk), by=admin_user, now=late)
    assert (again.mail, again.sent_at, again.expires_at) == ("waiting", None, late + 14 * DAY)
    invitation_mails.send_waiting(now=late)
    first, second = (token_in(str(message.body)) for message in mail.outbox)
    assert not Invitation.objects.with_token(first).exists()
    assert Invitation.objects.with_token(second).get() == row


def test_what_is_over_is_neither_sent_again_nor_handed_over_nor_revoked(admin_user: User) -> None:
    (row,) = invite("new@example.org", by=admin_user).new
    assert invitations.revoke(row, by=admin_user, now=NOW)
    assert not invitations.revoke(row, by=admin_user, now=NOW)
    assert not invitations.send_again(Invitation.objects.filter(pk=row.pk), by=admin_user, now=NOW)
    assert invitations.hand_over(row, by=admin_user, now=NOW) is None
    assert invitation_mails.send_waiting(now=NOW) == 0
    assert list(AuditRecord.objects.order_by("pk").values_list("action", "person_name"))[-2:] == [
        ("invited", "new@example.org"),
        ("revoked", "new@example.org"),
    ]


def test_after_it_was_revoked_an_address_can_be_invited_again(admin_user: User) -> None:
    (row,) = invite("new@example.org", by=admin_user).new
    invitations.revoke(row, by=admin_user, now=NOW)
    assert len(invite("new@example.org", by=admin_user).new) == 1


def test_a_link_that_is_handed_over_is_not_ended_by_a_mail_that_was_waiting(admin_user: User) -> None:
    (row,) = invite("new@example.org", by=admin_user).new
    link = invitations.hand_over(row, by=admin_user, now=NOW)
    assert link is not None
    assert invitation_mails.send_waiting(now=NOW) == 0
    assert Invitation.objects.with_token(token_in(link.url)).get().mail == "by_hand"


def test_the_audit_log_holds_no_token(admin_user: User) -> None:
    (row,) = invite("new@example.org", by=admin_user, role="curator").new
    link = invitations.hand_over(row, by=admin_user, now=NOW)
    assert link is not None
    told = str(list(AuditRecord.objects.values()))
    assert token_in(link.url) not in told
    assert hash_token(token_in(link.url)) not in told


def test_what_came_to_nothing_is_forgotten_and_who_joined_is_not(admin_user: User, reader: User) -> None:
    long_ago = datetime.now(UTC) - 200 * DAY
    rows = invite("revoked@example.org", "expired@example.org", "joined@example.org", by=admin_user, now=long_ago).new
    revoked, joined = (next(row for row in rows if row.email.startswith(name)) for name in ("revoked", "joined"))
    invitations.revoke(revoked, by=admin_user, now=long_ago)
    Invitation.objects.filter(pk=joined.pk).update(accepted_at=long_ago, accepted_by=reader)
    invite("young@example.org", by=admin_user, now=datetime.now(UTC) - 30 * DAY)
    forget_expired()
    assert sorted(Invitation.objects.values_list("email", flat=True)) == ["joined@example.org", "young@example.org"]


def test_the_database_keeps_what_is_said_of_the_mail_coherent(admin_user: User) -> None:
    (row,) = invite("new@example.org", by=admin_user).new
    violates("invitation_mail_is_known", row, mail="pigeon")
    violates("invitation_sent_has_a_date", row, mail="sent")
    violates("invitation_sent_has_a_date", row, sent_at=NOW)
    violates("invitation_error_of_a_failed_mail", row, mail_error="Nobody answers.")
    violates("invitation_open_once_an_address", invite("b@example.org", by=admin_user).new[0], email=row.email)
    violates("invitation_email_is_in_small_letters", row, email="New@example.org")
    violates("invitation_role_is_known", row, role="king")
    violates("invitation_expires_later", row, expires_at=NOW)
    violates("invitation_accepted_or_revoked", row, accepted_at=NOW, revoked_at=NOW)
    violates("invitation_accepted_by_has_a_date", row, accepted_by=admin_user)


# --------------------------------------------------------------------- mailing


def test_the_mail_says_who_invites_to_what_until_when(admin_user: User) -> None:
    (row,) = invite("new@example.org", by=admin_user, role="curator").new
    assert invitation_mails.send_waiting(now=NOW) == 1
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["new@example.org"], "Dana Admin invites you to Readinglist")
    body = str(message.body)
    assert "Dana Admin (dana@example.org) invites you" in body
    assert "You join as a curator" in body
    assert "until Friday, 4 December 2026, 09:00" in body
    assert Invitation.objects.with_token(token_in(body)).get() == row
    row.refresh_from_db()
    assert (row.mail, row.sent_at) == ("sent", NOW)


def test_an_invitation_of_somebody_who_is_gone_is_mailed_all_the_same(admin_user: User) -> None:
    invite("new@example.org", by=admin_user)
    Invitation.objects.update(invited_by=None)
    assert invitation_mails.send_waiting(now=NOW) == 1
    assert mail.outbox[0].subject == "An invitation to Readinglist"
    assert "you are invited to Readinglist" in str(mail.outbox[0].body)


def test_a_name_cannot_smuggle_headers(admin_user: User) -> None:
    User.objects.filter(pk=admin_user.pk).update(name="Dana\r\nBcc: x@example.org")
    invite("new@example.org", by=admin_user)
    invitation_mails.send_waiting(now=NOW)
    assert mail.outbox[0].subject == "Dana Bcc: x@example.org invites you to Readinglist"
    assert mail.outbox[0].recipients() == ["new@example.org"]


def test_many_are_mailed_over_one_connection_and_a_refused_one_says_why(admin_user: User, smtp: SmtpServer) -> None:
    smtp.refused["new7@example.org"] = "550 no such box"
    invite(*(f"new{number}@example.org" for number in range(40)), by=admin_user)
    assert invitation_mails.send_waiting(now=NOW) == 39
    assert smtp.connections <= 2  # a new one after the refusal
    assert len(set(smtp.recipients)) == 39
    failed = Invitation.objects.with_failed_mail(NOW).get()
    assert (failed.email, failed.sent_at) == ("new7@example.org", None)
    assert failed.mail_error == "The mail server refuses the address: 550 no such box"
    assert invitation_mails.send_waiting(now=NOW) == 0


def test_where_no_mail_server_answers_every_invitation_says_so(
    admin_user: User, settings: Settings, closed_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    invite("a@example.org", "b@example.org", by=admin_user)
    assert invitation_mails.send_waiting(now=NOW) == 0
    reasons = set(Invitation.objects.values_list("mail", "mail_error"))
    assert {state for state, _reason in reasons} == {"failed"}
    assert all(reason.startswith("The mail server cannot be reached") for _state, reason in reasons)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_mail_each_invitation_once(smtp: SmtpServer) -> None:
    dana = make_person("dana@example.org", "Dana", role="admin")
    invite(*(f"new{number}@example.org" for number in range(10)), by=dana)
    sent = at_once(*[lambda: invitation_mails.send_waiting(now=NOW)] * 2)
    assert sum(sent) == len(smtp.messages) == 10
    assert len(set(smtp.recipients)) == 10


def test_a_worker_that_was_killed_while_mailing_leaves_the_invitation_for_later(admin_user: User) -> None:
    (row,) = invite("new@example.org", by=admin_user).new
    assert invitations.take_to_mail(row.pk, now=NOW) is not None
    assert invitation_mails.send_waiting(now=NOW + timedelta(minutes=5)) == 0
    assert invitation_mails.send_waiting(now=NOW + LOST_AFTER + timedelta(seconds=1)) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("celery_worker_process")
def test_the_worker_mails_when_it_is_called() -> None:
    dana = make_person("dana@example.org", "Dana", role="admin")
    (row,) = invite("new@example.org", by=dana, now=datetime.now(UTC)).new
    call_worker(send_invitations)
    assert embedded_processes.wait_until(Invitation.objects.filter(pk=row.pk, mail="sent").exists, 20)
