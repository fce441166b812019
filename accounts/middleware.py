"""Who is asked to sign in, and by whose clock dates and times are shown."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone


class SignInMiddleware(LoginRequiredMiddleware):
    """Django's own; where htmx asks for a part of a page after the session's end, the whole page goes to the door."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]) -> HttpResponse:  # type: ignore[override] # 204 is no redirect to a browser
        answer = super().handle_no_permission(request, view_func)
        if request.headers.get("HX-Request") != "true":
            return answer
        door = f"{reverse('account_login')}?{urlencode({'next': _page_of(request)})}"
        return HttpResponse(status=204, headers={"HX-Redirect": door})


class ReaderZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # None is the instance's zone.
        with timezone.override(request.user.tzinfo if request.user.is_authenticated else None):
            return self.get_response(request)


def _page_of(request: HttpRequest) -> str:
    """The page that htmx asked from, with its filters."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return "/"
    return urlunsplit(("", "", page.path or "/", page.query, ""))
