"""Takes the pictures in docs/pictures from a running program: `make screenshots`.

A throw-away instance is started as `make run` does it and filled with a made-up team, a sample reader is put in the
middle of the canon, and Chromium photographs what she sees, and the mail that she gets.
"""

import shutil
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.browser.stack import Stack, manage, running_stack  # noqa: E402

PICTURES = PROJECT / "docs" / "pictures"
EMAIL = "ada@example.org"
# Name, address, width, height, theme.
SHOTS: list[tuple[str, str, int, int, Literal["light", "dark"]]] = [
    ("home", "/", 1280, 1000, "light"),
    ("canon", "/canon/", 1280, 1250, "light"),
    ("canon-dark", "/canon/", 1280, 900, "dark"),
    ("entry", "/entries/zero/", 1280, 1050, "light"),
    ("entry-phone", "/entries/zero/", 360, 780, "light"),
    ("home-phone", "/", 360, 780, "dark"),
    ("inbox", "/inbox/", 1280, 900, "light"),
    ("inbox-dark", "/inbox/", 1280, 900, "dark"),
    ("inbox-phone", "/inbox/", 360, 780, "light"),
    ("search", "/search/?q=sharding", 1280, 900, "light"),
    ("me", "/me/", 1280, 1100, "light"),
    ("feeds", "/curation/feeds/", 1280, 900, "light"),
    ("entries", "/entries/?stream=papers&origin=academic&order=-year", 1280, 800, "light"),
    ("admin", "/admin/catalog/entry/?q=attention", 1280, 700, "light"),
]
SAMPLE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from readinglist.catalog.models import Entry, Post, Source
from readinglist.reading import follows, marks, stages, timing
from readinglist.reading.models import Note
now = timezone.now()
ada = User.objects.create_superuser("ada@example.org", "correct horse battery staple", name="Ada", welcomed_at=now)
def work(slug): return Entry.objects.get(slug=slug)
read = ["attention-is-all-you-need", "scaling-laws-kaplan", "chinchilla", "megatron-lm", "megatron-3d",
        "switch-transformers", "flashattention", "flashattention-3", "opt",
        "llama-3-herd", "deepseek-v3", "deepseek-r1"]
for day, slug in enumerate(read):
    at = now - timedelta(days=7 * (len(read) - day))
    timing.add(work(slug), 90 + 35 * (day % 5), after=0, user=ada, now=at)
    stages.finish(work(slug), user=ada, now=at)
stages.start(work("zero"), user=ada, now=now - timedelta(days=8))
stages.set_percent(work("zero"), 40, user=ada, now=now - timedelta(days=5))
stages.skip(work("palm-2"), user=ada, now=now)
stages.queue(work("alpa"), user=ada, now=now)
busy = Source.objects.live().filter(feeds__posts__isnull=False).distinct().order_by("slug")
follows.follow_all(Source.objects.filter(pk__in=[source.pk for source in busy][::5]), user=ada, now=now)
for post in Post.objects.order_by("-pk")[5:40:7]:
    marks.mark_read(post, user=ada, now=now)
for post in Post.objects.order_by("-pk")[3:30:9]:
    marks.save(post, user=ada, now=now)
Note.objects.create(author=ada, entry=work("zero"), created_at=now, updated_at=now, text=
    "16 bytes per parameter with Adam in mixed precision: 2 + 2 + 12. **Check** what our fork does with the fp32 copy.")
"""


def take(browser: Browser, stack: Stack) -> None:
    signed_in = browser.new_context(base_url=stack.url)
    page = signed_in.new_page()
    page.goto(manage(stack, "signinlink", EMAIL).strip())
    page.get_by_role("button").first.click()
    page.get_by_role("heading", name="The canon", exact=True).wait_for()
    state = signed_in.storage_state()
    for name, address, width, height, theme in [*SHOTS, *shots_of_a_post(page)]:
        context = browser.new_context(
            base_url=stack.url,
            storage_state=state,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            locale="en-GB",
        )
        page = context.new_page()
        page.goto(address)
        page.screenshot(path=PICTURES / f"{name}.png")
        print(PICTURES / f"{name}.png")
        context.close()


def shots_of_a_post(page: Page) -> list[tuple[str, str, int, int, Literal["light", "dark"]]]:
    """One of the newest posts: beside the list, and on a phone as a page of its own."""
    page.goto("/inbox/")
    address = page.locator(".posts .t").nth(2).get_attribute("href") or ""
    number = address.split("?")[0].strip("/").rsplit("/", 1)[-1]
    return [("post", f"/inbox/?post={number}", 1280, 900, "light"), ("post-phone", address, 360, 780, "light")]


def take_mail(browser: Browser, stack: Stack) -> None:
    """The weekly mail as a mail program shows it."""
    monday = datetime.now(UTC) + timedelta(days=7 - datetime.now(UTC).weekday())
    manage(stack, "sendreminders", "--now", monday.strftime("%Y-%m-%dT21:00+00:00"))
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in stack.home.path.glob("mail/*.eml")
    ]
    part = next(mail for mail in mails if mail["To"] == EMAIL).get_body(("html",))
    assert part is not None
    for name, width, height in (("mail", 720, 900), ("mail-phone", 360, 780)):
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_content(part.get_content())
        page.screenshot(path=PICTURES / f"{name}.png")
        print(PICTURES / f"{name}.png")
        page.close()


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("The pictures need Chromium: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    for stack in running_stack():
        stack.wait_for(r"/accounts/link/\S+")
        manage(stack, "makedemo", "--now", datetime.now(UTC).isoformat())
        manage(stack, "shell", "-c", SAMPLE)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-quic"])
            take(browser, stack)
            take_mail(browser, stack)
            browser.close()


if __name__ == "__main__":
    main()
