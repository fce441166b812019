"""Prints a link that signs in once."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import factors, links
from accounts.models import User


class Command(BaseCommand):
    help = (
        "Prints a one-time link: to the first admin's form while there is no admin, "
        "and then one that signs in the person named, or the only admin. "
        "It stands for the password: who has a second factor is asked for it all the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", metavar="EMAIL", help="the person to sign in")
        parser.add_argument(
            "--first-run", action="store_true", help="print a link only while there is no admin, else nothing"
        )
        parser.add_argument(
            "--without-second-factor",
            action="store_true",
            help="take the second factor of the person named away first, for good: where it is lost",
        )
        parser.add_argument("--json", action="store_true", help="print url, email and expires_at as JSON")

    def handle(
        self,
        *args: Any,
        email: str | None,
        first_run: bool,
        json: bool,
        without_second_factor: bool,
        **options: Any,
    ) -> None:
        if email and first_run:
            raise CommandError("--first-run is for the first admin: leave the address out.")
        if without_second_factor and not email:
            raise CommandError("--without-second-factor wants to know whose: manage.py signinlink EMAIL")
        now = timezone.now()
        try:
            if email:
                link = links.make_link_for(email, now=now)
                if without_second_factor and link.user:
                    self._take_away(link.user, now=now)
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

    def _take_away(self, user: User, *, now: datetime) -> None:
        gone = factors.take_away(user, actor=None, now=now)
        self.stderr.write(f"{user.email} has no second factor {'any more' if gone else 'to take away'}.")

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
