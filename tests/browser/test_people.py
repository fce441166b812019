"""The admins' pages of people, and the one where the invited join, in Chromium: axe finds nothing in either theme."""

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts import invitations
from accounts.models import Invitation, User
from readinglist.week.models import Duty
from tests.browser.axe import found_by_axe
from tests.fixtures.cast import make_person, signed_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, ViewportSize
    from pytest_django.live_server_helper import LiveServer


@pytest.fixture
def people(transactional_db: None) -> dict[str, User]:
    """An admin, somebody with duties, and somebody who has left."""
    made = {
        "dana": make_person("dana@example.org", "Dana Admin", role="admin"),
        "ben": make_person("ben@example.org", "Ben Teammate"),
        "gone": make_person("gone@example.org", "Somebody Gone"),
    }
    User.objects.filter(pk=made["gone"].pk).update(is_active=False)
    for day, what in enumerate(("Scan", "Watch")):
        Duty.objects.create(slug=what.lower(), what=what, weekday=day, person=made["ben"])
    return made


@pytest.fixture
def link(people: dict[str, User], settings: Settings, live_server: "LiveServer") -> str:
    """Of an invitation; there are two others, of which one could not be mailed."""
    settings.SITE_URL = live_server.url
    now = timezone.now()
    emails = ["eve@example.org", "a.rather.long.name@a.department.of.a.university.example.org", "zoe@example.org"]
    rows = invitations.invite(emails, role="curator", by=people["dana"], now=now).new
    Invitation.objects.filter(pk=rows[0].pk).update(mail="failed", mail_error="The mail server cannot be reached.")
    handed = invitations.hand_over(rows[2], by=people["dana"], now=now)
    assert handed is not None
    return handed.url


@pytest.fixture
def window(browser: "Browser", live_server: "LiveServer") -> Iterator["Page"]:
    """As wide as a telephone. Nothing is logged, and nobody else is asked."""
    narrow: ViewportSize = {"width": 360, "height": 740}
    context = browser.new_context(base_url=live_server.url, locale="en-GB", viewport=narrow)
    context.set_default_timeout(10_000)
    complaints: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("request", lambda asked: complaints.append(asked.url) if _is_elsewhere(asked.url, live_server) else None)
    yield page
    context.close()
    assert complaints == []


def _is_elsewhere(url: str, live_server: "LiveServer") -> bool:
    return urlsplit(url).scheme in ("http", "https") and not url.startswith(live_server.url)


def test_people_are_invited_and_seen_off_on_pages_without_fault(
    window: "Page", live_server: "LiveServer", people: dict[str, User], link: str
) -> None:
    faults = []

    def look() -> None:
        faults.append(found_by_axe(window))
        window.emulate_media(color_scheme="dark")
        faults.append(found_by_axe(window, colours_alone=True))
        window.emulate_media(color_scheme="light")
        assert window.evaluate("document.documentElement.scrollWidth") == 360, window.url

    window.goto(link)
    window.wait_for_url("**/accounts/join/")
    look()

    session = signed_in(people["dana"]).cookies["sessionid"].value
    window.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    window.goto("/people/")
    window.get_by_label("Addresses").fill("nonsense, new@example.org")
    window.get_by_role("button", name="Send the invitations").click()
    window.get_by_text("1 invitation is on its way.").wait_for()
    look()
    for address in (
        "/people/invitations/",
        "/people/invitations/?state=expired",
        f"/people/{people['ben'].pk}/leaving/",
        f"/people/{people['gone'].pk}/leaving/",
    ):
        window.goto(address)
        look()
    window.goto("/people/invitations/")
    window.get_by_role("button", name="Make a link to copy · new@example.org").click()
    window.get_by_label("The link").wait_for()
    look()
    assert "".join(faults) == ""
