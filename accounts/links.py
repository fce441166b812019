"""Links that let people in: one that signs in once, the first admin's, and the one that sets a password."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, SignInLink, User
from accounts.roles import set_role


class NoLink(Exception):
    """No link can be made or used; the message says why and what to do."""


class AlreadySetUp(NoLink):
    """Somebody can sign in, so nobody becomes the first admin any more."""


@dataclass(frozen=True)
class Link:
    url: str
    user: User | None  # None: whoever becomes the first admin
    expires_at: datetime


def absolute(path: str) -> str:
    """The address of `path` as people outside reach it, whatever Host a request names."""
    return f"{settings.SITE_URL}{path}"


# ------------------------------------------------------------ signing in once


def make_link(user: User | None, *, now: datetime) -> Link:
    """A new one-time link for `user`, or for whoever becomes the first admin."""
    link, token = SignInLink.make(user, now=now)
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
    """A link to the first admin's form; None once somebody can sign in."""
    return None if User.objects.can_sign_in().exists() else make_link(None, now=now)


def make_obvious_link(*, now: datetime) -> Link:
    """The first admin's link while nobody can sign in, and then one for the only active admin."""
    if first := make_first_link(now=now):
        return first
    admins = list(User.objects.filter(is_active=True, is_superuser=True).order_by("email"))
    if len(admins) == 1:
        return make_link(admins[0], now=now)
    if not admins:
        raise NoLink(_("There is no active admin. Name a person: manage.py signinlink EMAIL"))
    commands = "\n".join(f"  manage.py signinlink {admin.email}" for admin in admins)
    raise NoLink(_("There are several admins. Say whom to sign in:\n%(commands)s") % {"commands": commands})


@transaction.atomic
def make_first_admin(link: SignInLink, *, email: str, name: str, password: str, zone: str, now: datetime) -> User:
    """Uses `link` up and returns the new admin; AlreadySetUp or NoLink where somebody was faster."""
    with connection.cursor() as cursor:
        # Of several forms sent at once the second waits here until the first admin can be seen.
        cursor.execute(f"LOCK TABLE {connection.ops.quote_name(User._meta.db_table)} IN SHARE ROW EXCLUSIVE MODE")
    if User.objects.can_sign_in().exists():
        raise AlreadySetUp
    if not link.claim(now=now):
        raise NoLink
    user = User.objects.create_user(email, password, name=name, zone=zone)
    set_role(user, Role.ADMIN)
    return user


# ---------------------------------------------------------- setting a password


def password_link(user: User, *, now: datetime) -> Link:
    """Where `user` sets a password; it also ends when they sign in or set one before."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return Link(absolute(path), user, password_link_ends(now))


def password_link_ends(now: datetime) -> datetime:
    return now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
