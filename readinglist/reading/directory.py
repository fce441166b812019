"""The sources as one reader sees them: what they follow of them, how alive each is, what waits unread."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from readinglist.catalog.choices import STREAM_OF_SOURCE_KIND, Status, Stream
from readinglist.catalog.models import Feed, Source
from readinglist.catalog.models.sources import SourceQuerySet
from readinglist.reading import follows, inbox
from readinglist.reading.freshness import Freshness, freshness
from readinglist.reading.models import Follow


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source as one reader sees it; `fresh` is None where no feed brings anything, `followers` those of follows."""

    source: Source
    is_followed: bool
    is_muted: bool
    unread: int
    fresh: Freshness | None
    has_looked_today: bool
    followers: int = 0

    @property
    def can_be_followed(self) -> bool:
        return self.source.status == Status.LIVE and self.source.feed_count > 0  # type: ignore[attr-defined]

    @property
    def can_be_looked_at(self) -> bool:
        """By hand, where no feed brings it."""
        return self.source.status == Status.LIVE and self.source.feed_count == 0  # type: ignore[attr-defined]


def lines_of_sources(sources: SourceQuerySet, user: User, *, now: datetime) -> list[SourceLine]:
    """The sources with what one reader has to do with them, in four queries for all."""
    mine = Follow.objects.of(user).filter(source=OuterRef("pk"))
    muted = Exists(mine.filter(is_muted=True))
    counted = sources.with_feed_count()
    rows = list(counted.annotate(is_followed=Exists(mine), is_muted=muted, followers=follows.followers()))
    followed = [source for source in rows if source.is_followed]
    fed = [source for source in rows if source.feed_count]  # type: ignore[attr-defined] # of with_feed_count
    by_hand = [source for source in rows if not source.feed_count]  # type: ignore[attr-defined]
    unread = inbox.unread_by_source(user, now=now, sources=followed) if followed else {}
    fresh = freshness(fed, now=now) if fed else {}
    looks = follows.last_looks(by_hand, user) if by_hand else {}
    today = timezone.localdate(now)
    return [
        SourceLine(
            source,
            is_followed=source.is_followed,
            is_muted=source.is_muted,
            unread=unread.get(source.pk, 0),
            fresh=fresh.get(source.pk),
            has_looked_today=source.pk in looks and timezone.localdate(looks[source.pk]) == today,
            followers=source.followers,
        )
        for source in rows
    ]


def line_of_source(source: Source, user: User, *, now: datetime) -> SourceLine:
    (line,) = lines_of_sources(Source.objects.filter(pk=source.pk), user, now=now)
    return line


@dataclass(frozen=True, slots=True)
class Standing:
    """What a reader follows of all live sources, and by stream how many they could follow besides."""

    followed: int
    to_follow: Mapping[Stream, int]


def standing_of(user: User) -> Standing:
    """One query."""
    mine = Follow.objects.of(user).filter(source=OuterRef("pk"))
    kinds = (
        Source.objects.live()
        .annotate(is_mine=Exists(mine), is_fed=Exists(Feed.objects.filter(source=OuterRef("pk"))))
        .order_by()
        .values("kind")
        .annotate(
            followed=Count("pk", filter=Q(is_mine=True)), to_follow=Count("pk", filter=Q(is_mine=False, is_fed=True))
        )
    )
    followed, to_follow = 0, dict.fromkeys(Stream, 0)
    for row in kinds:
        followed += row["followed"]
        to_follow[Stream(STREAM_OF_SOURCE_KIND[row["kind"]])] += row["to_follow"]
    return Standing(followed, to_follow)


def streams_to_follow(user: User) -> list[tuple[Stream, int]]:
    """The streams that bring posts which the reader does not follow yet, each with how many of its sources do."""
    return [(stream, n) for stream, n in standing_of(user).to_follow.items() if n]
