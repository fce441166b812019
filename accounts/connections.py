"""The ways in that are other accounts: which there are, and whose are connected."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class LastWayIn(Exception):
    """Without this connection its person could not sign in any more."""

    def __init__(self) -> None:
        super().__init__(_("This is your only way to sign in. Set a password first."))


@dataclass(frozen=True)
class Way:
    """A provider that is set up; connections to it are kept under `key`."""

    key: str
    name: str
    url: str


def ways() -> list[Way]:
    """As they stand on the door."""
    found = []
    for provider, address in (("openid_connect", "accounts:oidc"), ("github", "accounts:github")):
        for app in settings.SOCIALACCOUNT_PROVIDERS.get(provider, {}).get("APPS", []):
            found.append(Way(app.get("provider_id", provider), app["name"], reverse(address)))
    return found


def of(user: User) -> list[tuple[Way, SocialAccount | None]]:
    """Each way in, with the account of `user` there."""
    accounts = {account.provider: account for account in SocialAccount.objects.filter(user=user)}
    return [(way, accounts.get(way.key)) for way in ways()]


@transaction.atomic
def disconnect(account: SocialAccount, user: User) -> None:
    """LastWayIn where `user` would be locked out; of two at once the second waits here, and then sees."""
    person = User.objects.select_for_update().get(pk=user.pk)
    others = SocialAccount.objects.filter(user=person, provider__in=[way.key for way in ways()]).exclude(pk=account.pk)
    passkeys = Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN)
    if not person.has_usable_password() and not others.exists() and not passkeys.exists():
        raise LastWayIn
    account.delete()
