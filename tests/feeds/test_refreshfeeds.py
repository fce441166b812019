"""`manage.py refreshfeeds`: by hand, with numbers for people and for programs."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from feeds.models import FeedState, HostPause
from tests.feeds.making import rss
from tests.fixtures.far import Far
from tests.fixtures.posts import make_feed, make_source

pytestmark = pytest.mark.django_db


def refresh(*arguments: str) -> str:
    output = StringIO()
    call_command("refreshfeeds", *arguments, stdout=output)
    return output.getvalue()


def test_it_visits_what_is_due_and_prints_the_numbers(far: Far) -> None:
    make_feed(url=far.serve("/good", rss("a", "b")))
    make_feed(url=far.serve("/bad", "", status=500))
    later = make_feed(url=far.serve("/later", rss("c")))
    FeedState.objects.create(feed=later, url=later.url, next_at=timezone.now() + timedelta(hours=1))

    numbers = json.loads(refresh("--json"))

    assert list(numbers) == ["feeds", "fetched", "unchanged", "failed", "new_posts", "seconds"]
    assert numbers | {"seconds": 0} == {
        **{"feeds": 2, "fetched": 1, "unchanged": 0, "failed": 1, "new_posts": 2, "seconds": 0}
    }
    assert 0 < numbers["seconds"] < 30
    assert json.loads(refresh("--json"))["feeds"] == 0


def test_without_json_it_says_so_in_words_and_names_each_failing_feed(far: Far) -> None:
    make_feed(url=far.serve("/good", rss("a", "b")))
    bad = make_feed(url=far.serve("/bad", "", status=404))

    text = refresh()

    assert text.startswith("2 feeds in ")
    assert "1 fetched, 0 unchanged, 1 failed; 2 new posts." in text
    assert f"  {bad.url}: {FeedState.objects.get(feed=bad).error}" in text.splitlines()
    assert refresh() == "No feed was visited: none is due.\n"


def test_all_visits_every_feed_of_live_sources(far: Far) -> None:
    for number in range(2):
        make_feed(url=far.serve(f"/{number}", rss(str(number))))
    make_feed(make_source(status="retired"), url=far.serve("/retired", rss("r")))
    refresh()
    stopped = make_feed(url=far.serve("/stopped", rss("s")))
    FeedState.objects.create(feed=stopped, next_at=timezone.now(), stopped_at=timezone.now())
    assert json.loads(refresh("--all", "--json"))["unchanged"] == 2
    assert far.asked("/retired") == far.asked("/stopped") == []


def test_one_source_s_feeds_are_visited_due_or_not(far: Far) -> None:
    source = make_source(slug="blog-a")
    make_feed(source, url=far.serve("/a", rss("a")))
    make_feed(url=far.serve("/b", rss("b")))
    assert json.loads(refresh("--source", "blog-a", "--json"))["fetched"] == 1
    assert json.loads(refresh("--source", "blog-a", "--json"))["unchanged"] == 1
    assert far.asked("/b") == []


def test_what_was_asked_for_and_may_not_be_visited_now_is_not_called_not_due(far: Far) -> None:
    source = make_source(slug="blog-a")
    make_feed(source, url=far.serve("/a", rss("a")))
    HostPause.objects.create(host="127.0.0.1", until=timezone.now() + timedelta(hours=1))
    assert "their hosts asked to be left alone" in refresh("--source", "blog-a")
    assert "none is due" in refresh()


def test_an_unknown_source_is_refused_with_those_near_it() -> None:
    make_source(slug="distill")
    with pytest.raises(CommandError, match=r"There is no source “destill”\. Near it are: distill\."):
        refresh("--source", "destill")
    with pytest.raises(CommandError, match=r"There is no source “zzz”\.$"):
        refresh("--source", "zzz")


def test_a_source_whose_feeds_are_not_fetched_is_refused() -> None:
    make_source("Old blog", slug="old", status="retired")
    make_source("Bare", slug="bare")
    with pytest.raises(CommandError, match="“Old blog” is retired: its feeds are not fetched"):
        refresh("--source", "old")
    with pytest.raises(CommandError, match="“Bare” has no feed"):
        refresh("--source", "bare")
