"""Coming in by a link instead of a password."""

from typing import cast

from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from accounts.models import User


def let_in(request: HttpRequest, user: User) -> HttpResponse:
    """Signs `user` in, in a new session. The link stands for the password: a second factor is asked for as ever."""
    if request.user.is_authenticated:
        logout(request)  # else what is left to do would be done in the other person's session
    answer = perform_login(request, user, email_verification=EmailVerificationMethod.NONE)
    return cast(HttpResponse, answer)
