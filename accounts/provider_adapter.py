"""Who comes in by another account, and what is said to who does not."""

import logging
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import addresses, signup
from accounts.models import Invitation, User

logger = logging.getLogger(__name__)

STATUSES = {
    "away": 502,
    "over": 400,
    "denied": 400,
    "unproven": 403,
    "unknown": 403,
    "other": 403,
    "second": 409,
}


class ProviderAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Finds or makes the person of an account that is not connected yet; who is found is connected from now on."""
        if sociallogin.is_existing:
            return
        name = sociallogin.provider.name
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            if _has_account_of(sociallogin, request.user):
                raise ImmediateHttpResponse(refuse(request, "second", name))
            return
        proven = _proven(sociallogin)
        if not proven:
            raise ImmediateHttpResponse(refuse(request, "unproven", name))
        try:
            with transaction.atomic():
                if person := next(filter(None, map(addresses.find, proven)), None):
                    self._connect(request, sociallogin, person)
                else:
                    self._join(request, sociallogin, proven)
        except (IntegrityError, signup.NoSignUp):  # the same account or address came in by another tab just now
            raise ImmediateHttpResponse(refuse(request, "over", name)) from None

    def _connect(self, request: HttpRequest, sociallogin: SocialLogin, person: User) -> None:
        if not person.is_active:
            raise ImmediateHttpResponse(get_account_adapter(request).respond_user_inactive(request, person))
        # A company gives the address of who has left to who comes: that is somebody else with another account.
        if _has_account_of(sociallogin, person):
            raise ImmediateHttpResponse(refuse(request, "other", sociallogin.provider.name))
        sociallogin.connect(request, person)

    def _join(self, request: HttpRequest, sociallogin: SocialLogin, proven: list[str]) -> None:
        now = timezone.now()
        invited = set(Invitation.objects.usable(now).filter(email__in=proven).values_list("email", flat=True))
        email = next((email for email in proven if email in invited or signup.may_join(email)), None)
        if email is None:
            raise ImmediateHttpResponse(refuse(request, "unknown", sociallogin.provider.name, email=proven[0]))
        told = sociallogin.account.extra_data
        sociallogin.user = signup.join(email, now=now, name=told["name"] or told["username"] or email.partition("@")[0])
        sociallogin.save(request, connect=True)  # without the mail that something was added

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Whoever may come is let in above."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """What went wrong on the way there and back, as a page that says so."""
        if error == AuthError.CANCELLED:
            messages.info(request, _("You went no further with %(name)s.") % {"name": provider.name})
            raise ImmediateHttpResponse(
                redirect("accounts:security" if request.user.is_authenticated else "account_login")
            )
        if exception is not None:
            raise ImmediateHttpResponse(tell_away(request, provider.name, exception))
        has_state = "state" in (extra_context or {})
        raise ImmediateHttpResponse(refuse(request, "denied" if has_state else "over", provider.name))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return reverse("accounts:security")


def _has_account_of(sociallogin: SocialLogin, person: User | AnonymousUser) -> bool:
    """Whether another account of this provider is connected to `person`; there is one for each at most."""
    return bool(SocialAccount.objects.filter(user_id=person.pk, provider=sociallogin.account.provider).exists())


def _proven(sociallogin: SocialLogin) -> list[str]:
    """The addresses that the provider says are theirs, the main one first."""
    proven = []
    for address in sociallogin.email_addresses:
        if address.verified is True:
            try:
                proven.append(addresses.normalise(address.email))
            except ValidationError:
                continue
    return proven


def refuse(request: HttpRequest, reason: str, name: str, **context: str) -> HttpResponse:
    return render(
        request, "socialaccount/refused.html", context | {"reason": reason, "name": name}, status=STATUSES[reason]
    )


def tell_away(request: HttpRequest, name: str, error: Exception) -> HttpResponse:
    """The provider cannot be reached, or answers what it should not."""
    logger.warning("Signing in with %s failed: %s", name, error)
    return refuse(request, "away", name)
