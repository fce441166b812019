"""Where somebody is signed in: the rows that allauth keeps beside Django's sessions, and how sessions end."""

import re
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import User

SEEN_EVERY = timedelta(minutes=10)
MOST_SHOWN = 50
SEEN = "seen_at"  # in a session: when this was last noted

# Each passes itself off as those below it.
_BROWSERS = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|Chromium|CriOS", "Chrome"),
    ("Safari", "Safari"),
]
_SYSTEMS = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh|Mac OS", "macOS"),
    ("Linux|X11", "Linux"),
]


def of(user: User, *, now: datetime) -> models.QuerySet[UserSession]:
    """The sessions of `user` that go on, the one seen last first."""
    running = Session.objects.filter(expire_date__gt=now).values("session_key")
    found: models.QuerySet[UserSession] = UserSession.objects.filter(user_id=user.pk, session_key__in=running)
    return found.order_by("-last_seen_at", "-pk")


@transaction.atomic
def end(sessions: models.QuerySet[UserSession]) -> int:
    """Signs out there, at once; returns how many there were."""
    keys = list(sessions.values_list("session_key", flat=True))
    _forget(keys)
    return len(keys)


@transaction.atomic
def end_all(user: User, *, now: datetime, keep: str | None = "") -> None:
    """Signs `user` out everywhere but in the session with the key `keep`.

    Looks into every session: one that began before allauth kept rows of them, or without a row, ends too.
    """
    sessions = Session.objects.filter(expire_date__gt=now).iterator()
    keys = [session.pk for session in sessions if session.get_decoded().get(SESSION_KEY) == str(user.pk)]
    _forget([key for key in keys if key != keep])


def forget_past() -> None:
    """Removes the rows of sessions that are no more: they ended by time, or went on under another key."""
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _forget(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()


def browser_of(user_agent: str) -> str:
    """What a browser calls itself, in two words; none of what it wrote is repeated."""
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Some other program")


def _first(names: list[tuple[str, str]], user_agent: str) -> str:
    return next((name for pattern, name in names if re.search(pattern, user_agent)), "")
