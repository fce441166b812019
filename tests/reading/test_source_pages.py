"""The directory of sources and the page of one: following, freshness, and looking by hand."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Post, Source
from readinglist.reading import follows, marks
from readinglist.reading.models import Activity, Follow
from readinglist.week.models import CadenceRule
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def friday_morning() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def lines_by_name(page: str) -> dict[str, str]:
    """What the directory says of each source, in its order."""
    lines = re.findall(r'<li class="sourceline">(.*?)</li>', page)
    return {re.findall(r'class="item__t"><a href="[^"]*">(.*?)</a>', line)[0]: line for line in lines}


def test_following_from_its_page_brings_the_newest_posts(reader_client: Client, db: None) -> None:
    feed = make_feed(make_source("The Blog", slug="the-blog"))
    post = make_post(feed, "A post")
    assert 'aria-label="Follow The Blog"' in text_of(reader_client.get("/sources/the-blog/"))
    address = reverse("reading:follow", args=["the-blog"])
    response = reader_client.post(address, {"action": "follow", "next": "/sources/the-blog/"}, follow=True)
    page = text_of(response)
    assert "You follow The Blog." in page
    assert 'aria-label="Unfollow The Blog"' in page
    assert "1 unread" in page
    assert f'<li id="post-{post.pk}" class="unread"' in page


def test_unfollowing_takes_its_posts_from_the_inbox_and_keeps_the_marks(reader_client: Client, reader: User) -> None:
    feed = make_feed(make_source(slug="the-blog"))
    post = make_post(feed, "Saved")
    follows.follow(feed.source, user=reader, now=NOW)
    marks.save(post, user=reader, now=NOW)
    reader_client.post(reverse("reading:follow", args=["the-blog"]), {"action": "unfollow"})
    assert not Follow.objects.exists()
    assert "You follow nothing yet" in text_of(reader_client.get("/inbox/"))
    assert "Saved" in text_of(reader_client.get("/inbox/?state=saved"))


def test_htmx_gets_the_changed_buttons_alone(reader_client: Client, db: None) -> None:
    make_post(make_feed(make_source("The Blog", slug="the-blog")))
    address = reverse("reading:follow", args=["the-blog"])
    page = text_of(reader_client.post(address, {"action": "follow"}, headers=HTMX))
    assert page.startswith('<span class="follow" id="follow-the-blog">')
    assert f'hx-post="{address}"' in page
    assert "You follow The Blog." in page
    assert "<html" not in page


def test_htmx_gets_all_that_counts_what_is_followed(reader_client: Client, reader: User) -> None:
    feeds = [make_feed(make_source(slug=slug)) for slug in ("one", "two", "three")]
    make_post(feeds[0])
    follows.follow(feeds[1].source, user=reader, now=NOW)
    address = reverse("reading:follow", args=["one"])
    fields = {"action": "follow", "has": ["followed", "more"]}
    page = text_of(reader_client.post(address, fields, headers=HTMX))
    assert re.search(r'<span id="followed"[^>]* hx-swap-oob="true">you follow 2</span>', page)
    assert re.search(r'<small id="mast-unread" hx-swap-oob="true">1<', page)
    assert 'id="more-blogs" hx-swap-oob="true"' in page
    assert "Follow all blogs, 1 more" in page
    filtered = text_of(reader_client.post(address, {"action": "unfollow", "has": "followed"}, headers=HTMX))
    assert "more-blogs" not in filtered
    assert "you follow 1" in filtered


@pytest.mark.parametrize(
    "here", ["/sources/", "/sources/?following=no", "/sources/?stream=blogs", "/add/?url=https://blog.example/"]
)
def test_htmx_gets_no_part_that_its_page_has_not(reader_client: Client, db: None, here: str) -> None:
    make_feed(make_source(slug="the-blog", url="https://blog.example/"))
    page = text_of(reader_client.get(here))
    fields = {"action": "follow", "has": re.findall(r'name="has" value="(\w+)"', page)}
    answer = text_of(reader_client.post(reverse("reading:follow", args=["the-blog"]), fields, headers=HTMX))
    parts = re.findall(r'id="([\w-]+)"[^>]*hx-swap-oob', answer)
    assert "mast-unread" in parts
    assert [part for part in parts if f'id="{part}"' not in page] == []
    assert ("followed" in parts) is ('id="followed"' in page)


def test_a_filter_leaves_the_number_of_those_followed(reader_client: Client, reader: User) -> None:
    for kind in ("blog", "venue"):
        follows.follow(make_feed(make_source(kind=kind)).source, user=reader, now=NOW)
    for address in ("/sources/", "/sources/?stream=venues"):
        assert ">you follow 2</span>" in text_of(reader_client.get(address))


def test_a_mark_on_the_source_page_counts_there_and_in_the_masthead(reader_client: Client, reader: User) -> None:
    feed = make_feed(make_source(slug="the-blog"))
    first, _second = make_post(feed), make_post(feed)
    follows.follow(feed.source, user=reader, now=NOW - timedelta(days=1))
    has = re.findall(r'name="has" value="(\w+)"', text_of(reader_client.get("/sources/the-blog/")))
    fields = {"action": "read", "has": has, "one_source": "1"}
    page = text_of(reader_client.post(reverse("reading:mark_post", args=[first.pk]), fields, headers=HTMX))
    assert f'<li id="post-{first.pk}"' in page
    assert '<span class="follow" id="follow-the-blog" hx-swap-oob="true">' in page
    assert ">1 unread<" in page
    assert re.search(r'<small id="mast-unread" hx-swap-oob="true">1<', page)
    assert page.count('id="said"') == 1


@pytest.mark.parametrize(
    ("status", "action", "answer"),
    [("draft", "follow", 404), ("draft", "unfollow", 404), ("retired", "follow", 400), ("live", "devour", 400)],
)
def test_what_cannot_be_followed_is_refused(
    reader_client: Client, db: None, status: str, action: str, answer: int
) -> None:
    make_feed(make_source(slug="s", status=status))
    response = reader_client.post(reverse("reading:follow", args=["s"]), {"action": action})
    assert response.status_code == answer
    assert not Follow.objects.exists()


def test_a_retired_source_can_still_be_left(reader_client: Client, reader: User) -> None:
    feed = make_feed(make_source(slug="s"))
    follows.follow(feed.source, user=reader, now=NOW)
    feed.source.status = "retired"
    feed.source.save()
    assert "Unfollow" in text_of(reader_client.get("/sources/s/"))
    reader_client.post(reverse("reading:follow", args=["s"]), {"action": "unfollow"})
    assert not Follow.objects.exists()


def test_a_source_without_a_feed_is_looked_at_by_hand_once_a_day(reader_client: Client, reader: User) -> None:
    make_source("The Forum", slug="forum", kind="community")
    assert "Looked, 15 minutes" in text_of(reader_client.get("/sources/forum/"))
    address = reverse("reading:looked", args=["forum"])
    assert "you looked at The Forum for 15 minutes" in text_of(reader_client.post(address, follow=True))
    assert "you looked at The Forum today" in text_of(reader_client.post(address, follow=True))
    assert [row.minutes for row in Activity.objects.of(reader)] == [15]
    page = text_of(reader_client.get("/sources/"))
    assert "looked today" in page
    assert "Looked, 15 minutes" not in page
    with time_machine.travel(NOW + timedelta(days=1)):
        assert "Looked, 15 minutes" in text_of(reader_client.get("/sources/"))


@pytest.mark.parametrize(("has_feed", "status"), [(True, "live"), (False, "draft"), (False, "retired")])
def test_nothing_else_is_looked_at_by_hand(reader_client: Client, db: None, has_feed: bool, status: str) -> None:
    source = make_source(slug="s", status=status)
    if has_feed:
        make_feed(source)
    assert reader_client.post(reverse("reading:looked", args=["s"])).status_code == 404
    assert not Activity.objects.exists()


def test_the_directory_says_how_fresh_a_source_is(reader_client: Client, db: None) -> None:
    alive, quiet = make_feed(make_source("Alive", rhythm="weekly")), make_feed(make_source("Quiet", rhythm="weekly"))
    for week in range(12):
        make_post(alive, f"{week} weeks old", published_at=NOW - timedelta(weeks=week, hours=1), first_seen_at=NOW)
    make_post(quiet, published_at=NOW - timedelta(days=300))
    make_feed(make_source("Empty"))
    lines = lines_by_name(text_of(reader_client.get("/sources/")))
    assert "about 1 a week" in lines["Alive"]
    assert ">20 Nov</time>" in lines["Alive"]
    assert ">0 weeks old<" in lines["Alive"]
    assert "1 weeks old" not in lines["Alive"]
    assert "weekly" not in lines["Alive"]
    assert "weekly" in lines["Quiet"]
    assert "quiet since 24 January 2026" in lines["Quiet"]
    assert "nothing has arrived yet" in lines["Empty"]


def test_the_newest_post_of_a_line_leads_to_it_and_is_not_trusted(reader_client: Client, db: None) -> None:
    post = make_post(title="<b>bold</b> & \u202eevil")
    page = text_of(reader_client.get("/sources/"))
    assert f'<a href="/posts/{post.pk}/"><bdi>&lt;b&gt;bold&lt;/b&gt; &amp; \u202eevil</bdi></a>' in page


def test_what_the_week_draws_on_is_recommended_in_the_directory_and_on_its_page(
    reader_client: Client, db: None
) -> None:
    named, other, of_team, resting = (make_source(name) for name in ("Named", "Other", "Of the team", "Resting"))
    rules: list[tuple[Source, dict[str, Any]]] = [
        (named, {}),
        (of_team, {"audience": "team"}),
        (resting, {"is_active": False}),
    ]
    for source, fields in rules:
        rule = CadenceRule.objects.create(slug=source.slug, what="A post", frequency="daily", **fields)
        rule.sources.add(source)
    lines = lines_by_name(text_of(reader_client.get("/sources/")))
    assert [name for name, line in lines.items() if "recommended" in line] == ["Named"]
    assert "recommended" in text_of(reader_client.get(named.get_absolute_url()))
    assert "recommended" not in text_of(reader_client.get(other.get_absolute_url()))


def test_it_says_how_many_of_the_team_follow_a_source_but_never_of_so_few_that_one_knows_who(
    reader_client: Client, reader: User, teammate: User, curator: User
) -> None:
    loved, liked = make_feed(make_source("Loved")).source, make_feed(make_source("Liked")).source
    for person in (reader, teammate, curator):
        follows.follow(loved, user=person, now=NOW)
    for person in (reader, teammate):
        follows.follow(liked, user=person, now=NOW)
    lines = lines_by_name(text_of(reader_client.get("/sources/?order=followers")))
    assert "followed by 3 of the team" in lines["Loved"]
    assert "of the team" not in lines["Liked"]
    assert list(lines) == ["Loved", "Liked"]
    assert "followed by 3 of the team" in text_of(reader_client.get(loved.get_absolute_url()))
    User.objects.filter(pk=teammate.pk).update(shares_stages=False)
    assert "of the team" not in text_of(reader_client.get("/sources/"))
    User.objects.filter(pk=teammate.pk).update(shares_stages=True)
    follows.mute(loved, user=curator, muted=True)
    assert "of the team" not in text_of(reader_client.get("/sources/"))


def test_the_parts_of_a_source_are_spoken_of_by_themselves(reader_client: Client, db: None) -> None:
    lab = make_source("The Lab", slug="the-lab", rhythm="weekly")
    make_feed(make_source("Its blog", parent=lab, rhythm="monthly"))
    make_source("Its forum", parent=lab, kind="community", rhythm="daily")
    page = text_of(reader_client.get("/sources/the-lab/"))
    parts = page[page.index("Belongs to it") :].split("</li>")
    assert '<p class="meta"> Blog <span class="dot">monthly</span> </p>' in parts[0]
    assert '<p class="meta"> Community <span class="dot">daily</span> <span class="dot">no feed</span> </p>' in parts[1]


def test_a_stream_is_a_tab_that_keeps_the_other_filters(reader_client: Client, reader: User) -> None:
    for kind, name in [("blog", "Ours"), ("venue", "SC"), ("blog", "Theirs")]:
        make_feed(make_source(name, kind=kind, access="free" if name != "Theirs" else "paid"))
    page = reader_client.get("/sources/?access=free")
    assert [(tab.stream, tab.count) for tab in page.context["tabs"]] == [
        (None, 2),
        ("venues", 1),
        ("papers", 0),
        ("blogs", 1),
        ("communities", 0),
    ]
    assert 'href="?access=free&amp;stream=blogs"' in text_of(page)
    page = reader_client.get("/sources/?access=free&stream=blogs")
    assert list(lines_by_name(text_of(page))) == ["Ours"]
    assert '<input type="hidden" name="stream" value="blogs"' in text_of(page)
    assert 'href="?stream=blogs">Take all filters away' in text_of(page)


def test_the_newest_post_can_come_first_within_each_stream(reader_client: Client, db: None) -> None:
    for name, days in [("Old", 9), ("Young", 1), ("Middle", 4)]:
        make_post(make_feed(make_source(name)), published_at=NOW - timedelta(days=days))
    make_source("Silent")
    make_post(make_feed(make_source("A venue", kind="venue")), published_at=NOW - timedelta(days=30))
    in_order = list(lines_by_name(text_of(reader_client.get("/sources/?order=newest"))))
    assert in_order == ["A venue", "Young", "Middle", "Old", "Silent"]
    assert list(lines_by_name(text_of(reader_client.get("/sources/?order=nonsense"))))[1:] == [
        "Middle",
        "Old",
        "Silent",
        "Young",
    ]


def test_words_find_a_source_by_its_name_and_description(reader_client: Client, db: None) -> None:
    make_source("Interconnects", description="On post-training.")
    make_source("The Gradient", description="Essays.")
    for words in ("interconn", "post-training"):
        assert list(lines_by_name(text_of(reader_client.get("/sources/", {"q": words})))) == ["Interconnects"]


@pytest.mark.parametrize("query", ["stream=nonsense", "kind=nonsense", "following=nonsense", "category=nonsense"])
def test_a_filter_that_there_is_none_of_says_so(reader_client: Client, db: None, query: str) -> None:
    make_source("The Blog")
    page = text_of(reader_client.get(f"/sources/?{query}"))
    assert "No source fits" in page
    assert re.search(r'class="error">(There is no such choice|Select a valid choice)', page)


def test_many_sources_come_in_pages_whose_headings_count_all(reader_client: Client, db: None) -> None:
    Source.objects.bulk_create(
        Source(name=f"Blog {number:03}", slug=f"b-{number}", kind="blog") for number in range(60)
    )
    first, second = (reader_client.get(f"/sources/?page={page}") for page in (1, 2))
    assert (len(lines_by_name(text_of(first))), len(lines_by_name(text_of(second)))) == (50, 10)
    for page in (first, second):
        assert '<span class="meta num">60</span>' in text_of(page)
        assert 'aria-label="Pages"' in text_of(page)


def test_an_empty_catalogue_says_what_will_be_here(reader_client: Client, db: None) -> None:
    page = text_of(reader_client.get("/sources/"))
    assert "No sources yet" in page
    assert "No source fits" not in page


def test_the_directory_can_be_narrowed_to_what_is_followed(reader_client: Client, reader: User) -> None:
    mine, other = make_feed(make_source("Mine")), make_feed(make_source("Other"))
    follows.follow(mine.source, user=reader, now=NOW)
    page = text_of(reader_client.get("/sources/?following=yes"))
    assert "Mine" in page
    assert "Other" not in page
    page = text_of(reader_client.get("/sources/?following=no"))
    assert "Mine" not in page
    assert other.source.name in page


def test_a_stream_is_followed_from_the_directory_and_the_undo_stands_there(reader_client: Client, reader: User) -> None:
    for _ in range(2):
        make_feed()
    assert "Follow all blogs, 2 more" in text_of(reader_client.get("/sources/"))
    fields = {"stream": "blogs", "next": "/sources/"}
    page = reader_client.post(reverse("reading:follow_stream"), fields, follow=True)
    assert page.redirect_chain == [("/sources/", 302)]
    assert "Follow all blogs" not in text_of(page)
    undone = reader_client.post(reverse("reading:undo"), {"token": page.context["offer"].token}, follow=True)
    assert undone.redirect_chain == [("/sources/", 302)]
    assert not Follow.objects.exists()


def test_who_does_not_follow_sees_no_unread_posts(reader_client: Client, teammate_client: Client, reader: User) -> None:
    feed = make_feed(make_source(slug="the-blog"))
    make_post(feed)
    follows.follow(feed.source, user=reader, now=NOW)
    assert "1 unread" in text_of(reader_client.get("/sources/the-blog/"))
    for address in ("/sources/the-blog/", "/sources/"):
        page = text_of(teammate_client.get(address))
        assert "1 unread" not in page
        assert 'class="unread"' not in page


def test_a_marked_line_keeps_its_form_on_the_source_page(reader_client: Client, db: None) -> None:
    post = make_post(make_feed(make_source("The Blog")))
    fields = {"action": "read", "has": "line", "one_source": "1"}
    page = text_of(reader_client.post(reverse("reading:mark_post", args=[post.pk]), fields, headers=HTMX))
    assert f'id="post-{post.pk}"' in page
    assert 'class="from"' not in page


@pytest.mark.parametrize("address", ["/sources/s/follow/", "/sources/s/looked/"])
def test_following_and_looking_need_a_post_with_a_token(reader: User, address: str) -> None:
    make_source(slug="s")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    assert strict.get(address).status_code == 405
    assert strict.post(address, {"action": "follow"}).status_code == 403


@pytest.mark.parametrize("count", [2, 30])
@pytest.mark.parametrize("address", ["/sources/", "/sources/?order=newest&following=yes&q=source", "/sources/first/"])
def test_pages_ask_as_few_queries_for_many_sources_as_for_few(
    reader_client: Client,
    reader: User,
    address: str,
    count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    first = make_source(slug="first")
    for _ in range(count):
        follows.follow(make_post(make_feed()).feed.source, user=reader, now=NOW)
        make_post(make_feed(first))
        make_source(parent=first)
        make_entry(source=first)
    follows.follow(first, user=reader, now=NOW)
    CadenceRule.objects.create(slug="rule", what="A post", frequency="daily").sources.add(first)
    assert Post.objects.count() == 2 * count
    with django_assert_max_num_queries(12):
        assert reader_client.get(address).status_code == 200
