"""Forms of the door and of the settings page: own words, and an error is found without looking for it."""

from typing import TYPE_CHECKING, Any

from allauth.account import forms as allauth_forms
from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, default_zone, zones

if TYPE_CHECKING:
    FormBase = forms.BaseForm
else:
    FormBase = object

PASSWORD_HINT = _("At least ten characters. Four words in a row are long and easy to remember.")


class FocusedForm(FormBase):
    """Puts the cursor where there is something to do: into the first wrong field, else into `first`.

    Django itself ties errors and hints to their fields (`aria-invalid`, `aria-describedby`).
    """

    first = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self._focus(self.first)

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound and self.errors:
            self._focus(next((name for name in self.fields if name in self.errors), self.first))

    def _focus(self, focused: str) -> None:
        for name, field in self.fields.items():
            field.widget.attrs.pop("autofocus", None)
            if name == focused:
                field.widget.attrs["autofocus"] = True


class SignInForm(FocusedForm, allauth_forms.LoginForm):
    first = "login"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail")
        self.fields["login"].widget.attrs["autocomplete"] = "username"
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""

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


class ZoneField(forms.ChoiceField):
    """A time zone, chosen from a list by continent."""

    def __init__(self) -> None:
        super().__init__(
            choices=zone_choices,
            initial=default_zone,
            label=_("Time zone"),
            help_text=_("Days and weeks begin by this clock."),
        )


def zone_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every zone under the first part of its name: places first, clocks like UTC at the end."""
    places: dict[str, list[tuple[str, str]]] = {}
    clocks = []
    for zone in sorted(zones()):
        continent, slash, _place = zone.partition("/")
        if slash and continent != "Etc":
            places.setdefault(continent, []).append((zone, zone.replace("_", " ")))
        else:
            clocks.append((zone, zone))
    return [*places.items(), (gettext("Clocks"), clocks)]


class FirstAdminForm(FocusedForm, forms.ModelForm):
    """Who sets the instance up."""

    first = "name"

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=PASSWORD_HINT,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    zone = ZoneField()

    class Meta:
        model = User
        fields = ["name", "email", "zone"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "username"}),
        }

    field_order = ["name", "email", "password", "zone"]

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # fills the instance, which the password is compared with
        password = self.cleaned_data.get("password")
        if password:
            try:
                password_validation.validate_password(password, self.instance)
            except ValidationError as error:
                self.add_error("password", error)


class SettingsForm(FocusedForm, forms.ModelForm):
    """What people choose for themselves."""

    zone = ZoneField()
    reminder_hour = forms.TypedChoiceField(
        label=_("Hour"), choices=[(hour, f"{hour:02}:00") for hour in range(24)], coerce=int
    )

    class Meta:
        model = User
        fields = ["name", "zone", "theme", "wants_reminder", "reminder_weekday", "reminder_hour"]
        labels = {"wants_reminder": _("Send me one mail a week"), "reminder_weekday": _("Day")}
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"}), "theme": forms.RadioSelect}
