"""What a process and all its children cost, as Linux tells it: CPU time, and memory in proportional shares (PSS)."""

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from types import TracebackType

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.1


def processes(pid: int) -> Iterator[int]:
    """The process and its children, theirs too; what ends meanwhile is passed by."""
    yield pid
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield from processes(int(child))


def cpu_seconds(pid: int) -> float:
    """Of the process and its children, also of those that have ended and were waited for."""
    return sum(map(_ticks, processes(pid))) / TICKS


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15]))  # user and system time: its own, and that of children that were waited for


def memory(pid: int) -> int:
    """In bytes; what processes share counts once."""
    return sum(map(_pss, processes(pid)))


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


class Peak(AbstractContextManager["Peak"]):
    """Looks at the memory of a process and its children ten times a second and at the end; keeps the most: `bytes`.

    What takes less time than that is not disturbed.
    """

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._pid = pid
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            self._look()

    def _look(self) -> None:
        self.bytes = max(self.bytes, memory(self._pid))
