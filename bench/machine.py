"""What it was measured on."""

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path


@dataclass(slots=True)
class Machine:
    cores: int
    processor: str
    memory: int
    python: str
    postgres: str
    date: str
    load: list[float] = field(default_factory=list)  # of the last minute: before, and after

    def look_at_load(self) -> None:
        self.load.append(round(os.getloadavg()[0], 1))

    def sentence(self) -> str:
        load = " and ".join(str(each) for each in self.load)
        return (
            f"{self.date}, {self.cores} cores ({self.processor}), {self.memory / 1e9:.0f} GB, Python {self.python}, "
            f"PostgreSQL {self.postgres}; load before and after: {load}."
        )


def this_machine(postgres: str) -> Machine:
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return Machine(
        cores=len(os.sched_getaffinity(0)),
        processor=_processor(),
        memory=pages * size,
        python=platform.python_version(),
        postgres=postgres,
        date=datetime.now(UTC).date().isoformat(),
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _colon, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
