"""Asking for the second factor once more where there is no password to type."""

from typing import cast

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from accounts.models import User


def confirm_first(request: HttpRequest) -> HttpResponse | None:
    """The way to that question and back here; None for who has a password, has just answered, or has no factor.

    What was posted is typed anew then: allauth would keep it in the session, a new password too.
    """
    if cast(User, request.user).has_usable_password() or did_recently_reauthenticate(request):
        return None
    first = get_adapter().get_reauthentication_methods(request.user)[0]
    return redirect(f"{first['url']}?{urlencode({'next': request.path})}")
