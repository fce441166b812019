"""Somebody is invited and reads: the mail, the password, three questions and the first work, within two minutes.

Once with JavaScript, and once without it.
"""

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import found_by_axe
from tests.browser.stack import Stack, running_stack
from tests.fixtures.mail import SmtpServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PASSWORD = "correct horse battery staple"
TWO_MINUTES = 120


@pytest.fixture
def stack(smtp: SmtpServer, closed_port: int) -> Iterator[Stack]:
    yield from running_stack({"EMAIL_URL": f"smtp://127.0.0.1:{closed_port}"})


def open_page(browser: "Browser", stack: Stack, *, with_javascript: bool = True) -> "Page":
    context = browser.new_context(
        base_url=stack.url, java_script_enabled=with_javascript, locale="en-GB", timezone_id="Europe/Lisbon"
    )
    context.set_default_timeout(20_000)
    return context.new_page()


def first_admin(browser: "Browser", stack: Stack) -> "Page":
    """Who sets the instance up skips the questions."""
    page = open_page(browser, stack)
    page.goto(stack.wait_for(r"http://localhost:\d+/accounts/link/\S+"))
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Skip all questions").click()
    page.get_by_text("0 of 20 read.").first.wait_for()
    return page


def link_in_mail_to(address: str, smtp: SmtpServer) -> str:
    """The invitation's, once it has come."""
    deadline = time.monotonic() + TWO_MINUTES
    while address not in smtp.recipients:
        assert time.monotonic() < deadline, f"No mail comes to {address}"
        time.sleep(0.05)
    (mail,) = (message for message in smtp.messages if message["To"] == address)
    part = mail.get_body(("plain",))
    assert part is not None
    found = re.search(r"http://localhost:\d+/\S+", part.get_content())
    assert found is not None
    return found[0]


def join(page: "Page", link: str, name: str) -> None:
    page.goto(link)
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join and begin").click()
    page.wait_for_url("**/welcome/zone/")


def open_what_is_next(page: "Page") -> None:
    page.get_by_text("0 of 20 read. Attention is next.").wait_for()
    page.get_by_role("button", name="Start reading").click()
    page.get_by_role("heading", name="Attention Is All You Need", level=1).wait_for()
    page.get_by_role("button", name="Reading", exact=True, pressed=True).wait_for()


def test_an_invited_person_reads_within_two_minutes(browser: "Browser", stack: Stack, smtp: SmtpServer) -> None:
    ada = first_admin(browser, stack)
    began = time.monotonic()
    ada.goto("/people/")
    ada.get_by_label("Addresses").fill("ben@example.org, cleo@example.org")
    ada.get_by_role("button", name="Send the invitations").click()

    # Ben answers all three questions, goes back once, and finds what he has answered.
    ben = open_page(browser, stack)
    join(ben, link_in_mail_to("ben@example.org", smtp), "Ben")
    assert ben.get_by_label("Time zone").input_value() == "Europe/Lisbon", "as his browser says"
    ben.get_by_role("button", name="Use this time zone").click()
    ben.get_by_label("Minutes a week").fill("200")
    assert ben.get_by_label("Another amount").is_checked()
    ben.get_by_role("button", name="Use this budget").click()
    ben.get_by_role("link", name="Back").click()
    assert ben.get_by_label("Minutes a week").input_value() == "200"
    ben.get_by_role("button", name="Use this budget").click()
    assert ben.get_by_role("checkbox", name=re.compile("^The canon")).is_checked()
    ben.get_by_label("Interconnects").uncheck()
    ben.get_by_role("button", name="Begin with these").click()
    ben.get_by_text("That is all.").wait_for()
    open_what_is_next(ben)
    assert time.monotonic() - began < TWO_MINUTES
    ben.goto("/sources/")
    assert ben.get_by_role("button", name="Unfollow Hugging Face Blog").is_visible()
    assert ben.get_by_role("button", name="Follow Interconnects", exact=True).is_visible()

    # Keys do what they say, until he switches them off.
    ben.keyboard.press("/")
    assert ben.evaluate("document.activeElement.name") == "q"
    ben.goto("/accounts/settings/")
    ben.get_by_label("Use single keys as shortcuts").uncheck()
    ben.get_by_role("button", name="Save the settings").click()
    ben.get_by_text("Your settings are saved.").wait_for()
    ben.keyboard.press("/")
    assert ben.evaluate("document.activeElement.name") != "q"

    # Cleo has no JavaScript, and skips what she can.
    began = time.monotonic()
    cleo = open_page(browser, stack, with_javascript=False)
    join(cleo, link_in_mail_to("cleo@example.org", smtp), "Cleo")
    cleo.get_by_role("link", name="Skip this question").click()
    cleo.get_by_label("2 hours").check()
    cleo.get_by_role("button", name="Use this budget").click()
    cleo.get_by_role("button", name="Skip this question").click()
    open_what_is_next(cleo)
    assert time.monotonic() - began < TWO_MINUTES

    # Ada sees who reads what, and is not asked again.
    ada.goto("/entries/attention-is-all-you-need/")
    ada.get_by_role("link", name="Ben").click()
    ada.get_by_role("heading", name="Reading now").wait_for()
    assert found_by_axe(ada) == ""
    ada.goto("/accounts/settings/")
    assert ada.get_by_label("Minutes a week").input_value() == "180"
