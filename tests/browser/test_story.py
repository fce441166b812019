"""The first true story, in Chromium on the running stack: `make run`'s own supervisor with the real catalogue.

Ada comes by the one-time link and reads with mouse and JavaScript; Ben has JavaScript switched off; Cleo has a keyboard
alone. Then a curator supersedes what they have read, and nobody's figure moves.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.stack import Stack, running_stack

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "correct horse battery staple"


@pytest.fixture
def stack() -> Iterator[Stack]:
    yield from running_stack()


def open_page(browser: "Browser", stack: Stack, *, with_javascript: bool = True) -> "Page":
    context = browser.new_context(base_url=stack.url, java_script_enabled=with_javascript, locale="en-GB")
    context.set_default_timeout(20_000)
    return context.new_page()


def invite(admin: "Page", email: str) -> str:
    """Ada invites somebody; the link that she hands over."""
    admin.goto("/people/")
    admin.get_by_label("Addresses").fill(email)
    admin.get_by_role("button", name="Send the invitations").click()
    admin.get_by_role("button", name=f"Make a link to copy · {email}").click()
    return admin.get_by_label("The link").input_value()


def tab_to(page: "Page", name: str) -> None:
    """Presses Tab until what has the focus is called `name`, as somebody without a mouse does."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("(document.activeElement.ariaLabel || document.activeElement.textContent).trim()") == name:
            return
    pytest.fail(f"Tab never reaches “{name}”")


def test_three_people_read_and_a_curator_supersedes(browser: "Browser", stack: Stack) -> None:
    link = stack.wait_for(r"http://localhost:\d+/accounts/link/\S+")

    # Ada becomes the first admin by the link, opens the work, and marks it as read.
    ada = open_page(browser, stack)
    ada.goto(link)
    ada.get_by_label("Name").fill("Ada Lovelace")
    ada.get_by_label("E-mail").fill("ada@example.org")
    ada.get_by_label("Password").fill(PASSWORD)
    ada.get_by_role("button", name="Begin").click()
    ada.wait_for_url("**/welcome/zone/")
    ada.goto("/")
    ada.get_by_text("0 of 20 read. Attention is next.").wait_for()
    ada.get_by_role("link", name="Attention Is All You Need").click()
    ada.get_by_role("button", name="Read", exact=True).click()
    ada.get_by_text("1 of 20 read.").first.wait_for()
    ada.goto("/")
    ada.get_by_text("1 of 20 read. Kaplan, Chinchilla is next.").wait_for()
    assert ada.locator(".spine.is-read").count() == 1

    # The link is used up.
    ben = open_page(browser, stack, with_javascript=False)
    assert ben.goto(link).status == 410  # type: ignore[union-attr]

    # Ben has no JavaScript.
    ben.goto(invite(ada, "ben@example.org"))
    ben.get_by_label("Name").fill("Ben")
    ben.get_by_label("Password").fill(PASSWORD)
    ben.get_by_role("button", name="Join and begin").click()
    ben.wait_for_url("**/welcome/zone/")
    ben.goto("/")
    ben.get_by_text("0 of 20 read. Attention is next.").wait_for()
    ben.get_by_role("button", name="Mark as read").click()
    ben.get_by_text("1 of 20 read. Kaplan, Chinchilla is next.").wait_for()

    # Cleo has no mouse.
    cleo = open_page(browser, stack)
    cleo.goto(invite(ada, "cleo@example.org"))
    for text, key in (("Cleo", "Tab"), (PASSWORD, "Enter")):
        cleo.keyboard.type(text)
        cleo.keyboard.press(key)
    cleo.wait_for_url("**/welcome/zone/")
    cleo.goto("/")
    cleo.get_by_text("0 of 20 read. Attention is next.").wait_for()
    tab_to(cleo, "Attention Is All You Need")
    cleo.keyboard.press("Enter")
    cleo.wait_for_url("**/entries/attention-is-all-you-need/")
    tab_to(cleo, "Read")
    cleo.keyboard.press("Space")
    cleo.get_by_text("1 of 20 read.").first.wait_for()
    assert cleo.locator("#said").inner_text() == "Marked as read."

    # A curator puts another work in its place: still 1 of 20, for everybody.
    ada.goto("/entries/attention-is-all-you-need/")
    ada.get_by_role("link", name="Edit").first.click()
    ada.get_by_role("link", name="Superseded by …").click()
    ada.locator("[name=successor]").fill("flexattention")
    ada.get_by_role("button", name="Show what will happen").click()
    ada.get_by_role("button", name=re.compile("in its place")).click()
    ada.get_by_text("is superseded by").wait_for()
    for reader in (ada, ben, cleo):
        reader.goto("/")
        reader.get_by_text("1 of 20 read. Kaplan, Chinchilla is next.").wait_for()
        reader.goto("/entries/attention-is-all-you-need/")
        reader.get_by_text("has taken its place").wait_for()
