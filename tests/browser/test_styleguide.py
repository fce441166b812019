"""The style guide in Chromium: whatever pages are made of can be read, reached and pressed, on every screen."""

import re

from playwright.sync_api import expect

from tests.browser.axe import found_by_axe, too_wide
from tests.fixtures.browser import OpenWindow
from tests.fixtures.cast import make_person

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
# Ink on paper, and how much of a contrast it needs.
INKS = [
    *[(ink, "paper", 7) for ink in ("ink", "ink-2", "accent-ink")],
    *[(ink, "paper-2", 4.5) for ink in ("ink", "ink-2", "accent-ink")],
    *[(edge, "paper", 3) for edge in ("line-2", "accent")],
]


def test_every_part_can_be_read_reached_and_pressed_on_every_screen_and_on_paper(
    open_window: OpenWindow, transactional_db: None
) -> None:
    cleo = make_person("cleo@example.org", "Cleo Curator", role="curator")
    guide = open_window(cleo, has_touch=True, reduced_motion="reduce")
    guide.goto("/styleguide/")

    for theme in ("light", "dark"):
        guide.emulate_media(color_scheme=theme)
        assert found_by_axe(guide, colours_alone=theme == "dark") == ""
        for ink, paper, least in INKS:
            assert guide.evaluate(CONTRAST, [ink, paper]) >= least, f"{ink} on {paper} in {theme}"
    assert too_wide(guide) == []
    guide.set_viewport_size({"width": 360, "height": 800})
    assert guide.evaluate(LOW, PRESSED) == []
    guide.set_viewport_size({"width": 1280, "height": 800})

    # A pressed sample leads nowhere.
    guide.get_by_role("button", name="Unfollow Source 10").click()
    guide.locator("#sample--61-stage-read").click()
    guide.get_by_role("link", name="Sample 2", exact=True).first.click()
    expect(guide).to_have_url(re.compile("/styleguide/$"))

    # Nothing is lost with forced colours, and what is printed is to be read.
    guide.emulate_media(forced_colors="active")
    fills = "els => new Set(els.map(el => getComputedStyle(el).backgroundColor)).size"
    assert guide.locator(".spine.is-read .spine__b, .spine:not([class*='is-']) .spine__b").evaluate_all(fills) == 2
    guide.emulate_media(forced_colors="none", media="print")
    for hidden in (".nav", ".foot", ".tick >> nth=0", ".pages"):
        expect(guide.locator(hidden)).to_be_hidden()
    expect(guide.locator(".shelf").first).to_be_visible()
