"""`manage.py backup FILE`: the whole database in one checked file."""

import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from readinglist.operations.backup.backing_up import write_backup
from readinglist.operations.backup.errors import BackupError


class Command(BaseCommand):
    help = (
        "Writes the whole database, as it is in one moment, to a file that `restore` checks and brings back; the "
        "instance may be in use. The secret key is not in it."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="Where to write it, like readinglist.zip.")
        parser.add_argument("--force", action="store_true", help="Replace FILE if it exists.")
        parser.add_argument(
            "--json", action="store_true", help='Print {"file","bytes","tables","rows","seconds"} and nothing else.'
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        started = time.monotonic()
        try:
            contents = write_backup(path, now=timezone.now(), force=options["force"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        size = path.stat().st_size
        if options["json"]:
            report = {
                "file": str(path),
                "bytes": size,
                "tables": len(contents.tables),
                "rows": contents.row_count,
                "seconds": round(time.monotonic() - started, 2),
            }
            self.stdout.write(json.dumps(report))
            return
        self.stdout.write(
            f"Wrote {contents.row_count:,} rows of {len(contents.tables)} tables to {path} ({size / 1e6:,.1f} MB). "
            "The secret key is not in it: keep that elsewhere."
        )
