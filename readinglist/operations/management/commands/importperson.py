"""`manage.py importperson FILE`: a person's download into this instance, all of it or nothing."""

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import addresses
from accounts.models import User
from readinglist.operations.takeout import formats, reading
from readinglist.operations.takeout.bringing import bring
from readinglist.operations.takeout.formats import TakeoutError
from readinglist.operations.takeout.report import Report


class Command(BaseCommand):
    help = (
        "Brings in what a person downloaded from another instance, or what `exportperson` wrote. What is here is never "
        "lowered, and a second time changes nothing. The person has to be here already: invite them first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="The zip file, or the JSON document in it.")
        parser.add_argument("--email", help="Whose it becomes here, if not who has the file's address.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and change nothing.")
        parser.add_argument("--keep-settings", action="store_true", help="Pass over the settings in the file.")
        parser.add_argument(
            "--left", metavar="FILE", type=Path, help="Where to write what has no place here; needed if there is any."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file, tempfile.TemporaryFile() as left:
                person = self._person(options["email"] or _address_in(file))
                look, settings = options["dry_run"], not options["keep_settings"]
                report = bring(file, user=person, now=timezone.now(), left=left, settings=settings, look=True)
                if not look:
                    # What has no place is on the disk before the rest comes in.
                    self._keep(left, options["left"], report)
                    report = bring(file, user=person, now=timezone.now(), settings=settings)
        except OSError as error:
            raise CommandError(f"{error.filename or path}: {error.strerror or error}.") from error
        except TakeoutError as error:
            raise CommandError(f"Nothing was brought in. {error}") from error
        self._tell(report, person, look=look)

    def _person(self, email: str) -> User:
        person = addresses.find(email) if email else None
        if person is None:
            whose = f"Nobody here has the address {email}." if email else "The file does not say whose it is."
            raise CommandError(f"{whose} Invite them first, or say whose it becomes with --email.")
        return person

    def _keep(self, left: Any, path: Path | None, report: Report) -> None:
        if not report.left_count:
            return
        if path is None:
            raise CommandError(
                f"{report.left_count:,} lines have no place here, like {', '.join(report.named[:3])}. Say where to "
                "keep them with --left FILE, to bring them in once the catalogue has what they are about."
            )
        left.seek(0)
        with open(path, "xb", opener=formats.private) as file:
            file.writelines(left)

    def _tell(self, report: Report, person: User, *, look: bool) -> None:
        if look:
            self.stdout.write("Only looked, nothing was changed.")
        for table, count in report.counts.items():
            if count.total:
                self.stdout.write(
                    f"{table}: {count.added:,} new, {count.changed:,} changed, {count.same:,} here already, "
                    f"{count.left:,} without a place."
                )
        if not look:
            self.stdout.write(f"It is {person.email}’s now.")


def _address_in(file: Any) -> str:
    """Whose the file says it is; empty where it does not."""
    for table, _number, record in reading.records(file):
        if table == "account" and isinstance(record, dict):
            return str(record.get("email") or "")
    return ""
