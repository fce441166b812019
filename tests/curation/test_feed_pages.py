"""The curators' pages of feeds: how each is in words, worst first, and "Fetch now"."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from feeds.models import FeedState, Fetch, HostPause
from readinglist.catalog.models import Feed
from readinglist.celery import app
from readinglist.curation import feeds
from readinglist.curation.feeds import Standing
from tests.fixtures.posts import make_feed, make_post, make_source

pytestmark = pytest.mark.django_db
FEEDS = "/curation/feeds/"
NOW = timezone.now()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def feed_in(name: str, *, source_is: str = "live", kind: str = "blog", **state: Any) -> Feed:
    """A feed of the source `name`, with a state where any of it is given."""
    feed = make_feed(make_source(name, status=source_is, kind=kind))
    if state:
        FeedState.objects.create(feed=feed, **{"next_at": NOW + HOUR, "url": feed.url} | state)
    return feed


def fine(**state: Any) -> dict[str, Any]:
    return {"status": "fetched", "visited_at": NOW - HOUR, "succeeded_at": NOW - HOUR} | state


def failing(*, days: float = 1, **state: Any) -> dict[str, Any]:
    failed = {"status": "not_found", "error": "There is nothing here.", "failures": 4}
    return {"visited_at": NOW - HOUR, "failing_since": NOW - days * DAY} | failed | state


def gone(**state: Any) -> dict[str, Any]:
    return failing(days=0, status="gone", error="The feed was taken down for good (410).", stopped_at=NOW) | state


def names(client: Client, **query: str) -> list[str]:
    return [line.feed.source.name for line in client.get(FEEDS, query).context["lines"]]


def said(client: Client) -> list[str]:
    """What the page says first of each feed."""
    return [str(line.words) for line in client.get(FEEDS).context["lines"]]


def address_of(feed: Feed) -> str:
    return reverse("curation:feed", args=[feed.pk])


# ----------------------------------------------------------------------- list
def test_the_pages_are_for_curators(
    curator_client: Client, reader_client: Client, admin_client: Client, outsider: Client
) -> None:
    feed = feed_in("Blog")
    for address in (FEEDS, address_of(feed)):
        assert curator_client.get(address).status_code == 200
        assert admin_client.get(address).status_code == 200
        assert reader_client.get(address).status_code == 403
        assert outsider.get(address).status_code == 302
    fetch = reverse("curation:fetch_now", args=[feed.pk])
    assert reader_client.post(fetch).status_code == 403
    assert curator_client.get(fetch).status_code == 405
    assert not FeedState.objects.exists()


def test_what_needs_somebody_comes_first(curator_client: Client) -> None:
    feed_in("Fine B", **fine())
    feed_in("Fine A", **fine())
    feed_in("Retired", source_is="retired", **failing())
    feed_in("Stopped", **failing(stopped_at=NOW))
    feed_in("New")
    feed_in("Failing lately", **failing(days=1))
    feed_in("Failing long", **failing(days=9))
    other = feed_in("Gone", **gone())
    feed_in("Twice", **fine(duplicate_of=other))
    assert names(curator_client) == [
        *("Failing long", "Failing lately", "Gone", "Twice", "New", "Stopped", "Fine A", "Fine B", "Retired")
    ]


def test_each_state_stands_in_words(curator_client: Client) -> None:
    feed_in("1", **failing())
    feed_in("2")
    feed_in("3", **fine(stopped_at=NOW))
    feed_in("4", **fine())
    feed_in("5", **fine(status="unchanged"))
    feed_in("6", **fine(lease_until=NOW + HOUR, lease_token="0" * 32))
    feed_in("7", source_is="draft")
    assert said(curator_client) == [
        *("Failing", "Never visited", "Stopped", "Fetched", "Unchanged", "Being fetched"),
        "Not fetched: its source is draft",
    ]


def test_a_failing_feed_says_since_when_why_and_what_to_do(curator_client: Client) -> None:
    feed_in("Blog", **failing(days=9, succeeded_at=None))
    page = curator_client.get(FEEDS).text
    since = timezone.localtime(NOW - 9 * DAY)
    assert f"Failing since {since.day} {since:%B}" in page
    assert "Not found" in page
    assert "There is nothing here." in page
    assert "never well" in page


def test_filters_live_in_the_address(curator_client: Client) -> None:
    feed_in("Failing blog", **failing())
    feed_in("New venue", kind="venue")
    feed_in("Fine blog", **fine())
    assert names(curator_client, state="failing") == ["Failing blog"]
    assert names(curator_client, state="never") == ["New venue"]
    assert names(curator_client, state="fine") == ["Fine blog"]
    assert names(curator_client, stream="venues") == ["New venue"]
    assert names(curator_client, q="blog fin") == ["Fine blog"]
    assert names(curator_client, q="feeds.example") == ["Failing blog", "New venue", "Fine blog"]
    assert names(curator_client, q="nowhere") == []
    assert "No feed fits" in curator_client.get(FEEDS, {"q": "nowhere"}).text


@pytest.mark.parametrize("query", [{"state": "x"}, {"stream": "x"}, {"q": "\x00%"}, {"page": "x"}, {"page": "99"}])
def test_an_address_made_up_by_hand_is_no_error(curator_client: Client, query: dict[str, str]) -> None:
    assert curator_client.get(FEEDS, query).status_code == 200


def test_without_feeds_the_page_says_where_they_come_from(curator_client: Client) -> None:
    assert "No source has a feed yet" in curator_client.get(FEEDS).text


def test_it_counts_posts_a_week(curator_client: Client) -> None:
    feed = feed_in("Blog", **fine())
    for days in (*range(12), 100, 200):
        make_post(feed, published_at=NOW - days * DAY)
    assert "1.5 posts a week" in curator_client.get(FEEDS).text


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0"), (1, "0.1"), (4, "0.5"), (8, "1"), (20, "2.5"), (100, "12"), (399, "50"), (400, "50+")],
)
def test_posts_a_week_are_said_shortly(count: int, words: str) -> None:
    assert feeds._a_week(count) == words


def test_it_costs_the_same_however_many_feeds_there_are(
    curator_client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for number in range(60):
        make_post(feed_in(f"Blog {number:02}", **(failing() if number % 2 else fine())))
    with django_assert_max_num_queries(8):
        page = curator_client.get(FEEDS)
    assert len(page.context["lines"]) == 50


# ------------------------------------------------------------------- one feed
def test_a_feed_shows_its_visits_and_its_posts(curator_client: Client) -> None:
    feed = feed_in("Blog", **failing())
    post = make_post(feed, "A new kernel", published_at=NOW)
    Fetch.objects.create(feed=feed, at=NOW - 2 * DAY, status="fetched", http_status=200, new_count=7, bytes=2048)
    Fetch.objects.create(feed=feed, at=NOW - DAY, status="unchanged", http_status=304, saved=2048)
    Fetch.objects.create(feed=feed, at=NOW - HOUR, status="not_found", http_status=404, error="Nothing is here.")
    Fetch.objects.create(feed=feed_in("Other"), at=NOW, status="fault")

    page = curator_client.get(address_of(feed))

    assert [fetch.status for fetch in page.context["fetches"]] == ["not_found", "unchanged", "fetched"]
    month = page.context["month"]
    assert (month.visits, month.failed, month.new, month.bytes, month.saved) == (3, 1, 7, 2048, 2048)
    assert len(month.days) == 30
    assert "Nothing is here." in page.text
    assert "2.0\xa0KB saved</span>" in page.text
    assert reverse("reading:post", args=[post.pk]) in page.text
    assert "A new kernel" in page.text
    assert reverse("admin:catalog_source_change", args=[feed.source_id]) in page.text


def test_the_days_are_those_of_the_last_month() -> None:
    feed = feed_in("Blog", **fine())
    for days in (0, 29, 31):
        Fetch.objects.create(feed=feed, at=NOW - days * DAY, status="fetched" if days else "timeout")
    month = feeds.month_of(feed, now=NOW).days
    assert [(day.visits, day.failed) for day in (month[0], month[-1])] == [(1, 0), (1, 1)]
    assert sum(day.visits for day in month) == 2
    assert month[-1].on == timezone.localdate(NOW)


def test_a_feed_that_was_never_visited_has_a_page(curator_client: Client) -> None:
    page = curator_client.get(address_of(feed_in("Blog")))
    assert "It has not been visited yet." in page.text
    assert "Fetch now" in page.text


def test_a_feed_that_is_not_there_is_not_found(curator_client: Client) -> None:
    assert curator_client.get(reverse("curation:feed", args=[12345])).status_code == 404
    assert curator_client.post(reverse("curation:fetch_now", args=[12345])).status_code == 404


def test_its_page_costs_the_same_however_much_happened(
    curator_client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    feed = feed_in("Blog", **fine())
    for number in range(40):
        make_post(feed)
        Fetch.objects.create(feed=feed, at=NOW - number * HOUR, status="fetched")
    with django_assert_max_num_queries(11):
        curator_client.get(address_of(feed))


def test_a_feed_whose_address_was_changed_is_due(curator_client: Client) -> None:
    feed = feed_in("Blog", **fine())
    assert not curator_client.get(address_of(feed)).context["line"].is_due
    Feed.objects.filter(pk=feed.pk).update(url="https://feeds.example/new.xml")
    assert curator_client.get(address_of(feed)).context["line"].is_due


# ------------------------------------------------------------------ how often
@pytest.mark.parametrize(
    ("every", "words"),
    [
        (15, "every 15 minutes"),
        (57.4, "every 57 minutes"),
        (58, "every hour"),
        (85, "every hour"),
        (360, "every 6 hours"),
        (21 * 60, "every 21 hours"),
        (24 * 60 / 1.1, "every day"),
        (1440, "every day"),
    ],
)
def test_an_interval_is_said_as_exactly_as_one_says_it(every: float, words: str) -> None:
    assert feeds.every_words(timedelta(minutes=every)) == words


def how_often(client: Client, feed: Feed) -> str:
    how: str = client.get(address_of(feed)).context["line"].how_often
    return how


def test_a_feed_says_how_often_it_is_visited_and_why(curator_client: Client) -> None:
    feed = feed_in("Blog", **fine(visit_every=6 * HOUR, visit_reason="rhythm"))
    assert "every 6 hours, as it publishes" in " ".join(curator_client.get(address_of(feed)).text.split())
    FeedState.objects.update(visit_reason="asked", visit_every=DAY)
    assert how_often(curator_client, feed) == "every day, as its host asks"
    assert how_often(curator_client, feed_in("New")) == ""
    assert how_often(curator_client, feed_in("Gone", **gone(visit_every=HOUR, visit_reason="failing"))) == ""


def test_what_a_curator_pins_is_shown_at_once(curator_client: Client) -> None:
    feed = feed_in("Blog", **fine(visit_every=6 * HOUR, visit_reason="rhythm"))
    Feed.objects.filter(pk=feed.pk).update(visit_minutes=30)
    assert how_often(curator_client, feed) == "every 30 minutes, pinned by a curator"
    FeedState.objects.update(failures=3, failing_since=NOW, visit_reason="failing", visit_every=HOUR)
    assert how_often(curator_client, feed) == "every hour, more and more seldom while it fails"


# --------------------------------------------------------------- gone, and moved
def test_a_feed_that_is_gone_says_so_and_what_can_be_done(curator_client: Client, calls: list[int]) -> None:
    feed = feed_in("Blog", **gone())
    page = curator_client.get(address_of(feed)).text
    assert "Gone: its host says that this feed will not come back" in page
    assert "asks its host once more" in page
    assert names(curator_client, state="gone") == ["Blog"]

    fetch_now(curator_client, feed)
    assert calls == [feed.pk]
    assert FeedState.objects.get().stopped_at is None


def test_a_feed_that_is_here_twice_links_to_the_other(curator_client: Client) -> None:
    other = feed_in("Journal", **fine())
    feed = feed_in("Blog", **fine(duplicate_of=other, moved_to=other.url, moved_count=3))
    for address in (FEEDS, address_of(feed)):
        page = curator_client.get(address).text
        assert "Here twice: it has moved to where another feed is" in page
        assert f'<a href="{address_of(other)}">the feed of “Journal”</a>' in page
    assert names(curator_client, state="twice") == ["Blog"]


def test_a_feed_that_begins_to_move_says_where(curator_client: Client) -> None:
    feed = feed_in("Blog", **fine(moved_to="https://new.example/feed", moved_count=2))
    page = " ".join(curator_client.get(address_of(feed)).text.split())
    assert "to https://new.example/feed, as its host said on its last 2 visits" in page


# ------------------------------------------------------------------ fetch now
def fetch_now(client: Client, feed: Feed, back: str = "") -> Any:
    return client.post(reverse("curation:fetch_now", args=[feed.pk]), {"next": back}, follow=True)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The feeds that the worker was called for; nobody listens to the tests' queue."""
    called: list[int] = []
    monkeypatch.setattr(
        "readinglist.curation.views.visit_feed.apply_async", lambda arguments, **options: called.extend(arguments)
    )
    return called


def next_at(feed: Feed) -> datetime:
    return FeedState.objects.get(feed=feed).next_at


def test_fetch_now_makes_the_feed_due_and_calls_the_worker(curator_client: Client, calls: list[int]) -> None:
    feed = feed_in("Blog", **failing(stopped_at=NOW))
    page = fetch_now(curator_client, feed)

    assert calls == [feed.pk]
    assert next_at(feed) <= timezone.now()
    assert FeedState.objects.get().stopped_at is None
    assert "“Blog” is being fetched." in page.text
    assert page.redirect_chain == [(address_of(feed), 302)]


def test_fetch_now_leads_back_to_the_list(curator_client: Client) -> None:
    feed = feed_in("Blog")
    assert "is being fetched" in fetch_now(curator_client, feed).text
    assert fetch_now(curator_client, feed, f"{FEEDS}?state=never").redirect_chain == [(f"{FEEDS}?state=never", 302)]
    assert fetch_now(curator_client, feed, "https://elsewhere.example/").redirect_chain == [(address_of(feed), 302)]


def test_without_a_queue_the_worker_takes_it_on_its_next_round(
    curator_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = feed_in("Blog", **fine())
    monkeypatch.setitem(app.conf, "broker_url", "redis+socket:///nowhere/redis.sock")
    page = fetch_now(curator_client, feed)

    assert page.status_code == 200
    assert "The queue does not answer" in page.text
    assert next_at(feed) <= timezone.now()


def test_a_feed_whose_source_is_not_live_is_not_fetched(curator_client: Client, calls: list[int]) -> None:
    feed = feed_in("Old blog", source_is="retired", **fine())
    assert "make the source live first" in fetch_now(curator_client, feed).text
    assert calls == []
    assert "Fetch now" not in curator_client.get(address_of(feed)).text


def test_a_host_that_asked_to_wait_is_not_pressed(curator_client: Client, calls: list[int]) -> None:
    feed = feed_in("Blog", **fine())
    HostPause.objects.create(host="feeds.example", until=timezone.now() + HOUR)
    assert "asked to be left alone until" in fetch_now(curator_client, feed).text
    assert calls == []
    assert "Its host asked to be left alone until" in curator_client.get(address_of(feed)).text


# ----------------------------------------------------------------------- home
def test_the_curators_home_names_feeds_that_fail_for_days(curator_client: Client) -> None:
    feed_in("Lately", **failing(days=2))
    feed_in("Retired", source_is="retired", **failing(days=20))
    feed_in("Stopped", **failing(days=20, stopped_at=NOW))
    long = feed_in("Long", **failing(days=4))
    longer = feed_in("Longer", **failing(days=5))

    page = curator_client.get("/curation/")

    section = next(section for section in page.context["sections"] if section.slug == "feeds")
    assert [line.text for line in section.lines] == ["Longer", "Long"]
    assert [line.url for line in section.lines] == [address_of(longer), address_of(long)]
    assert section.lines[0].note == "There is nothing here."
    assert section.url == f"{FEEDS}?state={Standing.FAILING}"
    assert f'href="{FEEDS}"' in page.text


def section_of(client: Client, slug: str) -> Any:
    return next(section for section in client.get("/curation/").context["sections"] if section.slug == slug)


def test_the_curators_home_names_feeds_that_are_gone(curator_client: Client) -> None:
    assert section_of(curator_client, "feeds-gone").lines == []
    feed = feed_in("Blog", **gone())
    feed_in("Retired", source_is="retired", **gone())
    feed_in("Stopped", **fine(stopped_at=NOW))
    section = section_of(curator_client, "feeds-gone")
    assert [(line.text, line.url) for line in section.lines] == [("Blog", address_of(feed))]
    assert section.lines[0].note == "Its host says that this feed will not come back."
    assert section.url == f"{FEEDS}?state={Standing.GONE}"


def test_the_curators_home_names_feeds_that_are_here_twice(curator_client: Client) -> None:
    other = feed_in("Journal", **fine())
    feed = feed_in("Blog", **fine(duplicate_of=other))
    feed_in("Gone", **gone(duplicate_of=other))
    section = section_of(curator_client, "feeds-twice")
    assert [(line.text, line.url) for line in section.lines] == [("Blog", address_of(feed))]
    assert "where a feed of “Journal” is" in section.lines[0].note
    assert section.url == f"{FEEDS}?state={Standing.TWICE}"
