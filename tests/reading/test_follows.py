"""Following: what waits for a new follower, and "looked, 15 minutes"."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Post, Source
from readinglist.reading import follows, inbox, marks
from readinglist.reading.models import Activity, Follow
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.reading.test_stages import in_threads

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def waiting(user: User) -> list[int]:
    return [post.pk for post in inbox.page(user, inbox.InboxFilter(), now=NOW).posts]


def test_the_twenty_newest_posts_wait_for_a_new_follower(reader: User) -> None:
    feed = make_feed()
    posts = [make_post(feed) for _ in range(25)]
    follows.follow(feed.source, user=reader, now=NOW)
    assert waiting(reader) == [post.pk for post in posts[:4:-1]]


def test_of_a_source_without_posts_all_that_comes_is_unread(reader: User) -> None:
    feed = make_feed()
    assert follows.follow(feed.source, user=reader, now=NOW)
    assert Follow.objects.get().caught_up_to == 0
    post = make_post(feed)
    assert waiting(reader) == [post.pk]


def test_following_twice_moves_no_mark(reader: User) -> None:
    feed = make_feed()
    assert follows.follow(feed.source, user=reader, now=NOW)
    first = Follow.objects.values().get()
    for _ in range(30):
        make_post(feed)
    assert not follows.follow(feed.source, user=reader, now=NOW + timedelta(days=1))
    assert Follow.objects.values().get() == first


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals=st.lists(st.tuples(st.integers(0, 2), st.booleans()), max_size=40))
def test_the_mark_stands_where_a_plain_loop_puts_it(reader: User, arrivals: list[tuple[int, bool]]) -> None:
    """Over several feeds of a source, backlog and strangers' posts among them: the 20 newest that are no backlog."""
    source = make_source()
    feeds = [make_feed(source), make_feed(source), make_feed()]
    for number, is_backlog in arrivals:
        make_post(feeds[number], is_backlog=is_backlog)
    follows.follow(source, user=reader, now=NOW)
    mark = Follow.objects.get(source=source).caught_up_to
    mine = Post.objects.filter(feed__source=source).order_by("-pk")
    news = [post.pk for post in mine if not post.is_backlog]
    assert [pk for pk in news if pk > mark] == news[: follows.NEW_FOLLOWERS_POSTS]


def test_following_all_is_one_statement_and_counts_what_is_new(reader: User) -> None:
    feeds = [make_feed() for _ in range(3)]
    for feed in feeds:
        for _ in range(22):
            make_post(feed)
    follows.follow(feeds[0].source, user=reader, now=NOW)
    with CaptureQueriesContext(connection) as queries:
        assert follows.follow_all(Source.objects.all(), user=reader, now=NOW) == 2
    assert len(queries) == 2  # which, and the one
    assert inbox.unread_by_source(reader, now=NOW) == {feed.source.pk: 20 for feed in feeds}
    assert follows.follow_all(Source.objects.all(), user=reader, now=NOW) == 0


def test_unfollowing_ends_the_posts_and_keeps_the_marks(reader: User, teammate: User) -> None:
    feed = make_feed()
    post = make_post(feed)
    for user in (reader, teammate):
        follows.follow(feed.source, user=user, now=NOW)
    marks.save(post, user=reader, now=NOW)
    assert follows.unfollow(feed.source, user=reader)
    assert not follows.unfollow(feed.source, user=reader)
    assert waiting(reader) == []
    assert [p.pk for p in inbox.page(reader, inbox.InboxFilter(state="saved"), now=NOW).posts] == [post.pk]
    assert waiting(teammate) == [post.pk]


def test_a_muted_source_is_silent_until_it_is_heard_again(reader: User) -> None:
    feed = make_feed()
    follows.follow(feed.source, user=reader, now=NOW)
    post = make_post(feed)
    assert follows.mute(feed.source, user=reader, muted=True)
    assert not follows.mute(feed.source, user=reader, muted=True)
    assert waiting(reader) == []
    assert follows.mute(feed.source, user=reader, muted=False)
    assert waiting(reader) == [post.pk]


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_follow_at_once_leave_one_follow() -> None:
    user, source = make_person("ada@example.org", "Ada"), make_source()
    follow = lambda: follows.follow(source, user=user, now=NOW)  # noqa: E731
    assert in_threads(follow, follow, follow) == []
    assert Follow.objects.count() == 1


# ------------------------------------------------------------------- looking


def test_looking_counts_once_a_day_of_the_reader(reader: User) -> None:
    reader.zone = "America/Los_Angeles"
    reader.save()
    source = make_source(kind="community")
    evening = datetime(2026, 11, 20, 7, 30, tzinfo=UTC)  # 23:30 of the day before, over there
    assert follows.look(source, user=reader, now=evening)
    assert not follows.look(source, user=reader, now=evening + timedelta(minutes=29))
    assert follows.look(source, user=reader, now=evening + timedelta(minutes=31))
    lines = Activity.objects.filter(user=reader, source=source)
    assert [(line.action, line.minutes) for line in lines] == [("looked", 15)] * 2


def test_looking_works_where_this_machine_lacks_the_readers_zone(reader: User) -> None:
    reader.zone = "Mars/Olympus"
    reader.save()
    source = make_source(kind="community")
    assert follows.look(source, user=reader, now=NOW)
    assert not follows.look(source, user=reader, now=NOW + timedelta(minutes=1))


def test_looking_is_personal_and_each_source_has_its_last_time(reader: User, teammate: User) -> None:
    first, second, never = (make_source(kind="community") for _ in range(3))
    follows.look(first, user=reader, now=NOW - timedelta(days=2))
    follows.look(first, user=reader, now=NOW)
    follows.look(second, user=reader, now=NOW - timedelta(days=1))
    follows.look(never, user=teammate, now=NOW)
    looks = {first.pk: NOW, second.pk: NOW - timedelta(days=1)}
    assert follows.last_looks([first, second, never], reader) == looks


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_looked_is_one_line() -> None:
    user, source = make_person("ada@example.org", "Ada"), make_source(kind="community")
    answers: list[bool] = []
    look = lambda: answers.append(follows.look(source, user=user, now=NOW))  # noqa: E731
    assert in_threads(look, look, look) == []
    assert sorted(answers) == [False, False, True]
    assert Activity.objects.count() == 1
