"""Forms by which admins invite and change people."""

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import addresses
from accounts.models import Role, User
from accounts.roles import LastAdmin, require_other_admin
from readinglist.mail_words import one_line

MOST_AT_ONCE = 500
MOST_TOLD = 20

# Commas, semicolons and line ends stand between addresses, but not within a quoted name or angle brackets.
_PIECE = re.compile(r"""(?: "[^"\n]*" | <[^<>\n]*> | [^,;\n] )+""", re.VERBOSE)
_NAMED = re.compile(r"^[^<>]*<([^<>]*)>$")


@dataclass(frozen=True)
class Unread:
    """What was typed and is no address, and why."""

    text: str
    reason: str


def read_addresses(text: str) -> tuple[list[str], list[Unread]]:
    """The addresses in `text`, each once and in the form in which they are kept, and what could not be read."""
    good: dict[str, None] = {}
    bad = []
    for piece in (match.group().strip() for match in _PIECE.finditer(text)):
        if not piece:
            continue
        try:
            good[_address_of(piece)] = None
        except ValidationError as error:
            bad.append(Unread(piece, " ".join(error.messages)))
    return list(good), bad


def _address_of(piece: str) -> str:
    named = _NAMED.match(piece)
    email = (named.group(1) if named else piece).strip()
    if "@" not in email:
        raise ValidationError(_("an address has an @"))
    if not named and len(email.split()) > 1:
        raise ValidationError(_("put a comma or a new line between addresses, and an address after a name into < >"))
    email = addresses.normalise(email)
    validate_email(email)
    return email


class RoleField(forms.ChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=Role.choices,
            widget=forms.RadioSelect,
            label=_("Role"),
            help_text=_("Everybody reads. Curators also manage the catalogue, admins the people too."),
            **kwargs,
        )


class InviteForm(forms.Form):
    """One address or many. What can be read is in `good`; what cannot stays in the field, each with its reason."""

    addresses = forms.CharField(
        label=_("Addresses"),
        help_text=_("One or many, with commas or line by line. “Name <name@example.org>” will do."),
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Type at least one address.")},
    )
    role = RoleField(initial=Role.READER)

    good: list[str]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.good = []

    def clean_addresses(self) -> str:
        text: str = self.cleaned_data["addresses"]
        good, bad = read_addresses(text)
        if len(good) + len(bad) > MOST_AT_ONCE:
            said = gettext("These are %(count)d addresses. Invite at most %(most)d at once.")
            raise ValidationError(said % {"count": len(good) + len(bad), "most": MOST_AT_ONCE})
        if not good and not bad:
            raise ValidationError(self.fields["addresses"].error_messages["required"])
        self.good = good
        if bad:
            raise ValidationError(_reasons(bad))
        return text

    def keep_unread(self) -> None:
        """Leaves in the field what could not be read: the rest has been invited."""
        _good, bad = read_addresses(self.data["addresses"])
        self.data = {"addresses": "\n".join(unread.text for unread in bad), "role": self.data["role"]}


def _reasons(bad: list[Unread]) -> list[str]:
    told = [f"“{one_line(unread.text, longest=80)}”: {unread.reason}" for unread in bad[:MOST_TOLD]]
    more = len(bad) - MOST_TOLD
    return told if more <= 0 else [*told, gettext("and %(count)d more") % {"count": more}]


class ChangePersonForm(forms.ModelForm):
    """A person in the admin: what admins say of them. What they choose for themselves is theirs."""

    role = RoleField()

    class Meta:
        model = User
        fields = ["email", "name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].initial = self.instance.role

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("role") != Role.ADMIN:
            try:
                # The admin checks and saves in one transaction, which keeps the lock.
                require_other_admin([self.instance])
            except LastAdmin as error:
                raise ValidationError(str(error), code="last_admin") from error
        return cleaned
