"""Every page of the program in Chromium: axe finds nothing, nothing is complained of, and all fits the screen.

The pages are those of the table of permissions and some more, on an instance that is full. Of some axe judges the
colours too, in the light and in the dark; in `make soak` of all.
"""

import pytest

from tests.browser.filling import fill
from tests.browser.walking import Stop, stops_of, walk
from tests.fixtures.browser import OpenWindow
from tests.permissions.instance import make_instance
from tests.permissions.table import read_table

# In which all kinds of ink stand on all kinds of paper; the style guide shows the rest.
IN_COLOUR = {
    *("account_login", "accounts:settings"),
    *("reading:home", "reading:list", "reading:entry", "reading:inbox", "reading:me"),
}


@pytest.mark.soak
def test_no_page_shuts_anybody_out_complains_or_overflows(open_window: OpenWindow, transactional_db: None) -> None:
    instance = make_instance()
    more = fill(instance)
    rows = [row for row in read_table() if not row.part.startswith("admin")]
    # The style guide has a test of its own.
    stops = stops_of(instance, rows, axe=lambda row: row.route != "curation:styleguide", in_colour=IN_COLOUR)
    assert len(stops) >= 60
    stops += [Stop(looker, address) for looker, address in more]
    troubles = walk(stops, instance, open_window)
    assert not troubles, "\n".join(troubles)
