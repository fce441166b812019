"""What lines and pictures say of a thing, as plain values: all that their templates see, see `readinglist.written`."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from readinglist.catalog.choices import Access, Caution, EntryKind, Rhythm, SourceKind, Status
from readinglist.catalog.models import Entry, Post, Source
from readinglist.reading.directory import SourceLine
from readinglist.reading.models import ReadState, Stage
from readinglist.reading.shelves import Spine
from readinglist.reading.templatetags.posts import cut_title, is_read, pace
from readinglist.reading.works import state_of


class Terms(NamedTuple):
    """What it costs to read a thing, and how far to trust it."""

    access: str
    caution: str

    @classmethod
    def of(cls, thing: Entry | Source) -> "Terms":
        return cls(thing.access, thing.caution)

    @property
    def access_name(self) -> str:
        """Nothing for what is free."""
        return "" if self.access == Access.FREE else str(Access(self.access).label)

    @property
    def caution_name(self) -> str:
        return str(Caution(self.caution).label) if self.caution else ""


class WorkMeta(NamedTuple):
    """The small print of a work, with how far the reader is; `read_before`: an earlier version of it, but not this."""

    kind: str
    venue: str
    dated: str
    minutes: int
    terms: Terms
    is_superseded: bool
    is_retired: bool
    stage: str
    percent: int
    read_before: bool

    @classmethod
    def of(cls, entry: Entry, state: ReadState | None, *, read_before: bool = False) -> "WorkMeta":
        return cls(
            entry.kind,
            entry.venue,
            entry.dated,
            entry.about_minutes,
            Terms.of(entry),
            entry.superseded_by_id is not None,
            entry.status == Status.RETIRED,
            state.stage if state else "",
            state.percent if state else 0,
            bool(read_before and not (state and state.read_at)),
        )

    @property
    def kind_name(self) -> str:
        return str(EntryKind(self.kind).label)

    @property
    def stage_name(self) -> str:
        return str(Stage(self.stage).label) if self.stage else ""


class Tick(NamedTuple):
    """The button that marks a work as read, or takes that back."""

    slug: str
    title: str
    is_read: bool

    @classmethod
    def of(cls, entry: Entry, state: ReadState | None) -> "Tick":
        return cls(entry.slug, entry.title, bool(state and state.stage == Stage.READ))


class OtherReader(NamedTuple):
    """A teammate, and how far they are with a work; the day stands by the calendar of who looks."""

    pk: int
    name: str
    initial: str
    stage: str
    read_on: date | None

    @classmethod
    def of(cls, state: ReadState) -> "OtherReader":
        read_on = timezone.localdate(state.read_at) if state.stage == Stage.READ and state.read_at else None
        return cls(state.user.pk, state.user.name, state.user.get_short_name()[:1].upper(), state.stage, read_on)


class PostLine(NamedTuple):
    """A post in a list, of `inbox.marked`, with the reader's marks. `zone` and `today` tell its moments."""

    pk: int
    title: str
    place: str
    is_open: bool
    is_unread: bool
    is_opened: bool
    is_read: bool
    is_saved: bool
    source: str
    at: datetime
    arrived: datetime | None
    snoozed_until: datetime | None
    zone: str
    today: date
    work: str
    work_title: str
    work_stage: str

    @classmethod
    def of(cls, post: Post, *, place: str, is_open: bool, is_one_source: bool) -> "PostLine":
        """`place` ends its address. Where all are of one source, neither that nor a work of the catalogue is named."""
        row: Any = post
        work = None if is_one_source else row.entry
        state = state_of(work) if work else None
        return cls(
            post.pk,
            cut_title(str(post)),
            place,
            is_open,
            row.is_unread,
            row.opened_at is not None,
            is_read(post),
            row.saved_at is not None,
            "" if is_one_source else post.feed.source.name,
            post.published_at or post.first_seen_at,
            None if is_one_source else post.first_seen_at,
            row.unread_from if row.is_snoozed else None,
            timezone.get_current_timezone_name(),
            timezone.localdate(),
            work.slug if work else "",
            work.title if work else "",
            state.stage if state else "",
        )

    @property
    def work_stage_name(self) -> str:
        return str(Stage(self.work_stage).label) if self.work_stage else ""


class Step(NamedTuple):
    """A step of a list as its picture and its table have it; `work` is the slug of the one to open, or empty."""

    number: int
    classes: str
    label: str
    name: str
    said: str
    minutes: int
    work: str
    works: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, spine: Spine) -> "Step":
        return cls(
            spine.number,
            spine.classes,
            spine.label,
            spine.name,
            spine.said,
            spine.minutes,
            spine.work.slug if spine.work else "",
            tuple((work.slug, work.short_title or work.title) for work in spine.works),
        )


class SourceMeta(NamedTuple):
    """The small print of a source; with a `line` also how alive it is, and what others make of it."""

    kind: str
    terms: Terms
    rhythm: str
    quiet_since: str
    pace: str
    has_no_feed: bool
    awaits_posts: bool
    is_recommended: bool
    is_followed: bool
    followers: int

    @classmethod
    def of(cls, source: Source, line: SourceLine | None, *, recommended: Collection[int]) -> "SourceMeta":
        fresh = line.fresh if line else None
        has_no_feed = fresh is None and getattr(source, "feed_count", None) == 0  # of with_feed_count
        return cls(
            source.kind,
            Terms.of(source),
            "" if fresh and not fresh.is_quiet else source.rhythm,
            date_format(timezone.localtime(fresh.newest_at), "DATE_FORMAT") if fresh and fresh.is_quiet else "",
            pace(fresh.posts_a_week) if fresh and not fresh.is_quiet else "",
            has_no_feed,
            line is not None and fresh is None and not has_no_feed,
            source.pk in recommended,
            line is None and bool(getattr(source, "is_followed", False)),  # where a search says so
            line.followers if line else 0,
        )

    @property
    def kind_name(self) -> str:
        return str(SourceKind(self.kind).label)

    @property
    def rhythm_name(self) -> str:
        """Nothing where its posts tell how often it publishes."""
        return str(Rhythm(self.rhythm).label) if self.rhythm else ""


class FollowButtons(NamedTuple):
    """What a reader does with one source."""

    slug: str
    name: str
    unread: int
    is_muted: bool
    is_followed: bool
    can_be_followed: bool
    can_be_looked_at: bool
    has_looked_today: bool

    @classmethod
    def of(cls, line: SourceLine) -> "FollowButtons":
        return cls(
            line.source.slug,
            line.source.name,
            line.unread,
            line.is_muted,
            line.is_followed,
            line.can_be_followed,
            line.can_be_looked_at,
            line.has_looked_today,
        )
