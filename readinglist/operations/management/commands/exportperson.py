"""`manage.py exportperson EMAIL FILE`: everything about one person, as they could download it themselves."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import addresses
from readinglist.operations.takeout import formats, writing


class Command(BaseCommand):
    help = "Writes everything about one person to a zip file, which `importperson` or the page “Your data” brings in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="Whose.")
        parser.add_argument("file", metavar="FILE", type=Path, help="Where to write it, like ada.zip.")
        parser.add_argument("--force", action="store_true", help="Replace FILE if it exists.")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        person = addresses.find(options["email"])
        if person is None:
            raise CommandError(f"Nobody here has the address {options['email']}.")
        if path.exists() and not options["force"]:
            raise CommandError(f"{path} exists: choose another name, or replace it with --force.")
        part = path.with_name(f"{path.name}.part")
        try:
            with open(part, "wb", opener=formats.private) as file:
                counts = writing.write(file, person, now=timezone.now())
            part.replace(path)
        except OSError as error:
            raise CommandError(f"{path} could not be written: {error.strerror or error}.") from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(f"Wrote {sum(counts.values()):,} lines about {person.email} to {path}.")
