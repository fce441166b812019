"""Links that let people in: one that signs in once, the first admin's, and the one that sets a password."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import audit
from accounts.models import AuditRecord, Role, SignInLink, User
from accounts.roles import set_role
from readinglist.mail_carrier import Carrier, InDoubt, NotTaken
from readinglist.mail_words import one_line

logger = logging.getLogger(__name__)


class NoLink(Exception):
    """No link can be made or used; the message says why and what to do."""


class AlreadySetUp(NoLink):
    """There is an admin, so nobody becomes the first any more."""


@dataclass(frozen=True)
class Link:
    url: str
    user: User | None  # None: whoever becomes the first admin, or joins by it
    expires_at: datetime


@dataclass(frozen=True)
class MailedLink:
    link: Link
    is_mailed: bool


def absolute(path: str) -> str:
    """The address of `path` as people outside reach it, whatever Host a request names."""
    return f"{settings.SITE_URL}{path}"


# ------------------------------------------------------------ signing in once


@transaction.atomic
def make_link(user: User | None, *, now: datetime) -> Link:
    """A new one-time link for `user`, or for whoever becomes the first admin. Only who has the machine makes one."""
    link, token = SignInLink.make(user, now=now)
    if user is not None:
        audit.record(AuditRecord.Action.LINK, actor=None, person=user, now=now, lets="sign in")
    return Link(absolute(reverse("accounts:link", args=[token])), user, link.expires_at)


def make_link_for(email: str, *, now: datetime) -> Link:
    """A link that signs in the active person with this address."""
    try:
        user = User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise NoLink(_("Nobody here has the address %(email)s.") % {"email": email}) from None
    if not user.is_active:
        raise NoLink(_("Access is switched off for %(email)s: an admin can switch it on again.") % {"email": email})
    return make_link(user, now=now)


def make_first_link(*, now: datetime) -> Link | None:
    """A link to the first admin's form; None once there is an admin."""
    return None if User.objects.admins().exists() else make_link(None, now=now)


def make_obvious_link(*, now: datetime) -> Link:
    """The first admin's link while there is none, and then one for the only admin."""
    if first := make_first_link(now=now):
        return first
    admins = list(User.objects.admins().order_by("email"))
    if len(admins) == 1:
        return make_link(admins[0], now=now)
    commands = "\n".join(f"  manage.py signinlink {admin.email}" for admin in admins)
    raise NoLink(_("There are several admins. Say whom to sign in:\n%(commands)s") % {"commands": commands})


@transaction.atomic
def make_first_admin(link: SignInLink, *, email: str, name: str, password: str, zone: str, now: datetime) -> User:
    """Uses `link` up and returns the new admin; AlreadySetUp or NoLink where somebody was faster."""
    with connection.cursor() as cursor:
        # Of several forms sent at once the second waits here until the first admin can be seen.
        cursor.execute(f"LOCK TABLE {connection.ops.quote_name(User._meta.db_table)} IN SHARE ROW EXCLUSIVE MODE")
    if User.objects.admins().exists():
        raise AlreadySetUp
    if not link.claim(now=now):
        raise NoLink
    user = User.objects.create_user(email, password, name=name, zone=zone)
    set_role(user, Role.ADMIN, by=user, now=now)
    return user


# ---------------------------------------------------------- setting a password


def password_link(user: User, *, now: datetime) -> Link:
    """Where `user` sets a password; it also ends when they sign in or set one before."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return Link(absolute(path), user, password_link_ends(now))


def mail_password_link(user: User, *, by: User, now: datetime) -> MailedLink:
    """Mails `user` a link to set a password. Without a mail server the link is still there to be handed over."""
    link = password_link(user, now=now)
    audit.record(AuditRecord.Action.LINK, actor=by, person=user, now=now, lets="set a password")
    context = {"user": user, "by": by, "password_url": link.url, "until": link.expires_at}
    subject = one_line(render_to_string("account/email/password_link_subject.txt", context))
    body = render_to_string("account/email/password_link_message.txt", context).strip() + "\n"
    try:
        with Carrier() as carrier:
            carrier.send(EmailMessage(subject, body, to=[user.email]))
    except (NotTaken, InDoubt) as error:
        logger.warning("The link of user %s could not be mailed: %s", user.pk, error)
        return MailedLink(link, is_mailed=False)
    return MailedLink(link, is_mailed=True)


def password_link_ends(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
