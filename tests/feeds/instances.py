"""An instance of its own, whose PostgreSQL and Redis a test may end in the middle of everything."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from django.db import connection

from feeds import tasks
from readinglist import embedded, embedded_places
from readinglist.celery import app
from readinglist.embedded_processes import never
from readinglist.embedded_servers import Postgres
from readinglist.operations.backup import clients
from tests.fixtures.worker import running_worker
from tests.ground.conftest import make_home

STOP_SECONDS = 30.0


@dataclass
class Instance:
    """Django's connection leads to its database. The worker is a process of its own, as in `make run`."""

    folder: Path  # of logs
    home: Path
    postgres: Postgres
    broker: str
    queues: redis.Redis

    def worker(self, *, hosts: Sequence[str]) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return running_worker(
            self.folder / f"worker-{len(list(self.folder.iterdir()))}.log",
            READINGLIST_TEST_HOME=str(self.home),
            PYTEST_XDIST_WORKER="gw0",  # which has the first numbers of Redis
            FETCH_ALLOW_HOSTS=",".join(hosts),
        )

    def tick(self) -> None:
        """What the beat does once a minute."""
        with app.connection_for_write(self.broker) as broker:
            app.send_task(tasks.visit_due.name, connection=broker)

    def restart_postgres(self, *, is_crash: bool = False) -> None:
        """By its fast shutdown, which ends all sessions; or as if it had crashed, so that it has to recover."""
        connection.close()
        if is_crash and (pid := self.postgres.pid()):
            os.kill(pid, signal.SIGQUIT)
        self.postgres.stop(seconds=STOP_SECONDS)
        self.postgres.start(owned=True, throwaway=False, give_up=never)

    def flush_redis(self) -> None:
        self.queues.flushall()


@contextmanager
def own_instance(folder: Path) -> Iterator[Instance]:
    """With the tables of the tests' database, empty."""
    dump = _schema()
    settings, before = connection.settings_dict, dict(connection.settings_dict)
    with pytest.MonkeyPatch.context() as patch:
        for home in make_home(os.geteuid()):
            patch.setenv("READINGLIST_HOME", str(home.path))
            embedded.start(owned=True)
            connection.close()
            settings.update(embedded.database())
            try:
                _play(dump)
                postgres = Postgres(embedded_places.place())
                queues = redis.Redis.from_url(embedded.cache_url(number=0))
                yield Instance(folder, home.path, postgres, embedded.broker_url(), queues)
            finally:
                connection.close()
                settings.clear()
                settings.update(before)
                embedded.stop()


def _schema() -> bytes:
    with (
        Path(os.devnull).open("wb") as nowhere,
        clients.suiting(connection).start("pg_dump", "--schema-only", "--no-owner", stderr=nowhere) as dump,
    ):
        written, _nothing = dump.communicate()
    assert dump.returncode == 0
    return written


def _play(script: bytes) -> None:
    options = ("-Xqw", "-v", "ON_ERROR_STOP=1")
    with (
        Path(os.devnull).open("wb") as nowhere,
        clients.suiting(connection).start("psql", *options, stdin=subprocess.PIPE, stderr=nowhere) as psql,
    ):
        psql.communicate(script)
    assert psql.returncode == 0
