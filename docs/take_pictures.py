"""Takes the pictures in docs/pictures from a running program: `make pictures`.

A throw-away instance is started as `make run` does it, a sample reader is put in the middle of the canon, and Chromium
photographs what she sees.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.browser.stack import Stack, running_stack  # noqa: E402

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
    ("entries", "/entries/?stream=papers&origin=academic&order=-year", 1280, 800, "light"),
    ("admin", "/admin/catalog/entry/?q=attention", 1280, 700, "light"),
]
SAMPLE = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import stages
from readinglist.reading.models import Note
ada = User.objects.create_superuser("ada@example.org", "correct horse battery staple", name="Ada")
now = timezone.now()
def work(slug): return Entry.objects.get(slug=slug)
read = ["attention-is-all-you-need", "scaling-laws-kaplan", "chinchilla", "megatron-lm", "megatron-3d",
        "switch-transformers", "flashattention", "flashattention-3", "opt",
        "llama-3-herd", "deepseek-v3", "deepseek-r1"]
for day, slug in enumerate(read):
    stages.finish(work(slug), user=ada, now=now - timedelta(days=7 * (len(read) - day)))
stages.start(work("zero"), user=ada, now=now - timedelta(days=8))
stages.set_percent(work("zero"), 40, user=ada, now=now - timedelta(days=5))
stages.skip(work("palm-2"), user=ada, now=now)
stages.queue(work("alpa"), user=ada, now=now)
Note.objects.create(author=ada, entry=work("zero"), created_at=now, updated_at=now, text=
    "16 bytes per parameter with Adam in mixed precision: 2 + 2 + 12. **Check** what our fork does with the fp32 copy.")
"""


def manage(stack: Stack, *arguments: str) -> str:
    """manage.py in the running instance's home."""
    environment = stack.home.variables() | {"PORT": str(stack.port)}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True, text=True).stdout


def take(browser: Browser, stack: Stack) -> None:
    signed_in = browser.new_context(base_url=stack.url)
    page = signed_in.new_page()
    page.goto(manage(stack, "signinlink", EMAIL).strip())
    page.get_by_role("button").first.click()
    page.get_by_role("heading", name="The canon", exact=True).wait_for()
    state = signed_in.storage_state()
    for name, address, width, height, theme in SHOTS:
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


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("The pictures need Chromium: apt-get install chromium")
    PICTURES.mkdir(exist_ok=True)
    for stack in running_stack():
        stack.wait_for(r"/accounts/link/\S+")
        manage(stack, "shell", "-c", SAMPLE)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-quic"])
            take(browser, stack)
            browser.close()


if __name__ == "__main__":
    main()
