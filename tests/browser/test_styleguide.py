"""The style guide in Chromium: whatever pages are made of can be read, reached and pressed, on every screen."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import found_by_axe
from tests.fixtures.cast import make_person, signed_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

# The contrast of two colours by WCAG, from what a canvas makes of them.
CONTRAST = """([ink, paper]) => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (token) => {
    const shown = document.createElement("p");
    shown.style.color = `var(--${token})`;
    document.body.append(shown);
    pen.fillStyle = getComputedStyle(shown).color;
    shown.remove();
    pen.fillRect(0, 0, 1, 1);
    const parts = [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [light(ink), light(paper)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""
# What is pressed, and how high it is; a button may be low where a label or a line around it takes the finger.
PRESSED = "main :is(button, select, summary, .btn, input:not([type=radio], [type=checkbox]))"
LOW = """(pressed) => [...document.querySelectorAll(pressed)]
  .filter((thing) => thing.checkVisibility() && thing.getBoundingClientRect().height < 44)
  .map((thing) => thing.outerHTML.slice(0, 80))"""
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture
def guide(browser: "Browser", live_server: "LiveServer", transactional_db: None) -> Iterator["Page"]:
    """A curator's browser on the style guide; at the end nothing has been complained of."""
    cleo = make_person("cleo@example.org", "Cleo Curator", role="curator")
    context = browser.new_context(base_url=live_server.url, locale="en-GB", has_touch=True, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    session = signed_in(cleo).cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/styleguide/")
    yield page
    context.close()
    assert complaints == []


def test_every_part_can_be_read_and_reached_and_a_pressed_sample_leads_nowhere(guide: "Page") -> None:
    for theme in ("light", "dark"):
        guide.emulate_media(color_scheme=theme)
        assert found_by_axe(guide, colours_alone=theme == "dark") == ""
        for ink in ("ink", "ink-2", "accent-ink"):
            assert guide.evaluate(CONTRAST, [ink, "paper"]) >= 7, f"{ink} in {theme}"
            assert guide.evaluate(CONTRAST, [ink, "paper-2"]) >= 4.5, f"{ink} in a well, {theme}"
        for edge in ("line-2", "accent"):
            assert guide.evaluate(CONTRAST, [edge, "paper"]) >= 3, f"{edge} in {theme}"
    address = guide.url
    guide.get_by_role("button", name="Unfollow Source 10").click()
    guide.locator("#sample--61-stage-read").click()
    guide.get_by_role("link", name="Sample 2", exact=True).first.click()
    assert guide.url == address


def test_no_part_is_wider_than_the_screen_or_lower_than_a_finger(guide: "Page") -> None:
    for width in (360, 768, 1280):
        guide.set_viewport_size({"width": width, "height": 800})
        assert guide.evaluate(WIDTH) <= width
    guide.set_viewport_size({"width": 360, "height": 800})
    assert guide.evaluate(LOW, PRESSED) == []
    guide.evaluate("document.documentElement.style.fontSize = '200%'")
    assert guide.evaluate(WIDTH) <= 360


def test_nothing_is_lost_with_forced_colours_and_what_is_printed_is_to_be_read(guide: "Page") -> None:
    guide.emulate_media(forced_colors="active")
    fills = "els => new Set(els.map(el => getComputedStyle(el).backgroundColor)).size"
    assert guide.locator(".spine.is-read .spine__b, .spine:not([class*='is-']) .spine__b").evaluate_all(fills) == 2
    guide.emulate_media(forced_colors="none", media="print")
    for hidden in (".nav", ".foot", ".tick >> nth=0", ".pages"):
        assert not guide.locator(hidden).is_visible()
    assert guide.locator(".shelf").first.is_visible()
