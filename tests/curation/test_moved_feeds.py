"""The starting catalogue over feeds whose addresses the program rewrote: that is no curator's edit, and stays."""

from collections.abc import Callable
from typing import Any

import pytest

from feeds import moving
from readinglist.catalog.models import Feed, Source
from readinglist.curation.models import Shipped
from readinglist.curation.report import OUTCOMES, Report
from tests.curation.conftest import Edition
from tests.fixtures.posts import make_post, make_source

pytestmark = pytest.mark.django_db
OLD, NEW = "https://transactions.example.org/feed.xml", "https://new.example.org/feed.xml"
THIRD = "https://third.example.org/feed.xml"


def outcomes(report: Report) -> set[str]:
    assert not report.conflicts
    return {outcome for outcome in OUTCOMES if report.total(outcome)}


def rewrite(url: str = NEW, *, reason: str | None = moving.CHANGE_REASON) -> Feed:
    """The address of the one feed, as the program or, without its reason, a curator writes it."""
    feed = Feed.objects.get()
    feed.url = url
    feed._change_reason = reason  # type: ignore[attr-defined]
    feed.save()
    return feed


def shipped() -> list[str]:
    found: list[str] = Shipped.objects.get(model="source", key="transactions").fields["feeds"]
    return found


@pytest.fixture
def moved(edition: Edition) -> Feed:
    edition.load()
    feed = rewrite()
    make_post(feed)
    return feed


def test_the_same_edition_changes_nothing_and_sees_no_edit(edition: Edition, moved: Feed) -> None:
    assert outcomes(edition.load()) == {"unchanged"}
    assert Feed.objects.get().url == NEW
    assert shipped() == [OLD]
    assert moved.history.count() == 2


def test_an_edition_with_the_new_address_is_taken_over(edition: Edition, moved: Feed) -> None:
    assert outcomes(edition.rewrite(OLD, NEW).load()) == {"unchanged"}
    assert Feed.objects.get() == moved
    assert shipped() == [NEW]


def test_an_edition_with_a_third_address_wins_over_the_program(edition: Edition, moved: Feed) -> None:
    assert "updated" in outcomes(edition.rewrite(OLD, THIRD).load())
    assert (Feed.objects.get(), Feed.objects.get().url) == (moved, THIRD)


def test_an_edition_may_add_another_feed_to_it(edition: Edition, moved: Feed) -> None:
    assert "updated" in outcomes(edition.rewrite(f'["{OLD}"]', f'["{OLD}", "{THIRD}"]').load())
    assert list(Feed.objects.values_list("url", flat=True)) == [NEW, THIRD]
    assert outcomes(edition.load()) == {"unchanged"}


def test_what_a_curator_wrote_afterwards_stays_theirs(edition: Edition, moved: Feed) -> None:
    rewrite(THIRD, reason=None)
    assert outcomes(edition.load()) == {"unchanged", "kept"}
    assert Feed.objects.get().url == THIRD
    report = edition.rewrite(OLD, "https://fourth.example.org/feed.xml").load()
    assert [conflict.field for conflict in report.conflicts] == ["feeds"]
    assert Feed.objects.get().url == THIRD


def test_a_curator_s_own_source_is_known_by_the_address_that_its_feed_had(edition: Edition) -> None:
    mine = make_source("Mine", slug="mine")
    Feed.objects.create(source=mine, url=OLD)
    rewrite()
    edition.load()
    assert Feed.objects.get().source == mine
    assert not Source.objects.filter(slug="transactions").exists()


def test_it_costs_the_same_however_many_feeds_have_moved(
    edition: Edition, moved: Feed, django_assert_num_queries: Callable[..., Any]
) -> None:
    for number in range(20):
        feed = Feed.objects.create(source=moved.source, url=f"https://a.example/{number}")
        feed.url = f"https://b.example/{number}"
        feed._change_reason = moving.CHANGE_REASON  # type: ignore[attr-defined]
        feed.save()
    with django_assert_num_queries(2):
        assert len(moving.moved_addresses()) == 21
