"""`manage.py makedemo`: a made-up team with half a year of reading, for looking around and for measuring."""

import json
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from readinglist.operations.demo import filling


def count(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number between the two, for the command line."""

    def read(text: str) -> int:
        if not text.isdecimal() or not lowest <= int(text) <= highest:
            raise ArgumentTypeError(f"must be a whole number from {lowest} to {highest}, not {text!r}")
        return int(text)

    return read


def moment(text: str) -> datetime:
    """An ISO date or time; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"must be a time like 2026-11-20T07:00+01:00, not {text!r}") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Fills this instance with a made-up team: readers, works beside those of the catalogue, posts, and half a year "
        "of reading. Feeds are not fetched afterwards. Refuses an instance that people use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--readers", type=count(1, 10_000), default=8, metavar="N", help="people (default: 8)")
        parser.add_argument(
            "--entries", type=count(0, 100_000), default=60, metavar="N", help="works beside the catalogue's (60)"
        )
        parser.add_argument("--posts", type=count(0, 10_000_000), default=3000, metavar="N", help="posts (3000)")
        parser.add_argument(
            "--seed", type=count(0, 2**63), default=1, metavar="S", help="the same seed makes the same data (1)"
        )
        parser.add_argument(
            "--now", type=moment, metavar="ISO-TIME", help="until when they read (default: the last midnight in UTC)"
        )
        parser.add_argument("--if-empty", action="store_true", help="do nothing where the demo data is already")
        parser.add_argument("--json", action="store_true", help="print the numbers of rows and seconds as JSON alone")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        now = options["now"] or timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        size = filling.Size(options["readers"], options["entries"], options["posts"])
        try:
            with tqdm(unit=" rows", disable=None, leave=False, delay=1) as bar:

                def show(what: str, rows: int) -> None:
                    bar.set_description(what, refresh=False)
                    bar.update(rows)

                rows = filling.fill(size, seed=options["seed"], now=now, progress=show)
        except filling.AlreadyMade as error:
            if options["if_empty"]:
                return
            raise CommandError(str(error)) from error
        except filling.Refused as error:
            raise CommandError(str(error)) from error
        if options["verbosity"] > 0 or options["json"]:
            self._report(rows, time.monotonic() - began, as_json=options["json"])

    def _report(self, rows: dict[str, int], seconds: float, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"rows": rows, "seconds": round(seconds, 2)}))
            return
        self.stdout.write(f"Made in {seconds:.1f} s: " + ", ".join(f"{n:,} {what}" for what, n in rows.items()) + ".")
        self.stdout.write("Feeds are not fetched here: their posts are made up.")
        if curator := filling.curator():
            self.stdout.write(f"To sign in as {curator}, a curator: manage.py signinlink {curator.email}")
