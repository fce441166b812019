"""A reader's marks on posts: what each does, what does nothing, and what two tabs at once leave."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Post, Source
from readinglist.reading import follows, inbox, marks
from readinglist.reading.models import Follow, PostState
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.reading.test_stages import in_threads

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def post(db: None) -> Post:
    return make_post()


def marks_of(user: User, post: Post) -> dict[str, Any]:
    """What is set, without the rest."""
    names = ("opened_at", "read_at", "saved_at", "unread_from")
    row = PostState.objects.filter(user=user, post=post).values(*names).first() or {}
    return {name: value for name, value in row.items() if value}


def unread(user: User) -> list[int]:
    return [post.pk for post in inbox.page(user, inbox.InboxFilter(), now=LATER).posts]


# ------------------------------------------------------------------ one post


def test_the_first_opening_stays_and_is_no_reading(reader: User, post: Post) -> None:
    assert marks.open_post(post, user=reader, now=NOW)
    assert not marks.open_post(post, user=reader, now=LATER)
    assert marks_of(reader, post) == {"opened_at": NOW}


def test_reading_and_unreading_leave_what_is_opened_and_saved(reader: User, post: Post) -> None:
    marks.open_post(post, user=reader, now=NOW)
    marks.save(post, user=reader, now=NOW)
    assert marks.mark_read(post, user=reader, now=NOW)
    assert marks_of(reader, post) == {"opened_at": NOW, "saved_at": NOW, "read_at": NOW}
    assert marks.mark_unread(post, user=reader, now=LATER)
    assert marks_of(reader, post) == {"opened_at": NOW, "saved_at": NOW, "unread_from": LATER}
    assert marks.unsave(post, user=reader, now=LATER)
    assert marks_of(reader, post) == {"opened_at": NOW, "unread_from": LATER}


def test_what_is_snoozed_comes_back_when_it_is_marked_unread(reader: User, post: Post) -> None:
    PostState.objects.create(user=reader, post=post, unread_from=NOW + timedelta(days=7))
    assert marks.mark_unread(post, user=reader, now=NOW)
    assert marks_of(reader, post) == {"unread_from": NOW}


def test_snoozing_takes_the_read_mark_away_and_says_whether_it_changed_anything(reader: User, post: Post) -> None:
    marks.save(post, user=reader, now=NOW)
    marks.mark_read(post, user=reader, now=NOW)
    assert marks.snooze(post, until=LATER, user=reader)
    assert not marks.snooze(post, until=LATER, user=reader)
    assert marks_of(reader, post) == {"saved_at": NOW, "unread_from": LATER}
    assert marks.snooze(post, until=LATER + timedelta(days=1), user=reader)
    assert marks.mark_read(post, user=reader, now=NOW)
    assert marks_of(reader, post) == {"saved_at": NOW, "read_at": NOW}


def test_marks_are_personal(reader: User, teammate: User, post: Post) -> None:
    for mark in marks.MARKS.values():
        mark(post, user=teammate, now=NOW)
    marks.save(post, user=teammate, now=NOW)
    assert marks_of(reader, post) == {}
    assert not marks.unsave(post, user=reader, now=NOW)
    assert marks_of(teammate, post) == {"saved_at": NOW, "unread_from": NOW}


WRITES: dict[str, Callable[..., bool]] = {"open": marks.open_post, **marks.MARKS}


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=st.lists(st.tuples(st.sampled_from(sorted(WRITES)), st.integers(-90, 600)), max_size=10))
def test_marks_follow_their_rules_and_a_repeated_click_writes_nothing(
    reader: User, writes: list[tuple[str, int]]
) -> None:
    """By clocks that jump. What each says of a change is true, and what is done twice is done once."""
    post, now = make_post(), NOW
    expected: dict[str, datetime] = {}
    for name, seconds in writes:
        now += timedelta(seconds=seconds)
        before = dict(expected)
        if name == "open":
            expected.setdefault("opened_at", now)
        elif name == "save":
            expected.setdefault("saved_at", now)
        elif name == "unsave":
            expected.pop("saved_at", None)
        elif name == "read" and "read_at" not in expected:
            expected.pop("unread_from", None)
            expected["read_at"] = now
        elif name == "unread" and expected.get("unread_from", now + timedelta(1)) > now:
            expected.pop("read_at", None)
            expected["unread_from"] = now
        assert WRITES[name](post, user=reader, now=now) is (expected != before)
        assert not WRITES[name](post, user=reader, now=now + timedelta(seconds=1))
        assert marks_of(reader, post) == expected


def test_every_mark_is_one_statement(reader: User, post: Post) -> None:
    for write in WRITES.values():
        with CaptureQueriesContext(connection) as queries:
            write(post, user=reader, now=NOW)
        assert len(queries) == 1


@pytest.mark.django_db(transaction=True)
def test_tabs_that_mark_one_post_at_once_leave_one_row_with_every_mark() -> None:
    user = make_person("ada@example.org", "Ada")
    for post in [make_post() for _ in range(6)]:
        jobs = [
            lambda write=write, post=post: write(post, user=user, now=NOW)
            for write in (marks.open_post, marks.mark_read, marks.save, marks.mark_read, marks.save)
        ]
        assert in_threads(*jobs) == []
        assert marks_of(user, post) == {"opened_at": NOW, "read_at": NOW, "saved_at": NOW}
    assert PostState.objects.count() == 6


# ---------------------------------------------------------- read up to here


@pytest.fixture
def sources(reader: User) -> list[Source]:
    """Two blogs and a survey, followed, with a feed each."""
    made = [make_source(kind=kind) for kind in ("blog", "newsletter", "survey")]
    for source in made:
        make_feed(source)
        follows.follow(source, user=reader, now=NOW)
    return made


def arrive(sources: list[Source], rounds: int) -> list[Post]:
    return [make_post(source.feeds.get()) for _ in range(rounds) for source in sources]


def test_read_up_to_here_leaves_what_is_newer(reader: User, sources: list[Source]) -> None:
    posts = arrive(sources, 3)
    done = marks.read_up_to(posts[4].pk, user=reader)
    assert done.count_of_sources == 3
    assert unread(reader) == [post.pk for post in posts[:4:-1]]
    assert not PostState.objects.exists()


def test_read_up_to_here_keeps_to_the_shown_filter(reader: User, sources: list[Source]) -> None:
    posts = arrive(sources, 1)
    marks.read_up_to(posts[2].pk, user=reader, stream="blogs")
    assert unread(reader) == [posts[2].pk]
    more = arrive(sources, 1)
    marks.read_up_to(more[2].pk, user=reader, source=sources[0])
    assert unread(reader) == [more[2].pk, more[1].pk, posts[2].pk]


def test_read_up_to_here_passes_over_what_was_kept_unread(reader: User, sources: list[Source]) -> None:
    posts = arrive(sources, 2)
    marks.mark_unread(posts[1], user=reader, now=NOW)
    marks.read_up_to(posts[-1].pk, user=reader)
    assert unread(reader) == [posts[1].pk]


def test_read_up_to_here_touches_neither_muted_sources_nor_other_readers(
    reader: User, teammate: User, sources: list[Source]
) -> None:
    posts = arrive(sources, 1)
    follows.follow(sources[0], user=teammate, now=NOW)
    follows.mute(sources[1], user=reader, muted=True)
    assert marks.read_up_to(posts[-1].pk, user=reader).count_of_sources == 2
    follows.mute(sources[1], user=reader, muted=False)
    assert unread(reader) == [posts[1].pk]
    assert unread(teammate) == [posts[0].pk]


def test_nobody_catches_up_with_the_future(reader: User, sources: list[Source]) -> None:
    posts = arrive(sources, 1)
    done = marks.read_up_to(2**70, user=reader)
    assert done.up_to == posts[-1].pk
    new = arrive(sources, 1)
    assert unread(reader) == [post.pk for post in new[::-1]]
    assert marks.read_up_to(-(2**70), user=reader).count_of_sources == 0


def test_undoing_puts_back_every_mark_once(reader: User, sources: list[Source]) -> None:
    posts = arrive(sources, 3)
    marks.read_up_to(posts[1].pk, user=reader, source=sources[1])
    before = unread(reader)
    done = marks.read_up_to(posts[5].pk, user=reader)
    assert marks.undo_read_up_to(done.before, done.up_to, user=reader) == 3
    assert unread(reader) == before
    assert marks.undo_read_up_to(done.before, done.up_to, user=reader) == 0


def test_undoing_leaves_marks_that_went_on_since(reader: User, sources: list[Source]) -> None:
    posts = arrive(sources, 2)
    done = marks.read_up_to(posts[2].pk, user=reader)
    marks.read_up_to(posts[5].pk, user=reader, source=sources[0])
    assert marks.undo_read_up_to(done.before, done.up_to, user=reader) == 2
    assert unread(reader) == [posts[i].pk for i in (5, 4, 2, 1)]


def test_undoing_never_raises_a_mark_and_never_touches_another_reader(
    reader: User, teammate: User, sources: list[Source]
) -> None:
    posts = arrive(sources, 1)
    follows.follow(sources[0], user=teammate, now=NOW)
    theirs = Follow.objects.get(user=teammate)
    done = marks.read_up_to(posts[2].pk, user=teammate)
    assert marks.undo_read_up_to(done.before, done.up_to, user=reader) == 0
    assert marks.undo_read_up_to({theirs.pk: done.up_to + 5}, done.up_to, user=teammate) == 0
    assert Follow.objects.get(pk=theirs.pk).caught_up_to == done.up_to


def test_read_up_to_here_costs_the_same_for_any_number_of_posts(reader: User, sources: list[Source]) -> None:
    posts = arrive(sources, 12)
    for post in (posts[2], posts[-1]):
        with CaptureQueriesContext(connection) as queries:
            marks.read_up_to(post.pk, user=reader)
        assert len(queries) == 2  # the post, and the UPDATE


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_catch_up_and_undo_at_once_wait_for_each_other() -> None:
    user = make_person("ada@example.org", "Ada")
    made = [make_source() for _ in range(12)]
    posts = [make_post(make_feed(source)) for source in made]
    follows.follow_all(Source.objects.all(), user=user, now=NOW)
    for number in range(6):
        done = marks.read_up_to(posts[number].pk, user=user)
        undo = partial(marks.undo_read_up_to, done.before, done.up_to, user=user)
        catch_up = partial(marks.read_up_to, posts[-1].pk, user=user)
        assert in_threads(undo, catch_up, undo, catch_up) == []
        marked = set(Follow.objects.values_list("caught_up_to", flat=True))
        assert marked == {posts[-1].pk}
        Follow.objects.update(caught_up_to=0)
