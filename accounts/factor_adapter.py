"""How allauth's second factors behave here: their names, and what it says when one does not fit."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import factors, passkeys
from accounts.models import User


class InstanceMFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code does not fit. Type the one that your app shows now."),
        "cannot_delete_authenticator": gettext_lazy(
            "Your role needs a second factor, and this is your only one. Add another first."
        ),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": passkeys.host(), "name": "Readinglist"}

    def generate_authenticator_name(self, user: User, type: str) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Passkey") if not count else _("Passkey %(number)d") % {"number": count + 1}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        return factors.may_go(authenticator)
