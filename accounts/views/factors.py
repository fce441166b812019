"""Setting up second factors, signing in with them, and proving once more who is there; allauth's pages in our words."""

import json
from typing import Any, cast
from urllib.parse import quote

from allauth.account import views as account_views
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as mfa_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as webauthn_views
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import factors, sessions
from accounts.forms import security as forms
from accounts.models import User

HOME = reverse_lazy("accounts:security")
secret = method_decorator(sensitive_post_parameters(), name="dispatch")


class SettingUpMixin:
    """For a view that sets up a factor: after the first one come its recovery codes."""

    def form_valid(self, form: Any) -> HttpResponse:
        request = cast(HttpRequest, self.request)  # type: ignore[attr-defined] # of the view, like the next
        user = cast(User, request.user)
        is_first = not factors.has_one(user)
        answer = cast(HttpResponse, super().form_valid(form))  # type: ignore[misc]
        if is_first:
            # Whoever is signed in elsewhere has not shown it, and has to.
            sessions.end_all(user, now=timezone.now(), keep=request.session.session_key)
        return answer

    def get_success_url(self) -> str:
        return reverse("mfa_view_recovery_codes") if self.did_generate_recovery_codes else str(HOME)  # type: ignore[attr-defined]


# ------------------------------------------------------------------ signing in


@secret
class SecondFactorView(mfa_views.AuthenticateView):
    """After the password: a code, or a passkey."""

    form_class = forms.SecondFactorForm
    webauthn_form_class = forms.SecondFactorPasskeyForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "give_up" in request.POST:
            return cast(HttpResponse, self.stage.abort())
        return cast(HttpResponse, super().post(request, *args, **kwargs))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        kinds = set(Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True))
        return context | {
            "asks_for_code": bool(kinds - {Authenticator.Type.WEBAUTHN}),
            "asks_for_passkey": Authenticator.Type.WEBAUTHN in kinds,
            "has_app": Authenticator.Type.TOTP in kinds,
            "options": _json(context["js_data"]["request_options"]),
        }


@secret
class SignInWithPasskeyView(webauthn_views.LoginWebAuthnView):
    """The challenge for the browser, and its answer."""

    form_class = forms.SignInPasskeyForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("account_login")

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # The challenge is kept in a session, which nobody gets by looking, and within limits alone.
        if "credential" not in request.POST:
            return cast(HttpResponse, super().get(request, *args, **kwargs))
        return cast(HttpResponse, super().post(request, *args, **kwargs))


# ------------------------------------------------------ proving who is there


@secret
class ConfirmByPasswordView(account_views.ReauthenticateView):
    form_class = forms.ConfirmByPasswordForm


@secret
class ConfirmByCodeView(mfa_views.ReauthenticateView):
    form_class = forms.ConfirmByCodeForm


@secret
class ConfirmByPasskeyView(webauthn_views.ReauthenticateWebAuthnView):
    form_class = forms.ConfirmByPasskeyForm

    def form_invalid(self, form: forms.ConfirmByPasskeyForm) -> HttpResponse:
        return cast(HttpResponse, self.render_to_response(self.get_context_data(form=form)))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        # allauth takes no form from here: the one with the errors is put back.
        return context | kwargs | {"options": _json(context["js_data"]["request_options"])}


# --------------------------------------------------------------- the app's codes


@secret
class SetUpAppView(SettingUpMixin, totp_views.ActivateTOTPView):
    form_class = forms.ActivateAppForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists():
            return redirect(HOME)
        return cast(HttpResponseBase, super().dispatch(request, *args, **kwargs))

    def form_valid(self, form: forms.ActivateAppForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except IntegrityError:  # pressed twice: the other press set it up
            return redirect(HOME)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        typed = context["form"].secret
        return context | {"typed_secret": " ".join(typed[i : i + 4] for i in range(0, len(typed), 4))}


@secret
class RemoveAppView(totp_views.DeactivateTOTPView):
    success_url = HOME


# --------------------------------------------------------------------- passkeys


@secret
class AddPasskeyView(SettingUpMixin, webauthn_views.AddWebAuthnView):
    form_class = forms.AddPasskeyForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = context["js_data"]["creation_options"]
        # Kept by the device together with who it is for, so that it signs in without an address.
        selection = dict(options["publicKey"]["authenticatorSelection"])
        selection |= {"residentKey": "required", "requireResidentKey": True}
        options["publicKey"] = dict(options["publicKey"]) | {"authenticatorSelection": selection}
        return context | kwargs | {"options": _json(options)}


@secret
class NamePasskeyView(webauthn_views.EditWebAuthnView):
    form_class = forms.NamePasskeyForm
    success_url = HOME


@secret
class RemovePasskeyView(webauthn_views.RemoveWebAuthnView):
    success_url = HOME
    http_method_names = ["get", "head", "post"]  # DELETE would go round what is asked here

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"may_go": factors.may_go(self.object)}

    def form_valid(self, form: Any) -> HttpResponse:
        if not factors.may_go(self.object):
            return cast(HttpResponse, self.render_to_response(self.get_context_data(form=form), status=409))
        return cast(HttpResponse, super().form_valid(form))


def _json(options: Any) -> str:
    return json.dumps(options)


# --------------------------------------------------------------- recovery codes


@secret
class RecoveryCodesView(codes_views.ViewRecoveryCodesView):
    """Shown once; the link that saves them carries them, for they are not handed out again."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        text = "\n".join([_("Recovery codes for Readinglist; each works once."), "", *context["unused_codes"], ""])
        return context | {"file": f"data:text/plain;charset=utf-8,{quote(text)}"}


@secret
class NewRecoveryCodesView(codes_views.GenerateRecoveryCodesView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not factors.has_one(cast(User, request.user)):
            return redirect(HOME)
        return cast(HttpResponseBase, super().dispatch(request, *args, **kwargs))


# ----------------------------------------------------------- another's lost one


@require_http_methods(["GET", "HEAD", "POST"])
def take_away(request: HttpRequest, pk: int) -> HttpResponse:
    """For admins: where somebody has lost what they sign in with."""
    actor = cast(User, request.user)
    if not actor.is_superuser:
        raise PermissionDenied
    person = get_object_or_404(User.objects.exclude(pk=actor.pk), pk=pk)
    return cast(HttpResponse, _take_away(request, actor, person))


@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator] # allauth carries no types
def _take_away(request: HttpRequest, actor: User, person: User) -> HttpResponse:
    if request.method != "POST":
        return render(request, "mfa/take_away.html", {"person": person, "has_one": factors.has_one(person)})
    if factors.take_away(person, actor=actor, now=timezone.now()):
        get_adapter().send_notification_mail("mfa/email/taken_away", person, {"by": actor})
        told = _("The second factor of %(name)s is taken away. They sign in with their password alone now.")
    else:
        told = _("%(name)s has no second factor.")
    messages.success(request, told % {"name": person})
    return redirect("accounts:take_away_second_factor", person.pk)
