"""The hours and days on which a feed asks not to be visited."""

from datetime import UTC, datetime

import pytest

from feeds import skips
from feeds.parsed import MAX_POSTS
from feeds.skips import Skips
from tests.feeds.writing import read, rss

HOURS = "<skipHours><hour>0</hour>\n<hour> 13 </hour><hour>24</hour><hour>25</hour><hour>x</hour></skipHours>"
DAYS = "<skipDays><day>Saturday</day><day>SUNDAY</day><day>Someday</day></skipDays>"
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)


def head(asked: str) -> str:
    return rss("<item><title>One</title></item>", head=f"<title>A blog</title>{asked}")


def test_hours_and_days_come_from_the_head_of_a_feed() -> None:
    assert skips.read(head(HOURS)) == Skips(hours=(0, 13))
    assert skips.read(head(DAYS)) == Skips(days=(5, 6))
    assert read(head(HOURS + DAYS)).skips == Skips((0, 13), (5, 6))


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "<skipHours></skipHours><skipDays/>",
        "<skipHours><hour>3</hour>",
        "<!-- <skipHours><hour>3</hour></skipHours> -->",
        "<item><description><skipHours><hour>3</hour></skipHours></description></item>",
        f"<skipHours>{''.join(f'<hour>{n}</hour>' for n in range(24))}</skipHours>",
        f"<skipDays>{''.join(f'<day>{name}</day>' for name in skips.DAYS)}</skipDays>",
    ],
)
def test_what_asks_for_nothing_or_for_no_visit_at_all_skips_nothing(asked: str) -> None:
    assert skips.read(head(asked)) == skips.NONE


def test_a_json_feed_skips_nothing() -> None:
    assert skips.read('{"version": "https://jsonfeed.org/version/1.1", "skipHours": [1]}') == skips.NONE


@pytest.mark.parametrize("piece", ["<skipHours>", "<skipHours><hour>1", "<hour>", "<!--", "<skipDays><day>"])
def test_a_head_of_nothing_but_beginnings_is_soon_read(piece: str) -> None:
    assert skips.read(piece * (100 * MAX_POSTS)) == skips.NONE


def test_a_moment_is_held_by_its_hour_or_its_day() -> None:
    skipped = Skips(hours=(3,), days=(1,))
    assert not skipped.hold(MONDAY)
    assert skipped.hold(MONDAY.replace(hour=3, minute=59))
    assert not skipped.hold(MONDAY.replace(hour=4))
    assert skipped.hold(MONDAY.replace(day=17))
