"""Who is asked to join: inviting, asking again, taking back, and a link for handing over."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import audit
from accounts.links import Link, absolute
from accounts.models import AuditRecord, Invitation, InvitationQuerySet, User, hash_token

Action = AuditRecord.Action

KEPT = timedelta(days=90)  # after that what came to nothing is forgotten


@dataclass(frozen=True)
class Invited:
    """What came of inviting some addresses: each of them stands in one of these."""

    new: list[Invitation]
    waiting: list[str]  # have an open invitation already
    here: list[User]


@transaction.atomic
def invite(emails: Iterable[str], *, role: str, by: User, now: datetime) -> Invited:
    """Invites who is neither here nor invited; the mails are the worker's."""
    asked = sorted(set(emails))  # in one order, so that two admins at once wait for each other at most
    here = list(User.objects.filter(email__in=asked))
    known = {person.email for person in here}
    rows = [
        Invitation(
            email=email,
            role=role,
            token_hash=hash_token(_new_token()),  # of nobody: the one that counts is made with the mail
            invited_by=by,
            created_at=now,
            expires_at=_end(now),
        )
        for email in asked
        if email not in known
    ]
    # Where another admin was faster with an address, the database keeps theirs.
    Invitation.objects.bulk_create(rows, ignore_conflicts=True)
    new = list(Invitation.objects.filter(token_hash__in=[row.token_hash for row in rows]).order_by("email"))
    for invitation in new:
        _record(Action.INVITED, invitation, by=by, now=now)
    added = {invitation.email for invitation in new}
    return Invited(new, [row.email for row in rows if row.email not in added], here)


@transaction.atomic
def send_again(invitations: InvitationQuerySet, *, by: User, now: datetime) -> list[Invitation]:
    """Has those still open mailed anew, with all the time there is; links sent before end now."""
    again = list(invitations.open().order_by("pk").select_for_update(of=("self",)))
    for invitation in again:
        invitation.token_hash = hash_token(_new_token())
        invitation.mail, invitation.mail_error = Invitation.Mail.WAITING, ""
        invitation.tried_at = invitation.sent_at = None
        invitation.expires_at = _end(now)
        invitation.save()
        _record(Action.RESENT, invitation, by=by, now=now)
    return again


@transaction.atomic
def revoke(invitation: Invitation, *, by: User, now: datetime) -> bool:
    """Takes the invitation back; False where it is not open any more."""
    if Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=now) == 0:
        return False
    _record(Action.REVOKED, invitation, by=by, now=now)
    return True


@transaction.atomic
def hand_over(invitation: Invitation, *, by: User, now: datetime) -> Link | None:
    """A new link for the admin to pass on, in place of the one in the mail; None where it is not open any more."""
    token = _new_token()
    by_hand = {"mail": Invitation.Mail.BY_HAND, "mail_error": "", "sent_at": None, "tried_at": None}
    fields = by_hand | {"token_hash": hash_token(token), "expires_at": _end(now)}
    if Invitation.objects.open().filter(pk=invitation.pk).update(**fields) == 0:
        return None
    _record(Action.LINK, invitation, by=by, now=now)
    return Link(_address(token), None, _end(now))


def take_to_mail(pk: int, *, now: datetime) -> tuple[Invitation, Link] | None:
    """Makes the mail of this invitation the caller's alone, with a link that is made for it; None where it is not."""
    token = _new_token()
    mine = {"token_hash": hash_token(token), "tried_at": now}
    if Invitation.objects.to_mail(now).filter(pk=pk).update(**mine) == 0:
        return None
    invitation = Invitation.objects.select_related("invited_by").get(pk=pk)
    return invitation, Link(_address(token), None, invitation.expires_at)


def forget_past(*, now: datetime) -> int:
    """Removes those that were revoked or have expired long ago; who accepted one is a matter of record."""
    past = Invitation.objects.filter(revoked_at__lt=now - KEPT) | Invitation.objects.expired(now - KEPT)
    return past.delete()[0]


def _record(action: str, invitation: Invitation, *, by: User, now: datetime) -> None:
    audit.record(action, actor=by, person=None, person_name=invitation.email, now=now, role=invitation.role)


def _end(now: datetime) -> datetime:
    return now + timedelta(days=settings.INVITATION_DAYS)


def _new_token() -> str:
    return secrets.token_urlsafe(32)


def _address(token: str) -> str:
    return absolute(reverse("accounts:join", args=[token]))
