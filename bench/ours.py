"""The feed engine of this project, called as its worker calls it; a program (`programs.answer`)."""

# ruff: noqa: E402 - models can be imported after Django has been set up
import gc
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

import django

from bench.programs import answer

django.setup()

from django.core.management import call_command
from django.db import connection

from feeds import claiming, update
from readinglist.catalog.choices import SourceKind
from readinglist.catalog.models import Feed, Source

NOW = datetime(2026, 11, 2, tzinfo=UTC)  # the day after the newest post of the corpus


def prepare(urls: Sequence[str]) -> dict[str, Any]:
    """An instance that follows the feeds and has not visited any."""
    call_command("migrate", interactive=False, verbosity=0)
    sources = [Source(slug=f"feed-{n}", name=f"Feed {n}", kind=SourceKind.BLOG) for n, _url in enumerate(urls)]
    sources = Source.objects.bulk_create(sources)
    Feed.objects.bulk_create(Feed(source=source, url=url) for source, url in zip(sources, urls, strict=True))
    feeds = list(Feed.objects.order_by("pk").values_list("pk", flat=True))
    connection.close()
    return {"feeds": feeds}


def visit(database: str, hours: int, only: Sequence[int] | None = None) -> dict[str, Any]:
    """One poll, from claim to stamp, of feeds that are all due, so many hours after the first."""
    connection.close()
    connection.settings_dict["NAME"] = database
    now = NOW + timedelta(hours=hours)
    claiming.make_due(Feed.objects.all(), now=now)
    connection.close()  # a task has a new connection
    connection.ensure_connection()
    gc.collect()
    started = perf_counter()
    summary = update.visit(now=now, only=only)
    seconds = perf_counter() - started
    connection.close()
    return asdict(summary) | {"seconds": seconds}


if __name__ == "__main__":
    answer({"prepare": prepare, "visit": visit})
