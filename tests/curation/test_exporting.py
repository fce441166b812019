"""The catalogue going out: one object a line, in a fixed order."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readinglist.catalog.models import Category, Entry, Feed, Identifier, Source
from readinglist.curation.exporting import export_rows
from tests.curation.conftest import Edition

pytestmark = pytest.mark.django_db
QUERIES = 10


def test_a_row_holds_what_others_need_to_find_the_work(edition: Edition) -> None:
    edition.load()
    rows = {(row["type"], row["id"]): row for row in export_rows()}
    assert rows["entry", "opticks"] == {
        "type": "entry",
        "id": "opticks",
        "title": "Opticks",
        "url": "https://example.org/opticks",
        "arxiv": None,
        "doi": "10.5555/opticks",
        "feeds": ["https://transactions.example.org/feed.xml"],
        "lists": ["classics"],
        "categories": ["light", "lenses"],
    }
    assert rows["entry", "principia"]["arxiv"] == "1687.01234"
    assert rows["entry", "lost-book"]["lists"] == []
    assert rows["source", "transactions"]["feeds"] == ["https://transactions.example.org/feed.xml"]
    assert rows["contribution", "write-a-letter"]["title"] == "Write a letter"
    assert {tuple(row) for row in rows.values()} == {tuple(rows["entry", "opticks"])}


def test_the_order_is_fixed(edition: Edition) -> None:
    edition.load()
    names = [(row["type"], row["id"]) for row in export_rows()]
    kinds = ["entry", "source", "contribution"]
    assert names == sorted(names, key=lambda name: (kinds.index(name[0]), name[1]))


def test_the_number_of_queries_does_not_grow(edition: Edition) -> None:
    edition.load()
    with CaptureQueriesContext(
        connection,
    ) as few:
        list(export_rows())
    for number in range(30):
        source = Source.objects.create(slug=f"source-{number}", name="S", kind="blog")
        Feed.objects.create(source=source, url=f"https://example.org/{number}.xml")
        entry = Entry.objects.create(slug=f"entry-{number}", title="E", kind="paper", source=source)
        entry.categories.add(Category.objects.get(slug="light"))
        Identifier.objects.create(entry=entry, key=f"doi:10.5555/{number}")
    with CaptureQueriesContext(connection) as many:
        list(export_rows())
    assert len(few) == len(many) <= QUERIES
