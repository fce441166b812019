"""Category: a named section of the catalogue, in order, at most three deep."""

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

MAX_DEPTH = 3


class Category(models.Model):
    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("inside")
    )
    position = models.PositiveIntegerField(_("position"), default=0)
    description = models.TextField(_("description"), blank=True)
    review_days = models.PositiveIntegerField(
        _("review every … days"), default=91, help_text=_("What stands here is due for review after so many days.")
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ["position", "name", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(review_days__gt=0), name="category_review_days_positive"),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")), name="category_not_inside_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reading:category", args=[self.slug])

    def clean(self) -> None:
        """Holds the tree at three levels, without circles."""
        above = self._count_above()
        if above + self._height() > MAX_DEPTH:
            raise ValidationError({"parent": _("Categories stand at most three deep; choose one further up.")})

    def _count_above(self) -> int:
        count = 0
        ancestor = self.parent
        while ancestor is not None and count <= MAX_DEPTH:
            if ancestor.pk == self.pk and self.pk is not None:
                raise ValidationError({"parent": _("A category cannot stand inside itself.")})
            count += 1
            ancestor = ancestor.parent
        return count

    def _height(self) -> int:
        """Levels from here down, this one included; where rows stand in a circle, each is counted once."""
        height, level, seen = 0, {self.pk}, {self.pk}
        while level and height <= MAX_DEPTH:
            height += 1
            below = Category.objects.filter(parent__in=level - {None})
            level = set(below.values_list("pk", flat=True)) - seen
            seen |= level
        return height
