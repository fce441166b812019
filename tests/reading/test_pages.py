"""The reader's pages: what they show, to whom, in how many queries."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog import supersession
from readinglist.catalog.models import Category, Entry, Feed, Identifier, ReadingList, Source
from readinglist.reading import stages
from readinglist.reading.models import Activity, ReadState, Stage
from tests.fixtures.works import add_step, make_entries, make_entry, make_list

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def attention(canon: ReadingList) -> Entry:
    return Entry.objects.get(short_title="Attention")


@pytest.fixture
def catalogue(canon: ReadingList) -> None:
    """Some of everything beside the canon."""
    top = Category.objects.create(slug="training", name="Training", position=1)
    inner = Category.objects.create(slug="pre-training", name="Pre-training", parent=top, position=2)
    source = Source.objects.create(
        slug="venue-sc", name="SC", kind="venue", url="https://example.org/", rhythm="yearly"
    )
    source.categories.add(top)
    Feed.objects.create(source=source, url="https://example.org/feed")
    works = make_entries(
        *(
            {"title": f"Paper of training {number:02}", "year": 2000 + number % 20, "source": source}
            for number in range(60)
        )
    )
    inner.entries.add(*works)
    Identifier.objects.bulk_create(
        Identifier(entry=work, key=f"arxiv:2401.{number:05}") for number, work in enumerate(works)
    )


def text_of(response: Any) -> str:
    return str(response.content.decode())


# ------------------------------------------------------------------- queries

PAGES = {
    "/": 11,
    "/canon/": 11,
    "/landscape/": 6,
    "/lists/canon/": 9,
    "/lists/canon/?several=1": 9,
    "/categories/training/": 11,
    "/entries/": 10,
    "/entries/?q=training&stage=unread&category=training&order=minutes": 11,
    "/sources/": 9,
    "/sources/venue-sc/": 11,
    "/search/?q=training": 9,
}


@pytest.mark.parametrize(("address", "at_most"), PAGES.items())
@pytest.mark.usefixtures("catalogue")
def test_pages_ask_a_bounded_number_of_queries(
    reader_client: Client,
    reader: User,
    address: str,
    at_most: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for entry in Entry.objects.all()[:30]:
        stages.finish(entry, user=reader, now=NOW)
    with django_assert_max_num_queries(at_most):
        assert reader_client.get(address).status_code == 200


@pytest.mark.usefixtures("catalogue")
def test_a_longer_list_asks_no_more_queries(
    reader_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_list("long", [[make_entry()] for _ in range(70)])
    with django_assert_max_num_queries(12):
        assert reader_client.get("/canon/").status_code == 200


@pytest.mark.parametrize("address", [*PAGES, "/entries/attention-is-all-you-need/"])
@pytest.mark.usefixtures("catalogue")
def test_every_page_asks_an_outsider_to_sign_in(outsider: Client, address: str) -> None:
    response = outsider.get(address)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=")


# ----------------------------------------------------------------- the story


def test_home_shows_what_is_next_and_the_shelf(reader_client: Client, attention: Entry) -> None:
    page = text_of(reader_client.get("/"))
    assert "Attention Is All You Need" in page
    assert "0 of 20 read. Attention is next." in page
    assert page.count('class="spine ') == 20


def test_marking_as_read_fills_the_shelf(reader_client: Client, attention: Entry) -> None:
    address = reverse("reading:set_stage", args=[attention.slug])
    response = reader_client.post(address, {"stage": "read", "next": "/"}, follow=True)
    assert response.redirect_chain == [("/", 302)]
    page = text_of(response)
    assert "Marked as read." in page
    assert "1 of 20 read. Kaplan, Chinchilla is next." in page


def test_a_superseded_work_leaves_the_readers_figure_alone(
    reader_client: Client, reader: User, attention: Entry, canon: ReadingList
) -> None:
    stages.finish(attention, user=reader, now=NOW)
    successor = make_entry("Attention, the second edition", short_title="Attention 2")
    supersession.supersede(attention, successor, now=NOW)
    assert "1 of 20 read" in text_of(reader_client.get("/"))
    assert "has taken its place" in text_of(reader_client.get(attention.get_absolute_url()))
    assert "it counts" in text_of(reader_client.get(successor.get_absolute_url()))


def test_an_empty_instance_says_what_will_be_here(reader_client: Client) -> None:
    assert "No reading list yet" in text_of(reader_client.get("/"))
    assert "No list yet" in text_of(reader_client.get("/canon/"))
    assert "No work fits" in text_of(reader_client.get("/entries/"))


def test_a_finished_list_has_no_next(reader_client: Client, reader: User, canon: ReadingList) -> None:
    for entry in Entry.objects.all():
        stages.finish(entry, user=reader, now=NOW)
    page = text_of(reader_client.get("/"))
    assert "20 of 20 read. All done." in page
    assert "is-next" not in page


def test_a_step_without_works_breaks_no_page(reader_client: Client, canon: ReadingList) -> None:
    add_step(canon, 21, [])
    for address in ("/", "/canon/", "/lists/canon/"):
        assert "An empty step" in text_of(reader_client.get(address))


@pytest.mark.usefixtures("catalogue")
def test_a_category_begins_with_its_newest_works(reader_client: Client) -> None:
    make_entry("Without a year").categories.add(Category.objects.get(slug="pre-training"))
    first, second = (reader_client.get(f"/categories/training/?page={page}").context["lines"] for page in (1, 2))
    assert first[0].entry.year == 2019
    assert second[-1].entry.title == "Without a year"


def test_many_pages_are_offered_in_short(reader_client: Client, db: None) -> None:
    Entry.objects.bulk_create(Entry(slug=f"w-{number}", title=f"W {number}", kind="paper") for number in range(2000))
    page = text_of(reader_client.get("/entries/?page=20"))
    numbers = re.findall(r'<(?:a href="\?page=\d+"|span[^>]*)>([\d…]+)</', page)
    assert numbers == ["1", "…", "18", "19", "20", "21", "22", "…", "40"]


def test_a_long_list_stands_in_groups(reader_client: Client, db: None) -> None:
    first, second = (
        Category.objects.create(slug=name.lower(), name=name, position=number)
        for number, name in enumerate(("Early", "Late"))
    )
    works = [make_entry() for _ in range(61)]
    for number, work in enumerate(works):
        work.categories.add(first if number < 40 else second)
    make_list("long", [[work] for work in works])
    page = text_of(reader_client.get("/lists/long/"))
    assert "shelf--xs" in page
    assert "0 of 40" in page
    assert "0 of 21" in page


# ---------------------------------------------------------------- the entry


def test_every_stage_can_be_chosen_and_taken_back(reader_client: Client, attention: Entry, reader: User) -> None:
    address = reverse("reading:set_stage", args=[attention.slug])
    for stage in ("queued", "reading", "skipped", "read", ""):
        reader_client.post(address, {"stage": stage})
        row = ReadState.objects.filter(user=reader, entry=attention).first()
        assert (row.stage if row else "") == stage


def test_an_impossible_stage_is_refused_in_words(reader_client: Client, attention: Entry) -> None:
    address = reverse("reading:set_stage", args=[attention.slug])
    response = reader_client.post(address, {"stage": "devoured"})
    assert response.status_code == 422
    assert "There is no such stage" in text_of(response)
    reader_client.post(address, {"stage": "read"})
    response = reader_client.post(address, {"stage": "skipped"})
    assert response.status_code == 422
    assert "Mark it as unread first" in text_of(response)


@pytest.mark.parametrize("typed", ["", "much", "101", "-1", "4.5"])
def test_a_wrong_percentage_is_explained_and_kept(reader_client: Client, attention: Entry, typed: str) -> None:
    response = reader_client.post(reverse("reading:set_percent", args=[attention.slug]), {"percent": typed})
    page = text_of(response)
    assert response.status_code == 422
    assert 'aria-invalid="true"' in page
    assert f'value="{typed}"' in page
    assert not ReadState.objects.exists()


def test_htmx_gets_the_changed_box_alone(reader_client: Client, attention: Entry) -> None:
    address = reverse("reading:set_stage", args=[attention.slug])
    response = reader_client.post(address, {"stage": "read"}, headers={"HX-Request": "true"})
    page = text_of(response)
    assert response.status_code == 200
    assert page.strip().startswith('<div id="progress"')
    assert 'data-said="Marked as read."' in page
    assert "1 of 20 read" in page


def test_a_foreign_next_is_ignored(reader_client: Client, attention: Entry) -> None:
    address = reverse("reading:set_stage", args=[attention.slug])
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "//[x", "http://["):
        response = reader_client.post(address, {"stage": "read", "next": target})
        assert response["Location"] == attention.get_absolute_url()


def test_changing_a_stage_needs_a_post_with_a_token(reader: User, attention: Entry) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    address = reverse("reading:set_stage", args=[attention.slug])
    assert strict.get(address).status_code == 405
    assert strict.post(address, {"stage": "read"}).status_code == 403
    assert not Activity.objects.exists()


def test_drafts_are_the_curators(reader_client: Client, curator_client: Client) -> None:
    draft = make_entry("Unfinished", status="draft")
    assert reader_client.get(draft.get_absolute_url()).status_code == 404
    assert reader_client.post(reverse("reading:set_stage", args=[draft.slug]), {"stage": "read"}).status_code == 404
    assert "This is a draft" in text_of(curator_client.get(draft.get_absolute_url()))


def test_no_page_of_a_reader_names_a_draft(reader_client: Client, attention: Entry, canon: ReadingList) -> None:
    whole = make_entry("Secret whole", status="draft")
    Entry.objects.filter(pk=attention.pk).update(
        part_of=whole, source=Source.objects.create(slug="s", name="Secret source", kind="blog", status="draft")
    )
    add_step(canon, 21, [make_entry("Secret step", status="draft")], [make_entry("Secret companion", status="draft")])
    for address in ("/", "/canon/", "/lists/canon/", attention.get_absolute_url(), "/entries/", "/search/?q=secret"):
        page = text_of(reader_client.get(address))
        assert "Secret" not in page, address
        assert "secret-" not in page, address


def test_in_a_step_of_two_works_home_leads_to_the_unfinished_one(
    reader_client: Client, reader: User, attention: Entry
) -> None:
    """Also when the finished one has a successor by now: an earlier version counts here as in the figures."""
    kaplan, chinchilla = Entry.objects.filter(short_title__in=["Kaplan", "Chinchilla"]).order_by("-short_title")
    for work in (attention, kaplan):
        stages.finish(work, user=reader, now=NOW)
    assert text_of(reader_client.get("/")).count(f'action="/entries/{chinchilla.slug}/stage/"') == 2
    supersession.supersede(kaplan, make_entry("Kaplan, second edition", short_title="Kaplan 2"), now=NOW)
    assert text_of(reader_client.get("/")).count(f'action="/entries/{chinchilla.slug}/stage/"') == 2
    assert "earlier version read" in text_of(reader_client.get("/lists/canon/"))


def test_what_is_under_way_is_opened_not_started_again(reader_client: Client, reader: User, attention: Entry) -> None:
    stages.start(attention, user=reader, now=NOW)
    assert f'<a class="btn btn--call" href="{attention.get_absolute_url()}">' in text_of(reader_client.get("/"))


def test_superseded_works_are_found_but_not_listed(reader_client: Client, attention: Entry) -> None:
    supersession.supersede(attention, make_entry("Attention, second edition"), now=NOW)
    assert "Attention Is All You Need" not in text_of(reader_client.get("/entries/"))
    assert "superseded" in text_of(reader_client.get("/search/?q=attention+need"))


def test_htmx_is_sent_to_the_door_as_a_whole_when_the_session_has_ended(outsider: Client, attention: Entry) -> None:
    response = outsider.post(
        reverse("reading:set_stage", args=[attention.slug]),
        {"stage": "read"},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{attention.get_absolute_url()}"},
    )
    assert response.status_code == 204
    assert response["HX-Redirect"] == f"/accounts/login/?next={quote(attention.get_absolute_url(), safe='')}"


@pytest.mark.parametrize(
    ("page", "back"),
    [
        ("http://testserver/inbox/?stream=blogs&state=all#post-5", "/inbox/?stream=blogs&state=all"),
        ("https://evil.example", "/"),
        ("http://[x", "/"),
        ("", "/"),
    ],
)
def test_after_the_door_the_filters_are_as_they_were(outsider: Client, db: None, page: str, back: str) -> None:
    response = outsider.get("/inbox/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert parse_qs(urlsplit(response["HX-Redirect"]).query) == {"next": [back]}


def test_a_retired_work_can_still_be_opened(reader_client: Client, db: None) -> None:
    retired = make_entry("Old", status="retired")
    assert "This work is retired" in text_of(reader_client.get(retired.get_absolute_url()))


def test_dates_are_shown_by_the_readers_clock(reader_client: Client, reader: User, attention: Entry) -> None:
    stages.finish(attention, user=reader, now=datetime(2026, 11, 20, 23, 30, tzinfo=UTC))
    User.objects.filter(pk=reader.pk).update(zone="Asia/Tokyo")
    assert "Read on 21 November 2026." in text_of(reader_client.get(attention.get_absolute_url()))


def test_the_entry_page_asks_a_bounded_number_of_queries(
    reader_client: Client, attention: Entry, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_list("other", [[make_entry()], [attention]])
    with django_assert_max_num_queries(15):
        reader_client.get(attention.get_absolute_url())


def test_pages_carry_a_strict_content_security_policy(reader_client: Client, canon: ReadingList) -> None:
    policy = reader_client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_what_a_stage_is_called_is_known_to_the_shelf(canon: ReadingList, reader: User, reader_client: Client) -> None:
    work = Entry.objects.get(short_title="Paper 3")
    stages.set_percent(work, 40, user=reader, now=NOW)
    page = text_of(reader_client.get("/lists/canon/"))
    assert "reading, 40 %" in page
    assert f"is-{Stage.READING}" in page
