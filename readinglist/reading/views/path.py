"""The path: which lists a reader reads, and in which order."""

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.models import ReadingList
from readinglist.reading import paths


@require_safe
def path(request: ReaderRequest) -> HttpResponse:
    way = paths.path_of(request.user)
    return render(request, "reading/path.html", {"way": way, "active": way.active})


@require_POST
def change(request: ReaderRequest, slug: str) -> HttpResponse:
    """`action`: add, remove, up or down."""
    reading_list = get_object_or_404(ReadingList, slug=slug)
    try:
        is_new, said = _do(request.POST.get("action", ""), reading_list, request.user)
    except paths.PathRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said if is_new else _("Nothing to change: it stood so already."))
    return redirect(f"{reverse('reading:path')}#list-{reading_list.slug}")


def _do(action: str, reading_list: ReadingList, user: User) -> tuple[bool, str]:
    """Whether it changed something, and what to say of it."""
    title = {"title": reading_list.title}
    if action == "add":
        return paths.add(reading_list, user=user), _("%(title)s is on your path.") % title
    if action == "remove":
        return paths.remove(reading_list, user=user), _("%(title)s is off your path. Your stages stay.") % title
    if action == "up":
        return paths.move(reading_list, by=-1, user=user), _("%(title)s comes earlier now.") % title
    if action == "down":
        return paths.move(reading_list, by=1, user=user), _("%(title)s comes later now.") % title
    raise SuspiciousOperation("There is nothing of the kind to do.")
