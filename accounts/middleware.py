"""Who is asked to sign in, and by whose clock and in whose language a page speaks."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone, translation


class SignInMiddleware(LoginRequiredMiddleware):
    """Django's own; where htmx asks for a part of a page after the session's end, the whole page goes to the door."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]) -> HttpResponse:  # type: ignore[override] # 204 is no redirect to a browser
        answer = super().handle_no_permission(request, view_func)
        if request.headers.get("HX-Request") != "true":
            return answer
        door = f"{reverse('account_login')}?{urlencode({'next': _page_of(request)})}"
        return HttpResponse(status=204, headers={"HX-Redirect": door})


class ReaderMiddleware:
    """The reader's clock and language; before the door the instance's clock, and what the browser asks for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user  # who asks; when the answer is there they may have signed out
        if not user.is_authenticated:
            with timezone.override(None):  # the instance's zone
                return self.get_response(request)
        with timezone.override(user.tzinfo), translation.override(user.locale):
            answer = self.get_response(request)
        # LocaleMiddleware would name the browser's.
        answer.headers.setdefault("Content-Language", user.locale)
        return answer


def _page_of(request: HttpRequest) -> str:
    """The page that htmx asked from, with its filters."""
    try:
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:
        return "/"
    return urlunsplit(("", "", page.path or "/", page.query, ""))
