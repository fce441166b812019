"""What was measured of pages, and what it is held against."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median, quantiles

from bench.machine import Machine
from bench.results import Bar

BASELINE = "baseline"
TIMES_BASELINE, TIMES_FEW, TIMES_ONE = 3.0, 1.3, 1.3
KILOBYTES = 120.0


@dataclass(slots=True)
class Costs:
    """The same request, several times, in seconds; what is told of it is the median."""

    python: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    @classmethod
    def of(cls, requests: Iterable[dict[str, float]]) -> "Costs":
        costs = cls()
        for request in requests:
            costs.add(request)
        return costs

    def add(self, request: dict[str, float]) -> None:
        self.python.append(request["python"])
        self.database.append(request["database"])
        self.wall.append(request["wall"])

    @property
    def cpu(self) -> float:
        return median(python + database for python, database in zip(self.python, self.database, strict=True))

    @property
    def slowest(self) -> float:
        """By the clock: 19 of 20 are faster."""
        return quantiles(self.wall, n=20)[-1] if len(self.wall) > 1 else self.wall[0]


ByName = dict[str, Costs]


@dataclass(slots=True)
class Results:
    machine: Machine
    repetitions: int
    readers: int
    entries: int
    posts: dict[str, int] = field(default_factory=dict)  # in the databases `few`, `many` and `most`
    pages: ByName = field(default_factory=dict)
    baselines: ByName = field(default_factory=dict)  # by the page that took turns with them
    anew: ByName = field(default_factory=dict)  # the pages with no part of them remembered
    sizes: dict[str, dict[str, int]] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    inbox: ByName = field(default_factory=dict)  # by database, of a reader who has read nothing
    searches: dict[str, ByName] = field(default_factory=dict)  # by database, by what was searched for
    marks: ByName = field(default_factory=dict)

    def ratio(self, name: str) -> float:
        return self.pages[name].cpu / self.baselines[name].cpu

    def ratio_anew(self, name: str) -> float:
        return self.anew[name].cpu / self.baselines[name].cpu

    def median_ratio(self) -> float:
        return median(map(self.ratio, self.pages))

    def median_ratio_anew(self) -> float:
        return median(map(self.ratio_anew, self.pages))


def bars(results: Results) -> list[Bar]:
    """What was promised, as far as it was measured."""
    found = []
    if results.pages:
        found.append(Bar("the median page: times the baseline", TIMES_BASELINE, results.median_ratio()))
    if results.sizes:
        largest = max(sizes["all"] for sizes in results.sizes.values())
        found.append(Bar("the largest page with all that it links, kB", KILOBYTES, largest / 1000))
    if results.inbox:
        few, *_between, many = results.inbox.values()
        what = "the inbox: times as much with {1:,} unread posts as with {0:,}"
        found.append(Bar(what.format(*results.unread.values()), TIMES_FEW, many.cpu / few.cpu))
    if results.marks:
        times = results.marks["all"].cpu / results.marks["last"].cpu
        found.append(Bar("marking all as read: times as much as where one is unread", TIMES_ONE, times))
    return found
