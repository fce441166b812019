"""ReadingList: ordered steps; a step has required entries and optional companions."""

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from readinglist.catalog.models.entries import Entry

CANON = "canon"


class ReadingList(models.Model):
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("reading list")
        verbose_name_plural = _("reading lists")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("reading:list", args=[self.slug])


class Step(models.Model):
    list = models.ForeignKey(ReadingList, models.CASCADE, related_name="steps", verbose_name=_("reading list"))
    slug = models.SlugField(_("slug"), max_length=100)
    position = models.PositiveIntegerField(_("position"))
    entries = models.ManyToManyField(Entry, through="StepEntry", related_name="steps")

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["list", "position"]
        constraints = [
            models.UniqueConstraint(fields=["list", "slug"], name="step_slug_once_a_list"),
            # Deferrable, so that two steps can change places in one transaction.
            models.UniqueConstraint(
                fields=["list", "position"],
                name="step_position_once_a_list",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.list} {self.position}"


class StepEntry(models.Model):
    """One work of a step. `list` repeats the step's, held equal by a foreign key over both columns."""

    step = models.ForeignKey(Step, models.CASCADE, related_name="step_entries", verbose_name=_("step"))
    list = models.ForeignKey(ReadingList, models.CASCADE, related_name="step_entries", editable=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="step_entries", verbose_name=_("entry"))
    required = models.BooleanField(
        _("required"), default=True, help_text=_("Companions are offered beside the step and never count.")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("work of a step")
        verbose_name_plural = _("works of a step")
        ordering = ["step", "-required", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "entry"],
                name="entry_once_a_list",
                violation_error_message=_("This work stands in this list already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.entry}"
