"""Signing up: an address, a link by mail, and then the person."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import signup
from accounts.entering import let_in
from accounts.forms.door import NewPersonForm
from accounts.forms.signup import SignUpForm
from accounts.limits import too_often
from accounts.models import User

REFUSALS = {"unknown": 404, "over": 410, "here": 410, "closed": 403}


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Asks for an address alone; what follows is the same whether or not somebody here has it."""
    if not signup.is_open():
        raise Http404(_("Nobody signs up here: an admin invites people."))
    if request.user.is_authenticated:
        return redirect("reading:home")
    if limited := too_often(request, "signup"):
        return limited
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return render(request, "account/signup.html", {"form": form})
    email = form.cleaned_data["email"]
    if limited := too_often(request, "signup_mail", key=email):
        return limited
    try:
        signup.offer(email, now=timezone.now())
    except OSError:
        form.add_error(None, _("The mail could not be sent. Try again later."))
        return render(request, "account/signup.html", {"form": form}, status=503)
    return redirect("accounts:signup_sent")


@login_not_required
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    if not signup.is_open():
        raise Http404(_("Nobody signs up here: an admin invites people."))
    return render(request, "account/signup_sent.html")


@login_not_required
@sensitive_post_parameters("token", "password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str = "") -> HttpResponse:
    """Where the link in the mail leads. Looking makes nobody, for mail programs look at links too."""
    token = request.POST.get("token", token)
    if not token:
        return redirect("account_login")
    try:
        email = signup.email_of(token)
        form = NewPersonForm(request.POST if request.method == "POST" else None, instance=User(email=email))
        if not form.is_valid():
            return render(request, "account/signup_join.html", {"form": form, "token": token, "email": email})
        user = signup.join(email, now=timezone.now(), **form.cleaned_data)
    except signup.NoSignUp as refusal:
        return render(
            request, "account/signup_refused.html", {"reason": refusal.reason}, status=REFUSALS[refusal.reason]
        )
    return let_in(request, user)
