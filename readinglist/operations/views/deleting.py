"""Leaving for good: what goes, what stays, and the end."""

import logging

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_http_methods, require_safe

from accounts import access
from accounts.models import User
from accounts.requests import ReaderRequest
from accounts.roles import LastAdmin
from readinglist.operations.forms import DeleteForm
from readinglist.operations.views import confirming
from readinglist.reading.models import Note

logger = logging.getLogger(__name__)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: ReaderRequest) -> HttpResponse:
    """Deletes the person's account, once they have typed their address and confirmed that it is they."""
    form = DeleteForm(request.POST if request.method == "POST" else None, user=request.user)
    if not form.is_valid():
        return _page(request, form, status=422 if form.is_bound else 200)
    if not confirming.is_confirmed(request):
        if not confirming.page_for(request, back=request.path):
            return _page(request, form)
        raise ReauthenticationRequired  # allauth asks, and then does what was to be done
    if not ratelimit.consume(request, action="my_data"):
        return render(request, "429.html", status=429)
    person = User.objects.get(pk=request.user.pk)
    try:
        access.delete(person, by=person, now=timezone.now())
    except LastAdmin as error:
        form.add_error(None, str(error))
        return _page(request, form, status=409)
    logout(request)
    _say_goodbye(form.cleaned_data["email"], person)
    return redirect("operations:deleted")


@login_not_required
@require_safe
def deleted(request: HttpRequest) -> HttpResponse:
    """Where somebody stands who is nobody here any more."""
    return render(request, "operations/deleted.html")


def _page(request: ReaderRequest, form: DeleteForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "shared_notes": Note.objects.filter(author=request.user, is_shared=True).count(),
        "needs_sign_in": not confirming.is_confirmed(request)
        and not confirming.page_for(request, back=reverse("operations:delete")),
    }
    return render(request, "operations/delete.html", context, status=status)


def _say_goodbye(email: str, person: User) -> None:
    """In the person's language. What is deleted is deleted, whatever the mail server says."""
    try:
        with translation.override(person.locale):
            get_adapter().send_mail("operations/email/deleted", email, {"person": person})
    except Exception:  # whatever a mail backend raises
        logger.exception("The mail to somebody who deleted their account did not go out")
