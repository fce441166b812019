"""Post: one dated thing found in a feed; its id is the order of arrival."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.models.sources import Feed


class Post(models.Model):
    # Indexed by arrival below.
    feed = models.ForeignKey(Feed, models.PROTECT, db_index=False, related_name="posts")
    guid_hash = models.CharField(max_length=64)
    key = models.CharField(max_length=500, help_text=_("In the form of an identifier; from link or guid, never text."))
    lead = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="copies")
    is_backlog = models.BooleanField(default=False)
    url = models.URLField(max_length=2000, blank=True)
    title = models.TextField(blank=True)
    byline = models.CharField(max_length=300, blank=True, default="", db_default="", help_text=_("Who wrote it."))
    body = models.TextField(blank=True)
    content_hash = models.CharField(max_length=64)
    published_at = models.DateTimeField(null=True, blank=True)
    first_seen_at = models.DateTimeField()
    edit_count = models.PositiveSmallIntegerField(default=0, db_default=0)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["feed", "id"], include=["lead"], name="post_feed_arrival"),
            # The inbox counts what came since by this one alone, whatever a feed's first fetch left behind.
            models.Index(
                fields=["feed", "id"], include=["lead"], condition=models.Q(is_backlog=False), name="post_feed_news"
            ),
            models.Index(fields=["key"], name="post_key"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["feed", "guid_hash"], name="post_guid_once_a_feed"),
            models.UniqueConstraint(fields=["key"], condition=models.Q(lead=None), name="post_key_once_among_leads"),
            models.CheckConstraint(
                condition=models.Q(lead=None) | ~models.Q(lead=models.F("id")), name="post_not_copy_of_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.url or self.key


class PostText(models.Model):
    """The search vector of a post, filled later by a task: posts themselves are written often and fast."""

    post = models.OneToOneField(Post, models.CASCADE, primary_key=True, related_name="text")
    search = SearchVectorField()

    class Meta:
        verbose_name = _("post's text")
        verbose_name_plural = _("posts' texts")
        indexes = [GinIndex(fields=["search"], name="post_search")]

    def __str__(self) -> str:
        return f"text of post {self.post_id}"
