"""The type of a request behind the sign-in, as LoginRequiredMiddleware leaves it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User


class ReaderRequest(HttpRequest):
    """For annotations alone: `user` is somebody, and htmx has been looked at."""

    user: User
    htmx: HtmxDetails
