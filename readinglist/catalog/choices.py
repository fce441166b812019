"""The vocabularies that entries and sources share, and how kinds map to streams and minutes."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    DRAFT = "draft", _("Draft")
    LIVE = "live", _("Live")
    RETIRED = "retired", _("Retired")


class Origin(models.TextChoices):
    ACADEMIC = "academic", _("Academic")
    INDUSTRIAL = "industrial", _("Industrial")
    COMMUNITY = "community", _("Community")


class Access(models.TextChoices):
    FREE = "free", _("Free")
    PARTLY_PAID = "partly_paid", _("Partly paid")
    PAID = "paid", _("Paid")


class Caution(models.TextChoices):
    SPECULATIVE = "speculative", _("Speculative")
    MARKETING = "marketing", _("Marketing-minded")
    VERIFY = "verify", _("To be verified")


class Depth(models.TextChoices):
    SKIM = "skim", _("Skim")
    IN_DEPTH = "in_depth", _("In depth")


class Stream(models.TextChoices):
    VENUES = "venues", _("Venues")
    PAPERS = "papers", _("Papers")
    BLOGS = "blogs", _("Blogs")
    COMMUNITIES = "communities", _("Communities")


class SourceKind(models.TextChoices):
    VENUE = "venue", _("Venue")
    BLOG = "blog", _("Blog")
    NEWSLETTER = "newsletter", _("Newsletter")
    PODCAST = "podcast", _("Podcast")
    COMMUNITY = "community", _("Community")
    LAB = "lab", _("Lab")
    PERSON = "person", _("Person")
    PROJECT = "project", _("Project")
    ISSUE_TRACKER = "issue_tracker", _("Issue tracker")
    CHANNEL = "channel", _("Channel")
    REPORT_SERIES = "report_series", _("Report series")
    SURVEY = "survey", _("Survey")


class Rhythm(models.TextChoices):
    DAILY = "daily", _("Daily")
    WEEKLY = "weekly", _("Weekly")
    BIWEEKLY = "biweekly", _("Every two weeks")
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    YEARLY = "yearly", _("Yearly")
    IRREGULAR = "irregular", _("Irregular")


class EntryKind(models.TextChoices):
    PAPER = "paper", _("Paper")
    REPORT = "report", _("Report")
    BOOK = "book", _("Book")
    COURSE = "course", _("Course")
    SURVEY = "survey", _("Survey")
    TUTORIAL = "tutorial", _("Tutorial")
    ARTICLE = "article", _("Article")
    LOGBOOK = "logbook", _("Logbook")
    FRAMEWORK = "framework", _("Framework")
    TOOL = "tool", _("Tool")


STREAM_OF_SOURCE_KIND: dict[str, str] = {
    SourceKind.VENUE: Stream.VENUES,
    SourceKind.BLOG: Stream.BLOGS,
    SourceKind.NEWSLETTER: Stream.BLOGS,
    SourceKind.PODCAST: Stream.BLOGS,
    SourceKind.LAB: Stream.BLOGS,
    SourceKind.COMMUNITY: Stream.COMMUNITIES,
    SourceKind.PROJECT: Stream.COMMUNITIES,
    SourceKind.ISSUE_TRACKER: Stream.COMMUNITIES,
    SourceKind.CHANNEL: Stream.COMMUNITIES,
    SourceKind.PERSON: Stream.COMMUNITIES,
    SourceKind.REPORT_SERIES: Stream.PAPERS,
    SourceKind.SURVEY: Stream.PAPERS,
}

# Books, courses, frameworks and tools are finished or evaluated, not sampled week by week: they are in no stream.
STREAM_OF_ENTRY_KIND: dict[str, str] = {
    EntryKind.PAPER: Stream.PAPERS,
    EntryKind.REPORT: Stream.PAPERS,
    EntryKind.SURVEY: Stream.PAPERS,
    EntryKind.LOGBOOK: Stream.PAPERS,
    EntryKind.ARTICLE: Stream.BLOGS,
    EntryKind.TUTORIAL: Stream.BLOGS,
}

# About how long a work of a kind takes, where nobody has said: a curator's figure always wins.
MINUTES_OF_ENTRY_KIND: dict[str, int] = {
    EntryKind.PAPER: 60,
    EntryKind.REPORT: 90,
    EntryKind.BOOK: 900,
    EntryKind.COURSE: 1200,
    EntryKind.SURVEY: 60,
    EntryKind.TUTORIAL: 45,
    EntryKind.ARTICLE: 20,
    EntryKind.LOGBOOK: 60,
    EntryKind.FRAMEWORK: 45,
    EntryKind.TOOL: 30,
}


def kinds_of_stream(kinds: dict[str, str], stream: str) -> list[str]:
    """The kinds that belong to `stream` in one of the two maps above."""
    return [kind for kind, its_stream in kinds.items() if its_stream == stream]
