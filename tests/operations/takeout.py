"""People's files in tests: written, read, changed and brought in."""

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

from accounts.models import User
from readinglist.operations.takeout import formats, writing
from readinglist.operations.takeout.bringing import bring
from readinglist.operations.takeout.report import Report
from readinglist.operations.takeout.tables import READING

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def file_of(user: User, *, now: datetime = NOW) -> bytes:
    file = io.BytesIO()
    writing.write(file, user, now=now)
    return file.getvalue()


def document_of(file: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        document: dict[str, Any] = json.loads(archive.read(formats.DOCUMENT))
    return document


def table_of(file: bytes, name: str) -> list[dict[str, str]]:
    """A table as CSV has it."""
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        text = archive.read(f"tables/{name}.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def reading_of(user: User) -> dict[str, Any]:
    """What another instance takes of a person."""
    return {table.name: list(table.rows(user)) for table in READING if table.is_brought_in}


def as_file(**tables: Any) -> io.BytesIO:
    """A document of these tables, and no archive around it."""
    return io.BytesIO(json.dumps({"kind": formats.KIND, "format": formats.FORMAT, **tables}).encode())


def bring_in(file: bytes | io.BytesIO, user: User, **options: Any) -> Report:
    return bring(io.BytesIO(file) if isinstance(file, bytes) else file, user=user, now=NOW, **options)


def without(user: User) -> None:
    """Takes away all that a person reads and writes, as if they had come to another instance with this catalogue."""
    for related in ("read_states", "activities", "notes", "follows", "post_states", "path"):
        getattr(user, related).all().delete()
