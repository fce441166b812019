"""The second true story, on the running stack: a post travels from a feed to the inbox and into the weekly mail.

Six other feeds are as bad as feeds can be; each says so in words, and none of them holds up the good one.
"""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import pytest
from aiohttp import web
from django.utils import timezone

from tests.browser.stack import Stack, manage, running_stack
from tests.fixtures.far import Far
from tests.fixtures.mail import SmtpServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "correct horse battery staple"
TITLE = "What broke in our cluster this week"
FEED = f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Cluster Notes</title><link>https://notes.example.org/</link>
<item>
  <title>{TITLE}</title>
  <link>https://notes.example.org/2026/what-broke</link>
  <guid>https://notes.example.org/2026/what-broke</guid>
  <description>&lt;p&gt;One &lt;b&gt;bad&lt;/b&gt; cable.&lt;script&gt;alert(1)&lt;/script&gt;&lt;/p&gt;</description>
</item>
</channel></rss>"""
MEGABYTE = b" " * 2**20


@pytest.fixture
def stack(far_forbidden: Far, smtp: SmtpServer, closed_port: int) -> Iterator[Stack]:
    """The whole product, whose feeds and mails stay on this machine."""
    yield from running_stack({"FETCH_ALLOW_HOSTS": "127.0.0.1", "EMAIL_URL": f"smtp://127.0.0.1:{closed_port}"})


async def hundred_megabytes(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse()
    await answer.prepare(request)
    for _ in range(100):
        await answer.write(MEGABYTE)
    return answer


async def drip(request: web.Request) -> web.StreamResponse:
    """A byte at a time, for as long as anybody listens."""
    answer = web.StreamResponse()
    await answer.prepare(request)
    while True:
        await answer.write(b" ")
        await asyncio.sleep(0.2)


def opml(feeds: dict[str, str]) -> str:
    outlines = [f"<outline text={quoteattr(name)} xmlUrl={quoteattr(url)}/>" for name, url in feeds.items()]
    return f"<opml version='2.0'><head/><body><outline text='Blogs'>{''.join(outlines)}</outline></body></opml>"


# Nobody's feeds but those of the story are visited.
STOP_THE_REAL_ONES = """
from django.utils import timezone
from feeds.models import FeedState
from readinglist.catalog.models import Feed
now = timezone.now()
FeedState.objects.bulk_create(FeedState(feed=feed, next_at=now, stopped_at=now) for feed in Feed.objects.all())
"""


def first_admin(browser: "Browser", stack: Stack) -> "Page":
    context = browser.new_context(base_url=stack.url, locale="en-GB")
    context.set_default_timeout(20_000)
    page = context.new_page()
    page.goto(stack.wait_for(r"http://localhost:\d+/accounts/link/\S+"))
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Skip all questions").click()
    page.get_by_text("0 of 20 read.").first.wait_for()
    return page


def fetch_now(curator: "Page", name: str) -> None:
    curator.goto(f"/curation/feeds/?q={quote(name)}")
    curator.get_by_role("button", name="Fetch now").click()
    curator.get_by_text("is being fetched").wait_for()


def until_it_says(curator: "Page", name: str, words: str) -> None:
    """The curators' page of feeds says so of one feed, within a minute."""
    deadline = time.monotonic() + 60
    while not re.search(words, said := standing(curator, name)):
        assert time.monotonic() < deadline, f"{name} never says {words}, but {said}"


def standing(curator: "Page", name: str) -> str:
    curator.goto(f"/curation/feeds/?q={quote(name)}")
    return curator.locator("main .lines").inner_text()


def test_a_post_travels_from_its_feed_to_the_inbox_and_the_weekly_mail(
    browser: "Browser", stack: Stack, far_forbidden: Far, smtp: SmtpServer, tmp_path: Path
) -> None:
    ada = first_admin(browser, stack)
    manage(stack, "shell", "-c", STOP_THE_REAL_ONES)

    # A list of feeds from another reader: one is good, and six are as bad as feeds can be.
    bad = {
        "Dripping": (far_forbidden.handle("/drip", drip), "sends too slowly"),
        "Nameless": ("http://nowhere.invalid/feed", "nowhere.invalid"),
        "Private": ("http://10.1.2.3/feed", "10.1.2.3"),
        "Failing": (far_forbidden.serve("/failing", status=500), "500"),
        "Broken": (far_forbidden.serve("/broken", "<rss version='2.0'><channel><item></title>"), "None of the entries"),
        "Huge": (far_forbidden.handle("/huge", hundred_megabytes), "10 MB"),
    }
    good = far_forbidden.serve("/notes", FEED)
    outline = tmp_path / "feeds.opml"
    outline.write_text(opml({name: address for name, (address, _words) in bad.items()} | {"Cluster Notes": good}))
    manage(stack, "importopml", str(outline))

    # The worker visits them all; the good one is there while another still drips.
    for name in [*bad, "Cluster Notes"]:
        fetch_now(ada, name)
    until_it_says(ada, "Cluster Notes", "Fetched")
    assert "Being fetched" in standing(ada, "Dripping")

    # Ada follows the source, finds the post in her inbox, and reads it without its script.
    ada.goto("/sources/")
    ada.get_by_role("link", name="Cluster Notes").click()
    ada.get_by_role("button", name="Follow Cluster Notes").click()
    ada.get_by_role("link", name="1 unread").first.wait_for()
    ada.get_by_role("link", name="Inbox").first.click()
    ada.get_by_role("link", name=TITLE).first.click()
    ada.get_by_text("One bad cable.").wait_for()
    assert ada.locator("script", has_text="alert").count() == 0

    # On Monday at seven the mail arrives, once however often it is asked for.
    monday = timezone.now() + timedelta(days=7 - timezone.now().weekday())
    at_seven = monday.strftime("%Y-%m-%dT07:00+00:00")
    once, again = (json.loads(manage(stack, "sendreminders", "--now", at_seven, "--json")) for _ in range(2))
    assert once == {"due": 1, "sent": 1, "skipped": 0, "failed": 0}
    assert again == {"due": 0, "sent": 0, "skipped": 1, "failed": 0}
    (mail,) = smtp.messages
    assert mail["To"] == "ada@example.org"
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert TITLE in part.get_content()

    # Each bad feed says what is the matter with it.
    for name, (_address, words) in bad.items():
        until_it_says(ada, name, f"Failing since[\\s\\S]*{words}")
