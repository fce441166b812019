"""Filters that live in the address, and sorting."""

import pytest
from django.test import Client

from accounts.models import User
from readinglist.catalog.models import Category, Entry, Identifier
from readinglist.reading.models import ReadState
from tests.fixtures.works import make_entry


@pytest.fixture
def works(db: None) -> dict[str, Entry]:
    flash = make_entry(
        "FlashAttention: Fast and Memory-Efficient Exact Attention",
        authors=["Tri Dao", "Christopher Ré"],
        year=2022,
        origin="academic",
        minutes=75,
        description="Tiles the computation so that the large matrix never leaves the chip.",
    )
    Identifier.objects.create(entry=flash, key="arxiv:2205.14135")
    book = make_entry("Deep Learning", kind="book", authors=["Ian Goodfellow"], year=2016, access="paid")
    article = make_entry("Making training go brrr", kind="article", year=2022, origin="community")
    report = make_entry("Gemma report", kind="report", origin="industrial", depth="skim", minutes=None)
    make_entry("A secret draft", status="draft")
    return {"flash": flash, "book": book, "article": article, "report": report}


def titles(client: Client, query: str) -> list[str]:
    return [line.entry.title for line in client.get(f"/entries/?{query}").context["lines"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("kind=book", ["book"]),
        ("stream=papers", ["flash", "report"]),
        ("stream=blogs", ["article"]),
        ("year=2022", ["flash", "article"]),
        ("origin=industrial", ["report"]),
        ("access=paid", ["book"]),
        ("depth=skim", ["report"]),
        ("q=matrix", ["flash"]),
        ("q=dao", ["flash"]),
        ("q=goodfellow&kind=paper", []),
        ("year=2022&origin=community", ["article"]),
    ],
)
def test_filters_narrow_the_works(reader_client: Client, works: dict[str, Entry], query: str, names: list[str]) -> None:
    assert sorted(titles(reader_client, query)) == sorted(works[name].title for name in names)


def test_a_category_holds_what_stands_further_inside(reader_client: Client, works: dict[str, Entry]) -> None:
    top = Category.objects.create(slug="top", name="Top")
    inner = Category.objects.create(slug="inner", name="Inner", parent=top)
    innermost = Category.objects.create(slug="innermost", name="Innermost", parent=inner)
    works["flash"].categories.add(innermost, top)
    works["book"].categories.add(inner)
    assert sorted(titles(reader_client, "category=top")) == sorted([works["flash"].title, works["book"].title])
    assert titles(reader_client, "category=innermost") == [works["flash"].title]


def test_stages_filter_by_ones_own_state(reader: User, reader_client: Client, works: dict[str, Entry]) -> None:
    ReadState.objects.create(user=reader, entry=works["book"], stage="queued")
    assert titles(reader_client, "stage=queued") == [works["book"].title]
    assert works["book"].title not in titles(reader_client, "stage=unread")
    assert len(titles(reader_client, "stage=unread")) == 3


def test_works_are_sorted_as_the_address_says(reader_client: Client, works: dict[str, Entry]) -> None:
    assert titles(reader_client, "order=-year")[-1] == works["report"].title  # without a year
    assert titles(reader_client, "order=year")[0] == works["book"].title
    assert titles(reader_client, "order=minutes") == [
        works[name].title for name in ("article", "flash", "report", "book")
    ]  # 20, 75, and as usual 90 and 900


@pytest.mark.parametrize(
    "query", ["kind=poem", "year=yesterday", "category=nowhere", "stage=%00", "order=;drop", "page=x"]
)
def test_a_wrong_address_is_no_error(reader_client: Client, works: dict[str, Entry], query: str) -> None:
    assert reader_client.get(f"/entries/?{query}").status_code == 200


def test_every_choice_says_how_many_works_it_would_leave(
    reader: User, reader_client: Client, works: dict[str, Entry]
) -> None:
    """Each count against the page that choosing it leads to, with and without other filters set."""
    ReadState.objects.create(user=reader, entry=works["book"], stage="queued")
    for others in ({}, {"year": "2022"}, {"origin": "academic", "stage": "unread"}, {"q": "attention"}):
        form = reader_client.get("/entries/", others).context["filter"].form
        for name in ("kind", "stream", "year", "origin", "access", "depth", "stage"):
            for value, label in form.fields[name].choices:
                if value:
                    page = reader_client.get("/entries/", others | {name: value}).context["page"]
                    assert label.endswith(f"({page.paginator.count})"), f"{others} {name}={value}: {label}"
