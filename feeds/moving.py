"""Feeds whose hosts say for good that they have moved: the new address is taken, unless another feed has it."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from django.db import IntegrityError, transaction

from feeds.visits import State
from readinglist.catalog.models import Feed

VISITS = 3  # in a row that were led to the same address
CHANGE_REASON = "Moved for good, says its host"


def move(states: Sequence[State]) -> None:
    """Rewrites what has moved, with a row of history, and names the other feed where the address is taken.

    Changes the states accordingly: at its new address a feed's validators still hold.
    """
    moved = [state for state in states if state.moved_count >= VISITS]
    if not moved:
        return
    holders = dict(Feed.objects.filter(url__in=[state.moved_to for state in moved]).values_list("url", "pk"))
    for state in moved:
        state.duplicate_of_id = holders.get(state.moved_to)
        if state.duplicate_of_id is None and _rewrite(state):
            holders[state.moved_to] = state.feed_id
            state.url, state.moved_to, state.moved_count = state.moved_to, "", 0


def moved_addresses() -> dict[str, str]:
    """Of all that were rewritten, the addresses that feeds had before, each with the one that its feed has now.

    What a curator wrote afterwards is no move, and an address that is another feed's by now leads nowhere else.
    """
    moved = Feed.history.filter(history_change_reason=CHANGE_REASON).values("id")
    versions = Feed.history.filter(id__in=moved).order_by("id", "history_id")
    found: dict[str, str] = {}
    rows = versions.values_list("id", "url", "history_change_reason")
    for _feed, of_one in groupby(rows, key=itemgetter(0)):
        chain: list[str] = []
        for _id, url, reason in of_one:
            if chain and url == chain[-1]:
                continue
            chain = [*chain, url] if reason == CHANGE_REASON else [url]
        found |= dict.fromkeys(chain[:-1], chain[-1])
    here = set(Feed.objects.filter(url__in=found).values_list("url", flat=True))
    return {old: new for old, new in found.items() if old not in here}


def _rewrite(state: State) -> bool:
    """Whether the address could be written; what somebody else is just changing is left to the next visit.

    So nobody is waited for: whoever holds the row of the feed may be waiting for that of its state.
    """
    rows = Feed.objects.select_for_update(skip_locked=True)
    feed = rows.filter(pk=state.feed_id, url=state.url).first()
    if feed is None:
        return False
    feed.url = state.moved_to
    feed._change_reason = CHANGE_REASON  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            feed.save(update_fields=["url"])
    except IntegrityError:  # another feed has just got this address
        return False
    return True
