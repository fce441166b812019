"""Who reads: one User per person, who signs in by e-mail, and what they choose for themselves."""

import zoneinfo
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

CURATORS_GROUP = "Curators"
SHORTEST_WEEK, LONGEST_WEEK = 15, 2400  # minutes


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


def validate_language(value: str) -> None:
    """Refuses what this program does not speak."""
    if value not in dict(settings.LANGUAGES):
        raise ValidationError(_("“%(value)s” is no language of this program."), params={"value": value})


def default_language() -> str:
    return settings.LANGUAGE_CODE


class Role(models.TextChoices):
    READER = "reader", _("Reader")
    CURATOR = "curator", _("Curator")
    ADMIN = "admin", _("Admin")


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

    def admins(self) -> "models.QuerySet[User]":
        """Who runs the instance; once there is one, there always is (accounts/roles.py)."""
        return self.filter(is_active=True, is_superuser=True)

    def sharing(self) -> "models.QuerySet[User]":
        """Whose stages their teammates may see: whoever shows one person's to another asks here."""
        return self.filter(is_active=True, shares_stages=True)


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
    language = models.CharField(_("language"), max_length=10, default=default_language, validators=[validate_language])
    theme = models.CharField(_("light or dark"), max_length=5, choices=Theme, default=Theme.AUTO)
    weekly_minutes = models.PositiveSmallIntegerField(
        _("minutes a week"),
        default=180,
        validators=[MinValueValidator(SHORTEST_WEEK), MaxValueValidator(LONGEST_WEEK)],
        help_text=_("How long you want to read in a week."),
    )
    uses_keys = models.BooleanField(_("keys"), default=True, help_text=_("Single letters as shortcuts."))
    shares_stages = models.BooleanField(
        _("teammates see my stages"),
        default=True,
        help_text=_(
            "What you queued, read or skipped on lists and entries. Nobody ever sees your inbox or your minutes."
        ),
    )
    wants_reminder = models.BooleanField(_("the weekly mail"), default=True)
    reminder_weekday = models.PositiveSmallIntegerField(_("day of the weekly mail"), choices=Weekday, default=1)
    reminder_hour = models.PositiveSmallIntegerField(
        _("hour of the weekly mail"), default=7, validators=[MaxValueValidator(23)], help_text=_("By your clock.")
    )
    reminder_shows_next = models.BooleanField(_("what is next, in the weekly mail"), default=True)
    reminder_shows_under_way = models.BooleanField(_("what is under way, in the weekly mail"), default=True)
    reminder_shows_posts = models.BooleanField(_("what is new, in the weekly mail"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_active = models.BooleanField(
        _("may sign in"), default=True, help_text=_("Take this away instead of deleting a person.")
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)
    welcomed_at = models.DateTimeField(
        _("first visit ended"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("Null until the first questions are answered or skipped."),
    )

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
            models.CheckConstraint(
                condition=models.Q(weekly_minutes__range=(SHORTEST_WEEK, LONGEST_WEEK)),
                name="user_weekly_minutes_fit_a_week",
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
    def locale(self) -> str:
        """The reader's language; the instance's where this program no longer speaks what was chosen."""
        return self.language if self.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

    @property
    def role(self) -> str:
        """A value of `Role`."""
        if self.is_superuser:
            return Role.ADMIN.value
        # In Python, so that a prefetched list of people costs no query for each.
        if self.is_staff and any(group.name == CURATORS_GROUP for group in self.groups.all()):
            return Role.CURATOR.value
        return Role.READER.value

    def get_role_display(self) -> str:
        return str(Role(self.role).label)
