"""How long was read: a timer that is started and stopped, or minutes that are typed in; both end as lines of the log.

A running timer is a row, one a reader: it survives a closed tab and a restarted server, and a second click on either
button finds what the first one did. One that was forgotten is never believed: whoever started it says how long it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import stages
from readinglist.reading.models import Activity, ReadState, Stage, Timer

FORGOTTEN_AFTER = timedelta(hours=4)
MOST_MINUTES = 24 * 60


class TimeRefused(Exception):
    """Nothing was noted; the message tells the reader why, and what to do."""


@dataclass(frozen=True, slots=True)
class Running:
    """A timer as a page shows it: `pk` names this one, so that a stale page stops no later one."""

    pk: int
    entry_id: int
    slug: str
    title: str
    started_at: datetime

    @classmethod
    def of(cls, timer: Timer) -> "Running":
        return cls(timer.pk, timer.entry_id, timer.entry.slug, _name_of(timer.entry), timer.started_at)

    @classmethod
    def from_json(cls, found: dict[str, Any]) -> "Running":
        """From a row of `as_json`."""
        name = found.pop("short_title") or found["title"]
        return cls(**found | {"title": name, "started_at": datetime.fromisoformat(found["started_at"])})

    def minutes(self, now: datetime) -> int:
        return max(0, int((now - self.started_at).total_seconds() // 60))

    def is_forgotten(self, now: datetime) -> bool:
        return now - self.started_at > FORGOTTEN_AFTER


@dataclass(frozen=True, slots=True)
class Noted:
    """What came of a timer that ended."""

    entry_id: int
    title: str
    minutes: int

    @property
    def sentence(self) -> str:
        if not self.minutes:
            return _("The timer ran for less than a minute: nothing is noted.")
        return ngettext("%(n)s minute is noted.", "%(n)s minutes are noted.", self.minutes) % {"n": self.minutes}


@dataclass(frozen=True, slots=True)
class Started:
    """Where `is_new` is false, the timer ran already. `before` is what another one came to, which this one ended."""

    running: Running
    is_new: bool
    before: Noted | None = None


def as_json(user: User) -> QuerySet[Timer, Any]:
    """The reader's timer, if any, to be fetched together with something else; `Running.from_json` reads it."""
    return Timer.objects.filter(user=user).values(
        json=JSONObject(
            pk="pk",
            entry_id="entry_id",
            slug="entry__slug",
            title="entry__title",
            short_title="entry__short_title",
            started_at="started_at",
        )
    )


@transaction.atomic
def start(entry: Entry, *, user: User, now: datetime) -> Started:
    """Ends a timer that runs elsewhere. Who starts one is reading: an unread or queued work is taken up.

    Raises TimeRefused where the other timer was forgotten.
    """
    stages.lock(user)
    running = _running(user)
    if running and running.entry_id == entry.pk:
        return Started(Running.of(running), is_new=False)
    before = _end(running, None, user, now) if running else None
    timer = Timer.objects.create(user=user, entry=entry, started_at=now)
    state = ReadState.objects.filter(user=user, entry=entry).first()
    if state is None or state.stage == Stage.QUEUED:
        stages.start(entry, user=user, now=now)
    return Started(Running.of(timer), is_new=True, before=before)


@transaction.atomic
def stop(pk: int, *, user: User, now: datetime, minutes: int | None = None) -> Noted:
    """Ends that timer and notes its minutes, or those that the reader says it was.

    Raises TimeRefused where it does not run any more, where it was forgotten, or where it ran shorter than is said.
    """
    stages.lock(user)
    return _end(_this(pk, user), minutes, user, now)


@transaction.atomic
def discard(pk: int, *, user: User) -> None:
    """Ends that timer and notes nothing; raises TimeRefused where it does not run any more."""
    stages.lock(user)
    _this(pk, user).delete()


@transaction.atomic
def stop_with(entry: Entry, *, user: User, now: datetime) -> Noted | None:
    """Ends the timer of a work that is done; a forgotten one stays until it is answered for. None where none ended."""
    stages.lock(user)
    timer = _running(user)
    if timer is None or timer.entry_id != entry.pk or Running.of(timer).is_forgotten(now):
        return None
    return _end(timer, None, user, now)


@transaction.atomic
def add(entry: Entry, minutes: int, *, after: int, user: User, now: datetime) -> None:
    """Minutes that were typed in. `after` is the last line with minutes that the page knew: 0 for none.

    Raises TimeRefused where another has come since, from a second click or another tab.
    """
    stages.lock(user)
    lines = Activity.objects.of(user).filter(entry=entry, minutes__isnull=False)
    last = lines.order_by("-pk").first()
    if last and last.pk != after:
        raise TimeRefused(
            ngettext(
                "%(n)s minute was noted here since this page was opened. To add these as well, press again.",
                "%(n)s minutes were noted here since this page was opened. To add these as well, press again.",
                last.minutes or 0,
            )
            % {"n": last.minutes}
        )
    stages.note_minutes(entry, minutes, user=user, now=now)


def _running(user: User) -> Timer | None:
    return Timer.objects.select_related("entry").filter(user=user).first()


def _this(pk: int, user: User) -> Timer:
    timer = _running(user)
    if timer is None or timer.pk != pk:
        raise TimeRefused(_("This timer was ended already. What it came to stands in the history."))
    return timer


def _end(timer: Timer, minutes: int | None, user: User, now: datetime) -> Noted:
    running = Running.of(timer)
    ran = running.minutes(now)
    if minutes is None and running.is_forgotten(now):
        raise TimeRefused(
            _("The timer of %(title)s has run for more than %(hours)s hours. Say there how long you read.")
            % {"title": running.title, "hours": FORGOTTEN_AFTER // timedelta(hours=1)}
        )
    if minutes is not None and minutes > ran:
        raise TimeRefused(
            ngettext("The timer ran for %(n)s minute, not longer.", "The timer ran for %(n)s minutes, not longer.", ran)
            % {"n": ran}
        )
    noted = Noted(timer.entry_id, running.title, ran if minutes is None else minutes)
    if noted.minutes:
        stages.note_minutes(timer.entry, noted.minutes, user=user, now=now)
    timer.delete()
    return noted


def _name_of(entry: Entry) -> str:
    return entry.short_title or entry.title
