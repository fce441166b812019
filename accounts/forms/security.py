"""Forms about second factors: codes, passkeys, and the password asked for once more."""

import json
import re
import struct
from typing import TYPE_CHECKING, Any

from allauth.account import forms as account_forms
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import passkeys
from accounts.forms.fields import FocusedForm
from accounts.models import User

LONGEST_NAME = 60
LONGEST_CREDENTIAL = 20_000  # characters of JSON; what browsers send has a tenth of it
# What allauth's parsers raise on JSON of the wrong shape, beside the errors they mean.
MALFORMED = (ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, struct.error)
TOO_MANY = _("Too many attempts. Wait five minutes and try again.")

if TYPE_CHECKING:
    FormBase = forms.Form
else:
    FormBase = object


# ---------------------------------------------------------------------- codes


class CodeForm(FocusedForm, FormBase):
    """One code: of an app, or a recovery code. None is good twice."""

    first = "code"
    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields["code"]
        code.label = _("Code")
        code.widget.attrs |= {"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}

    def clean_code(self) -> str:
        try:
            code: str = super().clean_code()  # type: ignore[misc] # allauth's form beside this one
        except ValidationError as error:
            if error.code in ("too_many_login_attempts", "rate_limited"):
                raise ValidationError(TOO_MANY, code=error.code) from error
            raise
        self._use_up(code)
        return code

    def _use_up(self, code: str) -> None:
        """allauth remembers a code for one period, and not the first one; with a tolerance it is good for longer."""
        figures = re.sub("[^0-9]", "", code)
        seconds = (2 * settings.MFA_TOTP_TOLERANCE + 1) * 30
        if not cache.add(f"accounts.code:{self.user.pk}:{figures}", True, timeout=seconds):
            raise ValidationError(_("This code was used already. Wait for the next one."), code="used")


class SecondFactorForm(CodeForm, mfa_forms.AuthenticateForm):
    """The code after the password."""


class ConfirmByCodeForm(CodeForm, mfa_forms.ReauthenticateForm):
    """The code before something that matters."""


class ActivateAppForm(CodeForm, totp_forms.ActivateTOTPForm):
    """The first code of a new app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("The code that the app shows now")
        self.fields["code"].widget.attrs["inputmode"] = "numeric"


class ConfirmByPasswordForm(FocusedForm, account_forms.ReauthenticateForm):
    """The password before something that matters."""

    first = "password"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""

    def clean_password(self) -> str:
        try:
            password: str = super().clean_password()
        except ValidationError as error:
            if error.code == "incorrect_password":
                raise ValidationError(_("This is not your password."), code=error.code) from error
            raise
        return password


# ------------------------------------------------------------------- passkeys


class PasskeyForm(FormBase):
    """What the browser answers with; of hostile JSON nothing is believed, and nothing breaks."""

    not_fitting = _("This passkey does not fit. Try again, or sign in another way.")

    def _parsed(self, parse: Any) -> Any:
        try:
            return parse()
        except ValidationError as error:
            if error.code == "too_many_login_attempts":
                raise ValidationError(TOO_MANY, code=error.code) from error
            raise ValidationError(self.not_fitting, code="incorrect_code") from error
        except MALFORMED as error:
            raise ValidationError(self.not_fitting, code="incorrect_code") from error


class UsePasskeyForm(PasskeyForm):
    def clean_credential(self) -> Authenticator:
        authenticator: Authenticator = self._parsed(super().clean_credential)  # type: ignore[misc] # as above
        return authenticator


class SecondFactorPasskeyForm(UsePasskeyForm, webauthn_forms.AuthenticateWebAuthnForm):
    """The passkey after the password."""


class SignInPasskeyForm(UsePasskeyForm, webauthn_forms.LoginWebAuthnForm):
    """The passkey instead of the password."""

    not_fitting = _("This passkey is not known here. Sign in with your password.")


class ConfirmByPasskeyForm(UsePasskeyForm, webauthn_forms.ReauthenticateWebAuthnForm):
    """The passkey before something that matters."""


class AddPasskeyForm(FocusedForm, PasskeyForm, webauthn_forms.AddWebAuthnForm):
    first = "name"
    passwordless = None  # each one is

    not_fitting = _("The browser's answer cannot be used. Try again.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name_field(required=False)

    def clean_credential(self) -> dict[str, Any]:
        """What is stored of the answer: the parts that are read again."""
        given = self.cleaned_data["credential"]
        if len(json.dumps(given)) > LONGEST_CREDENTIAL:
            raise ValidationError(self.not_fitting, code="too_long")
        kept: dict[str, Any] = self._parsed(lambda: _kept(given))
        return kept

    def clean(self) -> dict[str, Any]:
        if Authenticator.objects.filter(user=self.user, type=Authenticator.Type.WEBAUTHN).count() >= passkeys.MOST:
            raise ValidationError(_("You have %(count)d passkeys. Remove one first."), params={"count": passkeys.MOST})
        cleaned: dict[str, Any] = self._parsed(super().clean)
        return cleaned


class NamePasskeyForm(FocusedForm, webauthn_forms.EditWebAuthnForm):
    first = "name"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _name_field(required=True)


def _name_field(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        required=required,
        help_text=_("So that you know it again, for example “Phone”."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


def _kept(given: dict[str, Any]) -> dict[str, Any]:
    parts = ("clientDataJSON", "attestationObject")
    kept: dict[str, Any] = {name: str(given[name]) for name in ("id", "rawId", "type")}
    kept["response"] = {name: str(given["response"][name]) for name in parts}
    if "\0" in json.dumps(kept, ensure_ascii=False):
        raise ValueError
    return kept | {"clientExtensionResults": {"credProps": {"rk": True}}}
