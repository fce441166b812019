"""What curators see of feeds: how each is, worst first, and what its last thirty days were like."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import django_filters
from django import forms
from django.db import connection, models
from django.db.models import Case, Count, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from feeds.models import SUCCESSES, FeedState, Fetch, Outcome, Reason
from readinglist.catalog.choices import STREAM_OF_SOURCE_KIND, Status, Stream, kinds_of_stream
from readinglist.catalog.models import Feed

WEEKS = 8
# Posts of one feed that are counted for its posts a week: fifty a week is enough to know.
COUNTED = 50 * WEEKS
DAYS = 30
TROUBLE = timedelta(days=3)


class Standing(models.TextChoices):
    """How a feed is, in the order in which it needs somebody."""

    FAILING = "failing", _("Failing")
    GONE = "gone", _("Gone")
    TWICE = "twice", _("Here twice")
    NEVER = "never", _("Never visited")
    STOPPED = "stopped", _("Stopped")
    FINE = "fine", _("Fine")
    ASLEEP = "asleep", _("Source not live")


_GONE = Q(state__stopped_at__isnull=False, state__status=Outcome.GONE)
_TWICE = Q(state__duplicate_of__isnull=False, state__stopped_at=None, state__failures=0)


def with_standing(feeds: QuerySet[Feed]) -> QuerySet[Feed]:
    """Adds `standing`."""
    return feeds.annotate(
        standing=Case(
            When(~Q(source__status=Status.LIVE), then=Value(Standing.ASLEEP)),
            When(_GONE, then=Value(Standing.GONE)),
            When(state__stopped_at__isnull=False, then=Value(Standing.STOPPED)),
            When(state__failures__gt=0, then=Value(Standing.FAILING)),
            When(_TWICE, then=Value(Standing.TWICE)),
            When(state__visited_at=None, then=Value(Standing.NEVER)),
            default=Value(Standing.FINE),
        )
    )


def worst_first(feeds: QuerySet[Feed]) -> QuerySet[Feed]:
    """Those `with_standing` that need somebody, the longest failing first; then by name."""
    ranks = [When(standing=standing, then=Value(rank)) for rank, standing in enumerate(Standing)]
    return feeds.order_by(Case(*ranks), F("state__failing_since").asc(nulls_last=True), "source__name", "pk")


def in_trouble(now: datetime) -> QuerySet[FeedState]:
    """The states of live sources' feeds that have failed for more than three days, the longest first."""
    states = FeedState.objects.failing().filter(feed__source__status=Status.LIVE, failing_since__lt=now - TROUBLE)
    return states.select_related("feed__source").order_by("failing_since", "pk")


def gone_or_twice() -> QuerySet[Feed]:
    """Those of live sources that a curator decides about: their hosts took them down for good, and others are looked
    for, or they are asked once more; or they have moved to where another feed is, and one of the two is kept.

    What is gone is `state.stopped_at`.
    """
    rows = Feed.objects.filter(_GONE | _TWICE, source__status=Status.LIVE)
    return rows.select_related("source", "state__duplicate_of__source").order_by("source__name", "pk")


class FeedFilter(django_filters.FilterSet):
    """Over feeds `with_standing`."""

    q = django_filters.CharFilter(
        label=_("Words"), method="filter_words", widget=forms.TextInput(attrs={"type": "search", "maxlength": 200})
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=Standing.choices, empty_label=_("Any state"), field_name="standing"
    )
    stream = django_filters.ChoiceFilter(
        label=_("Stream"), choices=Stream.choices, empty_label=_("Any stream"), method="filter_stream"
    )

    def filter_words(self, feeds: QuerySet[Feed], name: str, value: str) -> QuerySet[Feed]:
        words = value.replace("\x00", " ").split()
        for word in words[:10]:
            feeds = feeds.filter(Q(url__icontains=word) | Q(source__name__icontains=word))
        return feeds

    def filter_stream(self, feeds: QuerySet[Feed], name: str, value: str) -> QuerySet[Feed]:
        return feeds.filter(source__kind__in=kinds_of_stream(STREAM_OF_SOURCE_KIND, value))


@dataclass(frozen=True, slots=True)
class Line:
    """A feed as the pages show it."""

    feed: Feed
    state: FeedState | None
    posts_a_week: str
    now: datetime

    @property
    def standing(self) -> Standing:
        return Standing(self.feed.standing)  # type: ignore[attr-defined]

    @property
    def words(self) -> str | Promise:
        """The state as one says it."""
        state = self.state
        if self.standing == Standing.ASLEEP:
            how = self.feed.source.get_status_display().lower()
            return gettext("Not fetched: its source is %(how)s") % {"how": how}
        if state is not None and state.lease_until is not None and state.lease_until > self.now:
            return gettext("Being fetched")
        if self.standing == Standing.GONE:
            return gettext("Gone: its host says that this feed will not come back")
        if self.standing == Standing.TWICE:
            return gettext("Here twice: it has moved to where another feed is")
        if state is None or self.standing != Standing.FINE:
            return self.standing.label
        return state.get_status_display()

    @property
    def how_often(self) -> str:
        """`every 6 hours, as it publishes`; nothing while that is not known."""
        if self.state is None or self.state.visit_every is None or self.state.stopped_at is not None:
            return ""
        if self.feed.visit_minutes is not None and self.state.visit_reason != Reason.FAILING:
            every, reason = timedelta(minutes=self.feed.visit_minutes), Reason.PINNED
        else:
            every, reason = self.state.visit_every, Reason(self.state.visit_reason)
        return gettext("%(every)s, %(why)s") % {"every": every_words(every), "why": reason.label}

    @property
    def twin(self) -> Feed | None:
        """The feed that has the address which this one has moved to."""
        return self.state.duplicate_of if self.state is not None and self.standing == Standing.TWICE else None

    @property
    def is_failing(self) -> bool:
        return self.standing == Standing.FAILING

    @property
    def may_be_fetched(self) -> bool:
        return self.standing != Standing.ASLEEP

    @property
    def is_due(self) -> bool:
        return self.state is None or self.state.next_at <= self.now or self.state.url != self.feed.url


def lines_of(feeds: Iterable[Feed], *, now: datetime) -> list[Line]:
    """The feeds (`with_standing`, and their states selected) with their posts a week, in one further query."""
    rows = list(feeds)
    counts = _recent_posts([feed.pk for feed in rows], now)
    return [Line(feed, getattr(feed, "state", None), _a_week(counts.get(feed.pk, 0)), now) for feed in rows]


def every_words(interval: timedelta) -> str:
    """`every 25 minutes`, `every hour`, `every 6 hours`, `every day`: as exact as one says it."""
    minutes = round(interval.total_seconds() / 60)
    if minutes < 58:
        return ngettext("every %(n)d minute", "every %(n)d minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    if hours == 1:
        return gettext("every hour")
    # What is spread around a day is less than one by a little.
    return gettext("every %(n)d hours") % {"n": hours} if hours < 22 else gettext("every day")


def _recent_posts(feed_ids: list[int], now: datetime) -> dict[int, int]:
    """By feed, how many of its newest posts were published in the last weeks; at most COUNTED are looked at."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT feed.id, count(*)
            FROM unnest(%s::bigint[]) AS feed (id) CROSS JOIN LATERAL (
                SELECT published_at FROM catalog_post WHERE feed_id = feed.id ORDER BY id DESC LIMIT %s
            ) post
            WHERE post.published_at > %s
            GROUP BY feed.id
            """,
            [feed_ids, COUNTED, now - timedelta(weeks=WEEKS)],
        )
        return dict(cursor.fetchall())


def _a_week(count: int) -> str:
    """`0.5`, `3`, and `50+` where it is that or more."""
    if count >= COUNTED:
        return f"{COUNTED // WEEKS}+"
    a_week = count / WEEKS
    return f"{a_week:.0f}" if a_week >= 10 else f"{round(a_week, 1):g}"


@dataclass(frozen=True, slots=True)
class Day:
    """The visits of one day; `place` is where it stands in the strip, in per cent."""

    on: date
    place: str
    visits: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """The visits of the last thirty days."""

    days: list[Day]
    visits: int
    failed: int
    new: int
    bytes: int
    saved: int


def month_of(feed: Feed, *, now: datetime) -> Month:
    """One query, by the curator's days."""
    today = timezone.localdate(now)
    first = today - timedelta(days=DAYS - 1)
    failed = Count("pk", filter=~Q(status__in=SUCCESSES))
    fetches = Fetch.objects.filter(feed=feed, at__gt=now - timedelta(days=DAYS + 1)).annotate(on=TruncDate("at"))
    sums = {"n": Count("pk"), "bad": failed, "new": Sum("new_count"), "size": Sum("bytes"), "spared": Sum("saved")}
    by_day: Any = fetches.filter(on__gte=first).order_by().values("on").annotate(**sums)
    rows = {row["on"]: row for row in by_day}
    days = []
    for number in range(DAYS):
        on = first + timedelta(days=number)
        row = rows.get(on, {"n": 0, "bad": 0})
        days.append(Day(on, f"{number * 100 / DAYS:.2f}%", row["n"], row["bad"]))
    totals = {name: sum(row[name] for row in rows.values()) for name in sums}
    return Month(days, totals["n"], totals["bad"], totals["new"], totals["size"], totals["spared"])
