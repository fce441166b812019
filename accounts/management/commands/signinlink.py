"""Prints a link that signs in once."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import links


class Command(BaseCommand):
    help = (
        "Prints a one-time link: to the first admin's form while nobody can sign in, "
        "and then one that signs in the person named, or the only admin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", metavar="EMAIL", help="the person to sign in")
        parser.add_argument(
            "--first-run", action="store_true", help="print a link only while nobody can sign in, else nothing"
        )
        parser.add_argument("--json", action="store_true", help="print url, email and expires_at as JSON")

    def handle(self, *args: Any, email: str | None, first_run: bool, json: bool, **options: Any) -> None:
        if email and first_run:
            raise CommandError("--first-run is for the first admin: leave the address out.")
        now = timezone.now()
        try:
            if email:
                link = links.make_link_for(email, now=now)
            elif first_run:
                first = links.make_first_link(now=now)
                if first is None:
                    return
                link = first
            else:
                link = links.make_obvious_link(now=now)
        except links.NoLink as error:
            raise CommandError(str(error)) from error
        self._print(link, as_json=json)

    def _print(self, link: links.Link, *, as_json: bool) -> None:
        if as_json:
            email = link.user.email if link.user else None
            facts = {"url": link.url, "email": email, "expires_at": link.expires_at.isoformat()}
            self.stdout.write(json.dumps(facts))
            return
        whom = f"signs in {link.user.email}" if link.user else "lets the first admin in"
        until = f"{timezone.localtime(link.expires_at):%Y-%m-%d %H:%M %Z}"
        self.stderr.write(f"This link {whom}, once, until {until}:", self.style.SUCCESS)
        self.stdout.write(link.url)
