"""Answers to visits: what each brought, read one after the other or several at once."""

import hashlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext as _

from feeds import parse
from feeds.answers import Answers
from feeds.claiming import Claim
from feeds.fetch import Answer
from feeds.models import Outcome
from feeds.parsed import ParsedFeed
from feeds.parsing import Parsers
from feeds.visits import Visit

logger = logging.getLogger(__name__)

# While so much has been read that nobody has taken, reading waits.
ROOM_BYTES = 8_000_000
LOOK_SECONDS = 0.2

Clock = Callable[[], datetime]
Parse = Callable[..., ParsedFeed]


class Reader(Protocol):
    def next(self, seconds: float) -> Visit | None:
        """The next visit that has ended, if one does within `seconds`."""

    def close(self) -> None:
        """Ends what is under way."""


class InTurn:
    """Reads in the thread that asks, one answer after the other."""

    def __init__(self, answers: Answers, claims: Sequence[Claim], clock: Clock) -> None:
        self._answers = answers
        self._claims = {claim.feed_id: claim for claim in claims}
        self._clock = clock

    def next(self, seconds: float) -> Visit | None:
        answer = self._answers.next(seconds)
        return None if answer is None else read(self._claims[answer.feed_id], answer, now=self._clock())

    def close(self) -> None:
        """Nothing is under way."""


class AtOnce:
    """Reads in threads, each of which has a process parse: while one asks here, others go on."""

    def __init__(self, answers: Answers, claims: Sequence[Claim], clock: Clock, parsers: Parsers) -> None:
        self._answers = answers
        self._claims = {claim.feed_id: claim for claim in claims}
        self._clock = clock
        self._parsers = parsers
        self._visits: deque[Visit] = deque()
        self._bytes = 0
        self._left = len(claims)  # answers that no thread has asked for yet
        self._unread = len(claims)
        self._is_over = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"feeds-reader-{number}", daemon=True)
            for number in range(parsers.count)
        ]
        for thread in self._threads:
            thread.start()

    def next(self, seconds: float) -> Visit | None:
        with self._changed:
            self._changed.wait_for(lambda: self._visits or self._error, seconds)
            if self._visits:
                visit = self._visits.popleft()
                self._bytes -= visit.size
                self._changed.notify_all()
                return visit
            if self._error is not None:
                raise self._error
        return None

    def close(self) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
            is_under_way = self._unread > 0
        if is_under_way:
            self._parsers.interrupt()
        for thread in self._threads:
            thread.join()
        self._parsers.tidy()

    def _work(self) -> None:
        try:
            while (answer := self._next_answer()) is not None:
                visit = read(self._claims[answer.feed_id], answer, now=self._clock(), parser=self._parsers.parse)
                del answer
                with self._changed:
                    self._visits.append(visit)
                    self._bytes += visit.size
                    self._unread -= 1
                    self._changed.notify_all()
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _next_answer(self) -> Answer | None:
        """None when each answer has been taken, or nobody wants more."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_over or self._bytes < ROOM_BYTES)
            if not self._left:
                return None
            self._left -= 1
        while not self._is_over:
            if (answer := self._answers.next(LOOK_SECONDS)) is not None:
                return answer
        return None


def read(claim: Claim, answer: Answer, *, now: datetime, parser: Parse | None = None) -> Visit:
    """What an answer says: its posts, or why there are none. A body that was read before is not read again."""
    visit = Visit(claim, replace(answer, body=b""), answer.outcome, answer.error, size=len(answer.body))
    if answer.outcome != Outcome.FETCHED:
        return visit
    body_hash = hashlib.sha256(answer.body).hexdigest()
    visit = replace(visit, body_hash=body_hash)
    if body_hash == claim.body_hash:
        return replace(visit, outcome=Outcome.UNCHANGED)
    parser = parser or parse.parse
    try:
        parsed = parser(
            answer.body, url=answer.url, content_type=answer.content_type, now=now, known=claim.known_entries
        )
    except parse.NothingNew:
        return visit
    except parse.NotAFeed as refusal:
        return replace(visit, outcome=Outcome.NOT_A_FEED, error=str(refusal))
    except parse.BrokenFeed as refusal:
        return replace(visit, outcome=Outcome.BROKEN, error=str(refusal))
    except Exception:
        return fault(visit)
    return replace(visit, parsed=parsed)


def fault(visit: Visit) -> Visit:
    """Called where an exception was caught that nobody foresaw."""
    logger.exception("Feed %d, %s, could not be taken in", visit.claim.feed_id, visit.claim.url)
    words = _("This program failed over this feed. The log of the worker says more; it tries again later.")
    return replace(visit, outcome=Outcome.FAULT, error=words, parsed=None)
