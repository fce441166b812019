"""What a file brings, or has brought: counts by table, what found no place here, and the settings that change."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import TracebackType
from typing import IO, Any, Self

from readinglist.operations.takeout import formats
from readinglist.operations.takeout.checks import Record

MAX_NAMED = 10
_NAMES = ("work_title", "work", "title", "url", "key", "source_name", "source", "list")


@dataclass
class Count:
    """Of one table: what is new here, what changes what is here, what is here already, and what found no place."""

    added: int = 0
    changed: int = 0
    same: int = 0
    left: int = 0

    @property
    def total(self) -> int:
        return self.added + self.changed + self.same + self.left


@dataclass
class Report:
    counts: dict[str, Count] = field(default_factory=dict)
    settings: list[tuple[str, str, str]] = field(default_factory=list)  # name, here, in the file
    shared_notes: int = 0  # of the new ones
    named: list[str] = field(default_factory=list)  # the first of those that found no place

    def of(self, table: str) -> Count:
        return self.counts.setdefault(table, Count())

    @property
    def left_count(self) -> int:
        return sum(count.left for count in self.counts.values())

    @property
    def is_new(self) -> bool:
        return any(count.added or count.changed for count in self.counts.values())

    def kept(self) -> dict[str, Any]:
        """As plain JSON; `from_kept` brings it back."""
        return asdict(self)

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> Self:
        counts = {table: Count(**count) for table, count in kept["counts"].items()}
        settings = [(name, here, there) for name, here, there in kept["settings"]]
        return cls(**kept | {"counts": counts, "settings": settings})


class Left:
    """The records that found no place here, kept as a document that can be brought in once the catalogue has more."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._tables: dict[str, IO[bytes]] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def add(self, table: str, record: Record, *, called: str = "") -> None:
        """Keeps a checked record; `called` is how a page names it, else by what it is about."""
        if table not in self._tables:
            aside = tempfile.SpooledTemporaryFile(formats.SPOOL_BYTES)  # noqa: SIM115 - the stack closes it
            self._tables[table] = self._open.enter_context(aside)
        self._tables[table].write(formats.as_json(dict(record)).encode() + b"\n")
        self._report.of(table).left += 1
        name = called or next((str(record[key]) for key in _NAMES if record.get(key)), "")
        if name and len(self._report.named) < MAX_NAMED and name[:200] not in self._report.named:
            self._report.named.append(name[:200])

    def pieces(self, now: datetime) -> Iterator[bytes]:
        """The document."""
        head = {"kind": formats.KIND, "format": formats.FORMAT, "made_at": now}
        yield formats.as_json(head).removesuffix("}").encode()
        for name, records in self._tables.items():
            records.seek(0)
            yield f',\n"{name}": ['.encode()
            for number, line in enumerate(records):
                yield (b",\n" if number else b"\n") + line.rstrip(b"\n")
            yield b"]"
        yield b"\n}\n"
