"""Words of the weekly mail; and when it comes, for the settings page, whose room may not know this one."""

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.reminders import claims, words

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
    return _("The next one comes on %(day)s at %(time)s.") % {
        "day": date_format(here, "l, j F"),
        "time": date_format(here, "H:i"),
    }


@register.filter
def one_line(text: object) -> str:
    """A title as it may stand in a mail, whoever wrote it."""
    return words.one_line(str(text))
