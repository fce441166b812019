"""The order of things: what is measured after what, from which database, and whether it did what it had to."""

import os
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import database, worker
from bench.corpus import host_of
from bench.cost import cpu_seconds
from bench.machine import this_machine
from bench.phases import Edition, Phase
from bench.programs import Cost, Program, ProgramError
from bench.results import Results, Runs

PARTS = ("floors", "peer", "flat", "worker")
STORED = (10_000, 100_000, 500_000)
# What takes long varies less, and what the peer takes long over is most of the time of a whole run.
REPETITIONS = {Phase.COLD: 3}
USUAL_REPETITIONS = 5
PEER_REPETITIONS = {Phase.NOT_MODIFIED: 3, Phase.NEW: 3}
WARM_UP = 20  # feeds
ROOM = 0.9  # of the least stored, for the posts that come with the feeds themselves


@dataclass(frozen=True, slots=True)
class Options:
    feeds: int = 500
    phases: Sequence[Phase] = tuple(Phase)
    parts: Sequence[str] = PARTS
    repetitions: int | None = None
    latency_ms: int = 0
    stored: Sequence[int] = STORED

    def is_whole(self) -> bool:
        return self == Options()

    def times(self, phase: Phase) -> int:
        return self.repetitions or REPETITIONS.get(phase, USUAL_REPETITIONS)

    def peer_times(self, phase: Phase) -> int:
        return self.repetitions or PEER_REPETITIONS.get(phase, 1)


def run(options: Options) -> Results:
    """Measures what the options ask for; it takes minutes."""
    with database.own_services(), tempfile.TemporaryDirectory(prefix="readinglist-bench-peer-") as folder:
        os.environ["FETCH_ALLOW_HOSTS"] = ",".join(host_of(number) for number in range(options.feeds))
        with (
            Program("bench.publishers", str(options.feeds), str(options.latency_ms)) as publishers,
            Program("bench.floors") as floors,
            Program("bench.ours") as ours,
            Program("bench.peer") as peer,
        ):
            bench = Bench(options, publishers, floors, ours, peer, Path(folder))
            bench.run()
            return bench.results


class Bench:
    def __init__(
        self, options: Options, publishers: Program, floors: Program, ours: Program, peer: Program, folder: Path
    ) -> None:
        self._options = options
        self._publishers, self._floors, self._ours, self._peer = publishers, floors, ours, peer
        self._folder = folder
        self._postgres = database.pid()
        self._urls: list[str] = []
        self.results = Results(this_machine(database.version()), options.feeds, options.latency_ms)

    def run(self) -> None:
        self.results.machine.look_at_load()
        self._prepare()
        for phase in (Phase.COLD, *(phase for phase in Phase if phase != Phase.COLD)):
            if phase == Phase.COLD or phase in self._options.phases:
                self._measure(phase)
            if phase == Phase.COLD:
                self._keep_loaded()
        if "peer" in self._options.parts:
            self._measure_peer()
        if "flat" in self._options.parts:
            self._measure_flat()
        if "worker" in self._options.parts:
            self._measure_worker()
        self.results.machine.look_at_load()

    def _show(self, edition: Edition) -> dict[str, Any]:
        return self._publishers.ask("show", phase=edition.phase.value, round=edition.round)

    def _prepare(self) -> None:
        self._urls = self._publishers.ask("tell_addresses")["urls"]
        corpus = self._show(Edition())
        self.results.posts, self.results.bytes = corpus["posts"], corpus["bytes"]
        feeds = self._ours.ask("prepare", urls=self._urls)["feeds"]
        database.tidy(database.MEASURED)
        database.keep("empty")
        self._visit(database.MEASURED, hours=0, only=feeds[:WARM_UP])
        if "floors" in self._options.parts:
            self._floors.ask("remember", urls=self._urls)

    def _keep_loaded(self) -> None:
        """What the last cold visit left is where the others begin."""
        database.tidy(database.MEASURED)
        database.keep("loaded")
        if "floors" in self._options.parts:
            where = database.address()
            self.results.copy = self._floors.ask("copy", database=where)["seconds"]
            self.results.hashes = self._floors.ask("read_hashes", database=where)["seconds"]

    # ------------------------------------------------------------ each phase
    def _measure(self, phase: Phase) -> None:
        """The floors and the engine by turns, so that both meet what else the machine is at."""
        edition = Edition(phase, round=1)
        self._show(edition)
        runs = self.results.ours.setdefault(phase, Runs())
        times = self._options.times(phase)
        for number in range(times):
            if "floors" in self._options.parts:
                self._measure_floors(phase)
            database.restore("empty" if phase == Phase.COLD else "loaded")
            summary, cost, database_cpu = self._visit(database.MEASURED, hours=int(phase != Phase.COLD))
            self._check(edition, summary)
            runs.add(cost, database_cpu)
            _tell(f"{phase.words} {number + 1}/{times}: {cost.wall:.2f} s")

    def _measure_floors(self, phase: Phase) -> None:
        """A cold fetch has no validators; what is read is what it brought, where the engine has to read it."""
        results = self.results
        for keep, found in ((False, results.fetch_anew), (True, results.fetch)):
            known = phase != Phase.COLD
            _answer, cost = self._floors.measure("fetch", urls=self._urls, keep=keep, known=known)
            found.setdefault(phase, Runs()).add(cost)
        if phase in (Phase.COLD, Phase.NEW):
            _answer, cost = self._floors.measure("read", cores=results.machine.cores, clean=phase == Phase.COLD)
            results.read.setdefault(phase, Runs()).add(cost)

    def _visit(self, name: str, *, hours: int, only: Sequence[int] | None = None) -> tuple[dict[str, Any], Cost, float]:
        before = cpu_seconds(self._postgres)
        summary, cost = self._ours.measure("visit", database=name, hours=hours, only=only)
        return summary, cost, cpu_seconds(self._postgres) - before

    def _check(self, edition: Edition, summary: dict[str, Any], feeds: int | None = None) -> None:
        feeds = feeds or self._options.feeds
        posts = self.results.posts if edition.phase == Phase.COLD else edition.new_posts(feeds)
        check_visit(edition, summary, feeds=feeds, posts=posts)

    # -------------------------------------------------------------- the peer
    def _measure_peer(self) -> None:
        fresh, loaded, path = (self._folder / f"{name}.sqlite" for name in ("fresh", "loaded", "measured"))
        self.results.peer_version = self._peer.ask("prepare", path=str(fresh), urls=self._urls)["version"]
        for phase in sorted({Phase.COLD, *self._options.phases}, key=list(Phase).index):
            edition = Edition(phase, round=1)
            self._show(edition)
            runs = self.results.peer.setdefault(phase, Runs())
            for _number in range(self._options.peer_times(phase)):
                shutil.copy(fresh if phase == Phase.COLD else loaded, path)
                answer, cost = self._peer.measure("visit", path=str(path))
                expected = self.results.posts + edition.new_posts(self._options.feeds)
                if answer["posts"] != expected:
                    raise ProgramError(f"The peer has {answer['posts']} posts of {expected}")
                runs.add(cost)
            _tell(f"peer, {phase.words}: {runs.wall:.2f} s")
            if phase == Phase.COLD:
                path.rename(loaded)

    # ---------------------------------------------- with more and more stored
    def _measure_flat(self) -> None:
        sizes = sorted(self._options.stored)
        feeds = self._store(sizes)
        self.results.flat_feeds = len(feeds)
        self.results.flat = {phase: {size: Runs() for size in sizes} for phase in (Phase.NOT_MODIFIED, Phase.NEW)}
        # Round by round new posts come, and then nothing has changed; the first round warms up.
        for number in range((self._options.repetitions or USUAL_REPETITIONS) + 1):
            edition = Edition(Phase.NEW, round=number + 1)
            self._show(edition)
            for size in sizes:
                for step, phase in enumerate((Phase.NEW, Phase.NOT_MODIFIED)):
                    hours = 1 + 2 * number + step
                    summary, cost, database_cpu = self._visit(_flat(size), hours=hours, only=feeds)
                    self._check(edition if phase == Phase.NEW else Edition(phase), summary, feeds=len(feeds))
                    if number:
                        self.results.flat[phase][size].add(cost, database_cpu)
        for size in sizes:
            walls = (f"{phase.words} {by_size[size].wall:.3f} s" for phase, by_size in self.results.flat.items())
            _tell(f"{size:,} posts stored: {', '.join(walls)}")

    def _store(self, sizes: Sequence[int]) -> list[int]:
        """A database for each size, with the same feeds; returns those of their feeds that have posts."""
        database.keep(_flat(sizes[0]), of="loaded")
        feeds = database.thin_out(_flat(sizes[0]), most=int(ROOM * sizes[0]))
        for before, size in zip([sizes[0], *sizes], sizes, strict=False):
            if before != size:
                database.keep(_flat(size), of=_flat(before))
            database.fill(_flat(size), feeds=feeds, total=size)
            _tell(f"{size:,} posts stored")
        return feeds

    # ------------------------------------------------------------ the worker
    def _measure_worker(self) -> None:
        self._show(Edition())
        database.restore("empty")
        self.results.worker_memory = worker.peak_memory(self._options.feeds)
        _tell(f"a worker's memory: {self.results.worker_memory / 1e6:.0f} MB")


def check_visit(edition: Edition, summary: Mapping[str, Any], *, feeds: int, posts: int) -> None:
    """A visit that did less than it had to would be fast."""
    if (summary["feeds"], summary["failed"], summary["new_posts"]) != (feeds, 0, posts):
        raise ProgramError(f"{edition.phase.words}: {feeds} feeds bring {posts} new posts, but the visit: {summary}")


def _flat(size: int) -> str:
    return f"stored_{size}"


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
