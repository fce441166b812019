"""A walk over pages: each is loaded once, looked at by axe and at all widths, and heard."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Literal

from tests.browser.axe import found_by_axe, has_axe_on_every_page, too_wide
from tests.fixtures.browser import OpenWindow
from tests.fixtures.effort import FACTOR
from tests.permissions.instance import Instance
from tests.permissions.table import Row

if TYPE_CHECKING:
    from playwright.sync_api import Page

Theme = Literal["light", "dark"]

BOTH: tuple[Theme, ...] = ("light", "dark")
LOOKERS = ("anonymous", "reader", "admin")
# What a page or another program asks for; tests beside their views look at them.
NO_PAGES = ("reading:manifest", "reading:citation", "operations:left", "admin:jsi18n", "_names", "_identify")


@dataclass(frozen=True, slots=True)
class Stop:
    """A page on the way: who looks at it, whether axe does, and in which themes it looks at the colours."""

    looker: str
    address: str
    axe: bool = True
    themes: tuple[Theme, ...] = BOTH if FACTOR > 1 else ()


def stops_of(
    instance: Instance, rows: Iterable[Row], *, axe: Callable[[Row], bool], in_colour: Collection[str]
) -> list[Stop]:
    """All pages of the table that anybody is shown; in `make soak` axe looks at everything."""
    stops = []
    for row in rows:
        if looker := looker_at(row):
            themes = BOTH if FACTOR > 1 or row.route in in_colour else ()
            stops.append(Stop(looker, instance.address(row.route, row.of), FACTOR > 1 or axe(row), themes))
    return stops


def looker_at(row: Row) -> str | None:
    """Whoever needs the least: nobody in particular, the reader, whose things they are, or an admin."""
    if row.method != "GET" or row.route.endswith(NO_PAGES):
        return None
    # A key in an address moves into the session, and leads to the page where it is good.
    shown = ("200", "page") if row.may_write else ("200",)
    return next((person for person in LOOKERS if row.expected[person] in shown), None)


def walk(
    stops: Iterable[Stop], instance: Instance, open_window: OpenWindow, *, besides: tuple[str, ...] = ()
) -> list[str]:
    """What is wrong with the pages, in words; what the windows complain of is told by `open_window`."""
    windows = {}
    for person in LOOKERS:
        session = SimpleCookie(instance.cookies[person]).get("sessionid")
        windows[person] = open_window(session=session.value if session else "")
        has_axe_on_every_page(windows[person])
    troubles: list[str] = []
    for stop in stops:
        troubles += _look_at(stop, windows[stop.looker], besides)
    return troubles


def _look_at(stop: Stop, page: "Page", besides: tuple[str, ...]) -> list[str]:
    answer = page.goto(stop.address)
    assert answer is not None
    if not answer.ok:
        return [f"{stop.address} as {stop.looker}: {answer.status}"]
    troubles = too_wide(page)
    if stop.axe:
        troubles.append(found_by_axe(page, besides=besides, without_colours=True))
    for theme in stop.themes:
        page.emulate_media(color_scheme=theme)
        troubles.append(found_by_axe(page, colours_alone=True))
    return [trouble for trouble in troubles if trouble]
