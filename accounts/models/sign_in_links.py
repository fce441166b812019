"""One-time links that sign somebody in, and how tokens are kept."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class SignInLinkQuerySet(models.QuerySet["SignInLink"]):
    def usable(self, now: datetime) -> "SignInLinkQuerySet":
        """Neither used nor too old."""
        return self.filter(used_at=None, expires_at__gt=now)

    def with_token(self, token: str) -> "SignInLinkQuerySet":
        return self.filter(token_hash=hash_token(token))


def hash_token(token: str) -> str:
    """What is stored of a token: whoever reads the table cannot sign in with it."""
    return hashlib.sha256(token.encode()).hexdigest()


def fingerprint_of(user: User | None) -> str:
    """Changes with password and address; empty for the first admin to be."""
    if user is None:
        return ""
    return salted_hmac("accounts.SignInLink", f"{user.password} {user.email}", algorithm="sha256").hexdigest()


class SignInLink(models.Model):
    """A link that signs in once: a person, or (without one) whoever becomes the first admin."""

    token_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text=_("Of password and address: a link ends when either changes.")
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    objects = SignInLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in link")
        verbose_name_plural = _("sign-in links")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="sign_in_link_expires_later"
            ),
        ]

    def __str__(self) -> str:
        return f"sign-in link for {self.user or 'the first admin'}"

    @classmethod
    def make(cls, user: User | None, *, now: datetime) -> tuple["SignInLink", str]:
        """Stores a new link and returns it with its token, which is nowhere else."""
        token = secrets.token_urlsafe(32)
        link = cls.objects.create(
            token_hash=hash_token(token),
            user=user,
            fingerprint=fingerprint_of(user),
            created_at=now,
            expires_at=now + timedelta(hours=settings.SIGN_IN_LINK_HOURS),
        )
        return link, token

    @property
    def is_current(self) -> bool:
        """Whether the person still has the password and the address that the link was made for."""
        return secrets.compare_digest(self.fingerprint, fingerprint_of(self.user))

    def claim(self, *, now: datetime) -> bool:
        """Uses the link up; False where somebody else was first or time is over."""
        return SignInLink.objects.filter(pk=self.pk).usable(now).update(used_at=now) == 1
