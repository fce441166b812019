"""Inviting people: a link to set a password, by mail and for copying."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts import links
from accounts.models import User

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Invitation:
    link: links.Link
    is_mailed: bool


def invite(user: User, *, by: User, now: datetime) -> Invitation:
    """Mails `user` a link to set a password. Without a mail server the link is still there to be handed over."""
    link = links.password_link(user, now=now)
    context = {"user": user, "by": by, "password_url": link.url, "until": link.expires_at}
    subject = " ".join(render_to_string("account/email/invitation_subject.txt", context).split())
    body = render_to_string("account/email/invitation_message.txt", context).strip() + "\n"
    try:
        send_mail(subject, body, None, [user.email])
    except Exception:  # Whatever a mail backend raises, it means the same here: no mail went out.
        logger.exception("The invitation of user %s could not be mailed", user.pk)
        return Invitation(link, is_mailed=False)
    return Invitation(link, is_mailed=True)
