"""Filters that live in the address, sorting, and search."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Category, Entry, Identifier, Source
from readinglist.reading import search
from readinglist.reading.models import ReadState
from tests.fixtures.effort import examples
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


def found(client: Client, words: str) -> list[str]:
    return [line.entry.title for line in client.get("/search/", {"q": words}).context["lines"]]


@pytest.mark.parametrize(
    "words",
    [
        "attention",
        "flash",  # the beginning of a word
        "FLASHATTENTION",
        "Ré",
        "re chip",  # without its accent
        '"exact attention"',
        "attention -goodfellow",
        "2205.14135",
        "https://arxiv.org/pdf/2205.14135v2",
        "flashatention",  # a typo
    ],
)
def test_search_finds_by_words_names_identifiers_and_near_misses(
    reader_client: Client, works: dict[str, Entry], words: str
) -> None:
    assert found(reader_client, words)[0] == works["flash"].title


def test_search_leaves_out_what_is_asked_to_be_left_out(reader_client: Client, works: dict[str, Entry]) -> None:
    assert found(reader_client, "attention -dao") == []
    assert found(reader_client, '"attention exact"') == []


def test_a_hit_in_the_title_comes_before_one_in_the_text(reader_client: Client, works: dict[str, Entry]) -> None:
    make_entry("Something else", description="About brrr, brrr and brrr.")
    assert found(reader_client, "brrr")[0] == works["article"].title


def test_search_finds_sources_too(reader_client: Client, works: dict[str, Entry]) -> None:
    Source.objects.create(slug="i", name="Interconnects", kind="newsletter", description="Post-training every week.")
    for words in ("interconnects", "interc", "weeks"):
        assert [source.name for source in reader_client.get(f"/search/?q={words}").context["sources"]] == [
            "Interconnects"
        ]


def test_where_a_source_has_the_words_no_work_is_guessed(reader_client: Client, works: dict[str, Entry]) -> None:
    Source.objects.create(slug="f", name="Flash Attentive", kind="blog")
    page = reader_client.get("/search/?q=attentive").content.decode()
    assert "Flash Attentive" in page
    assert "Nothing has these words" not in page


def test_drafts_are_never_found(reader_client: Client, works: dict[str, Entry]) -> None:
    assert found(reader_client, "secret") == []


def test_nothing_found_says_what_to_do(reader_client: Client, works: dict[str, Entry]) -> None:
    assert "Try fewer or shorter words" in reader_client.get("/search/?q=zzzzqqqq").content.decode()


@settings(max_examples=examples(50), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=60), st.text(alphabet="ab'\":*&|!()<>-\\ \x00", max_size=30)))
def test_no_words_break_the_search(db: None, words: str) -> None:
    text = search.clean(words)
    list(search.best_first(search.entries_with(Entry.objects.live(), text), text))
    list(search.entries_near(Entry.objects.live(), text))
    list(search.sources_with(Source.objects.live(), text))


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
