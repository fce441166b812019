"""How allauth behaves here: nobody signs up by themselves, links name SITE_URL, messages say what to do."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.links import absolute, password_link_ends
from accounts.models import User


class InstanceAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("E-mail and password do not belong together. Check both, or set a new password."),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes and try again, or set a new password."),
        "enter_current_password": _("This is not your password. Type the one you sign in with now."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """`key` is `UID-TOKEN`. The address never comes from the request's Host header."""
        uid, token = key.split("-", 1)
        return absolute(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        super().send_password_reset_mail(user, email, context | {"until": password_link_ends(timezone.now())})

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")
