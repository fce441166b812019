"""The catalogue going out: one plain dictionary a row, in a fixed order."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Prefetch, QuerySet

from readinglist.catalog.models import Entry, Source, StepEntry
from readinglist.week.models import ContributionPath

Row = dict[str, Any]


def export_rows() -> Iterator[Row]:
    """Entries, sources and contributions by slug, drafts included, in a number of queries that does not grow."""
    yield from map(_entry_row, _entries())
    yield from map(_source_row, Source.objects.prefetch_related("feeds", "categories").order_by("slug"))
    for path in ContributionPath.objects.order_by("slug"):
        yield _row("contribution", path.slug, path.title, path.url)


def _entries() -> Iterable[Entry]:
    entries: QuerySet[Entry] = Entry.objects.all()
    standing = StepEntry.objects.select_related("list").order_by("list__position", "list__slug")
    return (
        entries.select_related("source")
        .prefetch_related("identifiers", "categories", "source__feeds", Prefetch("step_entries", queryset=standing))
        .order_by("slug")
    )


def _entry_row(entry: Entry) -> Row:
    keys = [identifier.key for identifier in entry.identifiers.all()]
    return _row(
        "entry",
        entry.slug,
        entry.title,
        entry.url,
        arxiv=_first(keys, "arxiv:"),
        doi=_first(keys, "doi:"),
        feeds=_feed_urls(entry.source) if entry.source else [],
        lists=[place.list.slug for place in entry.step_entries.all()],
        categories=[category.slug for category in entry.categories.all()],
    )


def _source_row(source: Source) -> Row:
    categories = [category.slug for category in source.categories.all()]
    return _row("source", source.slug, source.name, source.url, feeds=_feed_urls(source), categories=categories)


def _row(
    kind: str,
    slug: str,
    title: str,
    url: str | None,
    *,
    arxiv: str | None = None,
    doi: str | None = None,
    feeds: Iterable[str] = (),
    lists: Iterable[str] = (),
    categories: Iterable[str] = (),
) -> Row:
    return {
        "type": kind,
        "id": slug,
        "title": title,
        "url": url,
        "arxiv": arxiv,
        "doi": doi,
        "feeds": list(feeds),
        "lists": list(lists),
        "categories": list(categories),
    }


def _feed_urls(source: Source) -> list[str]:
    return [feed.url for feed in source.feeds.all()]


def _first(keys: list[str], prefix: str) -> str | None:
    return next((key.removeprefix(prefix) for key in keys if key.startswith(prefix)), None)
