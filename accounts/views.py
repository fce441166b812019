"""The door: signing in and out, passwords, one-time links. And what people choose for themselves."""

from typing import cast

from allauth.account import views as allauth_views
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import forms, links
from accounts.models import SignInLink, User

BACKEND = "django.contrib.auth.backends.ModelBackend"


# ------------------------------------------------------- by e-mail and password


class SignInView(allauth_views.LoginView):
    form_class = forms.SignInForm


class RequestPasswordView(allauth_views.PasswordResetView):
    form_class = forms.RequestPasswordForm

    def form_valid(self, form: forms.RequestPasswordForm) -> HttpResponse:
        try:
            return cast(HttpResponse, super().form_valid(form))
        except OSError:  # what the mail server answers, or that it does not; the same for every address
            form.add_error(None, _("The mail could not be sent. Try again later, or ask an admin for a link."))
            return cast(HttpResponse, self.render_to_response(self.get_context_data(form=form), status=503))


@method_decorator(never_cache, name="dispatch")
class NewPasswordView(allauth_views.PasswordResetFromKeyView):
    form_class = forms.NewPasswordForm


class ChangePasswordView(allauth_views.PasswordChangeView):
    form_class = forms.ChangePasswordForm


class SetPasswordView(allauth_views.PasswordSetView):
    form_class = forms.SetPasswordForm


@login_not_required
def sign_up(request: HttpRequest) -> HttpResponse:
    """Closed. allauth wants the address to have a name."""
    raise Http404(_("Nobody signs up here: an admin adds people."))


# ------------------------------------------------------------- by one-time link

REFUSALS = {"unknown": 404, "spent": 410, "set_up": 410, "inactive": 410}


@login_not_required
@never_cache
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
    login(request, found.user, backend=BACKEND)
    return redirect("reading:home")


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
    login(request, user, backend=BACKEND)
    return redirect("reading:home")


def _why_not(found: SignInLink | None) -> str:
    """Why this link lets nobody in, as a key of REFUSALS; empty where it does."""
    if found is None:
        return "unknown"
    if found.user is None and User.objects.can_sign_in().exists():
        return "set_up"
    if found.used_at or found.expires_at <= timezone.now() or not found.is_current:
        return "spent"
    if found.user and not found.user.is_active:
        return "inactive"
    return ""


def _refuse(request: HttpRequest, reason: str) -> HttpResponse:
    return render(request, "accounts/link_refused.html", {"reason": reason}, status=REFUSALS[reason])


# ----------------------------------------------------------- what people choose


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    # A copy of their own: what is wrong in the form shall not show in the page's head.
    user = User.objects.get(pk=cast(User, request.user).pk)
    form = forms.SettingsForm(request.POST if request.method == "POST" else None, instance=user)
    if not form.is_valid():
        return render(request, "accounts/settings.html", {"form": form})
    form.save(commit=False).save(update_fields=form.fields)
    messages.success(request, _("Your settings are saved."))
    return redirect("accounts:settings")
