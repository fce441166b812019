"""Somebody leaves, comes back, or asks to be deleted; for admins."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access
from accounts.models import User
from accounts.requests import ReaderRequest
from accounts.roles import LastAdmin
from accounts.views.people import admins_only
from readinglist.week import leaving
from readinglist.week.leaving_forms import DeletePersonForm, HandOverForm


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def leave(request: ReaderRequest, pk: int) -> HttpResponse:
    """Duties are handed over; with the button that says so, access ends too."""
    person = get_object_or_404(User, pk=pk)
    form = HandOverForm(request.POST if request.method == "POST" else None, person=person)
    if not form.is_valid():
        return _page(request, person, hand_over=form)
    now = timezone.now()
    if "switch_off" not in request.POST:
        # Who is still here keeps what nobody takes.
        taken = {pk: to for pk, to in form.chosen().items() if to or not person.is_active}
        given = leaving.hand_over(person, taken, by=request.user, now=now)
        messages.success(request, _("Duties handed over: %(count)d.") % {"count": len(given)})
        return redirect("week:leaving", pk)
    try:
        leaving.switch_off(person, form.chosen(), by=request.user, now=now)
    except LastAdmin as error:
        form.add_error(None, str(error))
        return _page(request, person, hand_over=form)
    said = _("Access is switched off for %(name)s, who is signed out everywhere. What they read and wrote stays.")
    return _gone(request, person, said % {"name": person})


@require_POST
@admins_only
def come_back(request: ReaderRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    access.switch_on(person, by=request.user, now=timezone.now())
    said = _("%(name)s may sign in again. All that was theirs is still there.")
    messages.success(request, said % {"name": person})
    return redirect("week:leaving", pk)


@require_POST
@admins_only
def delete(request: ReaderRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    form = DeletePersonForm(request.POST, person=person)
    if not form.is_valid():
        return _page(request, person, delete=form)
    name = str(person)
    try:
        access.delete(person, by=request.user, now=timezone.now())
    except LastAdmin as error:
        form.add_error(None, str(error))
        return _page(request, person, delete=form)
    return _gone(request, User(pk=pk), _("%(name)s is deleted.") % {"name": name})


def _page(
    request: ReaderRequest,
    person: User,
    *,
    hand_over: HandOverForm | None = None,
    delete: DeletePersonForm | None = None,
) -> HttpResponse:
    context = {
        "person": person,
        "hand_over": hand_over or HandOverForm(person=person),
        "delete": delete or DeletePersonForm(person=person),
    }
    return render(request, "week/leaving.html", context)


def _gone(request: ReaderRequest, person: User, said: str) -> HttpResponseRedirect:
    """To the list; who has just ended their own access is at the door."""
    if person.pk == request.user.pk:
        logout(request)
    messages.success(request, said)
    return redirect("people:list")
