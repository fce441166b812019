"""A list of feeds into the catalogue: what is not here yet becomes a live source of kind blog."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max
from simple_history.utils import bulk_create_with_history

from readinglist.catalog import identifiers, tree
from readinglist.catalog.admin.base import free_slug
from readinglist.catalog.choices import SourceKind
from readinglist.catalog.models import Category, Feed, Source
from readinglist.curation import history
from readinglist.curation.opml import Outline

CHANGE_REASON = "OPML import"
IMPORTED = "Imported"
IMPORTED_SLUG = "imported"


@dataclass
class Report:
    """What an import did: the new sources with their categories, and how many feeds went where."""

    sources: list[str] = field(default_factory=list)
    feeds: int = 0
    joined: int = 0
    kept: int = 0
    is_category_new: bool = False

    def sentences(self, *, verbose: bool = False) -> Iterator[str]:
        if self.feeds:
            yield f"{_counted(self.feeds, 'feed')} and {_counted(len(self.sources), 'source')} added."
        else:
            yield "Nothing was new."
        if self.joined:
            yield f"{_counted(self.joined, 'feed')} went to sources that were here already."
        if self.kept:
            yield f"{_counted(self.kept, 'feed')} of the list {'was' if self.kept == 1 else 'were'} here already."
        if self.is_category_new:
            yield f"The category “{IMPORTED}” is new; in it is what was in no folder that is called as a category."
        if verbose:
            yield from (f"  {name}" for name in self.sources)


@transaction.atomic
def import_outlines(outlines: Sequence[Outline], *, dry_run: bool = False) -> Report:
    """Brings a list in, all or nothing; one import at a time.

    A feed that is here stays as it is. One of a site that a live source has goes to that source, whose categories stay
    as a curator left them.
    """
    tree.lock()
    desk = _Desk()
    for outline in outlines:
        desk.take(outline)
    desk.write()
    if dry_run:
        transaction.set_rollback(True)
    return desk.report


class _Desk:
    """What is here, and what of the list is new beside it."""

    def __init__(self) -> None:
        self.report = Report()
        self.feeds_here = {_compared(url) for url in Feed.objects.values_list("url", flat=True)}
        live = Source.objects.live().exclude(url=None).order_by("-pk")
        self.source_of_site = {_compared(source.url or ""): source for source in live}
        in_order = list(tree.in_order(Category.objects.all()))
        self.category_called = {category.name.casefold(): category for category in reversed(in_order)}
        self.imported = next((category for category in in_order if category.slug == IMPORTED_SLUG), None)
        self.feeds: dict[str, Feed] = {}  # the new ones, by their address as it is compared
        self.categories: dict[Source, dict[Category, None]] = {}  # of the new sources, in the list's order

    def take(self, outline: Outline) -> None:
        compared = _compared(outline.feed_url)
        if compared in self.feeds_here:
            self.report.kept += 1
            return
        if compared not in self.feeds:
            source = self._source(outline)
            self.feeds[compared] = Feed(source=source, url=outline.feed_url)
            self.report.joined += source not in self.categories
        source = self.feeds[compared].source
        if source in self.categories:  # a feed may be in several folders
            self.categories[source].setdefault(self._category(outline.folders))

    def write(self) -> None:
        through = Source.categories.through
        links = [
            through(source_id=source.pk, category_id=category.pk)
            for source, categories in self.categories.items()
            for category in categories
        ]
        through._default_manager.bulk_create(links)
        history.record(list(self.categories), is_new=True, reason=CHANGE_REASON)
        bulk_create_with_history(list(self.feeds.values()), Feed, default_change_reason=CHANGE_REASON)
        self.report.feeds = len(self.feeds)
        for source, categories in self.categories.items():
            self.report.sources.append(f"{source.name} in {', '.join(category.name for category in categories)}")

    def _source(self, outline: Outline) -> Source:
        """The source with the feed's site, else a new one."""
        site = _compared(outline.url) if outline.url else None
        if site in self.source_of_site:
            return self.source_of_site[site]
        slug = free_slug(Source.objects.all(), outline.name, fallback="source")
        source = Source(slug=slug, name=outline.name, kind=SourceKind.BLOG, url=outline.url)
        Source.objects.bulk_create([source])  # its history is written when its categories are known
        self.categories[source] = {}
        if site:
            self.source_of_site[site] = source
        return source

    def _category(self, folders: Sequence[str]) -> Category:
        """The category that the innermost folder with a known name is called as; else the one for what is imported."""
        for folder in reversed(folders):
            if category := self.category_called.get(folder.casefold()):
                return category
        if self.imported is None:
            last = Category.objects.aggregate(last=Max("position"))["last"] or 0
            self.imported = Category(slug=IMPORTED_SLUG, name=IMPORTED, position=last + 1)
            Category.objects.bulk_create([self.imported])
            history.record([self.imported], is_new=True, reason=CHANGE_REASON)
            self.report.is_category_new = True
        return self.imported


def _compared(address: str) -> str:
    """An address as it is compared: not by its scheme, `www.` or the slash at its end."""
    return identifiers.normal_url(address) or address


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
