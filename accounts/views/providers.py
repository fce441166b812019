"""The way to another account and back, and taking a connection away."""

from typing import cast

from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialAccount, SocialApp
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import connections
from accounts.limits import too_often
from accounts.models import User
from accounts.provider import FAILURES, reading_answers
from accounts.provider_adapter import tell_away


@login_not_required
@require_POST
def go(request: HttpRequest, provider: str) -> HttpResponse:
    """Leads to the provider; who has signed in connects an account, everybody else signs in with it.

    By a page, not a redirect: the policy for where forms may lead stays this site alone, through however many hosts
    the provider sends people.
    """
    if limited := too_often(request, "provider"):
        return limited
    way = _provider(request, provider)
    process = AuthProcess.LOGIN
    if request.user.is_authenticated:
        raise_if_reauthentication_required(request, app="allauth.socialaccount")
        process = AuthProcess.CONNECT
    try:
        with reading_answers():
            there = way.redirect(request, process=process, next_url=get_next_redirect_url(request))
    except FAILURES as error:
        return tell_away(request, way.name, error)
    if not isinstance(there, HttpResponseRedirect):
        return cast(HttpResponse, there)  # it went wrong further in, and was told there
    return render(request, "socialaccount/leaving.html", {"address": there["Location"], "name": way.name})


@login_not_required
@require_safe
def back(request: HttpRequest, provider: str) -> HttpResponse:
    """Where the provider sends people back to."""
    way = _provider(request, provider)
    view = OAuth2CallbackView.adapter_view(way.get_oauth2_adapter(request))
    try:
        return cast(HttpResponse, view(request))
    except FAILURES as error:
        return tell_away(request, way.name, error)


@require_POST
def disconnect(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(SocialAccount, pk=pk, user=request.user)
    raise_if_reauthentication_required(request, app="allauth.socialaccount")
    try:
        connections.disconnect(account, cast(User, request.user))
    except connections.LastWayIn as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is disconnected, and signs you in no more."))
    return redirect("accounts:security")


def _provider(request: HttpRequest, provider: str) -> OAuth2Provider:
    try:
        return get_adapter(request).get_provider(request, provider)
    except SocialApp.DoesNotExist:
        raise Http404(_("This way in is not set up.")) from None
