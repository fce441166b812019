"""The two servers of `readinglist.embedded`: how each is prepared, started, recognised and ended."""

import os
import signal
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from readinglist import embedded_places, embedded_processes
from readinglist.embedded_places import Place
from readinglist.embedded_processes import EmbeddedError

DATABASE_NAME = "readinglist"
PORT = "5432"  # only part of the socket's name; said always, so that PGPORT cannot move it
START_SECONDS = 60.0  # recovery after a crash takes its time
FORCE_SECONDS = 5.0
THROWAWAY = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
)

# Kept so that a server that ends while its starter lives is collected and does not stay a zombie.
_children: list[subprocess.Popen[bytes]] = []


class Server(ABC):
    """It lives while its lock is taken: its processes inherit that, and the kernel frees it with the last of them."""

    name: ClassVar[str]
    title: ClassVar[str]
    variable: ClassVar[str]  # of the environment, that names another server to use
    stop_signal: ClassVar[signal.Signals]
    force_signal: ClassVar[signal.Signals]  # it recovers from this at its next start
    data: Path
    lock: Path
    pid_file: Path
    socket: Path
    argument: str  # by which its process is known

    def __init__(self, where: Place) -> None:
        self.where = where
        self.log = where.home / "log" / f"{self.name}.log"

    @abstractmethod
    def prepare(self, lock: int, *, throwaway: bool) -> None:
        """Make its data, if there are none."""

    @abstractmethod
    def arguments(self, *, throwaway: bool) -> Sequence[str | Path]: ...

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers."""

    @abstractmethod
    def clear_stale(self) -> None:
        """Remove what a server that no longer lives has left and a new one would stumble over."""

    @classmethod
    def is_used(cls) -> bool:
        """Whether no other server is named, by its address or by a file that holds that."""
        return not (os.environ.get(cls.variable) or os.environ.get(f"{cls.variable}_FILE"))

    def is_alive(self) -> bool:
        return embedded_processes.is_locked(self.lock)

    def pid(self) -> int | None:
        """Whom to send signals, if that is known."""
        found = embedded_processes.read_pid(self.pid_file)
        return found if found and embedded_processes.has_argument(found, self.argument) else None

    def is_running(self, give_up: Callable[[], bool]) -> bool:
        """Whether it runs; one that is just starting or stopping is waited for."""
        if not embedded_processes.wait_until(
            lambda: self.is_ready() or not self.is_alive(), START_SECONDS, give_up=give_up
        ):
            raise EmbeddedError(
                f"{self.title} runs but does not answer. The end of {self.log}:\n"
                f"{embedded_processes.tail(self.log, 0)}\n`python manage.py stopservices` may end it."
            )
        return self.is_ready()

    def start(self, *, owned: bool, throwaway: bool, give_up: Callable[[], bool]) -> None:
        """Start it where it is not running, and wait until it answers; an error has the end of its log."""
        with embedded_processes.hold(self.lock, START_SECONDS, give_up=give_up) as lock:
            self.prepare(lock, throwaway=throwaway)
            self.clear_stale()
            embedded_processes.keep_short(self.log)
            log_start = self.log.stat().st_size if self.log.exists() else 0
            child = embedded_processes.spawn(
                self.arguments(throwaway=throwaway),
                folder=self.data,
                log=self.log,
                lock=lock,
                account=self.where.account,
                tie=embedded_processes.tie_to_parent(self.stop_signal) if owned else None,
            )
        _children.append(child)
        embedded_processes.wait_until(
            lambda: child.poll() is not None or self.is_ready(), START_SECONDS, give_up=give_up
        )
        if child.poll() is not None or not self.is_ready():
            raise EmbeddedError(
                f"{self.title} does not start. The end of {self.log}:\n"
                f"{embedded_processes.tail(self.log, log_start)}\n"
                f"Mend that, or name a server of your own in {self.variable}."
            )

    def stop(self, *, seconds: float) -> bool:
        """End it and wait until it is gone; False where it was not running."""
        if not self.is_alive():
            return False
        # One that is just starting has no number yet.
        embedded_processes.wait_until(lambda: self.pid() is not None or not self.is_alive(), seconds)
        for sign, limit in ((self.stop_signal, seconds), (self.force_signal, FORCE_SECONDS)):
            if (pid := self.pid()) is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, sign)
                    os.kill(pid, signal.SIGCONT)  # it may have been paused
            if embedded_processes.wait_until(lambda: not self.is_alive(), limit if pid else 0):
                return True
        raise EmbeddedError(
            f"{self.title} cannot be ended from here; perhaps another container runs it. End it there, or find its "
            f"processes by `fuser -v {self.lock}`."
        )

    def can_connect(self, question: bytes = b"", answer: bytes = b"") -> bool:
        """Whether its socket is served, and a question answered as it should be."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(question)
                return not answer or connection.recv(16).startswith(answer)
            except OSError:
                return False


class Postgres(Server):
    name = "postgres"
    title = "PostgreSQL"
    variable = "DATABASE_URL"
    stop_signal = signal.SIGINT  # its fast shutdown: ends sessions, keeps data
    force_signal = signal.SIGQUIT

    def __init__(self, where: Place) -> None:
        super().__init__(where)
        self.data = where.data / "pg"
        self.lock = where.data / "pg.lock"
        self.pid_file = self.data / "postmaster.pid"
        self.socket = where.sockets / f".s.PGSQL.{PORT}"
        self.argument = str(self.data)

    def prepare(self, lock: int, *, throwaway: bool) -> None:
        """Make an empty cluster beside its place and move it there, so that a half-made one is never used."""
        if (self.data / "PG_VERSION").exists():
            return
        unfinished = self.data.with_name("pg.tmp")
        embedded_places.remove(unfinished)
        embedded_places.own_folder(unfinished, self.where.account)
        # The built-in locale: with C, words joined by a dash stay one word in the search, and capitals are not folded.
        self._run(
            "initdb",
            *("-D", unfinished, "-U", "postgres", "-E", "UTF8", "--auth=trust"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
            *(["--no-sync"] if throwaway else []),
            locks=[lock],
        )
        unfinished.replace(self.data)

    def arguments(self, *, throwaway: bool) -> Sequence[str | Path]:
        options = ["listen_addresses=", "unix_socket_permissions=0700", *(THROWAWAY if throwaway else ())]
        program = embedded_places.postgres_programs(self.where) / "postgres"
        settings = [part for option in options for part in ("-c", option)]
        return [program, "-D", self.data, "-k", self.where.sockets, "-p", PORT, *settings]

    def is_ready(self) -> bool:
        try:
            lines = self.pid_file.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[7].startswith("ready") and self.can_connect()

    def clear_stale(self) -> None:
        """Its pid file stays: by the shared memory that it names PostgreSQL knows an old server whose lock was removed.

        But its number may be a zombie's or anyone's by now: that of the parent counts as stale for PostgreSQL.
        """
        self.socket.with_name(f"{self.socket.name}.lock").unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
        try:
            descriptor = os.open(self.pid_file, os.O_RDWR | os.O_NOFOLLOW)
        except FileNotFoundError:
            return
        with os.fdopen(descriptor, "r+", errors="replace") as file:
            _, newline, rest = file.read().partition("\n")
            file.seek(0)
            file.truncate()
            file.write(f"{os.getpid()}{newline}{rest}")
        if not newline:  # half-written: it names no memory
            self.pid_file.unlink()

    def create_database(self) -> None:
        """Make the project's database, if it is missing."""
        missing = f"NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE_NAME}')"
        self._run(
            "psql",
            *("-h", self.where.sockets, "-p", PORT, "-U", "postgres", "-Xqw", "-v", "ON_ERROR_STOP=1"),
            text=f"SELECT 'CREATE DATABASE {DATABASE_NAME}' WHERE {missing} \\gexec",
        )

    def _run(self, program: str, *arguments: str | Path, text: str = "", locks: Sequence[int] = ()) -> None:
        """Run one of PostgreSQL's programs, with `text` as its input."""
        path = embedded_places.postgres_programs(self.where) / program
        done = embedded_processes.run_once([path, *arguments], account=self.where.account, text=text, locks=locks)
        if done.returncode != 0:
            raise EmbeddedError(f"The database in {self.data} could not be made:\n{done.stdout.strip()}")


class Redis(Server):
    name = "redis"
    title = "Redis"
    variable = "REDIS_URL"
    stop_signal = signal.SIGTERM
    force_signal = signal.SIGKILL

    def __init__(self, where: Place) -> None:
        super().__init__(where)
        self.data = where.data / "valkey"
        self.lock = where.data / "valkey.lock"
        self.pid_file = self.data / "valkey.pid"
        self.socket = where.sockets / "valkey.sock"
        self.argument = str(self.socket)

    def prepare(self, lock: int, *, throwaway: bool) -> None:
        embedded_places.own_folder(self.data, self.where.account)

    def arguments(self, *, throwaway: bool) -> Sequence[str | Path]:
        # Its working folder holds its data. A process title of its own would hide the arguments it is known by.
        return [
            embedded_places.redis_program(self.where),
            *("--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
            *("--pidfile", self.pid_file, "--set-proc-title", "no", "--databases", "64"),
            *("--maxmemory-policy", "noeviction"),
            *("--save", "" if throwaway else "60 1", "--appendonly", "no" if throwaway else "yes"),
        ]

    def is_ready(self) -> bool:
        return self.can_connect(b"PING\r\n", b"+PONG")

    def clear_stale(self) -> None:
        self.pid_file.unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
