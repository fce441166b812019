"""Words of the weekly mail; and when it comes, for the settings page, whose room may not know this one."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist import mail_words
from readinglist.reminders import claims

register = template.Library()


@register.simple_tag
def next_reminder(user: User) -> str:
    """In a sentence, by the reader's clock."""
    if not user.wants_reminder:
        return _("You get no weekly mail.")
    now = timezone.now()
    moment = claims.next_for(user, now=now)
    if moment <= now:
        return _("This week’s is about to come.")
    here = moment.astimezone(user.tzinfo)
    return _("The next one comes on %(weekday)s, %(day)s at %(time)s.") % {
        "weekday": date_format(here, "l"),
        "day": date_format(here, "MONTH_DAY_FORMAT"),
        "time": date_format(here, "TIME_FORMAT"),
    }


@register.filter
def one_line(text: object) -> str:
    """A title as it may stand in a mail, whoever wrote it."""
    return mail_words.one_line(str(text))
