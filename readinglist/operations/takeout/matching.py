"""Which works, lists, sources and posts of this instance the records of a document are about."""

from collections.abc import Sequence

from django.db import connection

from readinglist.catalog import identifiers
from readinglist.catalog.models import Entry, Identifier, ReadingList, Source
from readinglist.operations.takeout.checks import Record

# By feed and guid, as it came; else the post that is known by the same key, from whatever feed it came first.
_POSTS = """
    SELECT COALESCE(
        (SELECT post.id FROM catalog_feed feed JOIN catalog_post post ON post.feed_id = feed.id
         JOIN catalog_source source ON source.id = feed.source_id
         WHERE feed.url = given.feed AND post.guid_hash = given.guid_hash AND source.status <> 'draft'),
        (SELECT post.id FROM catalog_post post JOIN catalog_feed feed ON feed.id = post.feed_id
         JOIN catalog_source source ON source.id = feed.source_id
         WHERE post.key = given.key AND post.lead_id IS NULL AND source.status <> 'draft')
    )
    FROM unnest(%(feeds)s::text[], %(guids)s::text[], %(keys)s::text[])
        WITH ORDINALITY AS given (feed, guid_hash, key, number)
    ORDER BY given.number
"""


class Catalogue:
    """What readers of this instance may see, by all that a record may know it by. Drafts are not among it."""

    def __init__(self) -> None:
        visible = Entry.objects.visible()
        self._entries = dict(visible.values_list("slug", "pk"))
        keys = Identifier.objects.filter(entry__in=visible).values_list("key", "entry")
        self._entry_of_key = dict(keys)
        self._known = set(self._entry_of_key.values())
        self._lists = dict(ReadingList.objects.values_list("slug", "pk"))
        sources = list(Source.objects.visible().order_by("-pk").values_list("pk", "slug", "url"))
        self._sources = {slug: pk for pk, slug, _url in sources}
        self._source_of_site = {_site(url): pk for pk, _slug, url in sources if url}

    def entry(self, record: Record) -> int | None:
        """By its identifiers, else by its slug, unless its identifiers say that this is another work."""
        keys = record["work_identifiers"]
        for key in keys:
            if key in self._entry_of_key:
                return self._entry_of_key[key]
        namesake = self._entries.get(record["work"])
        return None if keys and namesake in self._known else namesake

    def source(self, record: Record) -> int | None:
        """By its slug, else by its address."""
        named = self._sources.get(record["source"])
        url = record["source_url"]
        return self._source_of_site.get(_site(url)) if named is None and url else named

    def reading_list(self, record: Record) -> int | None:
        return self._lists.get(record["list"])

    def posts(self, given: Sequence[Record]) -> list[int | None]:
        """The post that each record is about, in one statement."""
        columns = {
            "feeds": [record["feed"] for record in given],
            "guids": [record["guid_hash"] for record in given],
            "keys": [record["key"] for record in given],
        }
        with connection.cursor() as cursor:
            cursor.execute(_POSTS, columns)
            return [pk for (pk,) in cursor.fetchall()]


def _site(url: str) -> str:
    return identifiers.normal_url(url) or url
