"""What the instance keeps for its own running."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Upload(models.Model):
    """The file that a person brought along, while they look at what it would do; one each, for a day.

    In the database, because web servers share no disk.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    at = models.DateTimeField()
    content = models.BinaryField()
    report = models.JSONField(help_text=_("What it would do, or has done."))
    left = models.BinaryField(blank=True, help_text=_("What found no place, packed like a download."))
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("file brought along")
        verbose_name_plural = _("files brought along")

    def __str__(self) -> str:
        return f"file of {self.user_id}"
