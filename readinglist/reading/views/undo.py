"""One step back, for whoever has the token of a page; a second time there is nothing to undo."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.reading import marks
from readinglist.reading.views import following, several, undoing
from readinglist.reading.views.pages import way_back


@require_POST
def undo(request: ReaderRequest) -> HttpResponse:
    step = undoing.claim(request, request.POST.get("token", ""), now=timezone.now())
    if step is None:
        messages.info(request, _("There is nothing left to undo."))
        return redirect(way_back(request, reverse("reading:inbox")))
    messages.success(request, UNDO[step.kind](step.values, request.user))
    return redirect(step.back)


def _read_up_to(values: dict[str, Any], user: User) -> str:
    before = {int(follow): mark for follow, mark in values["before"].items()}
    marks.undo_read_up_to(before, values["up_to"], user=user)
    return _("Undone: what was unread is unread again.")


def _follow_stream(values: dict[str, Any], user: User) -> str:
    following.undo_follow_stream(values["follows"], user=user)
    return _("Undone: you follow what you followed before.")


UNDO: dict[str, Callable[[dict[str, Any], User], str]] = {
    "read_up_to": _read_up_to,
    "follow_stream": _follow_stream,
    several.KIND: several.take_back,
}
