"""The history: every line of the log and every mark on posts, by day and by kind, for the reader alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.html import strip_tags
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Entry, Source
from readinglist.reading import follows, marks, stages
from readinglist.reading.history import lines
from readinglist.reading.history.lines import Kind
from readinglist.reading.models import Activity
from tests.fixtures.cast import signed_in
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entries, make_entry

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def text_of(response: Any) -> str:
    return " ".join(strip_tags(str(response.content.decode())).split())


@pytest.fixture
def busy(reader: User) -> User:
    work = make_entry("Attention")
    hours = iter(range(20))

    def later() -> datetime:
        return NOW + timedelta(hours=next(hours))

    stages.queue(work, user=reader, now=later())
    stages.turn_to(work, 7, 20, user=reader, now=later())
    stages.note_minutes(work, 75, user=reader, now=later())
    stages.finish(work, user=reader, now=later())
    follows.look(make_source("A community"), user=reader, now=later())
    feed = make_feed(make_source("Blog"))
    post = make_post(feed, "A post")
    marks.open_post(post, user=reader, now=later())
    marks.mark_read(post, user=reader, now=later())
    marks.save(post, user=reader, now=later())
    return reader


def said(user: User, kind: str) -> list[str]:
    """What the lines say, the newest first."""
    found = lines.lines_at(lines.places_of(user, kind), user)
    return [
        " · ".join([line.what, line.title, *line.details, *([str(line.minutes)] if line.minutes else [])])
        for line in found
    ]


def test_all_that_was_done_is_listed_the_newest_first(busy: User) -> None:
    assert said(busy, Kind.ALL) == [
        "Saved the post · A post · Blog",
        "Read the post · A post · Blog",
        "Looked · A community · 15",
        "Finished · Attention",
        "Noted time · Attention · 75",
        "Went on · Attention · page 7 of 20 · 35 %",
        "Queued · Attention",
    ]


def test_each_kind_shows_its_own(busy: User) -> None:
    everything = said(busy, Kind.ALL)
    assert {kind: [everything.index(line) for line in said(busy, kind)] for kind in Kind if kind != Kind.ALL} == {
        Kind.WORKS: [3, 4, 5, 6],
        Kind.FINISHED: [3],
        Kind.POSTS: [0, 1],
        Kind.SOURCES: [2],
        Kind.TIME: [2, 4],
    }


def test_the_page_groups_by_the_readers_days(busy: User) -> None:
    User.objects.filter(pk=busy.pk).update(zone="Pacific/Auckland")  # 13 hours ahead: midnight is at 11:00 UTC
    page = text_of(signed_in(busy).get("/me/history/"))
    first, second = page.index("Saturday 21 November"), page.index("Friday 20 November")
    assert first < page.index("Noted time") < second < page.index("Went on"), page
    assert "1 h 15 min" in page


def test_the_filter_stands_in_the_address_and_what_is_no_kind_shows_everything(busy: User) -> None:
    client = signed_in(busy)
    finished = client.get("/me/history/?kind=finished")
    assert "1 line" in text_of(finished)
    assert '<a href="?kind=finished"\n         aria-current="true"' in finished.content.decode()
    for nonsense in ("?kind=nonsense", "?kind=%00", "?kind=finished%27--&page=99999999999999999999", "?page=-1"):
        assert "7 lines" in text_of(client.get(f"/me/history/{nonsense}")), nonsense


def test_it_comes_in_pages_that_keep_the_kind_and_lose_nothing(reader: User) -> None:
    works = make_entries(*({"title": f"Work number {number:03}"} for number in range(120)))
    Activity.objects.bulk_create(  # all at once: ties have an order
        Activity(user=reader, entry=work, at=NOW, action="finished", stage="read", read_at=NOW) for work in works
    )
    client = signed_in(reader)
    pages = [client.get(f"/me/history/?kind=finished&page={page}").content.decode() for page in (1, 2, 3)]
    assert "?kind=finished&amp;page=3" in pages[0]
    found = [number for number in range(120) for page in pages if f">Work number {number:03}<" in page]
    assert found == list(range(120))


def test_what_became_a_draft_is_not_named(busy: User, curator: User) -> None:
    Entry.objects.update(status="draft")
    Source.objects.update(status="draft")
    page = text_of(signed_in(busy).get("/me/history/"))
    for name in ("Attention", "A community", "A post ", "Blog"):
        assert name not in page.replace("A post of a source", ""), name
    for hidden in (
        "A work that is a draft now",
        "A source that is a draft now",
        "A post of a source that is a draft now",
    ):
        assert hidden in page
    stages.finish(Entry.objects.get(), user=curator, now=NOW)
    assert "Attention" in text_of(signed_in(curator).get("/me/history/")), "curators see drafts"


def test_a_line_about_a_post_is_shown_as_one(reader: User) -> None:
    post = make_post(make_feed(), "<b>A post</b>")
    Activity.objects.create(user=reader, post=post, at=NOW, action="finished", minutes=3)
    page = signed_in(reader).get("/me/history/").content.decode()
    assert "&lt;b&gt;A post&lt;/b&gt;" in page
    assert f"/posts/{post.pk}/" in page


def test_an_empty_history_says_what_will_be_here(reader: User) -> None:
    client = signed_in(reader)
    assert "Whatever you queue, begin, finish or note time for will stand here" in text_of(client.get("/me/history/"))
    assert "The rest of your history is a click away." in text_of(client.get("/me/history/?kind=posts"))


def test_a_page_asks_a_bounded_number_of_queries(
    busy: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(10):
        stages.finish(make_entry(source=make_source()), user=busy, now=NOW)
        marks.mark_read(make_post(), user=busy, now=NOW)
    client = signed_in(busy)
    with django_assert_max_num_queries(12):
        assert client.get("/me/history/").status_code == 200
