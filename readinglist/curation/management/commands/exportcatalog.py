"""`manage.py exportcatalog`: the catalogue as one JSON object a line."""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readinglist.curation.exporting import export_rows


class Command(BaseCommand):
    help = "Prints every entry, source and contribution, drafts included, as one JSON object a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--output", type=Path, metavar="FILE", help="Write to this file instead.")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = (json.dumps(row, ensure_ascii=False) for row in export_rows())
        if options["output"] is None:
            self._print(lines)
            return
        try:
            with options["output"].open("w", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}.") from error

    def _print(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                self.stdout.write(line)
            self.stdout.flush()
        except BrokenPipeError:  # `| head` has seen enough; nor shall the interpreter complain when it closes the pipe
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(f"The catalogue cannot be written: {error.strerror}.") from error
