"""Where the link of an invitation leads."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import entering, joining
from accounts.forms.door import NewPersonForm
from accounts.limits import too_often
from accounts.models import User, hash_token

KEPT = "joining"  # in the session: the hash of the token, so that the form's address has none
REFUSALS = {"unknown": 404, "expired": 410, "revoked": 410, "accepted": 410, "here": 410}


@login_not_required
@require_safe
def arrive(request: HttpRequest, token: str) -> HttpResponse:
    """The link itself. Looking uses nothing up, for mail programs look at links too."""
    token_hash = hash_token(token)
    try:
        joining.find(token_hash, now=timezone.now())
    except joining.CannotJoin as error:
        return _refuse(request, error)
    request.session[KEPT] = token_hash
    return redirect("accounts:joining")


@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The form that makes the invited person."""
    if limited := too_often(request, "join"):
        return limited
    now = timezone.now()
    try:
        invitation = joining.find(request.session.get(KEPT, ""), now=now)
        form = NewPersonForm(request.POST if request.method == "POST" else None, instance=User(email=invitation.email))
        if not form.is_valid():
            return render(request, "accounts/join.html", {"form": form, "invitation": invitation})
        user = joining.join(invitation, now=now, **form.cleaned_data)
    except joining.CannotJoin as error:
        return _refuse(request, error)
    del request.session[KEPT]
    return entering.let_in(request, user)


def _refuse(request: HttpRequest, refusal: joining.CannotJoin) -> HttpResponse:
    context = {"reason": refusal.reason, "invitation": refusal.invitation}
    return render(request, "accounts/join_refused.html", context, status=REFUSALS[refusal.reason])
