"""The page of a work: what stands on it, for whom, in how many queries."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog import supersession
from readinglist.catalog.links import doors_of
from readinglist.catalog.models import Category, Entry, EntryLink, Identifier, ReadingList, Source
from readinglist.reading import related, stages, timing, works
from readinglist.reading.models import Note
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry, make_list

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def zero(canon: ReadingList) -> Entry:
    """A work of the canon with some of everything."""
    work = Entry.objects.get(short_title="Paper 5")
    training, systems = (Category.objects.create(slug=name, name=name.title()) for name in ("training", "systems"))
    Entry.objects.filter(pk=work.pk).update(
        title="ZeRO: Memory Footprints",
        short_title="ZeRO",
        authors=["Samyam Rajbhandari", "Yuxiong He"],
        year=2019,
        venue="SC 2020",
    )
    work.categories.add(training, systems)
    Identifier.objects.create(entry=work, key="arxiv:1910.02054")
    EntryLink.objects.create(entry=work, kind="code", url="https://code.example/zero")
    return Entry.objects.get(pk=work.pk)


def page(client: Client, entry: Entry, query: str = "") -> str:
    response = client.get(entry.get_absolute_url() + query)
    assert response.status_code == 200
    return str(response.content.decode())


def kin(work: Entry, user: User) -> related.Kin:
    row = works.for_page(user).get(pk=work.pk)
    return related.kin_of(row, works.details(row).categories, user)


# ------------------------------------------------------------------- queries


@pytest.mark.parametrize("who", ["reader", "curator"])
def test_a_page_with_everything_asks_at_most_twelve_queries(
    request: pytest.FixtureRequest, who: str, zero: Entry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user: User = request.getfixturevalue(who)
    client: Client = request.getfixturevalue(f"{who}_client")
    make_list("other", [[make_entry()] for _ in range(8)] + [[zero]])
    whole = make_entry("The whole")
    Entry.objects.filter(pk=zero.pk).update(part_of=whole, source=make_source())
    for number in range(3):
        make_entry(f"Part {number}", part_of=zero)
        make_entry(f"Memory for sharding {number}", authors=["Yuxiong He"])
        old = make_entry(f"Old {number}", superseded_by=zero)
        teammate = make_person(f"t{number}@example.org", f"Teammate {number}")
        stages.finish(old, user=user, now=NOW)
        stages.start(zero, user=teammate, now=NOW)
        Note.objects.create(author=teammate, entry=zero, text="x", is_shared=True, created_at=NOW, updated_at=NOW)
        make_post(key="arxiv:1910.02054")
    stages.set_percent(zero, 40, user=user, now=NOW)
    stages.note_minutes(zero, 20, user=user, now=NOW)
    timing.start(make_entry(), user=user, now=NOW)
    page(client, zero)  # renders the notes, once for all
    with django_assert_max_num_queries(12):
        shown = page(client, zero)
    for part in ("Belongs to it", "Who reads it", "Posts about it", "Read beside it", "Supersedes", "Part of"):
        assert part in shown


def test_a_superseded_work_asks_at_most_twelve_queries(
    reader_client: Client, reader: User, zero: Entry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_post(key="arxiv:1910.02054")
    stages.finish(zero, user=reader, now=NOW)
    supersession.supersede(zero, make_entry("ZeRO++", short_title="ZeRO++"), now=NOW)
    page(reader_client, zero)
    with django_assert_max_num_queries(12):
        page(reader_client, zero)


# ---------------------------------------------------------------- addresses


def test_each_address_of_a_work_stands_once_and_the_text_comes_first(zero: Entry) -> None:
    zero.url = "https://arxiv.org/abs/1910.02054"
    code = EntryLink(kind="code", url="https://code.example/zero")
    again = EntryLink(kind="abstract", url=zero.url)
    doors = doors_of(zero, ["arxiv:1910.02054"], [code, again])
    assert [(door.label, door.url) for door in doors] == [
        ("Open the PDF", "https://arxiv.org/pdf/1910.02054"),
        ("Abstract on arXiv", "https://arxiv.org/abs/1910.02054"),
        ("Code", "https://code.example/zero"),
    ]


def test_a_curators_pdf_goes_before_that_of_arxiv(zero: Entry) -> None:
    pdf = EntryLink(kind="pdf", url="https://example.org/zero.pdf")
    doors = doors_of(zero, ["arxiv:1910.02054"], [pdf])
    assert [door.url for door in doors] == ["https://example.org/zero.pdf", "https://example.org/work"]


def test_a_work_without_an_address_says_so(reader_client: Client, db: None) -> None:
    assert "No address is known." in page(reader_client, make_entry(url=None))


# ------------------------------------------------------------------ teammates


def test_teammates_who_share_are_named_and_the_others_nowhere(
    reader_client: Client, teammate: User, curator: User, admin_user: User, zero: Entry
) -> None:
    stages.finish(zero, user=teammate, now=NOW)
    stages.set_percent(zero, 37, user=curator, now=NOW)
    stages.finish(zero, user=admin_user, now=NOW)
    User.objects.filter(pk=admin_user.pk).update(shares_stages=False)
    shown = page(reader_client, zero)
    assert "read it on 20 Nov 2026" in shown
    assert shown.index("Cleo Curator") < shown.index("Ben Teammate")
    assert "Dana Admin" not in shown
    # How far she is stands nowhere; the number of an address, or some of a token, may be the same.
    assert not re.search(r"\b37\b", re.sub(r'href="[^"]*"', "", shown))
    User.objects.filter(pk=teammate.pk).update(is_active=False)
    User.objects.filter(pk=curator.pk).update(shares_stages=False)
    assert "Who reads it" not in page(reader_client, zero)


def test_one_is_not_named_among_the_others(reader: User, reader_client: Client, zero: Entry) -> None:
    stages.finish(zero, user=reader, now=NOW)
    assert "Who reads it" not in page(reader_client, zero)


def test_many_readers_are_folded(reader_client: Client, zero: Entry) -> None:
    for number in range(11):
        stages.finish(zero, user=make_person(f"t{number}@example.org", f"Teammate {number}"), now=NOW)
    assert "3 more" in page(reader_client, zero)


# ----------------------------------------------------------------- what is near


def test_beside_a_work_stand_those_that_share_words_or_authors_and_not_a_category_alone(
    reader: User, zero: Entry
) -> None:
    training = Category.objects.get(slug="training")
    by_words = make_entry("Memory footprints, once more")
    by_author = make_entry("Something else entirely", authors=["Nobody Known", "Yuxiong He"])
    by_category = make_entry("Far away")
    by_category.categories.add(training)
    make_entry("ZeRO memory footprints, unfinished", status="draft")
    make_entry("ZeRO memory footprints, retired", status="retired")
    beside = kin(zero, reader).beside
    assert [near.entry for near in beside] == [by_words, by_author]
    assert [near.author for near in beside] == ["", "Yuxiong He"]


def test_two_categories_in_common_are_enough(reader: User, zero: Entry) -> None:
    other = make_entry("Far away")
    other.categories.set(Category.objects.all())
    assert [near.entry for near in kin(zero, reader).beside] == [other]


def test_of_many_the_nearest_five_stand_there_in_the_same_order_every_time(reader: User, zero: Entry) -> None:
    far = [make_entry(f"Footprints {number}") for number in range(6)]
    near = make_entry("ZeRO memory footprints again")
    found = [one.entry for one in kin(zero, reader).beside]
    assert found == [near, *far[:4]]
    assert found == [one.entry for one in kin(zero, reader).beside]


def test_what_is_shown_elsewhere_on_the_page_does_not_stand_beside_it(reader: User, zero: Entry) -> None:
    part = make_entry("ZeRO memory footprints, part one", part_of=zero)
    old = make_entry("ZeRO memory footprints, first version")
    supersession.supersede(old, zero, now=NOW)
    stages.finish(old, user=reader, now=NOW)
    found = kin(zero, reader)
    assert ([near.entry for near in found.parts], [near.entry for near in found.predecessors]) == ([part], [old])
    assert found.beside == []
    assert found.earlier == found.predecessors[0].state


@pytest.mark.parametrize("title", ["'", "\\", "' | 'x", "!!!", "a & b:*", "the of and", "\u2028", "x" * 300, "中文"])
def test_any_title_can_be_compared(reader: User, title: str, db: None) -> None:
    work = make_entry(title, slug="odd", authors=["'", '"', "\\", "%s"])
    twin = make_entry("Another", slug="twin", authors=["%s"])
    assert [near.entry for near in kin(work, reader).beside] == [twin]


def test_posts_that_are_about_it_are_named_but_those_of_drafts(reader_client: Client, zero: Entry) -> None:
    draft = make_feed(Source.objects.create(slug="d", name="Draft", kind="blog", status="draft"))
    make_post(title="Seen in a blog", key="arxiv:1910.02054")
    make_post(title="Seen in another", key="arxiv:1910.02054")
    make_post(draft, title="Seen too early", key="arxiv:1910.02054")
    make_post(title="About something else")
    shown = page(reader_client, zero)
    assert shown.index("Seen in another") < shown.index("Seen in a blog")
    assert "Seen too early" not in shown
    assert "About something else" not in shown


# ----------------------------------------------------------------- succession


def test_a_superseded_work_tells_since_when_and_what_became_of_it(
    reader_client: Client, curator: User, zero: Entry
) -> None:
    zero._history_user = curator  # type: ignore[attr-defined]
    zero.minutes = 75
    zero.save()
    zero._history_user = None  # type: ignore[attr-defined]
    successor = make_entry("ZeRO, second edition", short_title="ZeRO 2")
    supersession.supersede(zero, successor, now=NOW)
    shown = page(reader_client, zero)
    assert "Since 20 November 2026." in shown
    assert "The canon, step 5." in shown
    assert "Minutes set to 75" in shown
    assert "Cleo Curator" in shown
    assert "Replaced by ZeRO 2" in shown
    assert "History of this entry" not in page(reader_client, successor)


def test_the_history_names_no_draft(reader_client: Client, zero: Entry) -> None:
    successor = make_entry("Secret successor")
    supersession.supersede(zero, successor, now=NOW)
    Entry.objects.filter(pk=zero.pk).update(status="retired")
    Entry.objects.filter(pk=successor.pk).update(status="draft")
    shown = page(reader_client, zero)
    assert "Replaced by another work" in shown
    assert "Secret" not in shown


# ------------------------------------------------------------------- citing


def test_citations_come_as_files_that_reference_managers_open(reader_client: Client, zero: Entry) -> None:
    types = {
        "bibtex": ("application/x-bibtex; charset=utf-8", "rajbhandari2020zero.bib"),
        "ris": ("application/x-research-info-systems; charset=utf-8", "rajbhandari2020zero.ris"),
        "csl": ("application/vnd.citationstyles.csl+json", "rajbhandari2020zero.json"),
        "text": ("text/plain; charset=utf-8", "rajbhandari2020zero.txt"),
    }
    for style, (content_type, name) in types.items():
        response = reader_client.get(reverse("reading:citation", args=[zero.slug, style]))
        assert response["Content-Type"] == content_type
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        assert "1910.02054" in response.content.decode()
    assert reader_client.get(reverse("reading:citation", args=[zero.slug, "word"])).status_code == 404


def test_citations_can_be_copied_from_a_page_or_from_a_part_of_one(reader_client: Client, zero: Entry) -> None:
    address = reverse("reading:cite", args=[zero.slug])
    whole, part = (reader_client.get(address, headers=headers) for headers in ({}, {"HX-Request": "true"}))
    for response in (whole, part):
        assert "eprint = {1910.02054}" in response.content.decode()
    assert "<html" in whole.content.decode()
    assert "<html" not in part.content.decode()


def test_a_draft_is_cited_for_curators_alone(reader_client: Client, curator_client: Client, db: None) -> None:
    draft = make_entry("Unfinished", status="draft")
    for name, more in (("cite", []), ("citation", ["bibtex"])):
        address = reverse(f"reading:{name}", args=[draft.slug, *more])
        assert reader_client.get(address).status_code == 404
        assert curator_client.get(address).status_code == 200


# ----------------------------------------------------------------- re-reading


def test_a_second_reading_is_told_beside_the_first(reader: User, reader_client: Client, zero: Entry) -> None:
    stages.finish(zero, user=reader, now=NOW)
    address = reverse("reading:set_stage", args=[zero.slug])
    reader_client.post(address, {"stage": "reading"})
    assert "You are reading it again." in page(reader_client, zero)
    stages.finish(zero, user=reader, now=NOW + timedelta(days=30))
    shown = page(reader_client, zero)
    assert "Read on 20 November 2026." in shown
    assert "And again on 20 December 2026." in shown


def test_a_long_list_shows_the_neighbours_alone(reader_client: Client, zero: Entry) -> None:
    make_list("long", [[make_entry()] for _ in range(27)] + [[zero]])
    shown: Any = reader_client.get(zero.get_absolute_url()).context["places"]
    assert [len(place.near) for place in shown] == [7, 7]
    assert shown[1].shelf.sentence.startswith("0 of 28 read.")
