"""Who is asked to sign in, and by whose clock dates and times are shown."""

import zoneinfo
from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

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
        back = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        door = f"{reverse('account_login')}?{urlencode({'next': back})}"
        return HttpResponse(status=204, headers={"HX-Redirect": door})


class ReaderZoneMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with timezone.override(_zone_of(request)):
            return self.get_response(request)


def _zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo | None:
    """None, the instance's zone, for nobody; and where this machine lacks a zone that another one knew."""
    if not request.user.is_authenticated:
        return None
    try:
        return zoneinfo.ZoneInfo(request.user.zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None
