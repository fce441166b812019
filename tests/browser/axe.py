"""axe-core on the page that a browser shows, by the rules that count here; and whether the page fits the screen."""

from typing import TYPE_CHECKING

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SCRIPT = Axe().axe_script
# Colours on their way to another theme would be judged as they are seen for some milliseconds.
RUN = """async (options) => {
  const ends = (one) => Number.isFinite(one.effect.getComputedTiming().endTime);
  document.getAnimations().filter(ends).forEach((one) => one.finish());
  return (await axe.run(options)).violations;
}"""
# Nothing where the page fits; else how wide it is, and which elements reach furthest.
WIDE = """(width) => {
  const wide = document.documentElement.scrollWidth;
  if (wide <= width) return "";
  const end = (one) => Math.floor(one.getBoundingClientRect().right);
  const all = [...document.body.querySelectorAll("*")].sort((one, other) => end(other) - end(one)).slice(0, 3);
  return [`${wide} px, by`, ...all.map((one) => `${end(one)} ${one.outerHTML.slice(0, 120)}`)].join(" ");
}"""
WIDTHS = (1280, 768, 360)
HEIGHT = 300  # what is not shown is not painted


def has_axe_on_every_page(page: "Page") -> None:
    """Where many pages follow: what comes with each is compiled once, what is brought to each anew every time."""
    page.add_init_script(SCRIPT)


def found_by_axe(
    page: "Page", *, besides: tuple[str, ...] = (), colours_alone: bool = False, without_colours: bool = False
) -> str:
    """What is wrong with the page, in words; empty where all is well.

    `besides` names sets of rules that are not asked for; `colours_alone` is for a theme that differs from one looked at
    whole. Colours cost as much as all the rest.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT)
    options = {
        "runOnly": ["color-contrast"] if colours_alone else [rule for rule in RULES if rule not in besides],
        "rules": {"color-contrast": {"enabled": not without_colours}},
        "resultTypes": ["violations"],  # nodes without fault are not collected, which takes half the time
        "preload": False,  # it would copy our sheets' imports into inline styles, which the policy rightly refuses
    }
    found = AxeResults({"violations": page.evaluate(RUN, options)})
    return f"{page.url}: {found.generate_report()}" if found.violations_count else ""


def too_wide(page: "Page") -> list[str]:
    """Where one has to scroll sideways: at each width, and at the last with text of double size."""
    wrong = []
    before = page.viewport_size
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        wrong.append(_wider(page, f"on {width}", width))
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    wrong.append(_wider(page, f"on {width} with text of double size", width))
    page.evaluate("document.documentElement.style.fontSize = ''")
    if before:
        page.set_viewport_size(before)
    return [what for what in wrong if what]


def _wider(page: "Page", where: str, width: int) -> str:
    wide = page.evaluate(WIDE, width)
    return f"{page.url} {where}: {wide}" if wide else ""
