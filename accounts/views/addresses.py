"""Changing one's address: who asks has signed in, and the new one is proven by a link."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import addresses
from accounts.confirming import confirm_first
from accounts.forms.signup import ChangeAddressForm
from accounts.limits import too_often
from accounts.models import User


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Where somebody says what their address shall be; until the link is opened, all stays as it is."""
    user = cast(User, request.user)
    if question := confirm_first(request):
        return question
    if limited := too_often(request, "change_email"):
        return limited
    form = ChangeAddressForm(request.POST if request.method == "POST" else None, user=user)
    if not form.is_valid():
        return render(request, "account/email.html", {"form": form})
    email = form.cleaned_data["email"]
    try:
        addresses.ask_to_change(user, email, now=timezone.now())
    except OSError:  # the same for every address
        form.add_error(None, _("The mail could not be sent. Try again later, or ask an admin to change the address."))
        return render(request, "account/email.html", {"form": form}, status=503)
    told = _("A link is on its way to %(email)s. Until you open it, your address stays as it is.")
    messages.success(request, told % {"email": email})
    return redirect("accounts:security")


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, token: str) -> HttpResponse:
    """Where that link leads. It works for who asked alone: a mistyped address gives nobody an account."""
    user = cast(User, request.user)
    try:
        email = addresses.asked_for(token, user)
        if request.method != "POST":
            return render(request, "account/email_change.html", {"email": email})
        addresses.change(token, user)
    except addresses.LinkOver:
        return render(request, "account/email_refused.html", {"reason": "over"}, status=410)
    except addresses.AddressTaken:
        return render(request, "account/email_refused.html", {"reason": "taken"}, status=409)
    messages.success(request, _("Your address is %(email)s now: sign in with it.") % {"email": email})
    return redirect("accounts:security")
