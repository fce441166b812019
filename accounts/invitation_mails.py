"""Mailing invitations: the database says which, one connection carries them, and each says what became of it."""

import logging
import time
from datetime import datetime

from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts import invitations
from accounts.links import Link
from accounts.models import Invitation
from readinglist.mail_carrier import Carrier, InDoubt, NotTaken
from readinglist.mail_words import one_line

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 10 * 60  # then no further mail is begun: the next tick goes on


def send_waiting(*, now: datetime) -> int:
    """Mails what waits, any number of times and by any number of workers; how many went out.

    Who is killed in the middle leaves an invitation that is mailed again later, with a new link.
    """
    started, sent = time.monotonic(), 0
    with Carrier() as carrier:
        for pk in list(Invitation.objects.to_mail(now).order_by("pk").values_list("pk", flat=True)):
            if time.monotonic() - started > LONGEST_SECONDS:
                break
            if taken := invitations.take_to_mail(pk, now=now):
                sent += _send(*taken, carrier, now=now)
    return sent


def _send(invitation: Invitation, link: Link, carrier: Carrier, *, now: datetime) -> bool:
    # Only while the link that is mailed is the one that counts: an admin may have made another meanwhile.
    still_this_one = Invitation.objects.filter(pk=invitation.pk, token_hash=invitation.token_hash)
    try:
        carrier.send(_written(invitation, link))
    except (NotTaken, InDoubt) as error:
        logger.warning("Invitation %s was not mailed: %s", invitation.pk, error)
        still_this_one.update(mail=Invitation.Mail.FAILED, mail_error=one_line(str(error), longest=400))
        return False
    still_this_one.update(mail=Invitation.Mail.SENT, sent_at=now)
    return True


def _written(invitation: Invitation, link: Link) -> EmailMessage:
    context = {"invitation": invitation, "by": invitation.invited_by, "join_url": link.url}
    subject = one_line(render_to_string("account/email/invitation_subject.txt", context))
    body = render_to_string("account/email/invitation_message.txt", context).strip() + "\n"
    return EmailMessage(subject, body, to=[invitation.email])
