"""The landscape: how many works and sources there are, by category and stream; and where the works come from."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from readinglist.catalog.choices import STREAM_OF_ENTRY_KIND, STREAM_OF_SOURCE_KIND, Origin
from readinglist.catalog.models import Category, Entry
from readinglist.reading import categories, landscape
from readinglist.reading.filters import NO_STREAM
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_source
from tests.fixtures.works import make_entry


def tree_of(parents: list[int | None]) -> list[Category]:
    """Category 1 and so on; each parent is one of those before."""
    return [Category(pk=pk, name=f"C{pk}", slug=f"c{pk}", parent_id=parent) for pk, parent in enumerate(parents, 1)]


PARENTS = st.lists(st.integers(0, 4), max_size=6).map(
    lambda picks: [pick % place or None if place else None for place, pick in enumerate(picks)]
)
STREAMS = [stream for stream, _label in landscape.COLUMNS]


@settings(max_examples=examples(60), deadline=None)
@given(data=st.data(), parents=PARENTS)
def test_each_figure_is_what_a_plain_loop_counts(data: st.DataObject, parents: list[int | None]) -> None:
    place = st.sampled_from([None, *range(1, len(parents) + 1)])
    works = data.draw(st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["paper", "article", "book"]), place)))
    works = [(pk * 10 + len(kind), kind, category) for pk, kind, category in works]  # one kind a work
    sources = data.draw(st.lists(st.tuples(st.integers(1, 4), st.just("blog"), place)))
    drawn = landscape.draw(tree_of(parents), works, sources)

    def is_inside(category: int | None, outer: int) -> bool:
        while category is not None and category != outer:
            category = parents[category - 1]
        return category == outer

    def count(things: Any, kinds: dict[str, str], stream: str, outer: int | None) -> int:
        return len(
            {
                pk
                for pk, kind, category in things
                if kinds.get(kind, NO_STREAM) == stream and (outer is None or is_inside(category, outer))
            }
        )

    for row in [*drawn.rows, drawn.total]:
        outer = row.category.pk if row.category else None
        for cell in row.cells:
            assert cell.works.count == count(works, STREAM_OF_ENTRY_KIND, cell.stream, outer)
            assert cell.sources.count == count(sources, STREAM_OF_SOURCE_KIND, cell.stream, outer)
    shown = {row.category.pk for row in drawn.rows if row.category}
    filled = {category for _pk, _kind, category in [*works, *sources]}
    assert shown == {
        outer for outer in range(1, len(parents) + 1) if any(is_inside(category, outer) for category in filled)
    }


def test_rows_stand_as_a_tree_is_read_and_discs_grow_with_the_figures() -> None:
    works = [(number, "paper", 2) for number in range(4)] + [(9, "paper", 1)]
    drawn = landscape.draw(tree_of([None, None, 1]), works, [(1, "venue", 3)])
    assert [(row.category.pk, row.level) for row in drawn.rows if row.category] == [(1, 0), (3, 1), (2, 0)]
    papers = {row.category.pk: row.cells[STREAMS.index("papers")].works for row in drawn.rows if row.category}
    assert float(papers[2].radius) == landscape.LARGEST
    assert float(papers[1].radius) == landscape.LARGEST / 2  # a quarter of the area
    assert papers[3].count == 0


def test_categories_in_a_circle_end_nothing() -> None:
    drawn = landscape.draw(tree_of([2, 1, None]), [(1, "paper", 1), (2, "paper", 3)], [])
    assert [row.category.pk for row in drawn.rows if row.category] == [3]
    assert drawn.total.count == 2


def test_the_sentence_says_where_most_is() -> None:
    works = [(1, "paper", 1), (2, "paper", 2), (3, "article", 2)]
    drawn = landscape.draw(tree_of([None, None]), works, [(1, "venue", 1)])
    assert drawn.sentence == "3 works and 1 source. Most works: papers. Most sources: venues. Largest category: C1."
    assert landscape.draw([], [], []).sentence == "0 works and 0 sources."


@pytest.mark.django_db
def test_each_figure_leads_to_just_so_many(reader_client: Client) -> None:
    outer = Category.objects.create(slug="training", name="Training", position=1)
    inner = Category.objects.create(slug="faults", name="Faults", parent=outer, position=2)
    for number, kind in enumerate(["paper", "paper", "article", "book", "tool"]):
        make_entry(f"Work {number}", kind=kind).categories.add(outer if number % 2 else inner)
    both = make_entry("In both")
    both.categories.add(outer, inner)
    make_entry("Old", superseded_by=both).categories.add(outer)
    make_entry("Draft", status="draft").categories.add(outer)
    make_entry("Nowhere")
    for kind in ("blog", "venue", "project"):
        make_source(kind=kind).categories.add(inner)
    page = reader_client.get("/landscape/").content.decode()
    links = re.findall(r'<a\s[^>]*?href="(/(?:entries|sources)/\?stream[^"]*)">(.*?)</a>', page, re.DOTALL)
    assert len(links) == 18
    for address, inside in links:
        figure = int(re.sub(r"<[^>]*>|[^\d]", "", re.sub(r"<svg.*?</svg>", "", inside, flags=re.DOTALL)))
        page_of_it = reader_client.get(unescape(address)).context["page"]
        assert (address, page_of_it.paginator.count) == (address, figure)


@pytest.mark.django_db
def test_an_empty_landscape_says_what_will_be_here(reader_client: Client) -> None:
    assert "Nothing to map yet" in reader_client.get("/landscape/").content.decode()


# --------------------------------------------------------------------- the mix


@given(counts=st.fixed_dictionaries({}, optional={origin: st.integers(0, 5000) for origin in [*Origin, ""]}))
def test_the_shares_of_the_mix_are_a_hundred_together(counts: dict[str, int]) -> None:
    mix = categories.mix(counts)
    known = {origin: n for origin, n in counts.items() if origin and n}
    assert {share.origin: share.count for share in mix} == known
    assert sum(share.percent for share in mix) == (100 if known else 0)
    for share in mix:
        assert abs(share.percent - share.count * 100 / sum(known.values())) < 1
    starts = [float(share.start.rstrip("%")) for share in mix]
    assert starts == sorted(starts)


@pytest.mark.django_db
def test_the_canon_shows_the_mix_as_a_picture_and_as_a_table(reader_client: Client) -> None:
    for number in range(4):
        make_entry(f"Work {number}", origin="academic" if number else "industrial")
    make_entry("Unknown")
    page = reader_client.get("/canon/").content.decode()
    assert "75 % academic, 25 % industrial" in page
    table = page[page.index("<caption") : page.index("</table>")]
    assert re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", table)).split()[-6:] == [
        *("Academic", "3", "75"),
        *("Industrial", "1", "25"),
    ]
    assert 'href="/entries/?origin=academic"' in table
    assert Entry.objects.filter(origin="academic").count() == 3
