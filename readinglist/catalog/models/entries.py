"""Entry: a work that can be finished; Identifier: what it is known by; Supersession: what took whose place."""

import re
from typing import cast

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from readinglist.catalog import identifiers
from readinglist.catalog.choices import (
    MINUTES_OF_ENTRY_KIND,
    STREAM_OF_ENTRY_KIND,
    Access,
    Caution,
    Depth,
    EntryKind,
    Origin,
    Status,
    kinds_of_stream,
)
from readinglist.catalog.models.categories import Category
from readinglist.catalog.models.sources import Source

SEARCH_CONFIG = "readinglist_search"
MAX_NAMED = 3


class EntryQuerySet(models.QuerySet["Entry"]):
    def live(self) -> "EntryQuerySet":
        return self.filter(status=Status.LIVE)

    def current(self) -> "EntryQuerySet":
        """Live works whose place no other has taken: what lists and counts are about."""
        return self.live().filter(superseded_by=None)

    def visible(self) -> "EntryQuerySet":
        """What readers may open: live and retired works; drafts are the curators'."""
        return self.exclude(status=Status.DRAFT)

    def known_as(self, key: str, address: str = "") -> "EntryQuerySet":
        """What is known by the identifier, or has the address for its own."""
        its = models.Q(pk__in=Identifier.objects.filter(key=key).values("entry"))
        return self.filter(its | models.Q(url=address) if address else its)

    def for_lines(self) -> "EntryQuerySet":
        """With only what a line of a list says of each."""
        small_print = ("kind", "status", "year", "venue", "minutes", "access", "caution", "superseded_by")
        return self.only("slug", "title", *small_print)

    def of_stream(self, stream: str) -> "EntryQuerySet":
        return self.filter(kind__in=kinds_of_stream(STREAM_OF_ENTRY_KIND, stream))


_Manager = models.Manager.from_queryset(EntryQuerySet)


class EntryManager(_Manager["Entry"]):
    """Leaves the search vector in the database: no page shows it."""

    def get_queryset(self) -> EntryQuerySet:
        return cast(EntryQuerySet, super().get_queryset().defer("search"))


class Entry(models.Model):
    slug = models.SlugField(_("slug"), max_length=100, unique=True, help_text=_("Part of the address; never changes."))
    title = models.CharField(_("title"), max_length=300)
    short_title = models.CharField(
        _("short title"), max_length=18, blank=True, help_text=_("Stands on the spine; at most 18 characters.")
    )
    authors = models.JSONField(_("authors"), default=list, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.LIVE)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    venue = models.CharField(_("venue"), max_length=120, blank=True)
    url = models.URLField(_("address"), max_length=500, null=True, blank=True)  # noqa: DJ001 - no address is null
    minutes = models.PositiveIntegerField(
        _("minutes"), null=True, blank=True, help_text=_("About how long it takes; empty means as usual for its kind.")
    )
    depth = models.CharField(_("depth"), max_length=10, choices=Depth, blank=True)
    origin = models.CharField(_("origin"), max_length=12, choices=Origin, blank=True)
    access = models.CharField(_("access"), max_length=12, choices=Access, default=Access.FREE)
    caution = models.CharField(_("caution"), max_length=12, choices=Caution, blank=True)
    description = models.TextField(_("description"), blank=True)
    pick_when = models.TextField(_("pick it when"), blank=True)
    categories = models.ManyToManyField(Category, blank=True, related_name="entries", verbose_name=_("categories"))
    source = models.ForeignKey(
        Source, models.SET_NULL, null=True, blank=True, related_name="entries", verbose_name=_("source")
    )
    part_of = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    superseded_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supersedes", verbose_name=_("superseded by")
    )
    added_on = models.DateField(_("added on"), null=True, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    search = models.GeneratedField(
        expression=SearchVector("title", "short_title", weight="A", config=SEARCH_CONFIG)
        + SearchVector("authors", weight="B", config=SEARCH_CONFIG)
        + SearchVector("description", "pick_when", "venue", weight="C", config=SEARCH_CONFIG),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = EntryManager()
    history = HistoricalRecords(m2m_fields=[categories], excluded_fields=["search"])

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["title", "pk"]
        indexes = [GinIndex(fields=["search"], name="entry_search")]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=EntryKind.values), name="entry_kind_is_known"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="entry_status_is_known"),
            models.CheckConstraint(condition=models.Q(depth__in=["", *Depth.values]), name="entry_depth_is_known"),
            models.CheckConstraint(condition=models.Q(origin__in=["", *Origin.values]), name="entry_origin_is_known"),
            models.CheckConstraint(condition=models.Q(access__in=Access.values), name="entry_access_is_known"),
            models.CheckConstraint(
                condition=models.Q(caution__in=["", *Caution.values]), name="entry_caution_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(minutes=None) | models.Q(minutes__gt=0), name="entry_minutes_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(superseded_by=None) | ~models.Q(superseded_by=models.F("id")),
                name="entry_not_superseded_by_itself",
            ),
            models.CheckConstraint(
                condition=models.Q(part_of=None) | ~models.Q(part_of=models.F("id")), name="entry_not_part_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("reading:entry", args=[self.slug])

    # Of every line of a list; Django's own translate all choices to say one.
    def get_kind_display(self) -> str:  # type: ignore[no-redef] # of the stubs
        return str(EntryKind(self.kind).label)

    def get_access_display(self) -> str:  # type: ignore[no-redef]
        return str(Access(self.access).label)

    @property
    def about_minutes(self) -> int:
        """The curator's figure, else what is usual for the kind."""
        return self.minutes or MINUTES_OF_ENTRY_KIND[self.kind]

    @property
    def dated(self) -> str:
        """The year as it stands after the venue: "SC 2020" needs none, and a preprint of 2019 was posted before it."""
        if self.year is None or str(self.year) in self.venue:
            return ""
        if re.search(r"\b(?:19|20)\d\d\b", self.venue):
            return gettext("posted %(year)s") % {"year": self.year}
        return str(self.year)

    @property
    def byline(self) -> str:
        return ", ".join(self.authors)

    @property
    def short_byline(self) -> str:
        """At most three authors by name."""
        if len(self.authors) <= MAX_NAMED:
            return self.byline
        named = ", ".join(self.authors[: MAX_NAMED - 1])
        return gettext("%(names)s and %(n)s others") % {"names": named, "n": len(self.authors) - MAX_NAMED + 1}


class Identifier(models.Model):
    """`arxiv:…`, `doi:…`, `isbn:…` or `url:…`, normalised by `catalog.identifiers`, of one entry."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="identifiers", verbose_name=_("entry"))
    key = models.CharField(
        _("identifier"),
        max_length=500,
        unique=True,
        error_messages={"unique": _("Another entry has this identifier already.")},
        help_text=_("Paste an arXiv, DOI or other address, or an ISBN."),
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("identifier")
        verbose_name_plural = _("identifiers")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^(arxiv|doi|isbn|url):."), name="identifier_prefix_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def kind(self) -> str:
        """What sort of identifier it is, as people write it."""
        return {"arxiv": "arXiv", "doi": "DOI", "isbn": "ISBN", "url": gettext("Web")}[self.key.partition(":")[0]]

    @property
    def value(self) -> str:
        """The identifier without its prefix."""
        return self.key.partition(":")[2]

    @property
    def url(self) -> str:
        """Where the identifier leads."""
        return identifiers.url_of(self.key)


class EntryLink(models.Model):
    """A further address of an entry that is no identifier: PDF, code, video."""

    class Kind(models.TextChoices):
        PDF = "pdf", _("PDF")
        ABSTRACT = "abstract", _("Abstract")
        CODE = "code", _("Code")
        VIDEO = "video", _("Video")
        PAGE = "page", _("Page")

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="links", verbose_name=_("entry"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    url = models.URLField(_("address"), max_length=500)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["pdf", "abstract", "code", "video", "page"]), name="link_kind_is_known"
            ),
            models.UniqueConstraint(fields=["entry", "url"], name="link_once_an_entry"),
        ]

    def __str__(self) -> str:
        return self.url


class Supersession(models.Model):
    """What changed when one entry took another's place: kept so that it can be undone exactly."""

    entry = models.OneToOneField(Entry, models.CASCADE, related_name="supersession", verbose_name=_("entry"))
    at = models.DateTimeField(_("when"))
    moved = models.JSONField(help_text=_("Places in lists before the change, and re-pointed predecessors."))

    class Meta:
        verbose_name = _("supersession")
        verbose_name_plural = _("supersessions")

    def __str__(self) -> str:
        return f"supersession of {self.entry_id}"
