"""The file of a backup: a zip archive of `manifest.json` and `database.sql`, pg_dump's script.

The script alone would bring the data back by hand: `unzip -p FILE database.sql | psql`. The manifest says what it
holds, in whose version, and by which figures to check it.
"""

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from tqdm import tqdm

from readinglist.operations.backup.errors import BackupError
from readinglist.operations.backup.fingerprints import Fingerprint

KIND = "readinglist backup"
FORMAT = 1
MANIFEST = "manifest.json"
SCRIPT = "database.sql"
CHUNK_BYTES = 1 << 18
MANIFEST_BYTES = 10_000_000
# Most of the text goes at the first level; higher ones take several times as long for a few percent.
COMPRESSION = 1
# What the zip format's reader raises on bytes that are none, are cut short, encrypted or otherwise not ours.
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    struct.error,
)


@dataclass(frozen=True)
class Table:
    columns: list[str]
    rows: int
    checksum: str

    @property
    def fingerprint(self) -> Fingerprint:
        return Fingerprint(self.rows, self.checksum)


@dataclass(frozen=True)
class Contents:
    """What the database held in the moment of the backup."""

    made_at: datetime
    program: str  # the version of this program
    server: int  # that of PostgreSQL
    migrations: list[tuple[str, str]]
    tables: dict[str, Table]

    @property
    def row_count(self) -> int:
        return sum(table.rows for table in self.tables.values())


@dataclass(frozen=True)
class Backup:
    """An opened and checked archive."""

    contents: Contents
    script_bytes: int
    file: zipfile.ZipFile

    def script(self) -> Iterator[bytes]:
        with self.file.open(SCRIPT) as script:
            while chunk := script.read(CHUNK_BYTES):
                yield chunk


def write(file: IO[bytes], contents: Contents, script: Iterable[bytes]) -> None:
    """Write an archive; the script is taken as it comes."""
    digest, size = hashlib.sha256(), 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION) as archive:
        with archive.open(SCRIPT, "w", force_zip64=True) as member:
            for chunk in script:
                digest.update(chunk)
                size += len(chunk)
                member.write(chunk)
        manifest = {
            "kind": KIND,
            "format": FORMAT,
            **asdict(contents),
            "made_at": contents.made_at.isoformat(),
            "script": {"bytes": size, "sha256": digest.hexdigest()},
        }
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1, sort_keys=True))


@contextmanager
def opened(path: Path) -> Iterator[Backup]:
    """A backup whose every byte has been checked; BackupError where it is none, is damaged, or of another format."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context(path.open("rb"))
        except OSError as error:
            raise BackupError(f"{path} cannot be read: {error.strerror or error}.") from error
        try:
            backup = _checked(stack.enter_context(zipfile.ZipFile(file)), path)
        except UNREADABLE as error:
            raise BackupError(
                f"{path} is no backup of Readinglist, or it was damaged or cut short ({error})."
            ) from error
        yield backup


def _checked(archive: zipfile.ZipFile, path: Path) -> Backup:
    if sorted(archive.namelist()) != sorted([MANIFEST, SCRIPT]) or archive.getinfo(MANIFEST).file_size > MANIFEST_BYTES:
        raise BackupError(f"{path} is no backup of Readinglist.")
    contents, size, expected = _read_manifest(archive.read(MANIFEST), path)
    digest = hashlib.sha256()
    backup = Backup(contents, size, archive)
    with tqdm(total=size, desc="Checking the file", unit="B", unit_scale=True, disable=None, delay=1) as progress:
        for chunk in backup.script():
            digest.update(chunk)
            progress.update(len(chunk))
    if digest.hexdigest() != expected:
        raise BackupError(f"{path} was damaged or changed: its script is not the one that its manifest tells of.")
    return backup


def _read_manifest(raw: bytes, path: Path) -> tuple[Contents, int, str]:
    """The contents, and the script's size and sha256."""
    damaged = BackupError(f"The manifest of {path} is damaged.")
    try:
        manifest: dict[str, Any] = json.loads(raw)
        if manifest["kind"] != KIND:
            raise damaged
        if manifest["format"] != FORMAT:
            raise BackupError(
                f"{path} has the format {manifest['format']!r}, and this program knows {FORMAT}: restore it by the "
                "version of the program that made it, or a later one."
            )
        contents = Contents(
            made_at=datetime.fromisoformat(manifest["made_at"]),
            program=_text(manifest["program"]),
            server=int(manifest["server"]),
            migrations=[(_text(app), _text(name)) for app, name in manifest["migrations"]],
            tables={_text(name): _read_table(table) for name, table in manifest["tables"].items()},
        )
        return contents, int(manifest["script"]["bytes"]), _text(manifest["script"]["sha256"])
    except (KeyError, TypeError, ValueError, AttributeError):
        raise damaged from None


def _read_table(table: dict[str, Any]) -> Table:
    if not re.fullmatch(r"-?\d{1,40}", table["checksum"]):
        raise ValueError(table["checksum"])
    return Table([_text(column) for column in table["columns"]], int(table["rows"]), table["checksum"])


def _text(value: Any) -> str:
    """What PostgreSQL can name."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(value)
    return value
