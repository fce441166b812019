"""Source: what publishes dated things and is followed; Feed: an address of one."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from readinglist.catalog.choices import (
    STREAM_OF_SOURCE_KIND,
    Access,
    Caution,
    Origin,
    Rhythm,
    SourceKind,
    Status,
    Stream,
    kinds_of_stream,
)
from readinglist.catalog.models.categories import Category

# How often a curator may have a feed visited, in minutes.
SHORTEST_VISIT, LONGEST_VISIT = 15, 24 * 60


class SourceQuerySet(models.QuerySet["Source"]):
    def live(self) -> "SourceQuerySet":
        return self.filter(status=Status.LIVE)

    def visible(self) -> "SourceQuerySet":
        """What readers may open: live and retired sources; drafts are the curators'."""
        return self.exclude(status=Status.DRAFT)

    def fed(self) -> "SourceQuerySet":
        """Live sources that a feed brings: what can be followed."""
        return self.live().filter(models.Exists(Feed.objects.filter(source=models.OuterRef("pk"))))

    def unfed(self) -> "SourceQuerySet":
        """Live sources that no feed brings: what is looked at by hand."""
        return self.live().exclude(models.Exists(Feed.objects.filter(source=models.OuterRef("pk"))))

    def with_feed_count(self) -> "SourceQuerySet":
        """Adds `feed_count`."""
        feeds = Feed.objects.filter(source=models.OuterRef("pk")).order_by().values("source")
        count = models.Subquery(feeds.annotate(n=models.Count("pk")).values("n"))
        return self.annotate(feed_count=Coalesce(count, 0))

    def of_stream(self, stream: str) -> "SourceQuerySet":
        return self.filter(kind__in=kinds_of_stream(STREAM_OF_SOURCE_KIND, stream))


class Source(models.Model):
    slug = models.SlugField(_("slug"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=SourceKind)
    url = models.URLField(_("address"), max_length=500, null=True, blank=True)  # noqa: DJ001 - no address is null
    rhythm = models.CharField(_("rhythm"), max_length=10, choices=Rhythm, default=Rhythm.IRREGULAR)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.LIVE)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    origin = models.CharField(_("origin"), max_length=12, choices=Origin, blank=True)
    access = models.CharField(_("access"), max_length=12, choices=Access, default=Access.FREE)
    caution = models.CharField(_("caution"), max_length=12, choices=Caution, blank=True)
    description = models.TextField(_("description"), blank=True)
    pick_when = models.TextField(_("pick it when"), blank=True)
    categories = models.ManyToManyField(Category, blank=True, related_name="sources", verbose_name=_("categories"))
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)

    objects = SourceQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[categories])

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=SourceKind.values), name="source_kind_is_known"),
            models.CheckConstraint(condition=models.Q(rhythm__in=Rhythm.values), name="source_rhythm_is_known"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="source_status_is_known"),
            models.CheckConstraint(condition=models.Q(origin__in=["", *Origin.values]), name="source_origin_is_known"),
            models.CheckConstraint(condition=models.Q(access__in=Access.values), name="source_access_is_known"),
            models.CheckConstraint(
                condition=models.Q(caution__in=["", *Caution.values]), name="source_caution_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(parent=None) | ~models.Q(parent=models.F("id")), name="source_not_part_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reading:source", args=[self.slug])

    # Of every line of the directory; Django's own translate all choices to say one.
    def get_kind_display(self) -> str:  # type: ignore[no-redef] # of the stubs
        return str(SourceKind(self.kind).label)

    def get_rhythm_display(self) -> str:  # type: ignore[no-redef]
        return str(Rhythm(self.rhythm).label)

    def get_access_display(self) -> str:  # type: ignore[no-redef]
        return str(Access(self.access).label)

    @property
    def stream(self) -> Stream:
        return Stream(STREAM_OF_SOURCE_KIND[self.kind])


class Feed(models.Model):
    """One RSS, Atom, RDF or JSON Feed address."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="feeds", verbose_name=_("source"))
    url = models.URLField(_("feed address"), max_length=500, unique=True)
    visit_minutes = models.PositiveSmallIntegerField(
        _("visited every (minutes)"),
        null=True,
        blank=True,
        validators=[MinValueValidator(SHORTEST_VISIT), MaxValueValidator(LONGEST_VISIT)],
        help_text=_("From 15 to 1440. Empty: as often as the feed publishes, and as its host wants."),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("feed")
        verbose_name_plural = _("feeds")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(visit_minutes=None) | models.Q(visit_minutes__range=(SHORTEST_VISIT, LONGEST_VISIT)),
                name="feed_is_visited_within_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.url
