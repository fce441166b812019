"""Writing the weekly mail: one reader's contents as text and HTML, with the headers that mail programs ask for."""

import textwrap
from datetime import date, datetime

import css_inline
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.links import absolute
from accounts.models import User
from readinglist.mail_words import one_line
from readinglist.reminders import unsubscribing
from readinglist.reminders.claims import mail_host
from readinglist.reminders.contents import contents_for

WIDTH = 72

# Mail programs heed styles on elements; what stands in @media (dark, narrow) stays for those that can.
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


def compose(user: User, *, week: date, message_id: str, now: datetime) -> EmailMultiAlternatives:
    """The reader's mail of `week`, a Monday, as things are at `now`."""
    unsubscribe = unsubscribing.address_for(user)
    context = {
        "user": user,
        "contents": contents_for(user, now=now),
        "week": week.isocalendar().week,
        "now": now,
        "site": absolute(""),
        "unsubscribe": unsubscribe,
    }
    with timezone.override(user.tzinfo), translation.override(user.locale):
        context["subject"] = subject = one_line(render_to_string("reminders/weekly_subject.txt", context))
        text = render_to_string("reminders/weekly.txt", context)
        html = render_to_string("reminders/weekly.html", context)
    message = EmailMultiAlternatives(subject, wrapped(text), to=[user.email], headers=_headers(message_id, unsubscribe))
    message.attach_alternative(_inliner.inline(html), "text/html")
    return message


def _headers(message_id: str, unsubscribe: str) -> dict[str, str]:
    return {
        "Message-ID": message_id,
        "List-Id": f"Readinglist <weekly.{mail_host()}>",
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def wrapped(text: str) -> str:
    """Lines no longer than a mail's should be, addresses whole, and at most one empty line at a time."""
    wrapper = textwrap.TextWrapper(WIDTH, break_long_words=False, break_on_hyphens=False)
    lines: list[str] = []
    for line in text.strip().splitlines():
        wrapper.subsequent_indent = " " * (len(line) - len(line.lstrip(" *")))
        lines += wrapper.wrap(line) or [""]
    kept = [line for before, line in zip(["", *lines], lines, strict=False) if line or before]
    return "\n".join(kept) + "\n"
