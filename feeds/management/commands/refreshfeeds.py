"""`manage.py refreshfeeds`: visits feeds by hand."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet
from django.utils import timezone
from tqdm import tqdm

from feeds import claiming, update
from feeds.update import Progress, Summary
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Feed, Source


class Command(BaseCommand):
    help = "Visits the feeds that are due, and says what came. A feed that fails does not make the command fail."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            "--all", action="store_true", help="Every feed of a live source that is not stopped, due or not."
        )
        which.add_argument("--source", metavar="SLUG", help="The feeds of this source, whether they are due or not.")
        parser.add_argument("--json", action="store_true", help="Print the numbers as JSON alone.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        only = None
        if options["all"]:
            # What was stopped is started again one by one, by who looked at it.
            claiming.make_due(Feed.objects.filter(state__stopped_at=None), now=now)
        elif options["source"] is not None:
            feeds = _feeds_of(options["source"])
            claiming.make_due(feeds, now=now)
            only = list(feeds.values_list("pk", flat=True))
        failures: list[str] = []
        with tqdm(desc="Feeds", unit="", file=sys.stderr, disable=not sys.stderr.isatty(), leave=False) as bar:

            def show(progress: Progress) -> None:
                bar.total = progress.claimed
                bar.update(len(progress.visits))
                failures.extend(f"{v.claim.url}: {v.error}" for v in progress.visits if not v.is_success)

            summary = update.visit(now=now, only=only, on_progress=show)
        if options["json"]:
            self.stdout.write(json.dumps(asdict(summary)))
            return
        self.stdout.write(_sentence(summary, is_asked=only is not None))
        for failure in failures:
            self.stdout.write(f"  {failure}")


def _feeds_of(slug: str) -> QuerySet[Feed]:
    source = Source.objects.filter(slug=slug).first()
    if source is None:
        near = get_close_matches(slug, Source.objects.values_list("slug", flat=True), n=3)
        hint = f" Near it are: {', '.join(near)}." if near else ""
        raise CommandError(f"There is no source “{slug}”.{hint}")
    if source.status != Status.LIVE:
        raise CommandError(f"“{source.name}” is {source.get_status_display().lower()}: its feeds are not fetched.")
    if not source.feeds.exists():
        raise CommandError(f"“{source.name}” has no feed.")
    return source.feeds.all()


def _sentence(summary: Summary, *, is_asked: bool) -> str:
    if not summary.feeds and is_asked:
        return "No feed was visited: a worker has them in hand, or their hosts asked to be left alone."
    if not summary.feeds:
        return "No feed was visited: none is due."
    return (
        f"{summary.feeds} feeds in {summary.seconds:.1f} s: {summary.fetched} fetched, {summary.unchanged} unchanged,"
        f" {summary.failed} failed; {summary.new_posts} new posts."
    )
