"""How much a request may bring."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render


class LargestBodyMiddleware:
    """Refuses, unread, what is longer than anything that is taken here: Django would put files of any size on the disk,
    before it is known who sent them.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Of a body that does not say how long it is, Django reads nothing.
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and (len(length) > 18 or int(length) > settings.LARGEST_BODY):
            return render(request, "413.html", status=413)
        return self.get_response(request)
