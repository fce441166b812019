"""A year of somebody who does not exist, as the pictures of the reader's own page."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from readinglist.catalog.models import ReadingList
from readinglist.reading.history import spans
from readinglist.reading.history.lists import Course, Courses
from readinglist.reading.history.sources import SourceRead
from readinglist.reading.history.weeks import Week, Year
from readinglist.reading.pictures import budget, courses, shares, year

BUDGET = 180  # minutes


def all_pictures(now: datetime) -> dict[str, Any]:
    my_year = _year(now)
    return {
        "year": year.draw(my_year),
        "budget": budget.draw(my_year.weeks[-13:], BUDGET),
        "courses": courses.draw(_courses(now)),
        "shares": shares.draw(_sources(now)),
    }


def _year(now: datetime) -> Year:
    """Every number of works from none to many; the first ten weeks came before the reader."""
    monday = now.date() - timedelta(days=now.weekday())
    weeks = [
        Week(monday - timedelta(weeks=51 - place), works=place % 7, posts=place % 3, minutes=place * 37 % 260)
        for place in range(52)
    ]
    return Year(weeks, begins=10, since=now - timedelta(weeks=42))


def _courses(now: datetime) -> Courses:
    months = spans.last_months(12, now=now, zone=ZoneInfo("UTC"))
    rising = [4 * place for place in range(12)]
    late = [None if place < 5 else (place - 5) ** 2 for place in range(12)]
    lists = [ReadingList(slug=f"sample--{number}", title=_("A list")) for number in range(2)]
    return Courses(months, [Course(lists[0], rising), Course(lists[1], late)])


def _sources(now: datetime) -> list[SourceRead]:
    figures = [(120, 60, 40, 9), (48, 30, 2, 0), (1000, 12, 12, 1), (6, 0, 0, 0)]
    return [
        SourceRead(
            slug=f"sample--{number}",
            name=_("Source %(number)s") % {"number": number},
            followed_at=now,
            is_muted=False,
            arrived=arrived,
            opened=opened,
            read=read,
            saved=saved,
            works=number,
            works_read=0,
        )
        for number, (arrived, opened, read, saved) in enumerate(figures)
    ]
