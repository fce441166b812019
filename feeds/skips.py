"""The hours and days on which a feed asks not to be visited (skipHours and skipDays of RSS), in UTC."""

import re
from dataclasses import dataclass
from datetime import datetime

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# They stand at the head of a channel, before what may be any length.
HEAD = 65_536

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_FIRST_ITEM = re.compile(r"<(?:item|entry)[\s/>]", re.IGNORECASE)
_HOUR = re.compile(r"<hour>\s{0,20}(\d{1,2})\s{0,20}</hour>", re.IGNORECASE | re.ASCII)
_DAY = re.compile(r"<day>\s{0,20}([a-z]{6,9})\s{0,20}</day>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Skips:
    """Hours from 0 to 23, and days from 0 (Monday) to 6; in order. Who skips all of them skips none."""

    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()

    def hold(self, at: datetime) -> bool:
        """Whether that moment, in UTC, is one to be skipped."""
        return at.hour in self.hours or at.weekday() in self.days


NONE = Skips()


def read(text: str) -> Skips:
    """What the head of a document asks for; nothing where it is no XML, or asks for what cannot be."""
    head = _COMMENT.sub("", text[:HEAD])
    if item := _FIRST_ITEM.search(head):
        head = head[: item.start()]
    lowered = head.lower()
    hours = {int(hour) % 24 for hour in _HOUR.findall(_inside(head, lowered, "skiphours")) if int(hour) <= 24}
    names = {name.lower() for name in _DAY.findall(_inside(head, lowered, "skipdays"))}
    days = [number for number, name in enumerate(DAYS) if name in names]
    return Skips(tuple(sorted(hours)) if len(hours) < 24 else (), tuple(days) if len(days) < len(DAYS) else ())


def _inside(head: str, lowered: str, name: str) -> str:
    """What stands in the first element of that name, which has no attributes; both texts are as long."""
    start = lowered.find(f"<{name}>")
    end = lowered.find(f"</{name}>", start)
    return head[start:end] if 0 <= start < end else ""
