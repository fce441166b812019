"""Every page of the admin in Chromium: nothing is complained of, all fits the screen, and axe finds nothing.

Axe looks at the pages of entries, which have all that the others have; in `make soak` at all, with their colours.
"""

import pytest
from django.urls import reverse

from readinglist.catalog.models import Entry
from tests.browser.filling import fill
from tests.browser.walking import Stop, stops_of, walk
from tests.fixtures.browser import OpenWindow
from tests.permissions.instance import make_instance
from tests.permissions.table import Row, read_table

IN_COLOUR = {"admin:index", "admin:catalog_entry_changelist", "admin:catalog_entry_change"}


def looked_at_by_axe(row: Row) -> bool:
    return row.route == "admin:index" or "catalog_entry" in row.route


@pytest.mark.soak
def test_no_page_shuts_anybody_out_complains_or_overflows(open_window: OpenWindow, transactional_db: None) -> None:
    instance = make_instance()
    fill(instance)
    rows = [row for row in read_table() if row.part.startswith("admin")]
    stops = stops_of(instance, rows, axe=looked_at_by_axe, in_colour=IN_COLOUR)
    assert len(stops) >= 50
    entries, work = reverse("admin:catalog_entry_changelist"), Entry.objects.get(slug="kernels-fusion")
    more = [
        f"{entries}?q=nothing+at+all",
        f"{entries}?q=kernels&status__exact=live&_facets=True",
        f"{reverse('admin:catalog_entry_supersede', args=[work.pk])}?successor=canon-paper-3",
        f"{reverse('admin:catalog_source_add')}?_popup=1",
    ]
    stops += [Stop("admin", address) for address in more]
    # Django's own templates are not ours to order.
    troubles = walk(stops, instance, open_window, besides=("best-practice",))
    assert not troubles, "\n".join(troubles)
