"""The rules a week is made of: cadence, duties, and ways to give something back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.choices import Depth
from readinglist.catalog.models import Source


class Frequency(models.TextChoices):
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")


class CadenceRule(models.Model):
    """So much of something per period, for each reader or for the team."""

    class Audience(models.TextChoices):
        READER = "reader", _("Each reader")
        TEAM = "team", _("The team")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    what = models.CharField(_("what"), max_length=200)
    frequency = models.CharField(_("frequency"), max_length=10, choices=Frequency)
    per_period = models.PositiveSmallIntegerField(_("how many a period"), default=1)
    minutes = models.PositiveIntegerField(
        _("minutes"), null=True, blank=True, help_text=_("Empty means as usual for what it is.")
    )
    audience = models.CharField(_("who"), max_length=10, choices=Audience, default=Audience.READER)
    depth = models.CharField(_("depth"), max_length=10, choices=Depth, blank=True)
    streams = models.JSONField(_("streams"), default=list, blank=True)
    sources = models.ManyToManyField(Source, blank=True, related_name="cadence_rules", verbose_name=_("sources"))
    is_active = models.BooleanField(_("active"), default=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("cadence rule")
        verbose_name_plural = _("cadence rules")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="cadence_frequency_is_known"),
            models.CheckConstraint(condition=Q(audience__in=["reader", "team"]), name="cadence_audience_is_known"),
            models.CheckConstraint(condition=Q(per_period__gt=0), name="cadence_per_period_positive"),
            models.CheckConstraint(condition=Q(minutes=None) | Q(minutes__gt=0), name="cadence_minutes_positive"),
        ]

    def __str__(self) -> str:
        return self.what


class Duty(models.Model):
    """Something one person looks at for the team on a fixed weekday."""

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    what = models.CharField(_("what"), max_length=200)
    session = models.CharField(_("session"), max_length=80, blank=True, help_text=_("What is done in one sitting."))
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    frequency = models.CharField(_("frequency"), max_length=10, choices=Frequency, default=Frequency.WEEKLY)
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    who = models.CharField(_("who"), max_length=80, blank=True, help_text=_("The role it falls to."))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="duties",
        verbose_name=_("person"),
        help_text=_("Who does it now."),
    )
    sources = models.ManyToManyField(Source, blank=True, related_name="duties", verbose_name=_("sources"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("duty")
        verbose_name_plural = _("duties")
        ordering = ["weekday", "session", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="duty_weekday_0_to_6"),
            models.CheckConstraint(condition=Q(frequency__in=Frequency.values), name="duty_frequency_is_known"),
            models.CheckConstraint(condition=Q(minutes=None) | Q(minutes__gt=0), name="duty_minutes_positive"),
        ]

    def __str__(self) -> str:
        return self.what


class ContributionPath(models.Model):
    """A way of engaging with the field, from the lightest to the deepest."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=120)
    position = models.PositiveIntegerField(_("position"), default=0)
    output = models.CharField(_("what comes out"), max_length=120, blank=True)
    description = models.TextField(_("description"), blank=True)
    url = models.URLField(_("address"), max_length=500, null=True, blank=True)  # noqa: DJ001 - no address is null
    examples = models.JSONField(_("examples"), default=list, blank=True)
    targets = models.JSONField(_("targets"), default=list, blank=True)
    target_sources = models.ManyToManyField(
        Source, blank=True, related_name="contribution_paths", verbose_name=_("sources to contribute to")
    )

    class Meta:
        verbose_name = _("contribution path")
        verbose_name_plural = _("contribution paths")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title
