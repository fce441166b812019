"""Writing a backup: one moment of the database, whoever writes to it meanwhile."""

import os
import stat
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from django.db import Error, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql
from tqdm import tqdm

from readinglist import VERSION
from readinglist.embedded_processes import take_lock
from readinglist.operations.backup import archive, clients, fingerprints
from readinglist.operations.backup.archive import Contents, Table
from readinglist.operations.backup.clients import Clients
from readinglist.operations.backup.errors import BackupError

# Of those that a server has, the ones that the migrations ask for.
EXTENSIONS = ("pg_trgm", "unaccent")
# For a lock that a migration or a restore holds.
WAIT = "30s"
SESSION = (
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0;"
    f" SET LOCAL lock_timeout = '{WAIT}';"
)
DUMP_OPTIONS = (
    "--no-owner",
    "--no-privileges",
    "--no-comments",
    "--no-tablespaces",
    "--encoding=UTF8",
    f"--lock-wait-timeout={WAIT}",
    *(f"--extension={name}" for name in EXTENSIONS),
)


def write_backup(path: Path, *, now: datetime, force: bool = False) -> Contents:
    """Write the database to a new file, or with `force` over an old one; the file is there whole, or not at all."""
    try:
        suiting = clients.suiting(connection)
        with _complete_or_absent(path, force=force) as file, transaction.atomic(durable=True):
            with connection.cursor() as cursor:
                # One snapshot for the figures and for pg_dump.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                cursor.execute(SESSION)
                contents = _look(cursor, now=now)
                cursor.execute("SELECT pg_export_snapshot()")
                options = [*DUMP_OPTIONS, f"--snapshot={cursor.fetchone()[0]}", *_without_others(cursor)]
            with closing(_dump(suiting, options)) as script:
                archive.write(file, contents, script)
    except Error as error:
        raise BackupError(f"The database could not be read: {str(error).strip()}") from error
    except OSError as error:
        raise BackupError(f"{path} could not be written: {error.strerror or error}.") from error
    return contents


def _look(cursor: CursorWrapper, *, now: datetime) -> Contents:
    """The manifest's figures."""
    columns = fingerprints.columns_by_table(cursor)
    if "django_migrations" not in columns:
        raise BackupError("The database holds no Readinglist yet: there is nothing to back up.")
    cursor.execute(fingerprints.PLAIN_TEXT)
    tables = {}
    for name in tqdm(columns, desc="Reading tables", unit="table", disable=None, delay=1):
        found = fingerprints.take(cursor, name, columns[name])
        tables[name] = Table(columns[name], found.rows, found.checksum)
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return Contents(now, VERSION, clients.server_version(connection), cursor.fetchall(), tables)


def _without_others(cursor: CursorWrapper) -> list[str]:
    """Options that leave schemas out that are not the program's; naming its own would have pg_dump create it."""
    cursor.execute(
        "SELECT nspname FROM pg_namespace"
        " WHERE nspname <> %s AND nspname <> 'information_schema' AND nspname !~ '^pg_'",
        [fingerprints.SCHEMA],
    )
    return [f"--exclude-schema={sql.Identifier(name).as_string()}" for (name,) in cursor.fetchall()]


def _dump(suiting: Clients, options: list[str]) -> Generator[bytes]:
    with tempfile.TemporaryFile() as errors, suiting.start("pg_dump", *options, stderr=errors) as process:
        assert process.stdout is not None
        try:
            with tqdm(desc="Writing the file", unit="B", unit_scale=True, disable=None, delay=1) as progress:
                while chunk := process.stdout.read(archive.CHUNK_BYTES):
                    progress.update(len(chunk))
                    yield chunk
        except BaseException:  # the file cannot be written, or somebody pressed Ctrl-C
            process.kill()
            raise
        if process.wait() != 0:
            errors.seek(0)
            raise BackupError(f"pg_dump failed:\n{errors.read().decode(errors='replace').strip()}")


@contextmanager
def _complete_or_absent(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """Give a private file FILE.part to write, which becomes FILE when it is complete and on the disk."""
    if path.exists() and not force:
        raise BackupError(f"{path} exists: choose another name, or replace it with --force.")
    part = path.with_name(f"{path.name}.part")
    with _claimed(part) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    with suppress(OSError):  # not every file system can
        os.fsync(folder)
    os.close(folder)


@contextmanager
def _claimed(part: Path) -> Iterator[IO[bytes]]:
    """An empty file that nobody else writes; what a killed backup has left is used again."""
    with open(part, "r+b", opener=_private) as file:
        about = os.fstat(file.fileno())
        is_ours = stat.S_ISREG(about.st_mode) and about.st_uid == os.geteuid()
        # Who had it before may have put it in its place just before we had the lock.
        if not is_ours or not take_lock(file.fileno()) or not _is_at(part, about):
            raise BackupError(f"Another backup is writing {part}: wait for it, or choose another name.")
        os.fchmod(file.fileno(), 0o600)
        file.truncate()
        yield file


def _is_at(path: Path, about: os.stat_result) -> bool:
    try:
        return os.path.samestat(path.lstat(), about)
    except FileNotFoundError:
        return False


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)
