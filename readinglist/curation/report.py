"""What a load of the starting catalogue did, in numbers and in sentences."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = ("added", "updated", "kept", "unchanged")


@dataclass(frozen=True)
class Conflict:
    """Where a curator and the files both changed something; the curator's stays."""

    shape: str
    key: str
    field: str
    curator: Any
    files: Any

    def __str__(self) -> str:
        return f"{self.shape} {self.key}, {self.field}: here {_short(self.curator)}, in the files {_short(self.files)}"


@dataclass
class Report:
    """Rows by shape and outcome; one that was updated in one field and kept in another counts as both."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    def count(self, shape: str, *outcomes: str) -> None:
        self.counts.setdefault(shape, Counter()).update(outcomes)

    def total(self, outcome: str) -> int:
        return sum(counter[outcome] for counter in self.counts.values())

    def as_json(self) -> dict[str, Any]:
        conflicts = [vars(conflict) for conflict in self.conflicts]
        return {outcome: self.total(outcome) for outcome in OUTCOMES} | {"conflicts": conflicts}

    def sentences(self, *, verbose: bool = False) -> Iterator[str]:
        if not self.total("added") and not self.total("updated") and not self.conflicts:
            kept = self.total("kept")
            stays = f"; {kept} {'row is' if kept == 1 else 'rows are'} kept as curators left them" if kept else ""
            yield f"Starting catalogue: nothing changed{stays}."
        else:
            numbers = [f"{self.total(outcome)} {outcome}" for outcome in OUTCOMES[:3]]
            yield f"Starting catalogue: {', '.join(numbers)}, {len(self.conflicts)} in conflict."
            for shape, counts in self.counts.items():
                if told := [f"{counts[outcome]} {outcome}" for outcome in OUTCOMES[:3] if counts[outcome]]:
                    yield f"  {shape}: {', '.join(told)}"
        for conflict in self.conflicts:
            yield f"In conflict, and kept: {conflict}"
        if verbose:
            yield f"{len(self.gone)} rows are no longer shipped and stay."
            yield from (f"  {name}" for name in self.gone)


def _short(value: Any) -> str:
    text = repr(value) if value not in (None, "", [], ()) else "nothing"
    return text if len(text) <= 200 else f"{text[:200]}…"
