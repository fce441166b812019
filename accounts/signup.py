"""Joining without being asked, where SIGNUP allows it: the address first, then the person.

Nobody is here before the link that was mailed to their address is opened, so no address is squatted and none is
unproven; the link holds the address under a signature, and nothing is kept until somebody joins by it.
"""

from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import addresses, audit, joining
from accounts.links import absolute
from accounts.models import AuditRecord, User

_SALT = "accounts.signup"


class NoSignUp(Exception):
    """This link makes nobody: `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def is_open() -> bool:
    """Whether there is a page to sign up at all."""
    return bool(settings.SIGNUP != "invite")


def may_join(email: str) -> bool:
    """Whether whoever has this address, in its normal form, may join without an invitation."""
    if settings.SIGNUP == "domain":
        return email.rpartition("@")[2] in settings.SIGNUP_DOMAINS
    return is_open()


def validate_domain(email: str) -> None:
    """Refuses what SIGNUP=domain leaves out. It depends on the address alone, and tells nothing about who is here."""
    if settings.SIGNUP == "domain" and not may_join(email):
        domains = ", ".join(sorted(settings.SIGNUP_DOMAINS))
        raise ValidationError(_("Use an address of %(domains)s."), params={"domains": domains})


def offer(email: str, *, now: datetime) -> None:
    """Mails a link to join; to somebody who is here already, that they are. Who asks sees the same either way."""
    if addresses.find(email):
        password_url = absolute(reverse("account_reset_password"))
        get_adapter().send_mail("account/email/account_already_exists", email, {"password_url": password_url})
        return
    context = {
        "join_url": absolute(reverse("accounts:join_here", args=[signing.dumps(email, salt=_SALT)])),
        "until": now + timedelta(hours=settings.MAILED_LINK_HOURS),
    }
    get_adapter().send_mail("account/email/signup", email, context)


def email_of(token: str) -> str:
    """The address that was proven by opening this link; NoSignUp where it lets nobody join."""
    try:
        email = str(signing.loads(token, salt=_SALT, max_age=timedelta(hours=settings.MAILED_LINK_HOURS)))
    except signing.SignatureExpired:
        raise NoSignUp("over") from None
    except signing.BadSignature:
        raise NoSignUp("unknown") from None
    if addresses.find(email):
        raise NoSignUp("here")
    if not may_join(email):
        raise NoSignUp("closed")
    return email


@transaction.atomic
def join(email: str, password: str | None = None, *, now: datetime, **fields: Any) -> User:
    """Makes whoever has proven this address a reader, or what an open invitation to it says.

    NoSignUp where somebody with the address was faster.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, **fields)
    except IntegrityError:
        raise NoSignUp("here") from None
    if not joining.accept_for(user, now=now):
        audit.record(AuditRecord.Action.JOINED, actor=user, person=user, now=now, role=user.role)
    return user
