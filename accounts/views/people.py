"""Who is here and who is invited, for admins."""

from collections.abc import Iterable
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Greatest
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import invitations, tasks
from accounts.forms.people import InviteForm
from accounts.models import Invitation, InvitationQuerySet, InvitationState, User
from accounts.requests import ReaderRequest
from readinglist.calling import call_worker

PER_PAGE = 50
MOST_NAMED = 20

# Superusers alone have it: no group gives rights over people.
admins_only = permission_required("accounts.change_user", raise_exception=True)


@require_http_methods(["GET", "HEAD", "POST"])
@admins_only
def people(request: ReaderRequest) -> HttpResponse:
    """Who is here, and the form that invites others: what can be read of it is done, the rest stays to be mended."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        is_whole = form.is_valid()
        if form.good and "role" in form.cleaned_data:
            _invite(request, form.good, role=form.cleaned_data["role"])
            if is_whole:
                return redirect("people:invitations")
            form.keep_unread()
    found = _with_seen_at(User.objects.select_related("invitation__invited_by").prefetch_related("groups"))
    context = {
        "form": form,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "open_count": Invitation.objects.open().count(),
    }
    return render(request, "accounts/people.html", context)


@require_safe
@admins_only
def invitation_list(request: ReaderRequest) -> HttpResponse:
    """Invitations in one state; the open ones where none is named."""
    now = timezone.now()
    state = _state(request.GET.get("state"))
    found = Invitation.objects.in_state(state, now).select_related("invited_by", "accepted_by")
    context = {
        "state": state,
        "states": InvitationState.choices,
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")),
        "failed_count": Invitation.objects.with_failed_mail(now).count(),
        "mail_folder": settings.MAIL_FOLDER if settings.EMAIL_BACKEND == "readinglist.mail.FolderBackend" else "",
    }
    return render(request, "accounts/people_invitations.html", context)


@require_POST
@admins_only
def send_again(request: ReaderRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    if _send_again(request, Invitation.objects.filter(pk=pk)):
        said = _("%(email)s is invited again. Links sent before no longer work.")
        messages.success(request, said % {"email": invitation})
    else:
        _tell_it_is_over(request, invitation)
    return _back(request)


@require_POST
@admins_only
def send_failed_again(request: ReaderRequest) -> HttpResponse:
    again = _send_again(request, Invitation.objects.with_failed_mail(timezone.now()))
    if again:
        messages.success(request, _on_their_way(len(again)))
    else:
        messages.info(request, _("No mail has failed in the meantime."))
    return _back(request)


@require_POST
@admins_only
def revoke(request: ReaderRequest, pk: int) -> HttpResponse:
    invitation = get_object_or_404(Invitation, pk=pk)
    if invitations.revoke(invitation, by=request.user, now=timezone.now()):
        messages.success(request, _("The invitation of %(email)s is taken back.") % {"email": invitation})
    else:
        _tell_it_is_over(request, invitation)
    return _back(request)


@require_POST
@admins_only
def hand_over(request: ReaderRequest, pk: int) -> HttpResponse:
    """A link to copy. It stands on this page alone, and every new one ends the one before."""
    invitation = get_object_or_404(Invitation, pk=pk)
    link = invitations.hand_over(invitation, by=request.user, now=timezone.now())
    if link is None:
        _tell_it_is_over(request, invitation)
        return _back(request)
    return render(request, "accounts/people_link.html", {"invitation": invitation, "link": link})


def _invite(request: ReaderRequest, emails: Iterable[str], *, role: str) -> None:
    """Invites, calls the worker to mail, and says what came of each."""
    invited = invitations.invite(emails, role=role, by=request.user, now=timezone.now())
    if invited.new:
        _call_for_mails()
        messages.success(request, _on_their_way(len(invited.new)))
    active = [person.email for person in invited.here if person.is_active]
    inactive = [person.email for person in invited.here if not person.is_active]
    for emails_told, said in (
        (active, _("Here already: %(emails)s.")),
        (inactive, _("Here, but with access switched off: %(emails)s. Switch it on again on their page.")),
        (invited.waiting, _("Invited already: %(emails)s. An invitation can be sent again.")),
    ):
        if emails_told:
            messages.info(request, said % {"emails": _some(emails_told)})


def _send_again(request: ReaderRequest, chosen: InvitationQuerySet) -> list[Invitation]:
    again = invitations.send_again(chosen, by=request.user, now=timezone.now())
    if again:
        _call_for_mails()
    return again


def _call_for_mails() -> None:
    transaction.on_commit(partial(call_worker, tasks.send_invitations))


def _on_their_way(count: int) -> str:
    said = ngettext(
        "%(count)d invitation is on its way. Load this page again to see that it was mailed.",
        "%(count)d invitations are on their way. Load this page again to see which were mailed.",
        count,
    )
    return said % {"count": count}


def _tell_it_is_over(request: ReaderRequest, invitation: Invitation) -> None:
    said = _("Nothing was done: %(email)s has joined, or the invitation was taken back.")
    messages.error(request, said % {"email": invitation})


def _back(request: ReaderRequest) -> HttpResponseRedirect:
    return redirect(f"{reverse('people:invitations')}?state={_state(request.POST.get('state'))}")


def _state(named: str | None) -> str:
    return named if named in InvitationState.values else InvitationState.OPEN.value


def _some(emails: list[str]) -> str:
    shown = ", ".join(emails[:MOST_NAMED])
    more = len(emails) - MOST_NAMED
    return shown if more <= 0 else _("%(emails)s and %(count)d more") % {"emails": shown, "count": more}


def _with_seen_at(found: QuerySet[User]) -> QuerySet[User]:
    """Adds `seen_at`: when they signed in last, or were seen in a session that goes on."""
    seen_at = Greatest("last_login", Max("usersession__last_seen_at"))
    return found.annotate(seen_at=seen_at).order_by("name", "pk")  # an aggregate forgets the usual order
