"""What the inbox shows: single cases, figures at their bounds, and what a page costs."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from readinglist.catalog.models import Entry, Feed, Identifier, Post, Source
from readinglist.reading import follows, inbox, marks, stages
from readinglist.reading.models import Follow, PostState
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def feed(reader: User) -> Feed:
    """Of a blog that the reader follows."""
    made = make_feed()
    follows.follow(made.source, user=reader, now=NOW)
    return made


MARK_OF_STATE = {"read": "read", "saved": "save", "kept": "unread"}


def listed(user: User, *, now: datetime = NOW, **asked: Any) -> list[int]:
    return [post.pk for post in inbox.page(user, inbox.InboxFilter(**asked), now=now).posts]


def many_posts(feed: Feed, count: int) -> None:
    """In one statement."""
    post = make_post(feed)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO catalog_post
                (feed_id, guid_hash, key, is_backlog, url, title, body, content_hash, first_seen_at)
            SELECT feed_id, md5(number::text), 'url:' || number, false, url, title, body, content_hash, first_seen_at
            FROM catalog_post CROSS JOIN generate_series(2, %s) AS number WHERE id = %s
            """,
            [count, post.pk],
        )


# --------------------------------------------------------------- what shows


def test_of_a_work_the_earliest_post_among_the_followed_is_shown(reader: User, feed: Feed) -> None:
    stranger, second = make_feed(), make_feed()
    follows.follow(second.source, user=reader, now=NOW)
    key = "arxiv:2211.01234"
    lead, mine, later = (make_post(its, key=key) for its in (stranger, feed, second))
    assert listed(reader) == [mine.pk]
    follows.follow(stranger.source, user=reader, now=NOW)
    assert listed(reader) == [lead.pk]
    follows.mute(stranger.source, user=reader, muted=True)
    follows.unfollow(feed.source, user=reader)
    assert listed(reader) == [later.pk]


def test_a_filter_does_not_bring_back_what_another_stream_has_shown(reader: User, feed: Feed) -> None:
    survey = make_feed(make_source(kind="survey"))
    follows.follow(survey.source, user=reader, now=NOW)
    first, _copy = make_post(feed, key="arxiv:2211.01234"), make_post(survey, key="arxiv:2211.01234")
    assert (listed(reader, stream="blogs"), listed(reader, stream="papers")) == ([first.pk], [])


def test_backlog_is_shown_and_never_unread(reader: User, feed: Feed) -> None:
    old = make_post(feed, is_backlog=True)
    assert (listed(reader), listed(reader, state="all")) == ([], [old.pk])


def test_what_is_snoozed_comes_back_at_its_time(reader: User, feed: Feed) -> None:
    post = make_post(feed)
    PostState.objects.create(user=reader, post=post, unread_from=NOW + timedelta(hours=1))
    assert (listed(reader), inbox.unread_count(reader, now=NOW)) == ([], 0)
    assert listed(reader, state="all") == [post.pk]
    assert listed(reader, now=NOW + timedelta(hours=1)) == [post.pk]


def test_what_is_snoozed_and_what_is_kept_unread_stand_in_lists_of_their_own(reader: User, feed: Feed) -> None:
    snoozed, back, kept, _new = (make_post(feed) for _ in range(4))
    marks.snooze(snoozed, until=NOW + timedelta(hours=1), user=reader)
    marks.snooze(back, until=NOW - timedelta(hours=1), user=reader)
    marks.mark_unread(kept, user=reader, now=NOW)
    follows.unfollow(feed.source, user=reader)
    assert listed(reader, state="snoozed") == [snoozed.pk]
    assert listed(reader, state="kept") == [kept.pk, back.pk]
    assert listed(reader, state="kept", now=NOW + timedelta(hours=1)) == [kept.pk, back.pk, snoozed.pk]
    assert listed(reader, state="snoozed", stream="papers") == []


def test_a_post_says_whether_its_source_is_followed_or_muted(reader: User, teammate: User, feed: Feed) -> None:
    def is_muted() -> Any:
        return inbox.with_marks(inbox.readable(), reader, now=NOW).get().is_muted  # type: ignore[attr-defined]

    make_post(feed)
    follows.follow(feed.source, user=teammate, now=NOW)
    assert is_muted() is False
    follows.mute(feed.source, user=reader, muted=True)
    assert is_muted() is True
    follows.unfollow(feed.source, user=reader)
    assert is_muted() is None


def test_what_is_snoozed_stays_away_when_all_is_read_and_what_is_kept_stays_unread(reader: User, feed: Feed) -> None:
    snoozed, kept, last = (make_post(feed) for _ in range(3))
    PostState.objects.create(user=reader, post=snoozed, unread_from=NOW + timedelta(hours=1))
    marks.mark_unread(kept, user=reader, now=NOW)
    marks.read_up_to(last.pk, user=reader)
    assert (listed(reader), inbox.unread_count(reader, now=NOW)) == ([kept.pk], 1)
    assert inbox.neighbours(last, reader, inbox.InboxFilter(), now=NOW) == (None, kept.pk)
    assert inbox.neighbours(snoozed, reader, inbox.InboxFilter(), now=NOW) == (kept.pk, None)
    assert listed(reader, now=NOW + timedelta(hours=1)) == [kept.pk, snoozed.pk]


def test_what_nobody_sees_hides_no_copy(reader: User, feed: Feed) -> None:
    draft = make_feed()
    follows.follow(draft.source, user=reader, now=NOW)
    make_post(draft, key="arxiv:2211.01234")
    draft.source.status = "draft"
    draft.source.save()
    copy = make_post(feed, key="arxiv:2211.01234")
    assert (listed(reader), inbox.unread_count(reader, now=NOW)) == ([copy.pk], 1)
    assert inbox.page(reader, inbox.InboxFilter(), now=NOW).posts[0].is_unread is True  # type: ignore[attr-defined]


def test_read_and_saved_posts_stay_when_their_source_is_no_longer_followed(reader: User, feed: Feed) -> None:
    read, saved = make_post(feed), make_post(feed)
    marks.mark_read(read, user=reader, now=NOW)
    marks.save(saved, user=reader, now=NOW)
    follows.unfollow(feed.source, user=reader)
    assert (listed(reader, state="read"), listed(reader, state="saved")) == ([read.pk], [saved.pk])
    assert inbox.page(reader, inbox.InboxFilter(state="saved"), now=NOW).posts[0].is_unread is False  # type: ignore[attr-defined]


def test_posts_of_drafts_are_nowhere(reader: User, feed: Feed) -> None:
    post = make_post(feed)
    marks.save(post, user=reader, now=NOW)
    feed.source.status = "draft"
    feed.source.save()
    for state in inbox.STATES:
        assert listed(reader, state=state) == []
    assert not inbox.readable().exists()
    assert inbox.unread_count(reader, now=NOW) == 0


def test_a_post_comes_with_the_readers_own_marks_alone(reader: User, teammate: User, feed: Feed) -> None:
    post = make_post(feed)
    marks.save(post, user=teammate, now=NOW)
    marks.open_post(post, user=reader, now=NOW)
    row: Any = inbox.page(reader, inbox.InboxFilter(), now=NOW).posts[0]
    assert (row.opened_at, row.read_at, row.saved_at, row.unread_from) == (NOW, None, None, None)
    assert (row.is_shown, row.is_unread, row.feed.source) == (True, True, feed.source)


def test_a_post_of_the_canon_comes_with_its_work_and_the_readers_stage(reader: User, feed: Feed) -> None:
    work, draft = make_entry("ZeRO"), make_entry("Not yet", status="draft")
    for entry, key in ((work, "arxiv:1910.02054"), (draft, "arxiv:1910.00000")):
        Identifier.objects.create(entry=entry, key=key)
        make_post(feed, key=key)
    stages.start(work, user=reader, now=NOW)
    newer, older = inbox.page(reader, inbox.InboxFilter(), now=NOW).posts
    assert newer.entry is None  # type: ignore[attr-defined]
    assert older.entry == work  # type: ignore[attr-defined]
    assert older.entry.my_state.stage == "reading"  # type: ignore[attr-defined]


def test_the_same_work_in_other_feeds(reader: User, feed: Feed) -> None:
    hidden = make_feed(make_source(status="draft"))
    post, copy, _secret = (make_post(its, key="arxiv:2211.01234") for its in (feed, make_feed(), hidden))
    make_post(feed)
    assert [(other.pk, other.is_followed) for other in inbox.copies_of(post, reader)] == [(copy.pk, False)]  # type: ignore[attr-defined]
    assert [(other.pk, other.is_followed) for other in inbox.copies_of(copy, reader)] == [(post.pk, True)]  # type: ignore[attr-defined]


# ------------------------------------------------------------------- figures


@pytest.mark.parametrize(("count", "by_source", "in_all"), [(99, 99, 99), (100, 100, 100), (1003, 100, 1000)])
def test_counts_are_exact_to_99_and_999(reader: User, feed: Feed, count: int, by_source: int, in_all: int) -> None:
    many_posts(feed, count)
    assert inbox.unread_by_source(reader, now=NOW) == {feed.source.pk: by_source}
    assert inbox.unread_count(reader, now=NOW) == in_all
    assert inbox.unread_by_stream(reader, now=NOW) == {"blogs": in_all, "papers": 0, "venues": 0, "communities": 0}


def test_pages_follow_each_other_without_gap_or_overlap(reader: User, feed: Feed) -> None:
    many_posts(feed, 1003)
    sizes: list[int] = []
    found: list[int] = []
    before = None
    while True:
        page = inbox.page(reader, inbox.InboxFilter(), now=NOW, before=before, size=250)
        sizes.append(len(page.posts))
        found += [post.pk for post in page.posts]
        if (before := page.next_before) is None:
            break
    assert sizes == [250, 250, 250, 250, 3]
    assert found == list(Post.objects.order_by("-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("before", [0, -5, 2**63 - 1, 2**80])
def test_any_number_may_stand_in_the_address(reader: User, feed: Feed, before: int) -> None:
    post = make_post(feed)
    for state in inbox.STATES:
        asked = inbox.InboxFilter(state=state)
        page = inbox.page(reader, asked, now=NOW, before=before)
        assert [row.pk for row in page.posts] == ([post.pk] if before > 0 and state in ("unread", "all") else [])


# ---------------------------------------------------------------------- cost


@pytest.mark.parametrize("state", inbox.STATES)
def test_a_page_is_five_queries_however_many_posts(
    reader: User, feed: Feed, state: str, django_assert_num_queries: Callable[..., Any]
) -> None:
    many_posts(feed, 120)
    Identifier.objects.create(entry=make_entry("ZeRO"), key="arxiv:1910.02054")
    make_post(key="arxiv:1910.02054")  # of a source that is not followed
    post = make_post(feed, key="arxiv:1910.02054")
    if state == "snoozed":
        marks.snooze(post, until=NOW + timedelta(days=1), user=reader)
    elif state in MARK_OF_STATE:
        marks.MARKS[MARK_OF_STATE[state]](post, user=reader, now=NOW)
    with django_assert_num_queries(5):
        page = inbox.page(reader, inbox.InboxFilter(state=state), now=NOW)
        assert {row.feed.source.name for row in page.posts} == {feed.source.name}
        assert any(isinstance(row.entry, Entry) for row in page.posts)  # type: ignore[attr-defined]


def test_each_count_is_one_query(reader: User, feed: Feed, django_assert_num_queries: Callable[..., Any]) -> None:
    many_posts(feed, 120)
    with django_assert_num_queries(3):
        inbox.unread_count(reader, now=NOW)
        inbox.unread_by_stream(reader, now=NOW)
        inbox.unread_by_source(reader, now=NOW)


def test_a_mark_of_twenty_thousand_posts_is_as_fast_as_one(reader: User, feed: Feed) -> None:
    """Walking over them takes some ten times as long as is allowed here."""
    one, many = make_feed(), feed
    follows.follow(one.source, user=reader, now=NOW)
    make_post(one)
    many_posts(many, 20_000)
    newest = Post.objects.latest("pk").pk
    of_one, of_many = (least_seconds(source, up_to=newest, user=reader) for source in (one.source, many.source))
    assert inbox.unread_count(reader, now=NOW) == 0
    assert of_many < 2 * of_one + 0.002


def least_seconds(source: Source, *, up_to: int, user: User) -> float:
    """To mark a source as read; each time but the last it is undone."""
    taken = []
    for _ in range(7):
        Follow.objects.of(user).filter(source=source).update(caught_up_to=0)
        start = time.perf_counter()
        done = marks.read_up_to(up_to, user=user, source=source)
        taken.append(time.perf_counter() - start)
        assert done.count_of_sources == 1
    return min(taken)
