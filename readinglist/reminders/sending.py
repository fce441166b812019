"""Sending the weekly mails that are due: each is claimed, then handed over outside any transaction."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.mail_carrier import Carrier, InDoubt, NotTaken
from readinglist.reminders import claims, composing
from readinglist.reminders.models import Reminder

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 10 * 60  # then no further mail is begun: the next tick goes on, and no claim grows old in its hands


@dataclass(frozen=True, slots=True)
class Trouble:
    """A mail that did not certainly go out."""

    email: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tally:
    """What one tick did. `due` mails were nobody's yet; `skipped` are due by time, but settled or to be tried later."""

    due: int
    sent: int
    skipped: int
    troubles: tuple[Trouble, ...] = ()

    @property
    def failed(self) -> int:
        return len(self.troubles)

    def as_json(self) -> dict[str, int]:
        return {"due": self.due, "sent": self.sent, "skipped": self.skipped, "failed": self.failed}


def send_due(*, now: datetime, at_once: bool = False) -> Tally:
    """Sends what is due at `now`, any number of times and by any number of workers: nobody gets a week's mail twice.

    With `at_once` what has failed does not wait until it is tried again.
    """
    claims.give_up_lost(now=now)
    mails, skipped = claims.waiting(now=now, at_once=at_once)
    started, sent, lost = time.monotonic(), 0, 0
    troubles = []
    with Carrier() as carrier:
        for mail in mails:
            if time.monotonic() - started > LONGEST_SECONDS:
                break
            outcome = _send(mail, carrier, now=now)
            if isinstance(outcome, Trouble):
                troubles.append(outcome)
            else:
                sent, lost = sent + outcome, lost + (not outcome)
    return Tally(due=len(mails) - lost, sent=sent, skipped=skipped + lost, troubles=tuple(troubles))


def _send(mail: claims.Waiting, carrier: Carrier, *, now: datetime) -> bool | Trouble:
    """Whether it was this one to send, and did."""
    # Looked at once more: a long tick is no reason to write to who has just said no.
    user = User.objects.filter(pk=mail.user.pk, is_active=True, wants_reminder=True).first()
    if user is None:
        return False
    # Written before it is claimed: who is killed while writing has sent nothing and leaves nothing in doubt.
    message = _written(mail, user, now=now)
    reminder = claims.claim(mail, now=now)
    if reminder is None:
        return False
    try:
        if message is None:
            raise NotTaken(_("The mail could not be written; the log says why."))
        carrier.send(message)
    except InDoubt as error:
        claims.mark_unknown(reminder, str(error))
        return _told(user, Reminder.State.UNKNOWN, str(error))
    except NotTaken as error:
        claims.mark_failed(reminder, str(error))
        return _told(user, Reminder.State.FAILED, str(error))
    claims.mark_sent(reminder, now=now)
    return True


def _written(mail: claims.Waiting, user: User, *, now: datetime) -> EmailMessage | None:
    """None where it cannot be: rows of one reader that nobody foresaw shall not leave the others without mail."""
    try:
        return composing.compose(user, week=mail.week, message_id=mail.message_id, now=now)
    except Exception:
        logger.exception("The weekly mail of user %s could not be written", user.pk)
        return None


def _told(user: User, state: str, reason: str) -> Trouble:
    logger.warning("The weekly mail of user %s is %s: %s", user.pk, state, reason)
    return Trouble(user.email, state, reason)
