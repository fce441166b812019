"""`manage.py restore FILE`: bring a backup back, all of it or nothing."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error
from django.utils import timezone

from readinglist.operations.backup import restoring
from readinglist.operations.backup.archive import Contents, opened
from readinglist.operations.backup.errors import BackupError
from readinglist.operations.backup.restoring import Holding, Restored


class Command(BaseCommand):
    help = (
        "Brings back a backup, after checking every byte of it; what is restored is compared with what was backed up, "
        "and a backup of an older version of the program is brought to this one. Stop web, worker and beat before. "
        "Restore only files that you trust: their script runs with the rights of the database's user."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="Written by `backup`.")
        parser.add_argument(
            "--replace",
            action="store_true",
            help="Replace a database that people use, after backing it up beside FILE.",
        )
        parser.add_argument("--no-input", "--noinput", action="store_false", dest="ask", help="Replace without asking.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        now = timezone.now()
        try:
            with opened(path) as backup:
                restoring.check_known(backup.contents)
                safety = None
                if restoring.look() is Holding.PEOPLE:
                    self._check_meant(backup.contents, **options)
                    safety = path.with_name(f"before-restore-{now:%Y%m%dT%H%M%S.%fZ}.zip")
                restored = restoring.restore(backup, now=now, safety=safety)
        except BackupError as error:
            raise CommandError(str(error)) from error
        except Error as error:
            raise CommandError(f"The database could not be used: {str(error).strip()}") from error
        self._report(restored)

    def _check_meant(self, contents: Contents, *, replace: bool, ask: bool, **_: Any) -> None:
        if not replace:
            raise BackupError("The database holds people and what they read; --replace replaces all of it.")
        if not ask:
            return
        if not sys.stdin.isatty():
            raise BackupError("There is no terminal to ask in: --no-input replaces without asking.")
        question = f"Replace everything by the backup of {contents.made_at:%Y-%m-%d %H:%M %Z}? Write yes or no: "
        if input(question).strip() != "yes":
            raise BackupError("Nothing was changed.")

    def _report(self, restored: Restored) -> None:
        contents = restored.contents
        self.stdout.write(
            f"Restored {contents.row_count:,} rows of {len(contents.tables)} tables as they were on "
            f"{contents.made_at:%Y-%m-%d %H:%M %Z}; each table was compared with the backup."
        )
        if restored.migrated:
            self.stdout.write(f"Brought it to this version of the program; migrations: {restored.migrated}.")
        if restored.safety:
            self.stdout.write(f"What was there before is in {restored.safety}.")
        self.stdout.write(
            "Under another SECRET_KEY than before, everybody signs in anew, and links that were sent end; passwords "
            "stay."
        )
