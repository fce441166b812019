"""Bringing a backup back: everything, checked against the manifest before it is committed, or nothing.

One psql runs one transaction: it clears the schema, plays pg_dump's script, and tells what every table then holds. Only
when all of it is as the manifest says is COMMIT written; whatever ends before, the database stays as it was.
"""

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import IO

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from tqdm import tqdm

from readinglist import VERSION, embedded
from readinglist.embedded_processes import wait_until
from readinglist.operations.backup import backing_up, clients, fingerprints
from readinglist.operations.backup.archive import Backup, Contents
from readinglist.operations.backup.clients import Clients
from readinglist.operations.backup.errors import BackupError
from readinglist.operations.backup.fingerprints import Fingerprint

LOCK_SECONDS = 10
CLOSING_SECONDS = 2
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's name of the error
# The script sets this, and servers before 17 do not know it.
UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"

# What the migrations make, and all that hangs on it; extensions stay, with what is theirs.
CLEAR = """
DO $clear$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        -- Tables first: the sequences of their ids go with them.
        WITH kept AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e')
        SELECT step FROM (
            SELECT format('DROP %s IF EXISTS public.%I CASCADE', kind, relname) AS step, turn
            FROM pg_catalog.pg_class AS relation
            JOIN (VALUES ('r', 'TABLE', 1), ('p', 'TABLE', 1), ('v', 'VIEW', 2), ('m', 'MATERIALIZED VIEW', 2),
                ('S', 'SEQUENCE', 3)) AS kinds (letter, kind, turn) ON letter = relkind::text
            WHERE relnamespace = 'public'::regnamespace
                AND ('pg_catalog.pg_class'::regclass, relation.oid) NOT IN (SELECT classid, objid FROM kept)
            UNION ALL
            SELECT format('DROP TEXT SEARCH CONFIGURATION IF EXISTS public.%I CASCADE', cfgname), 4
            FROM pg_catalog.pg_ts_config AS configuration
            WHERE cfgnamespace = 'public'::regnamespace
                AND ('pg_catalog.pg_ts_config'::regclass, configuration.oid) NOT IN (SELECT classid, objid FROM kept)
            UNION ALL
            SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', routine.oid::regprocedure), 5
            FROM pg_catalog.pg_proc AS routine
            WHERE pronamespace = 'public'::regnamespace
                AND ('pg_catalog.pg_proc'::regclass, routine.oid) NOT IN (SELECT classid, objid FROM kept)
        ) AS steps ORDER BY turn
    LOOP
        EXECUTE statement;
    END LOOP;
END
$clear$;
"""


class Holding(Enum):
    """What the database holds before a restore."""

    NOTHING = "nothing"  # or no more than a new instance: nobody has ever signed in
    PEOPLE = "people"
    SOMETHING_ELSE = "something else"  # another program's


@dataclass(frozen=True)
class Restored:
    contents: Contents
    safety: Path | None  # the backup of what was there before
    migrated: int  # migrations that have been made since the backup


def check_known(contents: Contents) -> None:
    """Refuse a backup by a newer program, whose tables this one does not know."""
    known = set(MigrationLoader(None).disk_migrations)
    unknown = [f"{app}.{name}" for app, name in contents.migrations if (app, name) not in known]
    if unknown:
        raise BackupError(
            f"The backup is by version {contents.program} of the program, which knows what this one, "
            f"{VERSION}, does not ({', '.join(unknown)}): update the program first."
        )


def look() -> Holding:
    """What a restore would replace."""
    with connection.cursor() as cursor:
        tables = fingerprints.columns_by_table(cursor)
        if not tables:
            return Holding.NOTHING
        if not {"django_migrations", "accounts_user"} <= set(tables):
            return Holding.SOMETHING_ELSE
        cursor.execute("SELECT EXISTS (SELECT FROM accounts_user)")
        return Holding.PEOPLE if cursor.fetchone()[0] else Holding.NOTHING


def check_unused() -> None:
    """Refuse while somebody works on the database: what they write now would be lost."""
    if port := embedded.running_port():
        raise BackupError(f"`make run` serves port {port} with this database: end it with Ctrl-C in its terminal.")
    # A connection that is just being closed is still seen for a moment.
    if not wait_until(lambda: not _others(), CLOSING_SECONDS):
        raise BackupError(
            f"The database is in use ({'; '.join(_others())}): stop web, worker, beat and whatever else is connected, "
            "and restore then."
        )


def _others() -> list[str]:
    """Who else is connected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT concat_ws(' ', usename, 'from', coalesce(host(client_addr), 'this machine'),"
            " nullif(application_name, '')) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return [name for (name,) in cursor.fetchall()]


def restore(backup: Backup, *, now: datetime, safety: Path | None) -> Restored:
    """Put the backup in the place of what the database holds, which goes to the file `safety` first."""
    suiting = clients.suiting(connection)
    if look() is Holding.SOMETHING_ELSE:
        raise BackupError("The database holds the tables of another program: name a database of Readinglist's own.")
    check_unused()
    if safety is not None:
        backing_up.write_backup(safety, now=now)
    server = clients.server_version(connection)
    connection.close()
    _Play(suiting).run(backup, server=server)
    try:
        migrated = _migrate()
    except Exception as error:  # whatever a migration raises
        raise BackupError(
            f"The backup is restored, but could not be brought to this version of the program: {error}\n"
            "Mend that and run: python manage.py migrate"
        ) from error
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Restored(backup.contents, safety, migrated)


def _migrate() -> int:
    """Bring an older backup's tables to this program's; the number of migrations."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", interactive=False, verbosity=0)
    return len(plan)


class _Play:
    """One psql, to which the whole transaction is written."""

    def __init__(self, suiting: Clients) -> None:
        self.suiting = suiting
        self.is_committing = False

    def run(self, backup: Backup, *, server: int) -> None:
        options = ("-XAtqw", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose")
        with (
            tempfile.TemporaryFile() as errors,
            self.suiting.start("psql", *options, stdin=subprocess.PIPE, stderr=errors) as process,
        ):
            try:
                self._write(process, backup, server=server)
            except BrokenPipeError:  # it has ended; what it says is below
                pass
            except BaseException:
                process.kill()
                raise
            if process.wait() != 0 or not self.is_committing:
                raise self._failure(errors)

    def _write(self, process: subprocess.Popen[bytes], backup: Backup, *, server: int) -> None:
        """Everything up to COMMIT; without that psql's end rolls back."""
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin as script:
            # Only the figures below are of interest, not what the script selects.
            script.write(f"\\o /dev/null\nBEGIN;\nSET LOCAL lock_timeout = '{LOCK_SECONDS}s';\n".encode())
            script.write(b"SET LOCAL client_min_messages = warning;\n" + CLEAR.encode())
            with tqdm(
                total=backup.script_bytes, desc="Restoring", unit="B", unit_scale=True, disable=None, delay=1
            ) as progress:
                for chunk in _understood(backup.script(), server=server):
                    script.write(chunk)
                    progress.update(len(chunk))
            script.write(f"\\o\n{fingerprints.PLAIN_TEXT}\n".encode())
            self._compare(script, process.stdout, backup.contents)
            self.is_committing = True
            script.write(b"COMMIT;\n")

    def _compare(self, script: IO[bytes], answers: IO[bytes], contents: Contents) -> None:
        """Ask what each table holds now; BackupError where that is not what it held."""
        wrong = []
        for name in tqdm(contents.tables, desc="Checking tables", unit="table", disable=None, delay=1):
            table = contents.tables[name]
            script.write(f"{fingerprints.query(name, table.columns)};\n".encode())
            script.flush()
            rows, _, checksum = answers.readline().decode().strip().partition("|")
            if not checksum:
                raise BrokenPipeError
            if Fingerprint(int(rows), checksum) != table.fingerprint:
                wrong.append(f"{name} ({rows} rows, {table.rows} expected)")
        if wrong:
            raise BackupError(
                f"What was restored is not what the backup's manifest tells of, in {', '.join(wrong)}; nothing was "
                "changed."
            )

    def _failure(self, errors: IO[bytes]) -> BackupError:
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
        if self.is_committing:
            return BackupError(
                f"psql ended while it was committing: whether the backup is restored is not known. Restore it "
                f"again.\n{said}"
            )
        if LOCK_NOT_AVAILABLE in said:
            return BackupError("Somebody is using the database: stop web, worker and beat. Nothing was changed.")
        return BackupError(f"psql could not restore it; nothing was changed.\n{said}")


def _understood(script: Iterator[bytes], *, server: int) -> Iterator[bytes]:
    """The script without the one line of its head that an older server does not know."""
    head = next(script, b"")
    yield head if server >= 17 else head.replace(UNKNOWN_BEFORE_17, b"", 1)
    yield from script
