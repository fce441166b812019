"""What the product shipped, per row and field as it was last loaded; and what readers suggest for the catalogue."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from readinglist.catalog.models import Entry, Post


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


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def open(self) -> "SuggestionQuerySet":
        return self.filter(state=Suggestion.State.OPEN)

    def of(self, person: User) -> "SuggestionQuerySet":
        return self.filter(person=person)

    def with_parts(self) -> "SuggestionQuerySet":
        """With all that a page shows of them, in one query."""
        parts = self.select_related("person", "post__feed__source", "entry", "judged_by")
        return parts.defer("post__body", "entry__search")


class Suggestion(models.Model):
    """A work that a reader wants in the catalogue, and what a curator made of it."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")

    # Who leaves for good stays in it as a former member.
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="suggestions")
    key = models.CharField(max_length=500, help_text=_("What the work is known by, in the form of an identifier."))
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="suggestions")
    url = models.URLField(max_length=2000, blank=True)
    title = models.CharField(max_length=300)
    why = models.TextField(max_length=1000, blank=True)
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    entry = models.ForeignKey(Entry, models.SET_NULL, null=True, blank=True, related_name="suggestions")
    judged_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text=_("Why not, for whoever suggested it."))

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("suggestion")
        verbose_name_plural = _("suggestions")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(state="open"), name="suggestion_open_once_a_work"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "accepted", "declined"]), name="suggestion_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", judged_at=None) | (~Q(state="open") & Q(judged_at__isnull=False)),
                name="suggestion_is_open_until_judged",
            ),
            models.CheckConstraint(condition=Q(entry=None) | Q(state="accepted"), name="suggestion_entry_is_accepted"),
            models.CheckConstraint(condition=Q(post__isnull=False) | ~Q(url=""), name="suggestion_leads_somewhere"),
        ]

    def __str__(self) -> str:
        return self.title
