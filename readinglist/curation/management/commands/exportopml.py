"""`manage.py exportopml`: the feeds of this instance as a list that every feed reader takes."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from readinglist.curation import opml

TITLE = "Readinglist"


class Command(BaseCommand):
    help = "Writes the feeds of all live sources as OPML, in folders by category."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path, nargs="?", help="Write to this file, not to the screen.")

    def handle(self, *args: Any, **options: Any) -> None:
        text = opml.write_opml(title=TITLE, now=timezone.now())
        if options["file"] is None:
            self.stdout.write(text, ending="")
            return
        try:
            options["file"].write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be written: {error.strerror}.") from error
