"""Forms of the door: signing in, passwords, and the first admin."""

from typing import Any

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import addresses
from accounts.forms.fields import PASSWORD_HINT, FocusedForm, ZoneField
from accounts.models import User


class SignInForm(FocusedForm, allauth_forms.LoginForm):
    first = "login"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""

    def clean_login(self) -> str:
        return addresses.as_kept(self.cleaned_data["login"])

    def clean(self) -> dict[str, Any] | None:
        try:
            cleaned: dict[str, Any] | None = super().clean()
        except ValidationError as error:
            # Near the field that is typed again; which of the two is wrong stays unsaid.
            self.add_error("password", error)
            return self.cleaned_data
        return cleaned


class RequestPasswordForm(FocusedForm, allauth_forms.ResetPasswordForm):
    first = "email"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail")
        self.fields["email"].widget.attrs["autocomplete"] = "username"

    def clean_email(self) -> str:
        email = addresses.as_kept(self.cleaned_data["email"])
        self.users = list(User.objects.filter(email=email, is_active=True))
        return email


class NewPasswordForm(FocusedForm, allauth_forms.ResetPasswordKeyForm):
    first = "password1"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_password_fields(self)


class SetPasswordForm(FocusedForm, allauth_forms.SetPasswordForm):
    first = "password1"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_password_fields(self)


class ChangePasswordForm(FocusedForm, allauth_forms.ChangePasswordForm):
    first = "oldpassword"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _name_password_fields(self)
        self.fields["oldpassword"].label = _("Current password")
        self.fields["oldpassword"].help_text = ""


def _name_password_fields(form: forms.BaseForm) -> None:
    form.fields["password1"].label = _("New password")
    form.fields["password1"].help_text = PASSWORD_HINT
    form.fields["password2"].label = _("New password again")


class NewPersonForm(FocusedForm, forms.ModelForm):
    """Who comes in for the first time, with their address in `instance`; the first visit asks for the rest."""

    first = "name"

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ["name"]
        widgets: dict[str, forms.Widget] = {"name": forms.TextInput(attrs={"autocomplete": "name"})}

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # fills the instance, which the password is compared with
        password = self.cleaned_data.get("password")
        if password:
            try:
                password_validation.validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("password", error)


class FirstAdminForm(NewPersonForm):
    """Who sets the instance up."""

    zone = ZoneField()

    class Meta(NewPersonForm.Meta):
        fields = ["name", "email", "zone"]
        widgets = NewPersonForm.Meta.widgets | {"email": forms.EmailInput(attrs={"autocomplete": "username"})}

    field_order = ["name", "email", "password", "zone"]
