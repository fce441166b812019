"""What all tables need while they are brought in, and how they are called."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Protocol

from accounts.models import User
from readinglist.operations.takeout.checks import Record
from readinglist.operations.takeout.matching import Catalogue
from readinglist.operations.takeout.report import Left, Report

# Rows are written, and posts looked for, so many at a time.
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Desk:
    user: User
    now: datetime
    catalogue: Catalogue
    report: Report
    left: Left


class Bringer(Protocol):
    """Takes the records of its tables, in any order, and writes the last of them in `finish`."""

    @property
    def tables(self) -> tuple[str, ...]: ...

    def __init__(self, desk: Desk) -> None: ...

    def take(self, table: str, record: Record) -> None: ...

    def finish(self) -> None: ...


class Known:
    """Which rows are here already, as often as they are: what has no name of its own is known by all that it says."""

    def __init__(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._digests = Counter(map(_digest, rows))

    def take(self, row: tuple[Any, ...]) -> bool:
        """Whether the row is here; one that is there once is found once."""
        digest = _digest(row)
        if self._digests[digest] < 1:
            return False
        self._digests[digest] -= 1
        return True


def _digest(row: tuple[Any, ...]) -> bytes:
    """A moment is the same on every clock."""
    plain = tuple(value.timestamp() if isinstance(value, datetime) else value for value in row)
    return blake2b(repr(plain).encode(), digest_size=16).digest()
