"""The page "Signing in": how somebody signs in, and where they are signed in now."""

from typing import cast

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import factors, passkeys, sessions
from accounts.models import User


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    found = list(Authenticator.objects.filter(user=user).order_by("pk"))
    one = {authenticator.type: authenticator for authenticator in found}
    codes = one.get(Authenticator.Type.RECOVERY_CODES)
    here = request.session.session_key
    going_on = sessions.of(user, now=timezone.now())[: sessions.MOST_SHOWN]
    context = {
        "app": one.get(Authenticator.Type.TOTP),
        "passkeys": [row for row in found if row.type == Authenticator.Type.WEBAUTHN],
        "most_passkeys": passkeys.MOST,
        "has_codes": codes is not None,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "must_set_up": factors.is_missing(user),
        "sessions": sorted(going_on, key=lambda session: session.session_key != here),
        "this_session": here,
    }
    return render(request, "accounts/security.html", context)


@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """Signs out one browser of one's own; another than this one, for which there is the button in the foot."""
    user = cast(User, request.user)
    others = sessions.of(user, now=timezone.now()).exclude(session_key=request.session.session_key or "")
    ended = get_object_or_404(others, pk=pk)
    sessions.end(others.filter(pk=ended.pk))
    messages.success(request, _("%(browser)s is signed out.") % {"browser": sessions.browser_of(ended.user_agent)})
    return redirect("accounts:security")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    sessions.end_all(cast(User, request.user), now=timezone.now(), keep=request.session.session_key)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("accounts:security")
