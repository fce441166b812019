"""Where one-time links lead."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import entering, links
from accounts.forms import door as forms
from accounts.models import SignInLink, User

REFUSALS = {"unknown": 404, "spent": 410, "set_up": 410, "inactive": 410}


@login_not_required
@sensitive_post_parameters("token", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str = "") -> HttpResponse:
    """Where a one-time link leads. Looking uses nothing up, for mail programs look at links too."""
    token = request.POST.get("token", token)
    if not token:
        return redirect("account_login")
    found = SignInLink.objects.with_token(token).select_related("user").first()
    reason = _why_not(found)
    if found is None or reason:
        return _refuse(request, reason)
    if found.user is None:
        return _set_up(request, token, found)
    if request.method != "POST":
        return render(request, "accounts/link_person.html", {"person": found.user, "token": token})
    if not found.claim(now=timezone.now()):
        return _refuse(request, "spent")
    return entering.let_in(request, found.user)


def _set_up(request: HttpRequest, token: str, found: SignInLink) -> HttpResponse:
    """The form that makes the first admin."""
    form = forms.FirstAdminForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "accounts/link_first.html", {"form": form, "token": token})
    try:
        user = links.make_first_admin(found, now=timezone.now(), **form.cleaned_data)
    except links.AlreadySetUp:
        return _refuse(request, "set_up")
    except links.NoLink:
        return _refuse(request, "spent")
    return entering.let_in(request, user)


def _why_not(found: SignInLink | None) -> str:
    """Why this link lets nobody in, as a key of REFUSALS; empty where it does."""
    if found is None:
        return "unknown"
    if found.user is None and User.objects.admins().exists():
        return "set_up"
    if found.used_at or found.expires_at <= timezone.now() or not found.is_current:
        return "spent"
    if found.user and not found.user.is_active:
        return "inactive"
    return ""


def _refuse(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "accounts/link_refused.html", {"reason": reason}, status=REFUSALS[reason])
