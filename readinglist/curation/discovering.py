"""Feeds that were found into the catalogue: one at a time, to a source that is here or to a new one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q
from simple_history.utils import bulk_create_with_history

from feeds import guesses
from readinglist.catalog import identifiers, tree
from readinglist.catalog.admin.base import free_slug
from readinglist.catalog.models import Feed, Source

CHANGE_REASON = "Feed found by its page"


@dataclass(frozen=True, slots=True)
class Added:
    """The feed, and whether it and its source were not here before."""

    feed: Feed
    is_new: bool
    is_source_new: bool = False


def feeds_here(urls: Iterable[str]) -> dict[str, Feed]:
    """Of those addresses the ones that are feeds of the catalogue already, with their sources; in one query."""
    compared = {url: _compared(url) for url in urls}
    hosts = {urlsplit(url).netloc.removeprefix("www.") for url in compared.values()}
    if not hosts:
        return {}
    of_hosts = Q(*(("url__icontains", host) for host in hosts), _connector=Q.OR)
    here = {_compared(feed.url): feed for feed in Feed.objects.filter(of_hosts).select_related("source")}
    return {url: here[its] for url, its in compared.items() if its in here}


def source_of(sources: Sequence[Source], addresses: Iterable[str]) -> Source | None:
    """The first of the sources that has one of those addresses' site."""
    sites = {guesses.site_of(address) for address in addresses if address}
    return next((source for source in sources if source.url and guesses.site_of(source.url) in sites), None)


@transaction.atomic
def add(url: str, *, source: Source) -> Added:
    """Adds a feed to `source`, which is saved first where it is new; one at a time, so that none is added twice."""
    tree.lock()
    if here := feeds_here([url]):
        return Added(here[url], is_new=False)
    is_source_new = source.pk is None
    if is_source_new:
        source.slug = free_slug(Source.objects.all(), source.name, fallback="source")
        bulk_create_with_history([source], Source, default_change_reason=CHANGE_REASON)
    feed = Feed(source=source, url=url)
    bulk_create_with_history([feed], Feed, default_change_reason=CHANGE_REASON)
    return Added(feed, is_new=True, is_source_new=is_source_new)


def _compared(address: str) -> str:
    """An address as it is compared: not by its scheme, `www.` or the slash at its end."""
    return identifiers.normal_url(address) or address
