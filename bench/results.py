"""What was measured, and what it is held against."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from bench.machine import Machine
from bench.phases import Phase
from bench.programs import Cost

MEMORY = 300_000_000  # bytes
FLAT = 1.25  # the most against the least stored; what a clock and a machine leave uncertain
TIMES = {Phase.COLD: 1.5, Phase.NOT_MODIFIED: 8.0, Phase.SAME: 3.0, Phase.DATE: 5.0, Phase.NEW: 2.0}


@dataclass(slots=True)
class Runs:
    """The same, several times; what is told of it is the median, of memory the most."""

    costs: list[Cost] = field(default_factory=list)
    database_cpu: list[float] = field(default_factory=list)

    def add(self, cost: Cost, database_cpu: float = 0.0) -> None:
        self.costs.append(cost)
        self.database_cpu.append(database_cpu)

    @property
    def wall(self) -> float:
        return median(cost.wall for cost in self.costs)

    @property
    def cpu(self) -> float:
        return median(cost.cpu for cost in self.costs)

    @property
    def cpu_of_database(self) -> float:
        return median(self.database_cpu)

    @property
    def memory(self) -> int:
        return max(cost.memory for cost in self.costs)


ByPhase = dict[Phase, Runs]


@dataclass(slots=True)
class Results:
    machine: Machine
    feeds: int
    latency_ms: int
    posts: int = 0
    bytes: int = 0
    ours: ByPhase = field(default_factory=dict)
    fetch: ByPhase = field(default_factory=dict)  # by connections that were open already
    fetch_anew: ByPhase = field(default_factory=dict)
    read: ByPhase = field(default_factory=dict)  # on all cores: what the phase brought; nh3 after it where all is new
    copy: float | None = None
    hashes: float | None = None
    peer: ByPhase = field(default_factory=dict)
    peer_version: str = ""
    flat: dict[Phase, dict[int, Runs]] = field(default_factory=dict)  # by posts stored
    flat_feeds: int = 0
    worker_memory: int | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    what: str
    limit: float
    measured: float

    @property
    def is_held(self) -> bool:
        return self.measured <= self.limit


def floor_of(results: Results, phase: Phase) -> float | None:
    """The seconds that a phase is held against; None where they were not measured."""
    if phase not in results.fetch:
        return None
    if phase == Phase.COLD:
        return results.read[phase].wall
    if phase == Phase.NEW:
        return results.fetch[phase].wall + results.read[phase].wall
    return results.fetch[phase].wall


def bars(results: Results) -> list[Bar]:
    """What was promised, as far as it was measured."""
    found = []
    for phase, runs in results.ours.items():
        if (floor := floor_of(results, phase)) is not None:
            found.append(Bar(f"{phase.words}: times {_FLOORS[phase]}", TIMES[phase], runs.wall / floor))
    for phase, by_stored in results.flat.items():
        least, most = min(by_stored), max(by_stored)
        what = f"{phase.words}: times as long with {most:,} posts stored as with {least:,}"
        found.append(Bar(what, FLAT, by_stored[most].wall / by_stored[least].wall))
    if (memory := _memory(results.ours, results.worker_memory)) is not None:
        found.append(Bar("peak memory of all processes, MB", MEMORY / 1e6, memory / 1e6))
    return found


_FLOORS = {
    Phase.COLD: "feedparser and nh3 on all cores",
    Phase.NOT_MODIFIED: "the bare fetch",
    Phase.SAME: "the bare fetch",
    Phase.DATE: "the bare fetch",
    Phase.NEW: "the bare fetch and feedparser on what has changed",
}


def _memory(ours: Mapping[Phase, Runs], worker: int | None) -> int | None:
    known = [runs.memory for runs in ours.values()]
    return max([*known, worker or 0], default=None)
