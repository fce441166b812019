"""Hostile posts in Chromium, through the real pipeline and under our CSP: nothing runs, loads, or leaves its box.

Of the cases of tests/feeds/vectors.py every fourth is fetched and stored, in `make soak` all. Their titles stand in
the inbox; the bodies of one page of the inbox are put together in its first post, which is shown in the pane or on a
page of its own. A few posts are opened by themselves, in `make soak` each.
"""

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, Page, expect

from accounts.models import User
from feeds import update
from readinglist.catalog.models import Post
from readinglist.reading import follows
from tests.feeds.vectors import cases, documents
from tests.feeds.watching import ATTRIBUTES, SCHEMES, TAGS
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person
from tests.fixtures.effort import FACTOR
from tests.fixtures.far import HOSTS, Far
from tests.fixtures.posts import make_feed, make_post, make_source

PER_PAGE = 50
TELL_REFUSALS = "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective))"

# What is wrong with the page as Chromium has it, in words. What can be hit with the mouse is what is painted on top.
LOOK = """([tags, attributes, schemes]) => {
    const wrong = [], box = document.querySelector('.foreign');
    if (!box) return ['there is no post'];
    for (const element of box.querySelectorAll('*')) {
        const name = element.localName;
        if (!tags.includes(name)) wrong.push(name);
        for (const {name: attribute, value} of element.attributes)
            if (!attributes.includes(attribute)) wrong.push(`${attribute} of ${name}: ${value}`);
        if (element.href && !schemes.some(scheme => element.href.startsWith(scheme))) wrong.push(element.href);
        if (element.href && new URL(element.href).host === location.host) wrong.push(`into our site: ${element.href}`);
        if (!['static', 'relative'].includes(getComputedStyle(element).position)) wrong.push(`${name} is positioned`);
    }
    for (const element of document.querySelectorAll('base, iframe, object, embed, meta[http-equiv]'))
        wrong.push(`${element.localName} on the page`);
    const width = document.documentElement.scrollWidth;
    if (width > innerWidth) wrong.push(`the page is ${width} px wide`);
    const edge = box.getBoundingClientRect();
    for (let y = 4; y < innerHeight; y += 24) for (let x = 4; x < innerWidth; x += 24) {
        const inside = x >= edge.left && x <= edge.right && y >= edge.top && y <= edge.bottom;
        if (!inside && document.elementFromPoint(x, y)?.closest('.foreign')) wrong.push(`the post covers ${x}, ${y}`);
    }
    for (const control of document.querySelectorAll('.mast a, .mast input, .pane__acts button')) {
        if (!control.checkVisibility()) continue;
        const {left, right, top, bottom} = control.getBoundingClientRect();
        const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
        if (hit?.closest('.foreign')) wrong.push(`the post covers ${control.outerHTML}`);
    }
    return wrong;
}"""


@pytest.fixture
def ada(transactional_db: None) -> User:
    return make_person("ada@example.org", "Ada Reader")


@pytest.fixture
def desk(open_window: OpenWindow, ada: User, complaints: list[str]) -> Page:
    """Ada's window; what a post makes happen beside what every window complains of is a complaint too."""
    page = open_window(ada, viewport={"width": 1280, "height": 800})

    def dismiss(dialog: Dialog) -> None:
        complaints.append(f"a script ran at {page.url}")
        dialog.dismiss()

    page.add_init_script(TELL_REFUSALS)
    page.on("dialog", dismiss)
    page.on("popup", lambda popup: complaints.append(f"{popup.url} opened at {page.url}"))
    return page


def look(page: Page) -> list[str]:
    # Our own script lets tables and programs that are too wide be scrolled by keyboard.
    found: list[str] = page.evaluate(LOOK, [[*TAGS], [*ATTRIBUTES, "tabindex"], SCHEMES])
    return [f"{wrong} at {page.url}" for wrong in found]


def take_in(far: Far, user: User) -> int:
    """Has all cases fetched and stored; how many posts that makes."""
    every = cases()
    written = list(documents(every[:: 1 if FACTOR > 1 else 4]))
    source = make_source("The Vectors")
    for number, document in enumerate(written):
        far.serve(f"/{number}", document.body, content_type=document.content_type)
        make_feed(source, url=far.url(f"/{number}", host=HOSTS[number % len(HOSTS)]))
    follows.follow(source, user=user, now=timezone.now())
    count = sum(len(document.cases) for document in written)
    summary = update.visit(now=timezone.now())
    assert (summary.fetched, summary.new_posts) == (len(written), count)
    return count


def put_together(posts: list[Post]) -> Post:
    """The first of them, with the bodies of all, each in a box of its own."""
    Post.objects.filter(pk=posts[0].pk).update(body="".join(f"<div>{post.body}</div>" for post in posts))
    return posts[0]


@pytest.mark.soak
def test_no_hostile_post_runs_or_loads_anything_or_leaves_its_box(desk: Page, far: Far, ada: User) -> None:
    count = take_in(far, ada)
    assert count >= 500
    posts = list(Post.objects.order_by("-pk"))
    wrong: list[str] = []
    for post in posts if FACTOR > 1 else posts[:5]:
        desk.goto(f"/posts/{post.pk}/")
        wrong += look(desk)
    for number, start in enumerate(range(0, count, PER_PAGE)):
        shown = posts[start : start + PER_PAGE]
        first = put_together(shown)
        desk.set_viewport_size({"width": 1280, "height": 800})
        desk.goto(f"/inbox/?state=all&before={first.pk + 1}")
        expect(desk.locator(".posts > li")).to_have_count(len(shown))
        if number % 2:
            # By htmx, which takes HTML in on another way than a page does.
            desk.locator(f"#title-{first.pk}").click()
            expect(desk.locator(".pane #post-title")).to_be_focused()
        else:
            desk.set_viewport_size({"width": 360, "height": 740})
            desk.goto(f"/posts/{first.pk}/")
        wrong += look(desk)
    assert wrong == []


def test_what_the_sanitiser_would_let_through_would_be_seen(desk: Page, complaints: list[str]) -> None:
    body = (
        "<script>alert(1)</script><img src=//evil.invalid/x onerror=alert(1)><p style='position:fixed'>x</p>"
        "<dialog open>x</dialog><a href='https:/settings/'>x</a><a href=javascript:alert(1)>x</a>"
    )
    post = make_post(title="Raw", body=body)
    desk.goto(f"/posts/{post.pk}/")
    wrong = " ".join(look(desk))
    for found in ("script", "onerror of img", "style of p", "dialog is positioned", "javascript:"):
        assert found in wrong
    refused = " ".join(complaints)
    for directive in ("script-src-elem", "script-src-attr", "style-src-attr", "img-src"):
        assert f"CSP {directive}" in refused
    complaints.clear()
