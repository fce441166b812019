"""Snoozing: the days that are offered, when a post comes back, where it is meanwhile, and what is refused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Feed, Post
from readinglist.reading import follows, inbox
from readinglist.reading.forms import SnoozeForm
from readinglist.reading.models import PostState
from tests.fixtures.posts import make_feed, make_post, make_source

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def friday_morning() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def blog(reader: User) -> Feed:
    feed = make_feed(make_source("The Blog", slug="the-blog"))
    follows.follow(feed.source, user=reader, now=NOW)
    return feed


@pytest.fixture
def post(blog: Feed) -> Post:
    return make_post(blog, "The post")


def text_of(response: Any) -> str:
    return str(response.content.decode())


def titles(client: Client, address: str = "/inbox/") -> list[str]:
    return [post.title for day in client.get(address).context["days"] for post in day.posts]


def snooze(client: Client, post: Post, on: str, **options: Any) -> Any:
    fields = {"on": on, "next": f"/posts/{post.pk}/", "has": ["acts", "line"], "open": str(post.pk)}
    return client.post(reverse("reading:snooze_post", args=[post.pk]), fields, **options)


@pytest.mark.parametrize(
    ("today", "offered"),
    [
        ("2026-11-20", ["2026-11-21", "2026-11-23"]),
        ("2026-11-22", ["2026-11-23"]),
        ("2026-11-23", ["2026-11-24", "2026-11-30"]),
    ],
)
def test_tomorrow_and_the_next_monday_are_offered_each_once(today: str, offered: list[str]) -> None:
    assert [day.isoformat() for day in SnoozeForm(today=date.fromisoformat(today)).days] == offered


def test_a_snoozed_post_is_away_until_its_day_begins_by_the_readers_clock(
    reader_client: Client, reader: User, post: Post
) -> None:
    User.objects.filter(pk=reader.pk).update(zone="Asia/Tokyo")
    for address in (f"/posts/{post.pk}/", f"/inbox/?post={post.pk}"):
        page = text_of(reader_client.get(address))
        assert "Tomorrow, Saturday 21 November" in page
        assert 'value="2026-11-23"' in page
    answer = snooze(reader_client, post, "2026-11-23", follow=True)
    assert "Snoozed until: Monday 23 November." in text_of(answer)
    assert titles(reader_client) == []
    assert titles(reader_client, "/inbox/?state=snoozed") == ["The post"]
    assert "snoozed until 23 Nov" in text_of(reader_client.get("/inbox/?state=snoozed"))
    begins = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    with time_machine.travel(begins - timedelta(seconds=1), tick=False):
        assert titles(reader_client) == []
    with time_machine.travel(begins, tick=False):
        assert titles(reader_client) == titles(reader_client, "/inbox/?state=kept") == ["The post"]
        assert titles(reader_client, "/inbox/?state=snoozed") == []


def test_it_is_brought_back_or_marked_as_read_before(reader_client: Client, reader: User, post: Post) -> None:
    mark = reverse("reading:mark_post", args=[post.pk])
    snooze(reader_client, post, "2026-11-23")
    page = text_of(reader_client.get(f"/posts/{post.pk}/"))
    assert "Bring it back now" in page
    assert 'value="read">Mark as read<' in page
    reader_client.post(mark, {"action": "unread"})
    assert titles(reader_client) == ["The post"]
    snooze(reader_client, post, "2026-11-23")
    reader_client.post(mark, {"action": "read"})
    assert PostState.objects.get(user=reader).unread_from is None
    assert titles(reader_client, "/inbox/?state=snoozed") == []


@pytest.mark.parametrize(
    ("on", "says"),
    [
        ("2026-11-20", "That day has begun already."),
        ("0001-01-01", "That day has begun already."),
        ("2027-11-22", "That is more than a year away."),
        ("9999-12-31", "That is more than a year away."),
        ("", "Choose the day on which it is to come back."),
        ("next week", "Write the day as year, month and day, like 2026-11-30."),
        ("2026-02-30", "Write the day as year, month and day, like 2026-11-30."),
        ("1\x00", "Write the day as year, month and day, like 2026-11-30."),
    ],
)
def test_an_impossible_day_is_refused_and_what_was_typed_stays(
    reader_client: Client, post: Post, on: str, says: str
) -> None:
    answer = snooze(reader_client, post, on)
    assert answer.status_code == 422
    assert says in text_of(answer)
    assert "The post" in text_of(answer)
    assert f'name="next" value="/posts/{post.pk}/"' in text_of(answer)
    assert on.startswith("1") or not on or f'value="{on}"' in text_of(answer)
    swapped = snooze(reader_client, post, on, headers=HTMX)
    assert (swapped.status_code, says in text_of(swapped)) == (200, True)
    assert '<details class="snooze" open>' in text_of(swapped)
    assert not PostState.objects.filter(unread_from__isnull=False).exists()


def test_a_page_from_yesterday_does_not_snooze_into_the_past(reader_client: Client, post: Post) -> None:
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert "That day has begun already." in text_of(snooze(reader_client, post, "2026-11-21"))
    assert titles(reader_client) == ["The post"]


def test_a_double_click_snoozes_once_and_says_so(reader_client: Client, post: Post) -> None:
    snooze(reader_client, post, "2026-11-23")
    again = text_of(snooze(reader_client, post, "2026-11-23", headers=HTMX))
    assert "Nothing to change: it stood so already." in again
    assert PostState.objects.count() == 1


def test_htmx_gets_the_line_and_the_buttons_anew(reader_client: Client, post: Post) -> None:
    answer = text_of(snooze(reader_client, post, "2026-11-21", headers=HTMX))
    assert f'id="post-{post.pk}"' in answer
    assert 'id="acts"' in answer
    assert "snoozed until 21 Nov" in answer
    assert "Snoozed until: Tomorrow, Saturday 21 November." in answer
    assert "<html" not in answer


def test_what_the_inbox_does_not_show_cannot_be_snoozed_away_for_good(reader_client: Client, db: None) -> None:
    """It would not come back: only followed sources bring posts."""
    post = make_post()
    assert "Snooze" not in text_of(reader_client.get(f"/posts/{post.pk}/"))
    answer = snooze(reader_client, post, "2026-11-23", follow=True)
    assert "Only what your inbox shows can be snoozed." in text_of(answer)
    assert not PostState.objects.filter(unread_from__isnull=False).exists()


def test_snoozing_is_ones_own(
    reader_client: Client, teammate_client: Client, teammate: User, blog: Feed, post: Post
) -> None:
    follows.follow(blog.source, user=teammate, now=NOW)
    snooze(reader_client, post, "2026-11-23")
    assert titles(teammate_client) == ["The post"]
    assert titles(teammate_client, "/inbox/?state=snoozed") == []


def test_it_needs_a_post_that_is_there_and_a_token(reader_client: Client, reader: User, post: Post) -> None:
    address = reverse("reading:snooze_post", args=[post.pk])
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    assert strict.get(address).status_code == 405
    assert strict.post(address, {"on": "2026-11-23"}).status_code == 403
    gone = reverse("reading:snooze_post", args=[post.pk + 1])
    assert reader_client.post(gone, {"on": "2026-11-23"}).status_code == 404


@pytest.mark.parametrize("state", ["snoozed", "kept"])
def test_an_empty_list_says_what_will_be_there(reader_client: Client, post: Post, state: str) -> None:
    page = text_of(reader_client.get(f"/inbox/?state={state}"))
    assert "Nothing snoozed here" in page or "Nothing kept unread here" in page


@pytest.mark.parametrize("state", inbox.STATES)
def test_every_list_with_an_open_post_takes_at_most_twelve_queries(
    reader_client: Client, reader: User, blog: Feed, state: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    posts = [make_post(blog) for _ in range(30)]
    for post in posts:
        PostState.objects.create(
            user=reader,
            post=post,
            saved_at=NOW,
            read_at=NOW if state == "read" else None,
            unread_from={"snoozed": NOW + timedelta(days=1), "kept": NOW}.get(state),
        )
    with django_assert_max_num_queries(12):
        response = reader_client.get(f"/inbox/?state={state}&source=the-blog&post={posts[0].pk}")
    assert sum(len(day.posts) for day in response.context["days"]) == 30
