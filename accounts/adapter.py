"""How allauth behaves here: links name SITE_URL, messages say what to do, sessions and factors hang together."""

import logging
import time
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from accounts import sessions, signup
from accounts.links import absolute, password_link_ends
from accounts.models import User
from accounts.welcoming import landing

logger = logging.getLogger(__name__)


class InstanceAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("E-mail and password do not belong together. Check both, or set a new password."),
        "too_many_login_attempts": _("Too many attempts. Wait five minutes and try again, or set a new password."),
        "enter_current_password": _("This is not your password. Type the one you sign in with now."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Not by allauth's own ways, which make people before their address is proven: accounts/signup.py is open."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Whatever Host a request names, the addresses in mails are SITE_URL's."""
        signup_url = absolute(reverse("account_signup")) if signup.is_open() else ""
        self.render_mail(template_prefix, email, {"email": email} | context | {"signup_url": signup_url}).send()

    def get_reset_password_from_key_url(self, key: str) -> str:
        """`key` is `UID-TOKEN`. The address never comes from the request's Host header."""
        uid, token = key.split("-", 1)
        return absolute(reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token}))

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        super().send_password_reset_mail(user, email, context | {"until": password_link_ends(timezone.now())})

    def is_safe_url(self, url: str | None) -> bool:
        """False also for what is no address at all, such as "https://[", over which allauth falls."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return landing(cast(User, request.user))

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("accounts:settings")

    # ------------------------------------------------------ sessions and factors

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        request.session[sessions.SEEN] = int(time.time())

    def set_password(self, user: User, password: str) -> None:
        """Whoever else knew the old one is out at once, not when their session is looked at."""
        user.set_password(password)
        user.save(update_fields=["password"])  # an admin may be changing the rest, or switching them off
        sessions.end_all(user, now=timezone.now(), keep=self.request.session.session_key)

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """In the person's language. What has been done is done, whatever the mail server says."""
        told = {"user": user, "page": absolute(reverse("accounts:security"))} | (context or {})
        try:
            with translation.override(user.locale):
                super().send_notification_mail(template_prefix, user, told, email)
        except OSError:  # SMTP's errors are among them
            logger.exception("The mail %s to user %s did not go out", template_prefix, user.pk)
