"""What the product shipped: per row and field, the value that was last loaded."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Shipped(models.Model):
    """Memory of the starting catalogue. It has no foreign key, so that it outlives its row."""

    model = models.CharField(max_length=40)
    key = models.CharField(max_length=200)
    fields = models.JSONField(default=dict)
    object_id = models.BigIntegerField(null=True, blank=True)
    adopted = models.BooleanField(default=False, help_text=_("A curator had added it first."))
    deleted_by_curator_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("shipped row")
        verbose_name_plural = _("shipped rows")
        constraints = [models.UniqueConstraint(fields=["model", "key"], name="shipped_once")]

    def __str__(self) -> str:
        return f"{self.model} {self.key}"
