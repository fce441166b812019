"""The door: signing in and out by e-mail and password."""

from typing import cast

from allauth.account import views as allauth_views
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts.forms import door as forms


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
