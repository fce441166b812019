"""Who has read what: states of entries and posts, follows, notes, and the append-only log."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.db.models.deletion import CASCADE, SET_NULL, Collector
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, Post, ReadingList, Source
from readinglist.catalog.models.entries import SEARCH_CONFIG


class Stage(models.TextChoices):
    QUEUED = "queued", _("Queued")
    READING = "reading", _("Reading")
    READ = "read", _("Read")
    SKIPPED = "skipped", _("Skipped")


class ReadStateQuerySet(models.QuerySet["ReadState"]):
    def of(self, user: User) -> "ReadStateQuerySet":
        return self.filter(user=user)


class ReadState(models.Model):
    """One reader's stage with one entry; no row means unread. Written by `reading.stages`, or brought in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="read_states")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="read_states")
    stage = models.CharField(max_length=10, choices=Stage)
    percent = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True, help_text=_("The first start."))
    read_at = models.DateTimeField(null=True, blank=True, help_text=_("The first finish."))
    page = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Where the reader is, if that was said by page.")
    )
    pages = models.PositiveSmallIntegerField(null=True, blank=True, help_text=_("How many the reader's copy has."))

    objects = ReadStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("read state")
        verbose_name_plural = _("read states")
        indexes = [models.Index(fields=["user", "read_at"], condition=Q(read_at__isnull=False), name="state_user_read")]
        constraints = [
            models.UniqueConstraint(fields=["user", "entry"], name="state_once_a_reader"),
            models.CheckConstraint(condition=Q(stage__in=Stage.values), name="state_stage_is_known"),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="state_percent_0_to_100"),
            models.CheckConstraint(
                condition=Q(started_at=None) | Q(read_at=None) | Q(started_at__lte=F("read_at")),
                name="state_started_before_read",
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.READ) | Q(read_at__isnull=False), name="state_read_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.SKIPPED) | Q(read_at=None), name="state_skipped_was_not_read"
            ),
            models.CheckConstraint(
                condition=~Q(stage=Stage.READING) | Q(started_at__isnull=False), name="state_reading_has_a_start"
            ),
            models.CheckConstraint(
                condition=Q(page=None) | Q(pages__isnull=False, page__range=(1, F("pages"))),
                name="state_page_is_one_of_its_pages",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.stage} {self.entry_id}"

    def get_stage_display(self) -> str:  # type: ignore[no-redef] # of the stubs
        """Of every line of a list; Django's own translates all choices to say one."""
        return str(Stage(self.stage).label)


class ActivityQuerySet(models.QuerySet["Activity"]):
    def of(self, user: User) -> "ActivityQuerySet":
        return self.filter(user=user)


class Activity(models.Model):
    """One line of the log, only ever added (a trigger forbids edits); entry rows carry the state that resulted."""

    class Action(models.TextChoices):
        QUEUED = "queued", _("Queued")
        STARTED = "started", _("Started")
        PROGRESSED = "progressed", _("Went on")
        FINISHED = "finished", _("Finished")
        SKIPPED = "skipped", _("Skipped")
        UNREAD = "unread", _("Marked unread")
        LOOKED = "looked", _("Looked")
        TIMED = "timed", _("Noted time")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="activities")
    at = models.DateTimeField()
    action = models.CharField(max_length=12, choices=Action)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, blank=True, related_name="activities")
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="activities")
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="activities")
    stage = models.CharField(max_length=10, choices=Stage, blank=True, help_text=_("Empty is unread."))
    percent = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    page = models.PositiveSmallIntegerField(null=True, blank=True)
    pages = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = ActivityQuerySet.as_manager()

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        ordering = ["pk"]
        indexes = [models.Index(fields=["user", "at"], name="activity_user_at")]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(entry__isnull=False, post=None, source=None)
                    | Q(entry=None, post__isnull=False, source=None)
                    | Q(entry=None, post=None, source__isnull=False)
                ),
                name="activity_on_exactly_one_thing",
            ),
            models.CheckConstraint(condition=Q(stage__in=["", *Stage.values]), name="activity_stage_is_known"),
            models.CheckConstraint(condition=Q(percent__range=(0, 100)), name="activity_percent_0_to_100"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.action} {self.at:%Y-%m-%d}"

    def get_action_display(self) -> str:  # type: ignore[no-redef] # of the stubs
        return self.name_of(self.action)

    @staticmethod
    def name_of(action: str) -> str:
        """Of every line of a history; Django's own translates all choices to say one. What is unknown names itself."""
        return str(Activity.Action(action).label) if action in Activity.Action else action


class Timer(models.Model):
    """A clock that a reader started on a work and has not stopped yet; one at a time. Written by `reading.timing`."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="timer")
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="timers")
    started_at = models.DateTimeField()

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")

    def __str__(self) -> str:
        return f"timer of {self.user_id} on {self.entry_id}"


class FollowQuerySet(models.QuerySet["Follow"]):
    def of(self, user: User) -> "FollowQuerySet":
        return self.filter(user=user)

    def heard(self) -> "FollowQuerySet":
        """What the inbox shows: muted sources stay followed, but silent; drafts nobody sees."""
        return self.filter(is_muted=False).exclude(source__status=Status.DRAFT)


class Follow(models.Model):
    """A reader follows a source, and has seen its posts up to one: what is newer is unread."""

    # The unique constraint has the index.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="follows")
    source = models.ForeignKey(Source, models.PROTECT, related_name="follows")
    caught_up_to = models.BigIntegerField(default=0, help_text=_("The id of a post; 0 is before all."))
    is_muted = models.BooleanField(default=False)
    followed_at = models.DateTimeField()

    objects = FollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        constraints = [
            models.UniqueConstraint(fields=["user", "source"], name="follow_once_a_reader"),
            models.CheckConstraint(condition=Q(caught_up_to__gte=0), name="follow_mark_is_a_post_or_none"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.source_id}"


class PostStateQuerySet(models.QuerySet["PostState"]):
    def of(self, user: User) -> "PostStateQuerySet":
        return self.filter(user=user)

    def kept_unread(self, now: datetime) -> "PostStateQuerySet":
        """Marked unread by hand, or snoozed and back."""
        return self.filter(unread_from__lte=now)

    def snoozed(self, now: datetime) -> "PostStateQuerySet":
        return self.filter(unread_from__gt=now)


class PostState(models.Model):
    """One reader's marks on one post; no row means untouched."""

    # The unique constraint has the index.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="post_states")
    post = models.ForeignKey(Post, models.PROTECT, related_name="states")
    opened_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    saved_at = models.DateTimeField(null=True, blank=True)
    unread_from = models.DateTimeField(
        null=True, blank=True, help_text=_("In the future: snoozed till then. In the past: kept unread.")
    )

    objects = PostStateQuerySet.as_manager()

    class Meta:
        verbose_name = _("post's state")
        verbose_name_plural = _("posts' states")
        indexes = [
            models.Index(fields=["user", "post"], condition=Q(saved_at__isnull=False), name="post_state_user_saved"),
            models.Index(
                fields=["user", "unread_from"], condition=Q(unread_from__isnull=False), name="post_state_user_unread"
            ),
        ]
        constraints = [
            # With the columns that make a post read: counting unread posts looks at no row.
            models.UniqueConstraint(
                fields=["user", "post"], include=["read_at", "unread_from"], name="post_state_once_a_reader"
            ),
            models.CheckConstraint(
                condition=Q(read_at=None) | Q(unread_from=None), name="post_state_is_not_read_and_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"marks of {self.user_id} on post {self.post_id}"


def keep_shared(collector: Collector, field: models.Field, sub_objs: models.QuerySet["Note"], using: str) -> None:
    """on_delete of a note's author: private notes go with the person, shared ones stay as a former member's."""
    SET_NULL(collector, field, sub_objs.filter(is_shared=True), using)
    CASCADE(collector, field, sub_objs.filter(is_shared=False), using)


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user: User) -> "NoteQuerySet":
        """One's own, and what teammates share."""
        return self.filter(Q(author=user) | Q(is_shared=True))


class Note(models.Model):
    """What a reader wrote on an entry, in Markdown; private unless shared."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, keep_shared, null=True, blank=True, related_name="notes", verbose_name=_("author")
    )
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="notes", verbose_name=_("entry"))
    text = models.TextField(_("note"), max_length=10_000)
    is_shared = models.BooleanField(_("shared with the team"), default=False)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = NoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["entry", "created_at"], name="note_entry_created"),
            GinIndex(SearchVector("text", config=SEARCH_CONFIG), name="note_words"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=False) | Q(is_shared=True), name="note_without_author_is_shared"
            ),
        ]

    def __str__(self) -> str:
        return f"note {self.pk} on {self.entry_id}"


class PathQuerySet(models.QuerySet["Path"]):
    def of(self, user: User) -> "PathQuerySet":
        return self.filter(user=user)


class Path(models.Model):
    """A list that a reader has chosen, and where it stands among theirs; no row at all is the canon."""

    # The unique constraint has the index.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="path")
    list = models.ForeignKey(ReadingList, models.CASCADE, related_name="paths")
    position = models.PositiveIntegerField()

    objects = PathQuerySet.as_manager()

    class Meta:
        verbose_name = _("list of a path")
        verbose_name_plural = _("lists of paths")
        ordering = ["user", "position"]
        constraints = [
            models.UniqueConstraint(fields=["user", "list"], name="path_list_once_a_reader"),
            # Deferrable, so that two lists can change places in one transaction.
            models.UniqueConstraint(
                fields=["user", "position"],
                name="path_position_once_a_reader",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.position}: {self.list_id}"
