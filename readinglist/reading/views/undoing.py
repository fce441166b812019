"""One step back: the last thing that a reader did to many posts or sources can be undone for a while, and once.

What the step back needs stays in the session; the page carries a token alone, so that nothing can be made up.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.crypto import constant_time_compare

from accounts.requests import ReaderRequest

OFFERED_FOR = timedelta(minutes=10)
_KEPT = "undo"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page says beside its "Undo"."""

    token: str
    said: str


@dataclass(frozen=True, slots=True)
class StepBack:
    """What is to be undone, and the page to go back to."""

    kind: str
    values: dict[str, Any]
    back: str


def offer(request: ReaderRequest, step: StepBack, *, said: str, now: datetime) -> None:
    """In the place of what was offered before."""
    request.session[_KEPT] = {
        "token": secrets.token_urlsafe(16),
        "until": (now + OFFERED_FOR).timestamp(),
        "said": said,
        "kind": step.kind,
        "values": step.values,
        "back": step.back,
    }


def offered(request: ReaderRequest, *, now: datetime, kind: str = "") -> Offer | None:
    """Also after a reload, until it is used, replaced or too old; of one kind where that is asked for."""
    kept = request.session.get(_KEPT)
    if not kept or now.timestamp() >= kept["until"] or kind not in ("", kept["kind"]):
        return None
    return Offer(kept["token"], kept["said"])


def claim(request: ReaderRequest, token: str, *, now: datetime) -> StepBack | None:
    """Takes the offer away and returns its step; None where that token offers nothing (any more)."""
    kept = request.session.get(_KEPT)
    if not kept or now.timestamp() >= kept["until"] or not constant_time_compare(kept["token"], token):
        return None
    del request.session[_KEPT]
    return StepBack(kept["kind"], kept["values"], kept["back"])
