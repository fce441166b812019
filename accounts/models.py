"""Who reads: one User per person, who signs in by e-mail, and one-time sign-in links."""

import hashlib
import secrets
import zoneinfo
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

CURATORS_GROUP = "Curators"


@cache
def zones() -> frozenset[str]:
    """The names of the IANA database that mean something. Reading them opens 600 files: once is enough."""
    return frozenset(zoneinfo.available_timezones() - {"Factory", "localtime"})


def validate_zone(value: str) -> None:
    """Refuses what is no time zone of the IANA database."""
    if value not in zones():
        raise ValidationError(_("“%(value)s” is no time zone. Write one like Europe/Berlin."), params={"value": value})


def default_zone() -> str:
    """The instance's zone, for people who have not chosen one."""
    return settings.TIME_ZONE


class UserManager(BaseUserManager["User"]):
    """Creates and finds people; addresses are kept and looked up in small letters."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True} | fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())

    def can_sign_in(self) -> "models.QuerySet[User]":
        """Active people with a password of their own."""
        return self.filter(is_active=True).exclude(password="").exclude(password__startswith="!")  # noqa: S106


class User(AbstractBaseUser, PermissionsMixin):
    """A member of the team. Everyone is a reader; `role` tells who is more."""

    class Theme(models.TextChoices):
        AUTO = "auto", _("As the system says")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Weekday(models.IntegerChoices):
        """As ISO 8601 counts them."""

        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    email = models.EmailField(
        _("e-mail"), unique=True, error_messages={"unique": _("Somebody with this address is here already.")}
    )
    name = models.CharField(_("name"), max_length=100)
    zone = models.CharField(
        _("time zone"),
        max_length=64,
        default=default_zone,
        validators=[validate_zone],
        help_text=_("Days and weeks begin by this clock, for example Europe/Berlin."),
    )
    theme = models.CharField(_("light or dark"), max_length=5, choices=Theme, default=Theme.AUTO)
    wants_reminder = models.BooleanField(_("the weekly mail"), default=True)
    reminder_weekday = models.PositiveSmallIntegerField(_("day of the weekly mail"), choices=Weekday, default=1)
    reminder_hour = models.PositiveSmallIntegerField(
        _("hour of the weekly mail"), default=7, validators=[MaxValueValidator(23)], help_text=_("By your clock.")
    )
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(
        _("may sign in"), default=True, help_text=_("Take this away instead of deleting a person.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ["name", "pk"]
        constraints = [
            # With the unique index on what is stored, no two addresses differ by case alone.
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_is_in_small_letters",
                violation_error_message=_("Write the address in small letters."),
            ),
            models.CheckConstraint(condition=models.Q(theme__in=["auto", "light", "dark"]), name="user_theme_is_known"),
            models.CheckConstraint(
                condition=models.Q(reminder_weekday__range=(1, 7)), name="user_reminder_weekday_is_a_day"
            ),
            models.CheckConstraint(condition=models.Q(reminder_hour__lt=24), name="user_reminder_hour_is_an_hour"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        self.email = self.email.strip().lower()
        self.name = self.name.strip()

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self).split()[0]

    @property
    def tzinfo(self) -> zoneinfo.ZoneInfo:
        """The reader's clock; the instance's where this machine lacks a zone that another one knew."""
        try:
            return zoneinfo.ZoneInfo(self.zone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return zoneinfo.ZoneInfo(settings.TIME_ZONE)

    @property
    def role(self) -> str:
        """`admin`, `curator` or `reader`."""
        if self.is_superuser:
            return "admin"
        # In Python, so that a prefetched list of people costs no query for each.
        if self.is_staff and any(group.name == CURATORS_GROUP for group in self.groups.all()):
            return "curator"
        return "reader"


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
