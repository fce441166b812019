"""The memory of a real worker: Celery with its children, and whatever the engine starts, while all feeds are new."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bench import database
from bench.cost import Peak
from bench.programs import ProgramError
from readinglist.supervisor import CELERY, WORKER_PROCESSES

LOOK_SECONDS = 0.2
MOST_SECONDS = 300.0
VISITED = "SELECT count(*) FROM feeds_feedstate WHERE visited_at IS NOT NULL"


def peak_memory(feeds: int) -> int:
    """In bytes, from the start of the worker until it has visited so many feeds."""
    with _worker() as worker, Peak(worker.pid) as peak, database.connect(database.MEASURED) as measured:
        subprocess.run([*CELERY, "call", "feeds.tasks.visit_due"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        give_up_at = time.monotonic() + MOST_SECONDS
        while measured.execute(VISITED).fetchone() != (feeds,):
            if worker.poll() is not None or time.monotonic() > give_up_at:
                raise ProgramError("The worker did not visit all feeds")
            time.sleep(LOOK_SECONDS)
    return peak.bytes


@contextmanager
def _worker() -> Iterator[subprocess.Popen[bytes]]:
    options = ["worker", f"--concurrency={WORKER_PROCESSES}", "--loglevel=WARNING", "--without-gossip"]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    worker = subprocess.Popen([*CELERY, *options], env=environment, start_new_session=True)  # noqa: S603
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait()
