"""Who has this address and this password."""

from allauth.account.auth_backends import AuthenticationBackend

from accounts import addresses
from accounts.models import User


class AddressBackend(AuthenticationBackend):
    """allauth's, which knows who may not sign in although the password is right; by the person's address alone."""

    def _authenticate_by_email(self, email: str, password: str) -> User | None:
        found: User | None = self._check_password(addresses.find(email), password)
        return found
