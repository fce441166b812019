"""Where people land who come in without a page to go to: first at the questions of the first visit, then at home."""

from django.conf import settings
from django.shortcuts import resolve_url
from django.urls import reverse

from accounts.models import User


def landing(user: User) -> str:
    """The address; of use after any kind of sign-in."""
    if user.welcomed_at is None:
        return reverse("week:welcome")
    return resolve_url(settings.LOGIN_REDIRECT_URL)
