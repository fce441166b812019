"""The inbox in Chromium: axe finds nothing, hostile posts stay in their box, and marks are made without leaving."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from accounts.models import User
from readinglist.catalog.models import Identifier, Post
from readinglist.curation import suggestions
from readinglist.reading import follows, marks
from readinglist.reading.models import PostState
from tests.browser.axe import found_by_axe
from tests.fixtures.cast import make_person, signed_in
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

TEXT = """<p>Some <em>text</em> with <a href="https://example.org/">a link</a> and <code>code</code>.</p>
<p><a class="image" href="https://example.org/a.png">Image: a curve that falls</a></p><h2>A heading</h2>
<pre>torchrun --nproc-per-node 8 train.py --tensor-parallel 8 --sequence-parallel --and-more-than-fits</pre>"""
CELLS = "".join(f"<td>{'column' * 5}{number}</td>" for number in range(40))
QUOTES = "<blockquote>" * 80 + "deep" + "</blockquote>" * 80
LISTS = "<ul>" + "<li><ul>" * 80 + "<li>deeper</li>" + "</ul></li>" * 80 + "</ul>"
MARKS = "\u0301\u0338" * 300
HOSTILE = (
    f"<p>{'W' * 2000}</p><pre>{'x' * 3000}</pre><table><tr>{CELLS}</tr></table>{QUOTES}{LISTS}"
    '<math><mspace width="99999px" height="9px"></mspace></math>'
    f"<p>Z{MARKS}</p><p>\u202egarbled</p>"
)


@pytest.fixture
def ada(transactional_db: None) -> User:
    """A reader whose inbox has some of everything."""
    user = make_person("ada@example.org", "Ada Reader")
    blog, reports = make_feed(make_source("The Blog", slug="blog")), make_feed(make_source(kind="report_series"))
    make_source("The Forum", kind="community")
    make_feed(make_source("Not followed", kind="venue"))
    now = timezone.now()
    for feed in (blog, reports):
        follows.follow(feed.source, user=user, now=now)
    Identifier.objects.create(entry=make_entry(), key="arxiv:1706.03762")
    for number in range(12):
        make_post(blog, f"Post {number}", body=TEXT, first_seen_at=now - timedelta(hours=40 - 3 * number))
    known = make_post(blog, "A work of the canon", key="arxiv:1706.03762", first_seen_at=now, body=TEXT)
    make_post(reports, "The same work", key="arxiv:1706.03762", first_seen_at=now)
    hostile = make_post(reports, f"{'W' * 300} Z{MARKS} \u202egarbled", body=HOSTILE, first_seen_at=now)
    marks.mark_read(Post.objects.get(title="Post 3"), user=user, now=now)
    marks.save(known, user=user, now=now)
    marks.open_post(hostile, user=user, now=now)
    return user


@pytest.fixture
def complaints() -> list[str]:
    """What the console said, and which other hosts were asked."""
    return []


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(browser: "Browser", live_server: "LiveServer", ada: User, complaints: list[str]) -> Iterator["Page"]:
    """Ada's browser on a wide screen; at the end there must be no complaint."""
    context = browser.new_context(base_url=live_server.url, locale="en-GB", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(10_000)
    cookie = signed_in(ada).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    own = urlsplit(live_server.url).netloc
    page.on(
        "request",
        lambda asked: complaints.append(asked.url) if urlsplit(asked.url).netloc not in (own, "") else None,
    )
    yield page
    context.close()
    assert complaints == []


def addresses() -> list[str]:
    known = Post.objects.get(title="A work of the canon")
    return [
        "/inbox/",
        f"/inbox/?state=all&post={known.pk}",
        "/inbox/?state=saved&source=blog",
        "/inbox/?stream=venues",
        f"/posts/{known.pk}/",
        "/sources/",
        "/sources/blog/",
    ]


def test_axe_finds_nothing_on_the_pages_of_the_inbox(desk: "Page", theme: str) -> None:
    desk.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    for address in addresses():
        desk.goto(address)
        # In the dark only the colours are others.
        assert found_by_axe(desk, colours_alone=theme == "dark") == ""


def test_no_post_leaves_its_box_at_any_width(desk: "Page") -> None:
    hostile = Post.objects.order_by("-pk")[0]
    for address in [*addresses(), f"/posts/{hostile.pk}/", f"/inbox/?post={hostile.pk}"]:
        desk.goto(address)
        for width in (360, 768, 1280):
            desk.set_viewport_size({"width": width, "height": 800})
            assert desk.evaluate("document.documentElement.scrollWidth") <= width, f"{address} at {width} px"


def test_a_line_is_marked_without_leaving_the_list(desk: "Page", ada: User) -> None:
    desk.goto("/inbox/")
    desk.get_by_role("button", name="Mark as read: Post 7").click()
    desk.get_by_role("button", name="Read: Post 7.").wait_for()
    assert desk.locator("#said").inner_text() == "Marked as read: Post 7"
    assert desk.locator("#unread-blogs").inner_text() == "11"
    assert desk.locator("#mast-unread").inner_text().startswith("12")
    assert "read-" in desk.evaluate("document.activeElement.id")
    desk.keyboard.press("j")
    desk.keyboard.press("s")
    desk.get_by_role("button", name="Saved: Post 6.").wait_for()
    assert PostState.objects.get(user=ada, post__title="Post 6").saved_at


def test_the_pane_opens_beside_the_list_and_its_buttons_keep_both_in_step(desk: "Page", ada: User) -> None:
    desk.goto("/inbox/?state=all")
    desk.get_by_role("link", name="Post 5", exact=False).click()
    desk.get_by_role("heading", name="Post 5").wait_for()
    post = Post.objects.get(title="Post 5")
    desk.wait_for_url(f"**/inbox/?state=all&post={post.pk}")
    assert desk.evaluate("document.activeElement.id") == "post-title"
    assert PostState.objects.get(user=ada, post=post).opened_at
    desk.keyboard.press("m")
    desk.get_by_role("button", name="Mark as unread", exact=True).wait_for()
    line = desk.locator(f"#post-{post.pk}")
    line.get_by_role("button", name="Read: Post 5.").click()
    desk.get_by_role("button", name="Mark as read", exact=True).wait_for()
    assert line.get_attribute("aria-current") == "true"
    desk.reload()
    desk.get_by_role("heading", name="Post 5").wait_for()


def test_a_post_is_snoozed_by_keys_and_comes_back_when_asked(desk: "Page", ada: User) -> None:
    desk.goto("/inbox/?state=all")
    desk.get_by_role("link", name="Post 5", exact=False).click()
    desk.get_by_role("heading", name="Post 5").wait_for()
    desk.keyboard.press("b")
    assert found_by_axe(desk) == ""
    desk.keyboard.press("Tab")
    assert desk.evaluate("document.activeElement.textContent").startswith("Tomorrow")
    desk.keyboard.press("Enter")
    back = desk.get_by_role("button", name="Bring it back now")
    back.wait_for()
    assert desk.locator("#said").inner_text().startswith("Snoozed until: Tomorrow")
    desk.wait_for_function("document.activeElement.id == 'act-snooze'")
    post = Post.objects.get(title="Post 5")
    assert "snoozed until" in desk.locator(f"#post-{post.pk}").inner_text()
    assert desk.locator("#mast-unread").inner_text().startswith("12")
    desk.goto("/inbox/?state=snoozed")
    assert desk.locator(".posts bdi").all_inner_texts() == ["Post 5"]
    desk.locator(".posts .t").click()
    back.click()
    back.wait_for(state="detached")
    assert desk.locator("#mast-unread").inner_text().startswith("13")
    state = PostState.objects.get(user=ada, post=post)
    assert state.unread_from
    assert state.unread_from <= timezone.now()


def test_a_refused_day_stays_in_its_field(desk: "Page") -> None:
    desk.goto(f"/inbox/?post={Post.objects.get(title='Post 7').pk}")
    desk.get_by_text("Snooze", exact=True).click()
    desk.get_by_label("Another day").fill("2020-01-01")
    desk.get_by_role("button", name="Snooze until that day").click()
    desk.get_by_text("That day has begun already.").first.wait_for()
    assert desk.get_by_label("Another day").input_value() == "2020-01-01"
    assert desk.evaluate("document.activeElement.id") == "act-snooze-day"


def test_axe_finds_nothing_on_the_pages_of_suggestions(desk: "Page", ada: User, theme: str) -> None:
    User.objects.filter(pk=ada.pk).update(is_superuser=True, is_staff=True)
    post = Post.objects.get(title="Post 7")
    work = suggestions.work_of_post(post)
    made, _is_new = suggestions.suggest(work, title="Post 7", why="It is whole.", person=ada, now=timezone.now())
    desk.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    judging = f"/curation/suggestions/{made.pk}/?entry={Identifier.objects.get().entry_id}"
    for address in ("/suggest/", f"/suggest/?post={post.pk}", "/suggestions/", "/curation/suggestions/", judging):
        desk.goto(address)
        assert found_by_axe(desk, colours_alone=theme == "dark") == ""
        desk.set_viewport_size({"width": 360, "height": 740})
        assert desk.evaluate("document.documentElement.scrollWidth") <= 360, address


def test_of_quick_clicks_the_last_lies_open_alone(desk: "Page") -> None:
    desk.goto("/inbox/?state=all")
    desk.evaluate("for (const title of [...document.querySelectorAll('.posts .t')].slice(2, 5)) title.click()")
    fifth = desk.locator(".posts > li").nth(4)
    desk.wait_for_url(f"**post={(fifth.get_attribute('id') or '').removeprefix('post-')}")
    name = fifth.locator("bdi").inner_text()
    desk.get_by_role("heading", name=name, exact=True).wait_for()
    assert desk.locator("[aria-current='true'] bdi").all_inner_texts() == [name]
    assert desk.title() == f"{name} · All posts · Inbox · Readinglist"


def test_a_mark_on_its_page_shows_in_the_list_on_the_way_back(desk: "Page") -> None:
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto("/inbox/?state=all")
    desk.get_by_role("link", name="Post 2", exact=False).click()
    desk.get_by_role("button", name="Mark as read", exact=True).click()
    desk.get_by_role("button", name="Mark as unread", exact=True).wait_for()
    assert desk.locator("#mast-unread").inner_text().startswith("12")
    desk.go_back()
    desk.get_by_role("button", name="Read: Post 2.").wait_for()
    assert desk.locator("#mast-unread").inner_text().startswith("12")


def test_what_is_refused_says_so_until_something_succeeds(desk: "Page", complaints: list[str]) -> None:
    """On a tablet, where the open post hides the list."""
    desk.set_viewport_size({"width": 768, "height": 800})
    desk.goto(f"/inbox/?post={Post.objects.get(title='Post 7').pk}")
    desk.route("**/mark/", lambda route: route.fulfill(status=403, body="refused"))
    desk.get_by_role("button", name="Mark as read", exact=True).click()
    trouble = desk.get_by_text("That could not be done")
    trouble.wait_for()
    desk.unroute("**/mark/")
    desk.get_by_role("button", name="Mark as read", exact=True).click()
    trouble.wait_for(state="hidden")
    complaints.clear()


def test_on_a_phone_a_title_leads_to_the_posts_own_page_and_back_to_its_place(desk: "Page") -> None:
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto("/inbox/?stream=blogs")
    desk.get_by_role("link", name="Post 2", exact=False).click()
    desk.get_by_role("heading", name="Post 2").wait_for()
    post = Post.objects.get(title="Post 2")
    assert f"/posts/{post.pk}/" in desk.url
    desk.get_by_label("Place in the inbox").get_by_role("link", name="Inbox", exact=True).click()
    desk.wait_for_url(f"**/inbox/?stream=blogs#post-{post.pk}")


def test_a_lost_connection_says_so_and_changes_nothing(desk: "Page", complaints: list[str]) -> None:
    desk.goto("/inbox/")
    desk.route("**/mark/", lambda route: route.abort())
    desk.get_by_role("button", name="Mark as read: Post 7").click()
    desk.get_by_text("That did not arrive.").wait_for()
    assert not PostState.objects.filter(post__title="Post 7").exists()
    assert any("ERR_FAILED" in complaint for complaint in complaints)
    complaints.clear()
