"""How posts and sources are spoken of on pages."""

from datetime import date, datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.formats import date_format, get_format
from django.utils.text import Truncator
from django.utils.translation import gettext

from readinglist.catalog.models import Post
from readinglist.reading import inbox

register = template.Library()

LONGEST_TITLE = 300


@register.simple_tag(takes_context=True)
def unread_posts(context: dict[str, Any]) -> int:
    """In the reader's inbox; counted here where the page has not counted it as `unread` already."""
    request = context.get("request")
    if request is None or not request.user.is_authenticated:
        return 0
    known = context.get("unread")
    return inbox.unread_count(request.user, now=timezone.now()) if known is None else known


@register.filter
def at_most(count: int, limit: int) -> str:
    """A count that is exact to `limit`: 12 as `12`, 1000 at most 999 as `999+`."""
    return f"{limit}+" if count > limit else str(count)


def cut_title(title: str) -> str:
    """As much of it as a line shows; how long it is is asked first, since cutting takes longer than all the rest."""
    return title if len(title) <= LONGEST_TITLE else Truncator(title).chars(LONGEST_TITLE)


@register.filter
def is_read(post: Post) -> bool:
    """Whether its tick is set: by the inbox's rule; outside of it, or snoozed, by the reader's own mark."""
    if post.is_shown and not post.is_snoozed:  # type: ignore[attr-defined]
        return not post.is_unread  # type: ignore[attr-defined]
    return post.read_at is not None  # type: ignore[attr-defined]


@register.filter
def day_name(day: date | datetime) -> str:
    """By the reader's clock: `Today, Friday 20 November`; the year where it is another."""
    today = timezone.localdate()
    if isinstance(day, datetime):
        day = timezone.localdate(day)
    written = date_format(day, "MONTH_DAY_FORMAT" if day.year == today.year else "DATE_FORMAT")
    name = f"{date_format(day, 'l')} {written}"
    if day == today:
        return gettext("Today, %(day)s") % {"day": name}
    if (today - day).days == 1:
        return gettext("Yesterday, %(day)s") % {"day": name}
    if (day - today).days == 1:
        return gettext("Tomorrow, %(day)s") % {"day": name}
    return name


@register.filter
def clock(moment: datetime, arrived: datetime | None = None) -> str:
    """The time where it is of the day of `arrived`, else the date; the year where it is not this one."""
    local = timezone.localtime(moment)
    if arrived is not None and local.date() == timezone.localdate(arrived):
        return date_format(local, "TIME_FORMAT")
    written = get_format("SHORT_DATE_FORMAT")  # the year last, in each of readinglist.formats
    return date_format(local, written.rstrip(" ,Y") if local.year == timezone.localdate().year else written)


@register.filter
def pace(posts_a_week: float) -> str:
    """2.3 as `about 2 a week`; what is slower by the month or the year."""
    if posts_a_week >= 1:
        return gettext("about %(n)s a week") % {"n": round(posts_a_week)}
    if posts_a_week * 52 >= 12:
        return gettext("about %(n)s a month") % {"n": round(posts_a_week * 52 / 12)}
    return gettext("about %(n)s a year") % {"n": max(round(posts_a_week * 52), 1)}
