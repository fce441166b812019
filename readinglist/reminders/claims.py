"""The claims: one row a reader and week, made before the mail goes out, so that it goes out once."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.reminders import due
from readinglist.reminders.models import Reminder

State = Reminder.State

LOST_AFTER = timedelta(minutes=15)  # longer than any tick lasts: whoever made such a claim is gone


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail that is due and nobody's yet; with `tried_at` where it has failed before, as the same message."""

    user: User
    week: date
    message_id: str
    tried_at: datetime | None = None


def waiting(*, now: datetime, at_once: bool = False) -> tuple[list[Waiting], int]:
    """The mails to be claimed at `now`, and how many more are due by time but settled, claimed or to be tried later.

    With `at_once` what has failed does not wait until it is tried again.
    """
    readers = User.objects.filter(is_active=True, wants_reminder=True).order_by("pk")
    weeks = [(user, week) for user in readers if (week := due.due_week(user, now))]
    claimed = Reminder.objects.filter(week__in={week for _user, week in weeks})
    rows = {(row.user_id, row.week): row for row in claimed}
    mails = []
    for user, week in weeks:
        row = rows.get((user.pk, week))
        if row is None:
            mails.append(Waiting(user, week, _new_message_id()))
        elif row.state == State.FAILED and (at_once or due.retry_at(row.claimed_at, row.tries) <= now):
            mails.append(Waiting(user, week, row.message_id, tried_at=row.claimed_at))
    return mails, len(weeks) - len(mails)


def claim(mail: Waiting, *, now: datetime) -> Reminder | None:
    """Makes `mail` the caller's alone; None where somebody else was faster, or the reader is gone."""
    fresh = {"state": State.CLAIMED, "claimed_at": now, "message_id": mail.message_id}
    try:
        reminder, is_new = Reminder.objects.get_or_create(user_id=mail.user.pk, week=mail.week, defaults=fresh)
    except IntegrityError:
        return None
    if is_new:
        return reminder
    if mail.tried_at is None:
        return None
    failed = Reminder.objects.filter(pk=reminder.pk, state=State.FAILED, claimed_at=mail.tried_at)
    is_mine = failed.update(state=State.CLAIMED, claimed_at=now, tries=F("tries") + 1, error="") == 1
    return reminder if is_mine else None


def mark_sent(reminder: Reminder, *, now: datetime) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(state=State.SENT, sent_at=now, error="")


def mark_failed(reminder: Reminder, why: str) -> None:
    """The mail was certainly not taken: it is tried again later."""
    Reminder.objects.filter(pk=reminder.pk).update(state=State.FAILED, error=why)


def mark_unknown(reminder: Reminder, why: str) -> None:
    """The mail may have been taken: it is left alone."""
    Reminder.objects.filter(pk=reminder.pk).update(state=State.UNKNOWN, error=why)


def give_up_lost(*, now: datetime) -> int:
    """Claims whose maker has ended in the middle become unknown: whether it had sent, nobody can say."""
    lost = Reminder.objects.filter(state=State.CLAIMED, claimed_at__lt=now - LOST_AFTER)
    return lost.update(state=State.UNKNOWN, error=_("The program ended while it was sending."))


def next_for(user: User, *, now: datetime) -> datetime:
    """When the reader's next mail becomes due, or has become due if it is only to be sent."""
    this_week = due.week_of(now, user.tzinfo)
    moment = due.moment_of(user, this_week)
    row = Reminder.objects.filter(user=user, week=this_week).first()
    is_missed = moment <= now and due.due_week(user, now) is None
    if is_missed or (row and row.state != State.FAILED):
        return due.moment_of(user, this_week + due.WEEK)
    return moment


def mail_host() -> str:
    """The host that this instance's mails are named after: SITE_URL's."""
    host = urlsplit(settings.SITE_URL).hostname or ""
    return host if host and ":" not in host else "localhost"


def _new_message_id() -> str:
    return f"<{uuid4().hex}@{mail_host()}>"
