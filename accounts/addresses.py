"""A person's address: one, kept on the person, and proven before it gets there.

Whoever signs up, follows an invitation or changes their address has opened a link that was mailed to it; where an admin
hands the link over or changes the address, the admin vouches. So nothing has to be confirmed afterwards. allauth's own
table of addresses stays empty and is not read: a copy that went stale would let somebody in.
"""

import contextlib
import logging
from datetime import datetime, timedelta

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from accounts.links import absolute
from accounts.models import User, fingerprint_of

logger = logging.getLogger(__name__)

LONGEST = 254
_SALT = "accounts.addresses"


class LinkOver(Exception):
    """A link that changes no address: it is too old, was used, or is somebody else's."""


class AddressTaken(Exception):
    """Somebody else has this address by now."""


def normalise(email: str) -> str:
    """As addresses are kept: small letters, and the domain in its ASCII form."""
    local, at, domain = email.strip().rpartition("@")
    try:
        kept = f"{local}{at}{domain.encode('idna').decode()}".lower()
    except ValueError:
        raise ValidationError(_("“%(domain)s” is no domain."), params={"domain": domain}) from None
    if len(kept) > LONGEST:
        raise ValidationError(_("This address is too long."))
    return kept


def find(email: str) -> User | None:
    """Who has this address, active or not, however its domain is written."""
    spellings = {email.strip().lower()}
    with contextlib.suppress(ValidationError):  # nobody is found by it
        spellings.add(normalise(email))
    return User.objects.filter(email__in=spellings).order_by("pk").first()


def as_kept(email: str) -> str:
    """This address as its person has it, or in its normal form: a limit that counts by it counts all spellings."""
    if found := find(email):
        return found.email
    try:
        return normalise(email)
    except ValidationError:
        return email.strip().lower()


# ------------------------------------------------------------ changing it


def ask_to_change(user: User, email: str, *, now: datetime) -> None:
    """Mails `email` the link that makes it the address of `user`; where somebody has it, they are told instead.

    Who asks sees the same either way.
    """
    if find(email):
        get_adapter().send_mail("account/email/address_taken", email, {})
        return
    token = signing.dumps({"user": user.pk, "was": fingerprint_of(user), "email": email}, salt=_SALT)
    context = {
        "person": user,
        "change_url": absolute(reverse("accounts:change_email", args=[token])),
        "until": now + timedelta(hours=settings.MAILED_LINK_HOURS),
    }
    get_adapter().send_mail("account/email/address_change", email, context)


def asked_for(token: str, user: User) -> str:
    """The address that this link gives `user`; LinkOver where it gives none."""
    try:
        asked = signing.loads(token, salt=_SALT, max_age=timedelta(hours=settings.MAILED_LINK_HOURS))
    except signing.BadSignature:
        raise LinkOver from None
    # Like links that sign in, it ends when password or address changes.
    if asked["user"] != user.pk or not constant_time_compare(asked["was"], fingerprint_of(user)):
        raise LinkOver
    return str(asked["email"])


def change(token: str, user: User) -> User:
    """Gives `user` the address that the link names, and tells the old one; AddressTaken where somebody was faster."""
    try:
        with transaction.atomic():
            person = User.objects.select_for_update().get(pk=user.pk)
            old, person.email = person.email, asked_for(token, person)
            person.save(update_fields=["email"])
    except IntegrityError:
        raise AddressTaken from None
    try:
        get_adapter().send_mail("account/email/address_changed", old, {"person": person})
    except OSError:  # the address is changed all the same
        logger.exception("User %s could not be told at the old address that it was changed", person.pk)
    return person
