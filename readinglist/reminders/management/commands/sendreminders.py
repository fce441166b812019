"""`manage.py sendreminders`: the weekly mails that are due, by hand."""

import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from readinglist.reminders import claims, due, sending

YEARS = range(2000, 2100)


def read_moment(text: str) -> datetime:
    """An ISO 8601 time; without an offset, by the instance's clock."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"{text!r} is no time. Write one like 2026-11-16T07:00 or 2026-11-16T07:00+01:00.") from None
    if moment.year not in YEARS:
        raise CommandError(f"{text!r} is not between {YEARS.start} and {YEARS.stop}.")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


class Command(BaseCommand):
    help = (
        "Sends the weekly mails that are due and were not sent; the worker does the same every five minutes. "
        "Asked again, it sends none twice. What has failed is tried again at once."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", metavar="ISO-TIME", help="as if it were this time")
        parser.add_argument("--dry-run", action="store_true", help="say who would get it and send nothing")
        parser.add_argument("--json", action="store_true", help="print due, sent, skipped and failed as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        now = read_moment(options["now"]) if options["now"] is not None else timezone.now()
        if options["dry_run"]:
            mails, skipped = claims.waiting(now=now, at_once=True)
            tally = sending.Tally(due=len(mails), sent=0, skipped=skipped)
        else:
            mails, tally = [], sending.send_due(now=now, at_once=True)
        if options["json"]:
            self.stdout.write(json.dumps(tally.as_json()))
        elif options["dry_run"]:
            self._list(mails, tally)
        else:
            self._report(tally)

    def _list(self, mails: list[claims.Waiting], tally: sending.Tally) -> None:
        for mail in mails:
            since = due.moment_of(mail.user, mail.week).astimezone(mail.user.tzinfo)
            self.stdout.write(f"{mail.user.email}: week {mail.week:%G-W%V}, due since {since:%Y-%m-%d %H:%M %Z}")
        self.stdout.write(f"Only looked: {tally.due} would be sent, {tally.skipped} skipped.")

    def _report(self, tally: sending.Tally) -> None:
        for trouble in tally.troubles:
            self.stderr.write(f"{trouble.email}: {trouble.state}. {trouble.reason}")
        self.stdout.write(f"{tally.due} due: {tally.sent} sent, {tally.failed} failed. {tally.skipped} skipped.")
