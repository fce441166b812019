"""The inbox in Chromium: marks are made without leaving, by mouse and keys, and what goes wrong is said."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import User
from readinglist.catalog.models import Post
from readinglist.reading import follows, marks
from readinglist.reading.models import PostState
from tests.browser.axe import found_by_axe
from tests.browser.filling import TEXT
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_post, make_source


@pytest.fixture
def ada(transactional_db: None) -> User:
    """A reader with nine posts, of which one is read."""
    user, now = make_person("ada@example.org", "Ada Reader"), timezone.now()
    blog = make_feed(make_source("The Blog", slug="blog"))
    make_source("The Forum", kind="community")
    follows.follow(blog.source, user=user, now=now)
    for number in range(9):
        make_post(blog, f"Post {number}", body=TEXT, first_seen_at=now - timedelta(hours=40 - 3 * number))
    marks.mark_read(Post.objects.get(title="Post 3"), user=user, now=now)
    return user


@pytest.fixture
def desk(open_window: OpenWindow, ada: User) -> Page:
    """Ada's window on a wide screen."""
    return open_window(ada, viewport={"width": 1280, "height": 800})


def post_of(title: str) -> Post:
    return Post.objects.get(title=title)


def has_unread(page: Page, count: int) -> None:
    """The masthead says so."""
    expect(page.locator("#mast-unread")).to_have_text(re.compile(rf"^\s*{count}\b"))


def test_a_line_is_marked_without_leaving_the_list(desk: Page, ada: User) -> None:
    desk.goto("/inbox/")
    desk.get_by_role("button", name="Mark as read: Post 7").click()
    expect(desk.get_by_role("button", name="Read: Post 7.")).to_be_focused()
    expect(desk.locator("#said")).to_have_text("Marked as read: Post 7")
    expect(desk.locator("#unread-blogs")).to_have_text("7")
    has_unread(desk, 7)
    desk.keyboard.press("j")
    expect(desk.get_by_role("link", name="Post 6")).to_be_focused()
    desk.keyboard.press("s")
    expect(desk.get_by_role("button", name="Saved: Post 6.")).to_be_visible()
    assert PostState.objects.get(user=ada, post__title="Post 6").saved_at


def test_the_pane_opens_beside_the_list_and_its_buttons_keep_both_in_step(desk: Page, ada: User) -> None:
    desk.goto("/inbox/?state=all")
    desk.get_by_role("link", name="Post 5").click()
    expect(desk.locator("#post-title")).to_be_focused()
    post = post_of("Post 5")
    expect(desk).to_have_url(re.compile(rf"/inbox/\?state=all&post={post.pk}$"))
    assert PostState.objects.get(user=ada, post=post).opened_at
    desk.keyboard.press("m")
    expect(desk.get_by_role("button", name="Mark as unread", exact=True)).to_be_visible()
    line = desk.locator(f"#post-{post.pk}")
    line.get_by_role("button", name="Read: Post 5.").click()
    expect(desk.get_by_role("button", name="Mark as read", exact=True)).to_be_visible()
    expect(line).to_have_attribute("aria-current", "true")
    desk.reload()
    expect(desk.get_by_role("heading", name="Post 5")).to_be_visible()

    # Of quick clicks the last lies open alone.
    desk.evaluate("for (const title of [...document.querySelectorAll('.posts .t')].slice(0, 3)) title.click()")
    expect(desk).to_have_url(re.compile(rf"post={post_of('Post 6').pk}$"))
    expect(desk.get_by_role("heading", name="Post 6", exact=True)).to_be_visible()
    expect(desk.locator("[aria-current='true'] bdi")).to_have_text(["Post 6"])
    expect(desk).to_have_title("Post 6 · All posts · Inbox · Readinglist")


def test_a_post_is_snoozed_by_keys_and_comes_back_when_asked(desk: Page, ada: User) -> None:
    post = post_of("Post 5")
    desk.goto(f"/inbox/?state=all&post={post.pk}")
    desk.keyboard.press("b")
    expect(desk.locator("#act-snooze")).to_be_focused()
    assert found_by_axe(desk) == ""
    desk.keyboard.press("Tab")
    expect(desk.locator(":focus")).to_have_text(re.compile(r"^\s*Tomorrow"))
    desk.keyboard.press("Enter")
    back = desk.get_by_role("button", name="Bring it back now")
    expect(back).to_be_visible()
    expect(desk.locator("#said")).to_have_text(re.compile("^Snoozed until: Tomorrow"))
    expect(desk.locator("#act-snooze")).to_be_focused()
    expect(desk.locator(f"#post-{post.pk}")).to_contain_text("snoozed until")
    has_unread(desk, 7)
    desk.goto("/inbox/?state=snoozed")
    expect(desk.locator(".posts bdi")).to_have_text(["Post 5"])
    desk.locator(".posts .t").click()
    back.click()
    expect(back).to_have_count(0)
    has_unread(desk, 8)
    state = PostState.objects.get(user=ada, post=post)
    assert state.unread_from
    assert state.unread_from <= timezone.now()

    # A day that is refused stays in its field.
    desk.goto(f"/inbox/?post={post_of('Post 7').pk}")
    desk.get_by_text("Snooze", exact=True).click()
    desk.get_by_label("Another day").fill("2020-01-01")
    desk.get_by_role("button", name="Snooze until that day").click()
    expect(desk.get_by_text("That day has begun already.").first).to_be_visible()
    expect(desk.get_by_label("Another day")).to_have_value("2020-01-01")
    expect(desk.locator("#act-snooze-day")).to_be_focused()


def test_on_a_phone_a_title_leads_to_the_posts_own_page_and_a_mark_there_shows_on_the_way_back(desk: Page) -> None:
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto("/inbox/?stream=blogs&state=all")
    desk.get_by_role("link", name="Post 2").click()
    expect(desk.get_by_role("heading", name="Post 2")).to_be_visible()
    post = post_of("Post 2")
    expect(desk).to_have_url(re.compile(f"/posts/{post.pk}/"))
    desk.wait_for_load_state()
    desk.get_by_role("button", name="Mark as read", exact=True).click()
    expect(desk.get_by_role("button", name="Mark as unread", exact=True)).to_be_visible()
    has_unread(desk, 7)
    desk.go_back()
    expect(desk.get_by_role("button", name="Read: Post 2.")).to_be_visible()
    has_unread(desk, 7)
    desk.get_by_role("link", name="Post 2").click()
    desk.get_by_label("Place in the inbox").get_by_role("link", name="Inbox", exact=True).click()
    expect(desk).to_have_url(re.compile(rf"/inbox/\?.*stream=blogs.*#post-{post.pk}$"))
