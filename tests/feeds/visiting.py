"""A program: visits all due feeds of the tests' database as a worker does, but with less patience.

A process of its own, so that what it takes of memory can be seen. `python -m tests.feeds.visiting SECONDS`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Visited:
    """What a run took: its own summary, and the most memory of it and its children, in bytes."""

    feeds: int
    fetched: int
    failed: int
    new_posts: int
    seconds: float
    memory: int


def visit_aside(*, seconds: float, hosts: Sequence[str]) -> Visited:
    """Runs this program on the database of the test, which has to be one whose rows are committed."""
    from django.db import connection

    from bench import cost

    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "READINGLIST_TEST_DATABASE": str(connection.settings_dict["NAME"]),
        "FETCH_ALLOW_HOSTS": ",".join(hosts),
    }
    program = [sys.executable, "-m", "tests.feeds.visiting", str(seconds)]
    with subprocess.Popen(program, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        try:
            with cost.Peak(process.pid) as peak:
                output, _nothing = process.communicate(timeout=PATIENCE_SECONDS)
        finally:
            process.kill()
    assert process.returncode == 0
    return Visited(**json.loads(output), memory=peak.bytes)


def _visit(seconds: float) -> None:
    import django

    django.setup()
    from django.utils import timezone

    from feeds import fetch, update

    # In place: the limits are bound wherever they are a default.
    for name in ("seconds", "connect_seconds", "idle_seconds"):
        object.__setattr__(fetch.LIMITS, name, seconds)
    now: datetime = timezone.now()
    summary = asdict(update.visit(now=now))
    print(json.dumps({name: summary[name] for name in ("feeds", "fetched", "failed", "new_posts", "seconds")}))


if __name__ == "__main__":
    _visit(float(sys.argv[1]))
