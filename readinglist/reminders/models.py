"""Reminder: the weekly mail, at most one per reader and week."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Reminder(models.Model):
    """The claim to send, made before sending: whatever becomes of the mail, it never goes out twice.

    `claimed` turns into `sent`; into `failed`, where the mail was certainly not taken and may be tried again; or into
    `unknown`, where nobody can say: then it is left alone.
    """

    class State(models.TextChoices):
        CLAIMED = "claimed", _("Claimed")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")
        UNKNOWN = "unknown", _("Unknown")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders", verbose_name=_("reader")
    )
    week = models.DateField(_("week"), help_text=_("Its Monday, by the reader's clock."))
    state = models.CharField(_("state"), max_length=8, choices=State)
    claimed_at = models.DateTimeField(_("claimed"))
    tries = models.PositiveSmallIntegerField(_("tries"), default=1)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    message_id = models.CharField(_("message id"), max_length=255, unique=True)
    error = models.TextField(_("what went wrong"), blank=True)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        ordering = ["-week", "-claimed_at"]
        constraints = [
            models.UniqueConstraint(fields=["user", "week"], name="reminder_once_a_reader_and_week"),
            models.CheckConstraint(condition=Q(week__iso_week_day=1), name="reminder_week_is_a_monday"),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "sent", "failed", "unknown"]), name="reminder_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="reminder_sent_has_a_date"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.week:%G-W%V} {self.state}"
