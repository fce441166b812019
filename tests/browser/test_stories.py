"""The true stories, in Chromium on the running product: `make run`'s own supervisor with the real catalogue.

One instance is set up for all of them by Ada, who comes by the one-time link. The last story changes the canon.
"""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

import pytest
from aiohttp import web
from django.utils import timezone
from playwright.sync_api import Page, expect

from readinglist.embedded_processes import wait_until
from tests.browser.stack import SECONDS, Stack, manage, running_stack
from tests.fixtures.browser import OpenWindow, windows
from tests.fixtures.cast import PASSWORD
from tests.fixtures.far import Far
from tests.fixtures.mail import SmtpServer, serving
from tests.ground.running import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TWO_MINUTES = 120  # from the invitation to reading, which takes some seconds, and on a busy machine less than fifty
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
# Nobody's feeds but those of the story are visited.
STOP_THE_REAL_ONES = """
from django.utils import timezone
from feeds.models import FeedState
from readinglist.catalog.models import Feed
now = timezone.now()
states = [FeedState(feed=feed, next_at=now, stopped_at=now) for feed in Feed.objects.all()]
FeedState.objects.bulk_create(states, update_conflicts=True, unique_fields=["feed"], update_fields=["stopped_at"])
"""


@pytest.fixture(scope="module")
def far_away() -> Iterator[Far]:
    far = Far()
    far.start()
    yield far
    far.stop()


@pytest.fixture(scope="module")
def post_office() -> Iterator[tuple[int, SmtpServer]]:
    """Where it is, and what has come there."""
    port = free_port()
    with serving(port) as served:
        yield port, served


@pytest.fixture(scope="module")
def stack(far_away: Far, post_office: tuple[int, SmtpServer]) -> Iterator[Stack]:
    """The whole product, whose feeds and mails stay on this machine."""
    mails, _served = post_office
    yield from running_stack({"FETCH_ALLOW_HOSTS": "127.0.0.1", "EMAIL_URL": f"smtp://127.0.0.1:{mails}"})


@pytest.fixture(scope="module")
def link(stack: Stack) -> str:
    """The one-time link that the supervisor prints."""
    return stack.wait_for(r"http://localhost:\d+/accounts/link/\S+")


@pytest.fixture(scope="module")
def ada(browser: "Browser", stack: Stack, link: str) -> Iterator[Page]:
    """The first admin's window, who has skipped all questions; at the end nothing has been complained of."""
    complaints: list[str] = []
    with windows(browser, stack.url, complaints) as open_one:
        page = open_one()
        page.goto(link)
        page.get_by_label("Name").fill("Ada Lovelace")
        page.get_by_label("E-mail").fill("ada@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Begin").click()
        page.get_by_role("button", name="Skip all questions").click()
        expect(page.get_by_text("0 of 20 read. Attention is next.")).to_be_visible()
        manage(stack, "shell", "-c", STOP_THE_REAL_ONES)
        yield page
    assert complaints == []


@pytest.fixture
def open_there(browser: "Browser", stack: Stack, complaints: list[str]) -> Iterator[OpenWindow]:
    """Opens a window of nobody on the running product; at the end there must be no complaint."""
    with windows(browser, stack.url, complaints) as open_one:
        yield open_one
    assert complaints == []


# --------------------------------------------------------------------- joining


def link_in_mail_to(address: str, smtp: SmtpServer) -> str:
    """The invitation's, once it has come."""
    assert wait_until(lambda: address in smtp.recipients, SECONDS), f"No mail comes to {address}"
    mail = next(message for message in smtp.messages if message["To"] == address)
    found = re.search(r"http://localhost:\d+/\S+", words_of(mail))
    assert found is not None
    return found[0]


def words_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def join(page: Page, link: str, name: str) -> None:
    """By mouse; where no JavaScript is, the same."""
    page.goto(link)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join and begin").click()
    expect(page).to_have_url(re.compile("/welcome/zone/$"))


def open_what_is_next(page: Page) -> None:
    expect(page.get_by_text("0 of 20 read. Attention is next.")).to_be_visible()
    page.get_by_role("button", name="Start reading").click()
    expect(page.get_by_role("heading", name="Attention Is All You Need", level=1)).to_be_visible()
    expect(page.get_by_role("button", name="Reading", exact=True, pressed=True)).to_be_visible()


def test_the_invited_answer_three_questions_and_read(
    ada: Page, open_there: OpenWindow, post_office: tuple[int, SmtpServer]
) -> None:
    _port, smtp = post_office
    began = time.monotonic()
    ada.goto("/people/")
    ada.get_by_label("Addresses").fill("ben@example.org, cleo@example.org")
    ada.get_by_role("button", name="Send the invitations").click()

    # Ben answers all three, goes back once, and finds what he has answered.
    ben = open_there(timezone_id="Europe/Lisbon")
    join(ben, link_in_mail_to("ben@example.org", smtp), "Ben")
    expect(ben.get_by_label("Time zone")).to_have_value("Europe/Lisbon")  # as his browser says
    ben.get_by_role("button", name="Use this time zone").click()
    minutes = ben.get_by_label("Minutes a week")
    expect(ben).to_have_url(re.compile("/welcome/budget/$"))
    ben.wait_for_load_state()
    minutes.fill("200")
    expect(ben.get_by_label("Another amount")).to_be_checked()
    ben.get_by_role("button", name="Use this budget").click()
    ben.get_by_role("link", name="Back").click()
    expect(minutes).to_have_value("200")
    ben.get_by_role("button", name="Use this budget").click()
    expect(ben.get_by_role("checkbox", name=re.compile("^The canon"))).to_be_checked()
    ben.get_by_label("Interconnects").uncheck()
    ben.get_by_role("button", name="Begin with these").click()
    expect(ben.get_by_text("That is all.")).to_be_visible()
    open_what_is_next(ben)
    assert time.monotonic() - began < TWO_MINUTES
    for name, press in (("Hugging Face Blog", "Unfollow"), ("Interconnects", "Follow")):
        ben.goto(f"/sources/?q={quote(name)}")
        expect(ben.get_by_role("button", name=f"{press} {name}", exact=True).first).to_be_visible()

    # Keys do what they say, until he switches them off.
    search = ben.get_by_role("searchbox", name="Search everything")
    ben.keyboard.press("/")
    expect(search).to_be_focused()
    ben.goto("/accounts/settings/")
    ben.get_by_label("Use single keys as shortcuts").uncheck()
    ben.get_by_role("button", name="Save the settings").click()
    expect(ben.get_by_text("Your settings are saved.")).to_be_visible()
    ben.wait_for_load_state()
    ben.keyboard.press("/")
    expect(search).not_to_be_focused()

    # Cleo has no JavaScript, and skips what she can.
    cleo = open_there(java_script_enabled=False)
    join(cleo, link_in_mail_to("cleo@example.org", smtp), "Cleo")
    cleo.get_by_role("link", name="Skip this question").click()
    cleo.get_by_label("2 hours").check()
    cleo.get_by_role("button", name="Use this budget").click()
    cleo.get_by_role("button", name="Skip this question").click()
    open_what_is_next(cleo)

    # Ada sees who reads what, and is not asked again.
    ada.goto("/entries/attention-is-all-you-need/")
    ada.get_by_role("link", name="Ben").click()
    expect(ada.get_by_role("heading", name="Reading now")).to_be_visible()
    ada.goto("/accounts/settings/")
    expect(ada.get_by_label("Minutes a week")).to_have_value("180")


# --------------------------------------------------------------------- a post


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


def fetch_now(curator: Page, name: str) -> None:
    curator.goto(f"/curation/feeds/?q={quote(name)}")
    curator.get_by_role("button", name="Fetch now").click()
    expect(curator.get_by_text("is being fetched")).to_be_visible()


def until_it_says(curator: Page, name: str, words: str) -> None:
    """The curators' page of feeds says so of one feed, within two minutes."""
    deadline = time.monotonic() + 120
    while not re.search(words, said := standing(curator, name)):
        assert time.monotonic() < deadline, f"{name} never says {words}, but {said}"
        time.sleep(1)  # the page does not change by itself


def send_twice(now: str) -> str:
    """For the shell: two commands in one process."""
    command = f"call_command('sendreminders', '--now', '{now}', '--json')"
    return f"from django.core.management import call_command\n{command}\n{command}"


def standing(curator: Page, name: str) -> str:
    curator.goto(f"/curation/feeds/?q={quote(name)}")
    return curator.locator("main .lines").inner_text()


def test_a_post_travels_from_its_feed_to_the_inbox_and_the_weekly_mail(
    ada: Page, stack: Stack, far_away: Far, post_office: tuple[int, SmtpServer], tmp_path: Path
) -> None:
    # A list of feeds from another reader: one is good, and six are as bad as feeds can be.
    bad = {
        "Dripping": (far_away.handle("/drip", drip), "sends too slowly"),
        "Nameless": ("http://nowhere.invalid/feed", "nowhere.invalid"),
        "Private": ("http://10.1.2.3/feed", "10.1.2.3"),
        "Failing": (far_away.serve("/failing", status=500), "500"),
        "Broken": (far_away.serve("/broken", "<rss version='2.0'><channel><item></title>"), "None of the entries"),
        "Huge": (far_away.handle("/huge", hundred_megabytes), "10 MB"),
    }
    good = far_away.serve("/notes", FEED)
    outline = tmp_path / "feeds.opml"
    outline.write_text(opml({name: address for name, (address, _words) in bad.items()} | {"Cluster Notes": good}))
    manage(stack, "importopml", str(outline))

    # The worker visits them all, and none of the bad ones holds up the good one.
    for name in [*bad, "Cluster Notes"]:
        fetch_now(ada, name)
    until_it_says(ada, "Cluster Notes", "Fetched")

    # Ada follows the source, finds the post in her inbox, and reads it without its script.
    ada.goto("/sources/?q=Cluster+Notes")
    ada.get_by_role("link", name="Cluster Notes").first.click()
    ada.get_by_role("button", name="Follow Cluster Notes").click()
    expect(ada.get_by_role("link", name="1 unread").first).to_be_visible()
    ada.get_by_role("link", name="Inbox").first.click()
    ada.get_by_role("link", name=TITLE).first.click()
    expect(ada.get_by_text("One bad cable.")).to_be_visible()
    expect(ada.locator("script", has_text="alert")).to_have_count(0)

    # On Monday at seven the mail arrives, once however often it is asked for.
    monday = timezone.now() + timedelta(days=7 - timezone.now().weekday())
    at_seven = monday.strftime("%Y-%m-%dT07:00+00:00")
    once, again = map(json.loads, manage(stack, "shell", "-v0", "-c", send_twice(at_seven)).splitlines())
    sent = once["sent"]
    assert sent >= 1
    assert once == {"due": sent, "sent": sent, "skipped": 0, "failed": 0}
    assert again == {"due": 0, "sent": 0, "skipped": sent, "failed": 0}
    to_ada = [message for message in post_office[1].messages if message["To"] == "ada@example.org"]
    (mail,) = (message for message in to_ada if f"week {monday.isocalendar().week}," in words_of(message))
    for kind in ("plain", "html"):
        assert TITLE in words_of(mail, kind)

    # Each bad feed says what is the matter with it.
    for name, (_address, words) in bad.items():
        until_it_says(ada, name, f"Failing since[\\s\\S]*{words}")


# --------------------------------------------------------------------- three readers


def invite(admin: Page, email: str) -> str:
    """Ada invites somebody; the link that she hands over."""
    admin.goto("/people/")
    admin.get_by_label("Addresses").fill(email)
    admin.get_by_role("button", name="Send the invitations").click()
    admin.get_by_role("button", name=f"Make a link to copy · {email}").click()
    return admin.get_by_label("The link").input_value()


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has the focus is called `name`, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent).trim()") == name:
            return
    pytest.fail(f"Tab never reaches “{name}”")


def test_three_people_read_and_a_curator_supersedes(
    ada: Page, open_there: OpenWindow, link: str, complaints: list[str]
) -> None:
    # Ada opens the work, and marks it as read.
    ada.goto("/")
    ada.get_by_role("link", name="Attention Is All You Need").click()
    expect(ada.get_by_role("heading", name="Attention Is All You Need", level=1)).to_be_visible()
    ada.get_by_role("button", name="Read", exact=True).click()
    expect(ada.get_by_text("1 of 20 read.").first).to_be_visible()
    ada.goto("/")
    expect(ada.get_by_text("1 of 20 read. Kaplan, Chinchilla is next.")).to_be_visible()
    expect(ada.locator(".spine.is-read")).to_have_count(1)

    # Dan has no JavaScript. The link that Ada came by is used up.
    dan = open_there(java_script_enabled=False)
    assert dan.goto(link).status == 410  # type: ignore[union-attr]
    join(dan, invite(ada, "dan@example.org"), "Dan")
    complaints.clear()
    dan.goto("/")
    expect(dan.get_by_text("0 of 20 read. Attention is next.")).to_be_visible()
    dan.get_by_role("button", name="Mark as read").click()
    expect(dan.get_by_text("1 of 20 read. Kaplan, Chinchilla is next.")).to_be_visible()

    # Eve has no mouse.
    eve = open_there()
    eve.goto(invite(ada, "eve@example.org"))
    expect(eve.get_by_label("Name")).to_be_focused()
    for text, key in (("Eve", "Tab"), (PASSWORD, "Enter")):
        eve.keyboard.type(text)
        eve.keyboard.press(key)
    expect(eve).to_have_url(re.compile("/welcome/zone/$"))
    eve.goto("/")
    expect(eve.get_by_text("0 of 20 read. Attention is next.")).to_be_visible()
    tab_to(eve, "Attention Is All You Need")
    eve.keyboard.press("Enter")
    expect(eve).to_have_url(re.compile("/entries/attention-is-all-you-need/$"))
    eve.wait_for_load_state()
    tab_to(eve, "Read")
    eve.keyboard.press("Space")
    expect(eve.get_by_text("1 of 20 read.").first).to_be_visible()
    expect(eve.locator("#said")).to_have_text("Marked as read.")

    # A curator puts another work in its place: still 1 of 20, for everybody.
    ada.goto("/entries/attention-is-all-you-need/")
    ada.get_by_role("link", name="Edit").first.click()
    ada.get_by_role("link", name="Superseded by …").click()
    ada.locator("[name=successor]").fill("flexattention")
    ada.get_by_role("button", name="Show what will happen").click()
    ada.get_by_role("button", name=re.compile("in its place")).click()
    expect(ada.get_by_text("is superseded by")).to_be_visible()
    for reader in (ada, dan, eve):
        reader.goto("/")
        expect(reader.get_by_text("1 of 20 read. Kaplan, Chinchilla is next.")).to_be_visible()
        reader.goto("/entries/attention-is-all-you-need/")
        expect(reader.get_by_text("has taken its place")).to_be_visible()
