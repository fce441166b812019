"""The pages of the inbox and of posts: what they show, what their buttons do, and whom they refuse."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ObjectDoesNotExist
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Feed, Identifier, Post, Source
from readinglist.reading import follows, marks, stages
from readinglist.reading.models import Follow, PostState
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HTMX = {"HX-Request": "true"}
MAST_COUNT = r'<small id="mast-unread"\s*>3<'


@pytest.fixture(autouse=True)
def friday_morning() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def blog(reader: User) -> Feed:
    """The feed of a blog that the reader follows."""
    feed = make_feed(make_source("The Blog", slug="the-blog"))
    follows.follow(feed.source, user=reader, now=NOW)
    return feed


@pytest.fixture
def paper(reader: User) -> Feed:
    """The feed of a report series that the reader follows."""
    feed = make_feed(make_source("The Reports", slug="the-reports", kind="report_series"))
    follows.follow(feed.source, user=reader, now=NOW)
    return feed


def text_of(response: Any) -> str:
    return str(response.content.decode())


def titles(client: Client, address: str = "/inbox/") -> list[str]:
    return [post.title for day in client.get(address).context["days"] for post in day.posts]


def state_of(post: Post, user: User) -> PostState:
    return PostState.objects.get(post=post, user=user)


def read_up_to(client: Client, post: Post, **fields: str) -> Any:
    return client.post(reverse("reading:read_up_to"), {"post": post.pk, **fields}, follow=True)


def press_undo(client: Client, page: Any) -> Any:
    return client.post(reverse("reading:undo"), {"token": page.context["offer"].token}, follow=True)


# ------------------------------------------------------------------ the list


def test_the_newest_arrival_stands_first_under_its_day(reader_client: Client, blog: Feed) -> None:
    make_post(blog, "Older", first_seen_at=NOW - timedelta(days=3))
    make_post(blog, "Yesterday's", first_seen_at=NOW - timedelta(days=1))
    make_post(blog, "Newest", first_seen_at=NOW)
    page = text_of(reader_client.get("/inbox/"))
    assert titles(reader_client) == ["Newest", "Yesterday's", "Older"]
    assert re.findall(r'<h2 id="day-\d+">(.*?)</h2>', page) == [
        "Today, Friday 20 November",
        "Yesterday, Thursday 19 November",
        "Tuesday 17 November",
    ]


def test_days_are_those_of_the_readers_clock(reader_client: Client, reader: User, blog: Feed) -> None:
    User.objects.filter(pk=reader.pk).update(zone="Asia/Tokyo")
    make_post(blog, first_seen_at=datetime(2026, 11, 19, 16, 0, tzinfo=UTC))
    assert "Today, Friday 20 November" in text_of(reader_client.get("/inbox/"))


def test_filters_live_in_the_address(reader_client: Client, reader: User, blog: Feed, paper: Feed) -> None:
    in_blog, in_paper = make_post(blog, "In the blog"), make_post(paper, "In the reports")
    assert titles(reader_client, "/inbox/?stream=blogs") == ["In the blog"]
    assert titles(reader_client, "/inbox/?source=the-reports") == ["In the reports"]
    assert titles(reader_client, "/inbox/?stream=blogs&source=the-reports") == []
    marks.save(in_blog, user=reader, now=NOW)
    marks.mark_read(in_paper, user=reader, now=NOW)
    assert titles(reader_client, "/inbox/?state=saved") == ["In the blog"]
    assert titles(reader_client, "/inbox/?state=read") == ["In the reports"]
    assert titles(reader_client) == ["In the blog"]
    assert titles(reader_client, "/inbox/?state=all") == ["In the reports", "In the blog"]


def test_the_streams_count_what_is_unread(reader_client: Client, reader: User, blog: Feed, paper: Feed) -> None:
    posts = [make_post(blog) for _ in range(3)]
    make_post(paper)
    marks.mark_read(posts[0], user=reader, now=NOW)
    tabs = {tab.stream: tab.count for tab in reader_client.get("/inbox/?state=all").context["tabs"]}
    assert tabs == {"": 3, "blogs": 2, "papers": 1, "venues": 0, "communities": 0}


def test_more_than_can_be_counted_is_said_with_a_plus(reader_client: Client, blog: Feed) -> None:
    Post.objects.bulk_create(
        Post(feed=blog, guid_hash=str(n), key=f"url:{n}", title=str(n), content_hash="", first_seen_at=NOW)
        for n in range(1001)
    )
    Follow.objects.update(caught_up_to=0)
    page = text_of(reader_client.get("/inbox/?source=the-blog"))
    assert re.search(r'id="unread-all"\s*>999\+<', page)
    assert "99+ unread from The Blog" in page


@pytest.mark.parametrize(
    "query", ["stream=gossip", "state=devoured", "source=nobody", "source=%00", "stream=%00", "state=all&source=x'"]
)
def test_an_unknown_filter_is_named_and_left_out(reader_client: Client, blog: Feed, query: str) -> None:
    make_post(blog, "Here all the same")
    response = reader_client.get(f"/inbox/?{query}")
    assert response.status_code == 200
    assert 'class="error mt2"' in text_of(response)
    assert titles(reader_client, f"/inbox/?{query}") == ["Here all the same"]


@pytest.mark.parametrize("number", ["0", "-1", "x", "1e9", str(2**63), "9" * 400, "%00"])
def test_an_impossible_place_is_the_beginning(reader_client: Client, blog: Feed, number: str) -> None:
    make_post(blog, "The newest")
    assert titles(reader_client, f"/inbox/?before={number}&post={number}") == ["The newest"]


def test_older_posts_follow_on_pages_without_gap_or_doubling(reader_client: Client, blog: Feed) -> None:
    made = [make_post(blog, f"Post {number:03}").title for number in range(105)]
    address, seen = "/inbox/?state=all", []
    while address:
        response = reader_client.get(address)
        seen += titles(reader_client, address)
        older = response.context["older"]
        address = f"/inbox/{older}" if older else ""
    assert seen == made[::-1]


def test_a_work_stands_once_and_its_copies_are_named_on_its_page(
    reader_client: Client, blog: Feed, paper: Feed
) -> None:
    first = make_post(blog, "The work", key="arxiv:2401.00001")
    make_post(paper, "The work, again", key="arxiv:2401.00001")
    assert titles(reader_client) == ["The work"]
    page = text_of(reader_client.get(f"/posts/{first.pk}/"))
    assert "Also in" in page
    assert "The Reports" in page


def test_a_work_of_the_catalogue_leads_there(reader_client: Client, reader: User, blog: Feed) -> None:
    work = make_entry("Attention Is All You Need")
    Identifier.objects.create(entry=work, key="arxiv:1706.03762")
    post = make_post(blog, key="arxiv:1706.03762")
    stages.start(work, user=reader, now=NOW)
    for address in ("/inbox/", f"/posts/{post.pk}/"):
        page = text_of(reader_client.get(address))
        assert f'href="{work.get_absolute_url()}"' in page
        assert "reading" in page


# ------------------------------------------------------------- empty inboxes


def test_who_follows_nothing_is_offered_whole_streams(reader_client: Client, db: None) -> None:
    for _ in range(2):
        make_feed()
    make_source(kind="venue")
    make_feed(make_source(status="draft"))
    page = text_of(reader_client.get("/inbox/"))
    assert "You follow nothing yet" in page
    assert "Follow all 2 blogs" in page
    assert "venues" not in page


def test_following_a_stream_can_be_undone_once(reader_client: Client, reader: User) -> None:
    kept = make_feed()
    follows.follow(kept.source, user=reader, now=NOW - timedelta(days=1))
    for _ in range(2):
        make_feed()
    response = reader_client.post(reverse("reading:follow_stream"), {"stream": "blogs"}, follow=True)
    assert "You follow 2 sources more." in text_of(response)
    assert Follow.objects.of(reader).count() == 3
    token = response.context["offer"].token
    press_undo(reader_client, response)
    assert list(Follow.objects.of(reader).values_list("source", flat=True)) == [kept.source_id]
    again = reader_client.post(reverse("reading:undo"), {"token": token}, follow=True)
    assert "There is nothing left to undo." in text_of(again)


@pytest.mark.parametrize("stream", ["", "gossip", "\x00"])
def test_only_a_stream_can_be_followed_whole(reader_client: Client, reader: User, stream: str) -> None:
    make_feed()
    assert reader_client.post(reverse("reading:follow_stream"), {"stream": stream}).status_code == 400
    assert not Follow.objects.exists()


def test_an_inbox_that_is_all_read_says_so_and_leads_on(reader_client: Client, reader: User, blog: Feed) -> None:
    marks.mark_read(make_post(blog), user=reader, now=NOW)
    page = text_of(reader_client.get("/inbox/"))
    assert "All read" in page
    assert "came from The Blog" in page
    assert 'href="/inbox/?state=all"' in page


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "Nothing has arrived yet"),
        ("?state=all", "Nothing has arrived yet"),
        ("?state=saved", "Nothing saved here"),
        ("?state=read", "Nothing marked as read here"),
        ("?before=1", "Nothing older"),
    ],
)
def test_every_empty_list_says_what_will_be_there(reader_client: Client, blog: Feed, query: str, says: str) -> None:
    assert says in text_of(reader_client.get(f"/inbox/{query}"))


@pytest.mark.parametrize("query", ["stream=blogs", "stream=blogs&source=the-blog"])
def test_an_empty_list_leads_on_within_its_filter(reader_client: Client, reader: User, blog: Feed, query: str) -> None:
    marks.mark_read(make_post(blog), user=reader, now=NOW)
    assert f'href="/inbox/?{query}&state=all"' in text_of(reader_client.get(f"/inbox/?{query}")).replace("&amp;", "&")
    older = text_of(reader_client.get(f"/inbox/?{query}&before=1")).replace("&amp;", "&")
    assert f'href="/inbox/?{query}">To the newest' in older


def test_a_stream_that_nobody_follows_leads_to_its_sources(reader_client: Client, blog: Feed) -> None:
    make_post(blog)
    for query in ("stream=venues", "stream=venues&state=all"):
        page = text_of(reader_client.get(f"/inbox/?{query}"))
        assert "You follow no venues" in page
        assert 'href="/sources/?stream=venues"' in page


def test_what_was_saved_is_asked_for_without_following_anything(reader_client: Client, db: None) -> None:
    assert "Nothing saved here" in text_of(reader_client.get("/inbox/?state=saved"))


def test_what_was_marked_in_a_stream_says_so(reader_client: Client, blog: Feed) -> None:
    for query, says in (("state=saved&stream=blogs", "Blogs · Saved"), ("state=read", "Marked as read")):
        page = text_of(reader_client.get(f"/inbox/?{query}"))
        assert re.search(rf'id="inbox-sum"\s*>\s*{says}\s*</p>', page)


def test_a_stream_offers_its_own_sources(reader_client: Client, blog: Feed, paper: Feed) -> None:
    def offered(address: str) -> list[str]:
        return re.findall(r'<option value="(the-\w+)"', text_of(reader_client.get(address)))

    assert offered("/inbox/") == ["the-blog", "the-reports"]
    assert offered("/inbox/?stream=blogs") == ["the-blog"]
    assert offered("/inbox/?stream=blogs&source=the-reports") == ["the-blog", "the-reports"]


# ------------------------------------------------------------------ one post


def test_opening_a_post_is_noted_and_is_not_reading_it(reader_client: Client, reader: User, blog: Feed) -> None:
    post = make_post(blog)
    assert reader_client.head(f"/posts/{post.pk}/").status_code == 200
    assert not PostState.objects.exists()
    reader_client.get(f"/posts/{post.pk}/")
    assert state_of(post, reader).opened_at == NOW
    assert state_of(post, reader).read_at is None
    assert titles(reader_client) == [post.title]


@pytest.mark.parametrize(
    "header", [{"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Moz": "prefetch"}]
)
@pytest.mark.parametrize("address", ["/posts/{}/", "/inbox/?post={}"])
def test_what_a_browser_fetches_ahead_is_not_opened(
    reader_client: Client, blog: Feed, address: str, header: dict[str, str]
) -> None:
    post = make_post(blog)
    assert reader_client.get(address.format(post.pk), headers=header).status_code == 200
    assert not PostState.objects.exists()


@pytest.mark.parametrize("address", ["/", "/inbox/", "/posts/{}/", "/sources/", "/sources/the-blog/"])
def test_the_back_button_brings_no_old_marks(reader_client: Client, blog: Feed, address: str) -> None:
    """Unless forbidden, browsers show on the way back what they had kept."""
    post = make_post(blog)
    assert "no-store" in reader_client.get(address.format(post.pk))["Cache-Control"]


def test_the_title_names_the_filter_and_what_lies_open(reader_client: Client, blog: Feed) -> None:
    post = make_post(blog, "Of cables & switches")
    for address, title in {
        "/inbox/": "Inbox",
        "/inbox/?stream=blogs&state=all": "Blogs · All posts · Inbox",
        "/inbox/?state=saved": "Saved · Inbox",
        "/inbox/?source=the-blog": "The Blog · Inbox",
        f"/inbox/?stream=blogs&post={post.pk}": "Of cables &amp; switches · Blogs · Inbox",
    }.items():
        page = text_of(reader_client.get(address))
        assert " ".join(re.findall(r"(?s)<title>(.*?)</title>", page)[0].split()) == f"{title} · Readinglist"
    swapped = text_of(reader_client.get(f"/inbox/?post={post.pk}", headers=HTMX))
    assert "<title>Of cables &amp; switches · Inbox · Readinglist</title>" in " ".join(swapped.split())


def test_the_pane_opens_a_post_beside_the_list(reader_client: Client, reader: User, blog: Feed) -> None:
    post = make_post(blog, body="<p>Its text</p>")
    page = text_of(reader_client.get(f"/inbox/?post={post.pk}"))
    assert "<p>Its text</p>" in page
    assert 'aria-current="true"' in page
    assert state_of(post, reader).opened_at == NOW


def test_htmx_gets_the_pane_and_the_line_alone(reader_client: Client, blog: Feed) -> None:
    post = make_post(blog, body="<p>Its text</p>")
    response = reader_client.get(f"/inbox/?post={post.pk}", headers=HTMX)
    page = text_of(response)
    assert page.strip().startswith("<article")
    assert f'id="post-{post.pk}"' in page
    assert "<html" not in page
    assert "HX-Request" in response["Vary"]
    assert "HX-Request" in reader_client.get("/inbox/")["Vary"]


def test_the_body_is_shown_as_it_was_stored_and_the_title_as_text(reader_client: Client, blog: Feed) -> None:
    post = make_post(blog, "<script>alert(1)</script>", body="<p>An <em>honest</em> text</p>")
    page = text_of(reader_client.get(f"/posts/{post.pk}/"))
    assert "<p>An <em>honest</em> text</p>" in page
    assert "<script>alert" not in page


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "http://[x", ""])
def test_only_an_address_of_the_web_is_offered_as_the_original(reader_client: Client, blog: Feed, url: str) -> None:
    post = make_post(blog, key="guid:1")
    Post.objects.filter(pk=post.pk).update(url=url)
    page = text_of(reader_client.get(f"/posts/{post.pk}/"))
    assert "Original" not in page


def test_before_and_next_stay_in_the_filter(reader_client: Client, blog: Feed, paper: Feed) -> None:
    oldest, _other, middle, newest = (make_post(feed) for feed in (blog, paper, blog, blog))
    page = text_of(reader_client.get(f"/posts/{middle.pk}/?stream=blogs&before=900"))
    assert f'href="/posts/{newest.pk}/?stream=blogs&amp;before=900"' in page
    assert f'href="/posts/{oldest.pk}/?stream=blogs&amp;before=900"' in page
    assert f'href="/inbox/?stream=blogs&amp;before=900#post-{middle.pk}"' in page


def test_posts_of_drafts_are_not_found(reader_client: Client, reader: User, db: None) -> None:
    hidden = make_post(make_feed(make_source(status="draft")))
    for address in (f"/posts/{hidden.pk}/", f"/inbox/?post={hidden.pk}"):
        assert reader_client.get(address).status_code == 404
    mark = reverse("reading:mark_post", args=[hidden.pk])
    assert reader_client.post(mark, {"action": "save"}).status_code == 404
    assert read_up_to(reader_client, hidden).status_code == 404
    assert not PostState.objects.exists()


def test_posts_that_nobody_follows_can_be_opened_and_saved(reader_client: Client, reader: User, db: None) -> None:
    post = make_post()
    reader_client.post(reverse("reading:mark_post", args=[post.pk]), {"action": "save"})
    assert titles(reader_client, "/inbox/?state=saved") == [post.title]


# --------------------------------------------------------------------- marks


@pytest.mark.parametrize("action", ["read", "unread", "save", "unsave"])
def test_every_mark_can_be_set_and_says_so(reader_client: Client, reader: User, blog: Feed, action: str) -> None:
    post = make_post(blog, "The post")
    address = reverse("reading:mark_post", args=[post.pk])
    marks.save(post, user=reader, now=NOW)
    response = reader_client.post(address, {"action": action, "next": "/inbox/?state=all"}, follow=True)
    assert response.redirect_chain == [("/inbox/?state=all", 302)]
    state = state_of(post, reader)
    assert bool(state.read_at) == (action == "read")
    assert bool(state.unread_from) == (action == "unread")
    assert bool(state.saved_at) == (action != "unsave")


@pytest.mark.parametrize("action", ["", "devour", "__class__", "\x00"])
def test_an_unknown_mark_is_refused(reader_client: Client, blog: Feed, action: str) -> None:
    post = make_post(blog)
    response = reader_client.post(reverse("reading:mark_post", args=[post.pk]), {"action": action})
    assert response.status_code == 400
    assert not PostState.objects.exists()


def test_a_foreign_next_is_ignored(reader_client: Client, blog: Feed) -> None:
    post = make_post(blog)
    address = reverse("reading:mark_post", args=[post.pk])
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", "//[x", "/\\evil.example"):
        response = reader_client.post(address, {"action": "read", "next": target})
        assert response["Location"] == f"/posts/{post.pk}/"


def test_htmx_gets_those_parts_that_the_page_has(reader_client: Client, blog: Feed, paper: Feed) -> None:
    post = make_post(blog)
    make_post(paper)
    address = reverse("reading:mark_post", args=[post.pk])
    fields = {"action": "read", "has": ["line", "counts"], "state": "all", "before": "900"}
    page = text_of(reader_client.post(address, fields, headers=HTMX))
    assert f'id="post-{post.pk}"' in page
    assert f'href="/posts/{post.pk}/?state=all&amp;before=900"' in page
    assert "The Blog" not in re.sub(r"(?s)<li.*?</li>", "", page)
    assert re.findall(r'id="unread-(\w+)"\s+hx-swap-oob="true">(\d+)<', page) == [
        ("all", "1"),
        ("venues", "0"),
        ("papers", "1"),
        ("blogs", "0"),
        ("communities", "0"),
    ]
    assert 'id="acts"' not in page
    beside = {"action": "unread", "has": "line", "open": str(post.pk)}
    assert 'id="acts"' in text_of(reader_client.post(address, beside, headers=HTMX))
    in_source = {"action": "unread", "has": "counts", "source": "the-blog"}
    assert "1 unread from The Blog" in text_of(reader_client.post(address, in_source, headers=HTMX))
    alone = text_of(reader_client.post(address, {"action": "save", "has": "acts"}, headers=HTMX))
    assert f'id="post-{post.pk}"' not in alone
    assert "Saved: " in alone


def test_marks_are_ones_own(reader_client: Client, teammate_client: Client, teammate: User, blog: Feed) -> None:
    post = make_post(blog)
    follows.follow(blog.source, user=teammate, now=NOW)
    for action in ("read", "save"):
        reader_client.post(reverse("reading:mark_post", args=[post.pk]), {"action": action})
    assert titles(reader_client) == []
    assert titles(teammate_client) == [post.title]
    assert titles(teammate_client, "/inbox/?state=saved") == []
    with pytest.raises(ObjectDoesNotExist):
        state_of(post, teammate)


def test_the_reading_time_comes_from_the_words_and_an_excerpt_has_none(reader_client: Client, blog: Feed) -> None:
    long = make_post(blog, body="<p>" + "one <em>two</em> three <!-- four --> " * 460 + "</p>")
    short = make_post(blog, body="<p>" + "word " * 100 + "</p>")
    assert "about 6 min" in text_of(reader_client.get(f"/posts/{long.pk}/"))
    assert "about 6 min" in text_of(reader_client.get(f"/inbox/?post={long.pk}"))
    assert "about" not in text_of(reader_client.get(f"/posts/{short.pk}/"))


# -------------------------------------------------------------------- muting


def test_a_source_is_muted_from_its_post_and_heard_again_from_the_directory(
    reader_client: Client, reader: User, blog: Feed
) -> None:
    post = make_post(blog, "From the blog")
    follow, here = reverse("reading:follow", args=["the-blog"]), f"/inbox/?post={post.pk}"
    assert 'value="mute"' in text_of(reader_client.get(here))
    page = reader_client.post(follow, {"action": "mute", "next": here}, follow=True)
    assert page.redirect_chain == [(here, 302)]
    assert "brings nothing to your inbox" in text_of(page)
    assert 'value="unmute"' in text_of(page)
    assert titles(reader_client) == []
    assert [line.source.slug for line in lines_of(reader_client, "/sources/?following=muted")] == ["the-blog"]
    again = reader_client.post(follow, {"action": "mute"}, follow=True)
    assert "Nothing to change" in text_of(again)
    answer = text_of(reader_client.post(follow, {"action": "unmute"}, headers=HTMX))
    assert "is heard again" in answer
    assert 'value="unmute"' not in answer
    assert titles(reader_client) == ["From the blog"]
    assert lines_of(reader_client, "/sources/?following=muted") == []


def test_an_inbox_of_muted_sources_alone_leads_to_them(reader_client: Client, reader: User, blog: Feed) -> None:
    make_post(blog)
    follows.mute(blog.source, user=reader, muted=True)
    page = text_of(reader_client.get("/inbox/"))
    assert "All that you follow is muted" in page
    assert 'href="/sources/?following=muted"' in page


def test_who_follows_nothing_still_reads_the_post_that_the_address_names(reader_client: Client, db: None) -> None:
    post = make_post(body="<p>Its text</p>")
    page = text_of(reader_client.get(f"/inbox/?post={post.pk}"))
    assert "You follow nothing yet" in page
    assert "<p>Its text</p>" in page


def test_only_what_is_followed_can_be_muted(reader_client: Client, reader: User, db: None) -> None:
    post = make_post(make_feed(make_source("Strangers", slug="strangers")))
    page = text_of(reader_client.get(f"/posts/{post.pk}/"))
    assert 'value="follow"' in page
    assert 'value="mute"' not in page
    response = reader_client.post(reverse("reading:follow", args=["strangers"]), {"action": "mute"}, follow=True)
    assert "Nothing to change" in text_of(response)
    assert not Follow.objects.exists()


def lines_of(client: Client, address: str) -> list[Any]:
    return [line for group in client.get(address).context["groups"] for line in group.lines]


# ----------------------------------------------------------- read up to here


def test_read_up_to_here_leaves_what_is_newer_and_can_be_undone(reader_client: Client, blog: Feed, paper: Feed) -> None:
    make_post(blog, "Old one")
    here = make_post(paper, "Here")
    make_post(blog, "Newer")
    page = read_up_to(reader_client, here)
    assert "2 posts marked as read." in text_of(page)
    assert titles(reader_client) == ["Newer"]
    assert "Undo" in text_of(reader_client.get("/inbox/"))
    press_undo(reader_client, page)
    assert titles(reader_client) == ["Newer", "Here", "Old one"]
    assert "Undo</button>" not in text_of(reader_client.get("/inbox/"))


def test_read_up_to_here_keeps_to_the_filter_and_goes_back_to_it(
    reader_client: Client, blog: Feed, paper: Feed
) -> None:
    make_post(paper, "A report")
    here = make_post(blog, "A post")
    page = read_up_to(reader_client, here, stream="blogs", state="all", before=str(here.pk + 1))
    assert page.redirect_chain == [("/inbox/?stream=blogs&state=all", 302)]
    assert titles(reader_client) == ["A report"]
    assert press_undo(reader_client, page).redirect_chain == [("/inbox/?stream=blogs&state=all", 302)]


def test_undo_restores_no_more_than_its_own_step(reader_client: Client, blog: Feed) -> None:
    first, second = make_post(blog, "First"), make_post(blog, "Second")
    stale = read_up_to(reader_client, first)
    read_up_to(reader_client, second)
    response = press_undo(reader_client, stale)
    assert "There is nothing left to undo." in text_of(response)
    assert titles(reader_client) == []


@pytest.mark.parametrize("token", ["", "x", "\x00", "é", "0" * 10_000])
def test_a_made_up_token_undoes_nothing(reader_client: Client, blog: Feed, token: str) -> None:
    read_up_to(reader_client, make_post(blog))
    response = reader_client.post(reverse("reading:undo"), {"token": token}, follow=True)
    assert "There is nothing left to undo." in text_of(response)
    assert titles(reader_client) == []


def test_another_session_cannot_undo_it(reader_client: Client, teammate_client: Client, blog: Feed) -> None:
    page = read_up_to(reader_client, make_post(blog))
    press_undo_of = {"token": page.context["offer"].token}
    response = teammate_client.post(reverse("reading:undo"), press_undo_of, follow=True)
    assert "There is nothing left to undo." in text_of(response)
    assert titles(reader_client) == []


def test_an_undo_is_offered_for_ten_minutes(reader_client: Client, blog: Feed) -> None:
    page = read_up_to(reader_client, make_post(blog))
    with time_machine.travel(NOW + timedelta(minutes=11)):
        assert reader_client.get("/inbox/").context["offer"] is None
        assert "There is nothing left to undo." in text_of(press_undo(reader_client, page))


@pytest.mark.parametrize("post", ["", "0", "x", "1000000", str(2**63 - 1), str(2**64)])
def test_one_can_only_be_caught_up_to_a_post_that_is(reader_client: Client, blog: Feed, post: str) -> None:
    """Else one request would make all that is still to come read."""
    make_post(blog, "Still unread")
    assert reader_client.post(reverse("reading:read_up_to"), {"post": post}).status_code == 404
    assert titles(reader_client) == ["Still unread"]


@pytest.mark.parametrize(("state", "is_offered"), [("unread", True), ("all", True), ("saved", False), ("read", False)])
def test_one_catches_up_in_what_arrives_and_not_in_what_was_marked(
    reader_client: Client, reader: User, blog: Feed, state: str, is_offered: bool
) -> None:
    post = make_post(blog)
    for address in (f"/inbox/?state={state}&post={post.pk}", f"/posts/{post.pk}/?state={state}"):
        assert ("Read up to here" in text_of(reader_client.get(address))) is is_offered
    address = reverse("reading:mark_post", args=[post.pk])
    fields = {"action": "save", "has": "acts", "state": state}
    assert ("Read up to here" in text_of(reader_client.post(address, fields, headers=HTMX))) is is_offered


def test_catching_up_where_all_was_read_singly_counts_no_posts(reader_client: Client, reader: User, blog: Feed) -> None:
    post = make_post(blog)
    marks.mark_read(post, user=reader, now=NOW)
    assert "Caught up with 1 source." in text_of(read_up_to(reader_client, post))


def test_a_stale_undo_stays_on_its_page(reader_client: Client, blog: Feed) -> None:
    fields = {"token": "old", "next": "/inbox/?stream=blogs"}
    response = reader_client.post(reverse("reading:undo"), fields, follow=True)
    assert response.redirect_chain == [("/inbox/?stream=blogs", 302)]
    assert "There is nothing left to undo." in text_of(response)


def test_a_mark_on_the_posts_own_page_counts_in_the_masthead(reader_client: Client, blog: Feed) -> None:
    post, _other = make_post(blog), make_post(blog)
    has = re.findall(r'name="has" value="(\w+)"', text_of(reader_client.get(f"/posts/{post.pk}/")))
    fields = {"action": "read", "has": has, "open": str(post.pk)}
    page = text_of(reader_client.post(reverse("reading:mark_post", args=[post.pk]), fields, headers=HTMX))
    assert re.search(r'<small id="mast-unread"\s*hx-swap-oob="true">1<', page)
    assert 'id="unread-all"' not in page


def test_reading_up_to_where_one_is_changes_nothing(reader_client: Client, blog: Feed) -> None:
    post = make_post(blog)
    read_up_to(reader_client, post)
    assert "Nothing to change" in text_of(read_up_to(reader_client, post))


# ------------------------------------------------------------------ the frame


@pytest.mark.parametrize("name", ["read_up_to", "undo", "follow_stream"])
def test_what_changes_something_needs_a_post_with_a_token(reader: User, blog: Feed, name: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    assert strict.get(reverse(f"reading:{name}")).status_code == 405
    assert strict.post(reverse(f"reading:{name}"), {"stream": "blogs"}).status_code == 403


@pytest.mark.parametrize("address", ["/inbox/", "/posts/1/", "/posts/1/mark/", "/undo/", "/inbox/read-up-to/"])
def test_an_outsider_is_asked_to_sign_in(outsider: Client, db: None, address: str) -> None:
    assert outsider.get(address)["Location"].startswith("/accounts/login/")


def test_the_masthead_and_home_count_the_inbox(reader_client: Client, blog: Feed) -> None:
    assert "in the inbox" not in text_of(reader_client.get("/"))
    for _ in range(3):
        make_post(blog)
    page = text_of(reader_client.get("/"))
    assert "3 unread posts in the inbox" in page
    assert re.search(MAST_COUNT, page)
    assert re.search(MAST_COUNT, text_of(reader_client.get("/entries/")))


@pytest.mark.parametrize("count", [3, 60])
@pytest.mark.parametrize("address", ["/inbox/", "/inbox/?state=all&source=the-blog", "/inbox/?post={}", "/posts/{}/"])
def test_pages_ask_as_few_queries_for_many_posts_as_for_few(
    reader_client: Client,
    blog: Feed,
    address: str,
    count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    work = make_entry()
    for number in range(count):
        post = make_post(blog, key=f"arxiv:2401.{number:05}")
        Identifier.objects.create(entry=work, key=post.key)
    make_post(make_feed(Source.objects.get(slug="the-blog")), key=post.key)
    with django_assert_max_num_queries(12):
        assert reader_client.get(address.format(post.pk)).status_code == 200
