"""Who has to set up a second factor first, and when a browser was last seen."""

import time
from collections.abc import Callable

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts import factors, sessions

View = Callable[..., HttpResponseBase]

# What somebody needs who has to set up a factor, or rather leaves. What is open to everybody stays open besides.
OPEN = {
    "accounts:security",
    "accounts:end_session",
    "accounts:end_other_sessions",
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "account_set_password",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_view_recovery_codes",
}


class RequiredFactorMiddleware:
    """Leads people whose role needs a second factor to the page where they set one up, whatever they asked for."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: object, kwargs: object) -> HttpResponse | None:
        is_open = not getattr(view, "login_required", True)
        name = request.resolver_match.view_name if request.resolver_match else ""
        if is_open or name in OPEN or not request.user.is_authenticated or not factors.is_missing(request.user):
            return None
        page = reverse("accounts:security")
        if request.headers.get("HX-Request") == "true":
            return HttpResponse(status=204, headers={"HX-Redirect": page})
        return redirect(page)


class LastSeenMiddleware:
    """Notes on the list of sessions that this one goes on: every ten minutes, for each note is two writes."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        now = int(time.time())
        seen = request.session.get(sessions.SEEN)  # the adapter sets it when somebody signs in
        if seen is not None and now - seen >= sessions.SEEN_EVERY.total_seconds():
            request.session[sessions.SEEN] = now
            UserSession.objects.filter(session_key=request.session.session_key).update(
                last_seen_at=timezone.now(), ip=get_adapter().get_client_ip(request)
            )
        return self.get_response(request)
