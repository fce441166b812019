"""Writing a person's file: one walk over the rows, whatever their number, into JSON and CSV at once."""

import csv
import gzip
import io
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist import VERSION
from readinglist.operations.takeout import formats
from readinglist.operations.takeout.tables import TABLES, Table
from readinglist.reading import stages

PIECE_BYTES = 1 << 16
# Most of the text goes at a low level; the highest takes five times as long for a tenth less.
COMPRESSION = 3


@transaction.atomic
def write(file: IO[bytes], user: User, *, now: datetime) -> dict[str, int]:
    """Writes everything about `user` as a zip archive; how many rows of which table.

    Behind the reader's lock: states and log are of one moment.
    """
    stages.lock(user)
    counts: dict[str, int] = {}
    with ExitStack() as stack:
        archive = stack.enter_context(zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION))
        # An archive takes one member after the other: the tables wait beside it, packed.
        aside = {
            table.name: stack.enter_context(tempfile.SpooledTemporaryFile(formats.SPOOL_BYTES)) for table in TABLES
        }
        with archive.open(formats.DOCUMENT, "w", force_zip64=True) as member, _in_pieces(member) as document:
            document.write(_head(now).encode())
            for table in TABLES:
                document.write(f',\n"{table.name}": ['.encode())
                counts[table.name] = _write_table(document, aside[table.name], table, user)
                document.write(b"]")
            document.write(b"\n}\n")
        with archive.open(formats.README, "w") as member:
            member.write("\r\n".join(_readme(counts, now)).encode())
        for table in TABLES:
            packed = aside[table.name]
            packed.seek(0)
            with archive.open(f"{formats.TABLES_FOLDER}/{table.name}.csv", "w") as member:
                with gzip.open(packed) as rows:
                    shutil.copyfileobj(rows, member)
    return counts


def _write_table(document: IO[bytes], aside: IO[bytes], table: Table, user: User) -> int:
    count = 0
    with gzip.open(aside, "wb", compresslevel=1) as packed:
        # With the mark that has spreadsheets read it as UTF-8.
        with io.TextIOWrapper(packed, "utf-8-sig", newline="") as text:
            cells = csv.writer(text)
            cells.writerow(table.columns)
            for row in table.rows(user):
                record = dict(zip(table.columns, row, strict=True))
                document.write(f"{',' if count else ''}\n{formats.as_json(record)}".encode())
                cells.writerow(map(formats.as_cell, row))
                count += 1
    return count


def _in_pieces(member: IO[bytes]) -> io.BufferedWriter:
    """Packing is dear by the call."""
    return io.BufferedWriter(member, PIECE_BYTES)


def _head(now: datetime) -> str:
    head: dict[str, Any] = {
        "kind": formats.KIND,
        "format": formats.FORMAT,
        "made_at": now,
        "instance": settings.SITE_URL,
        "program": VERSION,
    }
    return formats.as_json(head).removesuffix("}")


def _readme(counts: dict[str, int], now: datetime) -> Iterator[str]:
    made_on = date_format(timezone.localtime(now), "DATETIME_FORMAT")
    yield _("Everything about you at %(site)s, as it was on %(day)s.") % {"site": settings.SITE_URL, "day": made_on}
    yield ""
    takes = _("%(name)s holds all of it, exactly. Another Readinglist takes it, on the page “Your data”.")
    yield takes % {"name": formats.DOCUMENT}
    yield _(
        "tables/ holds the same for a spreadsheet (CSV, UTF-8). A cell that it would take for a formula has an "
        "apostrophe before it."
    )
    yield ""
    yield _("Passwords, keys, codes and tokens are not in it, nor what others wrote or did.")
    yield _(
        "Times are in UTC. Works are known by their identifiers and short name, posts by their feed and the hash of "
        "their guid there."
    )
    for table in TABLES:
        yield ""
        yield f"{table.name} ({counts[table.name]})"
        yield f"    {table.about}"
        yield f"    {', '.join(table.columns)}"
        if table.is_brought_in:
            yield "    " + _("Another Readinglist takes this in.")
    yield ""
