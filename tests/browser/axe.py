"""axe-core on the page that a browser shows, by the rules that count here."""

from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()
# Colours on their way to another theme would be judged as they are seen for some milliseconds.
SETTLED = """() => {
  document.getAnimations().filter((one) => Number.isFinite(one.effect.getComputedTiming().endTime)).forEach((one) => one.finish());
}"""


def found_by_axe(page: "Page", *, besides: tuple[str, ...] = (), colours_alone: bool = False) -> str:
    """What is wrong with the page, in words; empty where all is well.

    `besides` names rules that are not asked for; `colours_alone` is for a theme that differs from one looked at whole.
    """
    page.evaluate(SETTLED)
    asked = ["color-contrast"] if colours_alone else [rule for rule in RULES if rule not in besides]
    # Nodes without fault are not collected, which takes half the time. Preloading would copy our sheets' imports into
    # inline styles, which the policy rightly refuses.
    options = {"runOnly": asked, "resultTypes": ["violations"], "preload": False}
    found = AXE.run(page, options=options)
    return f"{page.url}: {found.generate_report()}" if found.violations_count else ""
