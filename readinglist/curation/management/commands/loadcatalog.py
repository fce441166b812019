"""`manage.py loadcatalog`: the starting catalogue, or a folder like it, into this instance."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from readinglist.curation import loading
from readinglist.curation.catalogue_files import SHIPPED_FOLDER, CatalogueError, read_catalogue


class Command(BaseCommand):
    help = "Loads the starting catalogue. What curators changed, added or deleted stays as they left it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", nargs="?", metavar="DIR", type=Path, default=SHIPPED_FOLDER, help="A folder of TOML files."
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="Do nothing if anything was loaded or entered here."
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would happen and change nothing.")
        parser.add_argument("--json", action="store_true", help="Print the numbers and conflicts as JSON alone.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["if_empty"] and not loading.is_untouched():
            return
        try:
            catalogue = read_catalogue(options["folder"])
        except CatalogueError as error:
            count = len(error.problems)
            raise CommandError(f"Nothing was loaded; {count} to mend:\n{error}") from error
        report = loading.load(catalogue, now=timezone.now(), dry_run=options["dry_run"])
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
            return
        if options["dry_run"]:
            self.stdout.write("Only tried, nothing was changed.")
        for sentence in report.sentences(verbose=options["verbosity"] > 1):
            self.stdout.write(sentence)
