"""What is known of feeds: the state of each, one row a fetch, and hosts that asked to be left alone."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.models import Feed


class Outcome(models.TextChoices):
    """How a visit to a feed ended, in one word; the sentence beside it says more."""

    FETCHED = "fetched", _("Fetched")
    UNCHANGED = "unchanged", _("Unchanged")
    FORBIDDEN = "forbidden", _("Address not allowed")
    UNREACHABLE = "unreachable", _("Not reachable")
    INSECURE = "insecure", _("Certificate not valid")
    TIMEOUT = "timeout", _("Too slow")
    REDIRECTS = "redirects", _("Too many redirects")
    NOT_FOUND = "not_found", _("Not found")
    GONE = "gone", _("Gone")
    DENIED = "denied", _("Access denied")
    BUSY = "busy", _("Asked to wait")
    REFUSED = "refused", _("Request refused")
    SERVER_ERROR = "server_error", _("Error of the server")
    TOO_LARGE = "too_large", _("Too large")
    NOT_A_FEED = "not_a_feed", _("Not a feed")
    BROKEN = "broken", _("Broken feed")
    FAULT = "fault", _("Fault of this program")


SUCCESSES = (Outcome.FETCHED, Outcome.UNCHANGED)


class Reason(models.TextChoices):
    """Why a feed is visited as often as it is; the words follow "every 6 hours"."""

    RHYTHM = "rhythm", _("as it publishes")
    QUIET = "quiet", _("as it has been quiet for long")
    UNKNOWN = "unknown", _("until its rhythm is known")
    ASKED = "asked", _("as its host asks")
    PINNED = "pinned", _("pinned by a curator")
    FAILING = "failing", _("more and more seldom while it fails")


class FeedStateQuerySet(models.QuerySet["FeedState"]):
    def failing(self) -> "FeedStateQuerySet":
        return self.filter(failures__gt=0, stopped_at=None)


class FeedState(models.Model):
    """What the last visits to a feed left behind; no row is due now, and the claim (`claiming`) makes one."""

    feed = models.OneToOneField(Feed, models.CASCADE, primary_key=True, related_name="state")
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    url = models.TextField(
        blank=True, db_default="", help_text=_("Of the last visit: another address is due, and without validators.")
    )
    etag = models.TextField(blank=True, db_default="")
    last_modified = models.TextField(blank=True, db_default="")
    body_hash = models.CharField(max_length=64, blank=True, db_default="")
    body_size = models.PositiveBigIntegerField(db_default=0, help_text=_("Bytes of the last body that was read."))
    known_entries = models.BinaryField(
        blank=True, default=b"", db_default=b"", help_text=_("Of the last document that was read: `feeds.known`.")
    )
    usual_gap = models.DurationField(null=True, blank=True, help_text=_("Between its newest posts."))
    newest_at = models.DateTimeField(null=True, blank=True, help_text=_("When its newest post was published."))
    ttl_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("How long its document asks to be left alone between visits.")
    )
    skip_hours = ArrayField(
        models.SmallIntegerField(), blank=True, default=list, db_default=[], help_text=_("From 0 to 23, in UTC.")
    )
    skip_days = ArrayField(
        models.SmallIntegerField(), blank=True, default=list, db_default=[], help_text=_("From 0, Monday, to 6.")
    )
    visit_every = models.DurationField(null=True, blank=True, help_text=_("Before chance moves the next visit."))
    visit_reason = models.CharField(max_length=12, choices=Reason, blank=True, db_default="")
    moved_to = models.TextField(
        blank=True, db_default="", help_text=_("Where permanent redirects led on its last good visit.")
    )
    moved_count = models.PositiveIntegerField(db_default=0, help_text=_("Good visits in a row that led there."))
    duplicate_of = models.ForeignKey(
        Feed,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The feed that has the address which this one has moved to."),
    )
    failures = models.PositiveIntegerField(db_default=0, help_text=_("In a row."))
    status = models.CharField(
        max_length=12, choices=Outcome, blank=True, db_default="", help_text=_("Of the last visit.")
    )
    error = models.TextField(blank=True, db_default="", help_text=_("What went wrong, and what to do, in words."))
    visited_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = FeedStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("feed's state")
        verbose_name_plural = _("feeds' states")
        indexes = [models.Index(fields=["next_at"], condition=Q(stopped_at=None), name="feed_state_next")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=["", *Outcome.values]), name="feed_state_status_is_known"),
            models.CheckConstraint(
                condition=Q(visit_reason__in=["", *Reason.values]), name="feed_state_reason_is_known"
            ),
            models.CheckConstraint(
                condition=Q(moved_to="", moved_count=0) | (~Q(moved_to="") & Q(moved_count__gt=0)),
                name="feed_state_moves_lead_somewhere",
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of=None) | ~Q(duplicate_of=models.F("feed")),
                name="feed_state_no_duplicate_of_itself",
            ),
            models.CheckConstraint(
                condition=Q(lease_until=None, lease_token=None)
                | Q(lease_until__isnull=False, lease_token__isnull=False),
                name="feed_state_lease_has_a_token",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failing_since=None) | Q(failures__gt=0, failing_since__isnull=False),
                name="feed_state_failures_have_a_start",
            ),
        ]

    def __str__(self) -> str:
        return f"state of feed {self.feed_id}"


class Fetch(models.Model):
    """One visit to a feed."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="fetches")
    at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=Outcome)
    error = models.TextField(blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    bytes = models.PositiveBigIntegerField(default=0, help_text=_("Of the body, decoded."))
    saved = models.PositiveBigIntegerField(default=0, help_text=_("Bytes that an unchanged body did not cost."))
    new_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    skipped_count = models.PositiveIntegerField(default=0, help_text=_("Entries that could not be read."))
    ms = models.PositiveIntegerField(default=0, help_text=_("From request to the body's end."))

    class Meta:
        verbose_name = _("fetch")
        verbose_name_plural = _("fetches")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index("feed", models.F("at").desc(), name="fetch_feed_at"),
            models.Index(fields=["at"], name="fetch_at"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Outcome.values), name="fetch_status_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.status} feed {self.feed_id} at {self.at:%Y-%m-%d %H:%M}"


class HostPause(models.Model):
    """A host that said to come back later (Retry-After): none of its feeds is visited before."""

    host = models.CharField(max_length=255, primary_key=True)
    until = models.DateTimeField()

    class Meta:
        verbose_name = _("pause of a host")
        verbose_name_plural = _("pauses of hosts")

    def __str__(self) -> str:
        return self.host
