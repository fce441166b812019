"""`manage.py importopml`: the feeds of another reader's list into this instance."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from readinglist.curation import opml, opml_import

MAX_PROBLEMS = 20


class Command(BaseCommand):
    help = "Imports a list of feeds (OPML). Each new feed becomes a live blog in the category that its folder names."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, help="An OPML file, as feed readers export it.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and change nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                outlines = opml.read_opml(file.read(opml.MAX_BYTES + 1))
            report = opml_import.import_outlines(outlines, dry_run=options["dry_run"])
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        except opml.OpmlError as error:
            raise CommandError(self._told(error)) from error
        except IntegrityError as error:
            raise CommandError(
                "Somebody added one of these feeds just now. Nothing was imported; try again."
            ) from error
        if options["dry_run"]:
            self.stdout.write("Only tried, nothing was changed.")
        for sentence in report.sentences(verbose=options["verbosity"] > 1 or options["dry_run"]):
            self.stdout.write(sentence)

    def _told(self, error: opml.OpmlError) -> str:
        told = [f"Nothing was imported; {len(error.problems)} to mend:", *error.problems[:MAX_PROBLEMS]]
        if len(error.problems) > MAX_PROBLEMS:
            told.append(f"… and {len(error.problems) - MAX_PROBLEMS} more.")
        return "\n".join(told)
