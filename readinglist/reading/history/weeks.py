"""What a reader read, week by week.

A work counts in a week once: where time was noted for it, or where it was begun, carried on or finished and at the
week's end that had not been taken back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Count

from accounts.models import User
from readinglist.reading.history import spans
from readinglist.reading.models import Activity, PostState, Stage

IN_A_YEAR = 52

READING = (
    Activity.Action.STARTED,
    Activity.Action.PROGRESSED,
    Activity.Action.FINISHED,
    Activity.Action.TIMED,
)
_OF_THE_LOG = """
    SELECT place, count(*) FILTER (WHERE entry_id IS NOT NULL AND (minutes > 0 OR is_read)),
        coalesce(sum(lines) FILTER (WHERE is_look), 0), coalesce(sum(minutes), 0)
    FROM (
        SELECT width_bucket(at, %(edges)s::timestamptz[]) AS place, entry_id, source_id IS NOT NULL AS is_look,
            bool_or(action = ANY(%(reading)s)) AND (array_agg(stage ORDER BY id DESC))[1] = ANY(%(stages)s) AS is_read,
            count(*) AS lines, sum(minutes) AS minutes
        FROM reading_activity WHERE user_id = %(user)s AND at >= %(since)s
        GROUP BY place, entry_id, source_id, post_id
    ) things GROUP BY place
"""


@dataclass(frozen=True, slots=True)
class Week:
    """Works read in, posts marked as read, looks at sources without a feed; and all minutes that were noted."""

    monday: date
    works: int = 0
    posts: int = 0
    looks: int = 0
    minutes: int = 0

    @property
    def read(self) -> int:
        return self.works + self.posts + self.looks

    @property
    def number(self) -> int:
        return self.monday.isocalendar().week


@dataclass(frozen=True, slots=True)
class Year:
    """The last weeks, the oldest first; those before `begins`, a place among them, came before the reader."""

    weeks: Sequence[Week]
    begins: int
    since: datetime

    @property
    def minutes(self) -> int:
        return sum(week.minutes for week in self.weeks)

    @property
    def hours(self) -> int:
        """Full ones."""
        return self.minutes // 60

    @property
    def posts(self) -> int:
        return sum(week.posts for week in self.weeks)

    @property
    def read(self) -> int:
        return sum(week.read for week in self.weeks)

    @property
    def weeks_in_a_row(self) -> int:
        """With reading, up to now; the running week may still become one of them."""
        count = 0
        for place, week in enumerate(reversed(self.weeks)):
            if week.read:
                count += 1
            elif place:
                break
        return count


def year_of(user: User, *, now: datetime) -> Year:
    """In two queries, whatever stands in the log."""
    mondays = spans.last_weeks(IN_A_YEAR, now=now, zone=user.tzinfo)
    of_the_log = _of_the_log(user, mondays)
    posts = _posts(user, mondays)
    weeks = []
    for place, monday in enumerate(mondays, start=1):
        works, looks, minutes = of_the_log.get(place, (0, 0, 0))
        weeks.append(Week(monday, works, posts.get(place, 0), looks, minutes))
    # Who brought their log along was here before they joined, and whatever a clock says, they are here now.
    joined = user.date_joined.astimezone(user.tzinfo).date()
    is_here = (week.read or week.minutes or joined < week.monday + spans.WEEK for week in weeks)
    begins = next((place for place, here in enumerate(is_here) if here), IN_A_YEAR - 1)
    return Year(weeks, begins, spans.begin_of(mondays[0], user.tzinfo))


def _of_the_log(user: User, mondays: Sequence[date]) -> dict[int, tuple[int, int, int]]:
    edges = [spans.begin_of(monday, user.tzinfo) for monday in mondays]
    asked: dict[str, Any] = {
        "user": user.pk,
        "edges": edges,
        "since": edges[0],
        "reading": list(READING),
        "stages": [Stage.READING, Stage.READ],
    }
    with connection.cursor() as cursor:
        cursor.execute(_OF_THE_LOG, asked)
        return {place: (works, int(looks), int(minutes)) for place, works, looks, minutes in cursor.fetchall()}


def _posts(user: User, mondays: Sequence[date]) -> dict[int, int]:
    read = PostState.objects.of(user).filter(read_at__gte=spans.begin_of(mondays[0], user.tzinfo))
    places = read.annotate(place=spans.place_in(mondays, user.tzinfo, "read_at"))
    return dict(places.order_by().values_list("place").annotate(n=Count("pk")))
