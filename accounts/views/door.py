"""The door: signing in and out by e-mail and password."""

from typing import Any, cast

from allauth.account import views as allauth_views
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _

from accounts import signup
from accounts.confirming import confirm_first
from accounts.forms import door as forms


class SignInView(allauth_views.LoginView):
    form_class = forms.SignInForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"signup_is_open": signup.is_open()}


class RequestPasswordView(allauth_views.PasswordResetView):
    form_class = forms.RequestPasswordForm

    def form_valid(self, form: forms.RequestPasswordForm) -> HttpResponse:
        try:
            return cast(HttpResponse, super().form_valid(form))
        except OSError:  # what the mail server answers, or that it does not; the same for every address
            form.add_error(None, _("The mail could not be sent. Try again later, or ask an admin for a link."))
            return cast(HttpResponse, self.render_to_response(self.get_context_data(form=form), status=503))


class NewPasswordView(allauth_views.PasswordResetFromKeyView):
    form_class = forms.NewPasswordForm


class ChangePasswordView(allauth_views.PasswordChangeView):
    form_class = forms.ChangePasswordForm


class SetPasswordView(allauth_views.PasswordSetView):
    """For who has none yet. Whoever finds an open session shall not confirm by one of their own what comes next."""

    form_class = forms.SetPasswordForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return confirm_first(request) or cast(HttpResponseBase, super().dispatch(request, *args, **kwargs))
