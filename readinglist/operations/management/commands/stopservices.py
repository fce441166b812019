"""`manage.py stopservices`: stop the embedded PostgreSQL and Redis."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from readinglist import embedded


class Command(BaseCommand):
    help = (
        "Stops the embedded PostgreSQL and Redis of this home, if they run; their data stays. "
        "Servers named by DATABASE_URL and REDIS_URL are left alone."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help='print {"stopped": [names]} and nothing else')

    def handle(self, *args: Any, **options: Any) -> None:
        if port := embedded.running_port():
            raise CommandError(f"`make run` serves port {port} with them; end it with Ctrl-C in its terminal.")
        try:
            stopped = embedded.stop()
        except embedded.EmbeddedError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"stopped": stopped}))
        elif stopped:
            self.stdout.write(f"Stopped {' and '.join(embedded.TITLES[name] for name in stopped)}.")
        else:
            self.stdout.write("Nothing was running.")
