"""Results as a table for people, in Markdown, and as JSON; and the file that keeps the last ones."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.phases import Phase
from bench.results import Bar, ByPhase, Results, Runs, bars

FILE = Path(__file__).with_name("RESULTS.md")
SECTION = "The feed engine"

Cell = Callable[[Runs], str]


def markdown(results: Results) -> str:
    paragraphs = [
        results.machine.sentence(),
        _corpus(results),
        _seconds(results),
        bars_table(bars(results)),
        _flat(results),
    ]
    return "\n\n".join(paragraph for paragraph in [*paragraphs, _costs(results)] if paragraph)


def as_json(results: Results) -> str:
    found = _plain(asdict(results))
    found["bars"] = [asdict(bar) | {"is_held": bar.is_held} for bar in bars(results)]
    for name in ("ours", "fetch", "fetch_anew", "read", "peer"):
        by_phase: ByPhase = getattr(results, name)
        found[name] = {phase.value: _runs(runs) for phase, runs in by_phase.items()}
    found["flat"] = {
        phase.value: {stored: _runs(runs) for stored, runs in by_stored.items()}
        for phase, by_stored in results.flat.items()
    }
    found["ratios_to_peer"] = {phase.value: results.peer[phase].wall / ours.wall for phase, ours in _both(results)}
    return json.dumps(found, indent=2)


def write(text: str, *, section: str = SECTION, file: Path = FILE) -> None:
    """Puts a section in the place of the one of that name; what others have written stays."""
    before = file.read_text() if file.exists() else "# Results\n"
    found = re.split(r"^## ", before, flags=re.MULTILINE)
    others = [part for part in found[1:] if part.partition("\n")[0] != section]
    parts = [found[0].strip(), *(f"## {part.strip()}" for part in sorted([f"{section}\n\n{text}", *others]))]
    file.write_text("\n\n".join(parts) + "\n")


def _plain(value: Any) -> Any:
    return {str(name): each for name, each in value.items()}


def _runs(runs: Runs) -> dict[str, Any]:
    known = {"wall": runs.wall, "cpu": runs.cpu, "cpu_of_database": runs.cpu_of_database, "memory": runs.memory}
    return known | {"walls": [cost.wall for cost in runs.costs]}


def _both(results: Results) -> Iterable[tuple[Phase, Runs]]:
    return ((phase, runs) for phase, runs in results.ours.items() if phase in results.peer)


def _corpus(results: Results) -> str:
    latency = f", each answer {results.latency_ms} ms late" if results.latency_ms else ""
    return (
        f"{results.feeds} feeds on as many loopback addresses, {results.posts:,} posts, {results.bytes / 1e6:.0f} MB"
        f"{latency}. Seconds from claim to stamp, without the start of processes: the median of "
        f"{_several(len(runs.costs) for runs in results.ours.values())} runs, which take turns with the floors."
    )


def _several(counts: Iterable[int]) -> str:
    return " or ".join(str(count) for count in sorted(set(counts)))


# --------------------------------------------------------------------- tables
def _seconds(results: Results) -> str:
    cores = results.machine.cores
    rows: list[tuple[str, ByPhase]] = [
        ("**this engine**", results.ours),
        (f"`reader` {results.peer_version}, 15 workers, SQLite", results.peer),
        ("bare fetch by aiohttp, connections open already", results.fetch),
        ("bare fetch by aiohttp, connections made anew", results.fetch_anew),
        (f"feedparser on {cores} cores; cold: and nh3", results.read),
    ]
    phases = list(results.ours)
    lines = [[name, *_cells(found, phases, _wall)] for name, found in rows if found]
    if results.peer:
        times = {phase: f"{results.peer[phase].wall / ours.wall:.1f}" for phase, ours in _both(results)}
        lines.append(["the peer takes so many times as long", *(times.get(phase, "") for phase in phases)])
    table = tabulate(["seconds", *(phase.words for phase in phases)], lines)
    if results.copy is None or results.hashes is None:
        return table
    return (
        f"{table}\n\nCOPY of all posts into an empty table takes {results.copy:.2f} s, reading all stored hashes "
        f"{results.hashes:.3f} s."
    )


def bars_table(found: Sequence[Bar]) -> str:
    lines = [[bar.what, f"{bar.limit:g}", f"{bar.measured:.2f}", "yes" if bar.is_held else "**no**"] for bar in found]
    return tabulate(["promised", "at most", "measured", "held"], lines)


def _flat(results: Results) -> str:
    if not results.flat:
        return ""
    sizes = list(next(iter(results.flat.values())))
    lines = [[phase.words, *(_wall(runs) for runs in by_size.values())] for phase, by_size in results.flat.items()]
    table = tabulate([f"seconds, {results.flat_feeds} feeds", *(f"{size:,} posts stored" for size in sizes)], lines)
    return f"A poll costs the same however much is stored:\n\n{table}"


def _costs(results: Results) -> str:
    phases = list(results.ours)
    lines = [
        ["CPU seconds", *_cells(results.ours, phases, lambda runs: f"{runs.cpu:.2f}")],
        ["CPU seconds of PostgreSQL", *_cells(results.ours, phases, lambda runs: f"{runs.cpu_of_database:.2f}")],
        ["peak memory, MB", *_cells(results.ours, phases, _megabytes)],
    ]
    if results.peer:
        lines += [
            ["CPU seconds of the peer", *_cells(results.peer, phases, lambda runs: f"{runs.cpu:.2f}")],
            ["peak memory of the peer, MB", *_cells(results.peer, phases, _megabytes)],
        ]
    table = tabulate(["of all processes", *(phase.words for phase in phases)], lines)
    if results.worker_memory is None:
        return table
    return f"{table}\n\nA Celery worker with its children takes {results.worker_memory / 1e6:.0f} MB at most, cold."


def _cells(found: ByPhase, phases: Sequence[Phase], cell: Cell) -> list[str]:
    return [cell(found[phase]) if phase in found else "" for phase in phases]


def _wall(runs: Runs) -> str:
    return f"{runs.wall:.2f}" if runs.wall >= 1 else f"{runs.wall:.3f}"


def _megabytes(runs: Runs) -> str:
    return f"{runs.memory / 1e6:.0f}"


def tabulate(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---", *("---:" for _cell in head[1:])], *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
