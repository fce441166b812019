"""Forms that ask for an address: to sign up, and to change it."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import addresses, signup
from accounts.forms.fields import FocusedForm
from accounts.models import User


class SignUpForm(FocusedForm, forms.Form):
    first = "email"

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=addresses.LONGEST,
        error_messages={"invalid": _("This is no e-mail address. Write it like name@example.org.")},
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )

    def clean_email(self) -> str:
        email = addresses.normalise(self.cleaned_data["email"])
        signup.validate_domain(email)
        return email


class ChangeAddressForm(SignUpForm):
    """Asks for the password too: an open session is not enough to take an account over. Who has none has come here by
    their second factor (accounts/confirming.py).
    """

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["email"].label = _("New address")
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        if not user.has_usable_password():
            del self.fields["password"]

    def clean_email(self) -> str:
        email = super().clean_email()
        if email == self.user.email:
            raise ValidationError(_("This is your address already."))
        return email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        adapter = get_adapter()
        if not adapter.reauthenticate(self.user, password):
            raise adapter.validation_error("enter_current_password")
        return password
