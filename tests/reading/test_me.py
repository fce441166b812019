"""The reader's own page: its figures are sums over the log, by the reader's clock, and nobody else's."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils.html import strip_tags
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Entry, ReadingList
from readinglist.reading import follows, marks, paths, progress, stages
from readinglist.reading.history import lists, sources, spans, weeks
from readinglist.reading.models import Activity, PostState
from tests.fixtures.cast import signed_in
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entries, make_entry, make_list

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=500)
ZONES = ["UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Atlantic/Azores", "Africa/Cairo", "America/Sao_Paulo"]


def text_of(response: Any) -> str:
    return " ".join(strip_tags(str(response.content.decode())).split())


@pytest.fixture
def old_hand(reader: User) -> User:
    """A reader who joined before the year began."""
    User.objects.filter(pk=reader.pk).update(date_joined=LONG_AGO)
    return User.objects.get(pk=reader.pk)


# ------------------------------------------------------------- weeks and months


def test_weeks_are_iso_weeks_by_the_readers_clock() -> None:
    sunday_night = datetime(2026, 11, 15, 22, 30, tzinfo=UTC)
    by_zone = {zone: spans.last_weeks(2, now=sunday_night, zone=ZoneInfo(zone))[-1] for zone in ("UTC", "Asia/Tokyo")}
    assert by_zone == {"UTC": date(2026, 11, 9), "Asia/Tokyo": date(2026, 11, 16)}
    january = spans.last_weeks(2, now=datetime(2027, 1, 2, tzinfo=UTC), zone=ZoneInfo("UTC"))
    assert [monday.isocalendar()[:2] for monday in january] == [(2026, 52), (2026, 53)]


def test_months_go_over_the_year_by_the_readers_clock() -> None:
    assert spans.last_months(3, now=datetime(2026, 2, 1, 3, tzinfo=UTC), zone=ZoneInfo("America/Lima")) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
    ]


@settings(max_examples=examples(60), deadline=None)
@given(
    day=st.dates(date(2015, 1, 1), date(2027, 12, 31)),
    zone=st.sampled_from(ZONES),
    minutes=st.integers(-3 * 60, 3 * 60),
)
def test_a_day_begins_when_the_clock_first_shows_it(day: date, zone: str, minutes: int) -> None:
    """Where clocks are set at midnight too."""
    begin = spans.begin_of(day, ZoneInfo(zone))
    moment = begin + timedelta(minutes=minutes)
    shown = moment.astimezone(ZoneInfo(zone)).date()
    assert shown < day if minutes < 0 else shown == day


# --------------------------------------------------------------- a year of weeks


def test_a_work_counts_once_a_week_and_not_where_it_was_taken_back(old_hand: User) -> None:
    kept, undone, put_back, timed = (make_entry() for _ in range(4))
    stages.start(kept, user=old_hand, now=NOW - timedelta(hours=9))
    stages.finish(kept, user=old_hand, now=NOW - timedelta(hours=8))
    stages.finish(undone, user=old_hand, now=NOW - timedelta(hours=7))
    stages.mark_unread(undone, user=old_hand, now=NOW - timedelta(hours=6))
    stages.start(put_back, user=old_hand, now=NOW - timedelta(hours=5))
    stages.queue(put_back, user=old_hand, now=NOW - timedelta(hours=4))
    stages.note_minutes(timed, 20, user=old_hand, now=NOW - timedelta(hours=3))
    stages.queue(make_entry(), user=old_hand, now=NOW)
    stages.skip(make_entry(), user=old_hand, now=NOW)
    last = weeks.year_of(old_hand, now=NOW).weeks[-1]
    assert (last.works, last.posts, last.looks, last.minutes) == (2, 0, 0, 20)


def test_posts_and_looks_count_in_their_week(old_hand: User) -> None:
    feed = make_feed()
    for days in (0, 1, 7):
        marks.mark_read(make_post(feed), user=old_hand, now=NOW - timedelta(days=days))
    marks.open_post(make_post(feed), user=old_hand, now=NOW)
    community = make_source(kind="community")
    for days in (1, 0):
        follows.look(community, user=old_hand, now=NOW - timedelta(days=days))
    year = weeks.year_of(old_hand, now=NOW)
    assert [(week.posts, week.looks, week.minutes) for week in year.weeks[-2:]] == [(1, 0, 0), (2, 2, 30)]
    assert (year.posts, year.minutes, year.read, year.weeks_in_a_row) == (3, 30, 5, 2)


def test_a_year_begins_with_the_reader_or_with_what_they_brought(reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(date_joined=NOW - timedelta(weeks=3))
    reader.refresh_from_db()
    assert weeks.year_of(reader, now=NOW).begins == 48
    stages.finish(make_entry(), user=reader, now=NOW - timedelta(weeks=10))
    assert weeks.year_of(reader, now=NOW).begins == 41


def test_who_joins_in_the_future_of_this_clock_is_here_this_week(reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(date_joined=NOW + timedelta(days=30))
    reader.refresh_from_db()
    year = weeks.year_of(reader, now=NOW)
    assert (year.begins, len(year.weeks)) == (51, 52)


@contextmanager
def taken_back() -> Iterator[None]:
    """What an example writes is gone for the next one, the log too."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def do(what: str, work: Entry, user: User, at: datetime) -> None:
    """A function of `stages`, by name; what has been read cannot be skipped."""
    with suppress(stages.StageRefused):
        getattr(stages, what)(work, user=user, now=at)


done = st.tuples(
    st.integers(0, 400 * 24 * 60),  # minutes ago
    st.sampled_from(["queue", "start", "finish", "skip", "mark_unread", "note", "look", "post"]),
    st.integers(0, 4),  # of what
)


def plain_year(user: User, *, now: datetime) -> dict[date, tuple[int, int, int, int]]:
    """The definition of `weeks` once more, as slowly as it can be said: by Monday, all that is not nothing."""

    def monday_of(at: datetime) -> date:
        day = at.astimezone(user.tzinfo).date()
        return day - timedelta(days=day.weekday())

    in_week: dict[date, list[Activity]] = defaultdict(list)
    for line in Activity.objects.filter(user=user).order_by("pk"):
        in_week[monday_of(line.at)].append(line)
    posts: dict[date, int] = defaultdict(int)
    for mark in PostState.objects.filter(user=user, read_at__isnull=False):
        assert mark.read_at is not None
        posts[monday_of(mark.read_at)] += 1
    figures = {}
    for monday in {*in_week, *posts}:
        works = 0
        for entry in {line.entry_id for line in in_week[monday]} - {None}:
            its = [line for line in in_week[monday] if line.entry_id == entry]
            was_read = any(line.action in weeks.READING for line in its)
            works += any(line.minutes for line in its) or (was_read and its[-1].stage in ("reading", "read"))
        looks = sum(line.source_id is not None for line in in_week[monday])
        minutes = sum(line.minutes or 0 for line in in_week[monday])
        if works or posts[monday] or looks or minutes:
            figures[monday] = (works, posts[monday], looks, minutes)
    first = monday_of(now) - timedelta(weeks=51)
    return {monday: its for monday, its in figures.items() if monday >= first}


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.lists(done, max_size=14), zone=st.sampled_from(ZONES))
def test_the_year_is_a_plain_loop_over_the_log(
    old_hand: User, teammate: User, days: list[tuple[int, str, int]], zone: str
) -> None:
    with taken_back():
        old_hand.zone = zone
        works, feed = make_entries(*[{}] * 5), make_feed()
        source = make_source()
        for minutes_ago, what, which in sorted(days, reverse=True):
            at = NOW - timedelta(minutes=minutes_ago)
            for user in (old_hand, teammate) if which == 4 else (old_hand,):
                if what == "look":
                    Activity.objects.create(user=user, source=source, at=at, action="looked", minutes=15)
                elif what == "post":
                    marks.mark_read(make_post(feed), user=user, now=at)
                elif what == "note":
                    stages.note_minutes(works[which], 7 * which, user=user, now=at)
                else:
                    do(what, works[which], user, at)
        year = weeks.year_of(old_hand, now=NOW)
        found = {week.monday: (week.works, week.posts, week.looks, week.minutes) for week in year.weeks}
        assert {monday: its for monday, its in found.items() if any(its)} == plain_year(old_hand, now=NOW)
        assert year.minutes == sum(its[3] for its in plain_year(old_hand, now=NOW).values())


def test_who_moves_to_another_zone_keeps_every_line(old_hand: User) -> None:
    work = make_entry()
    for days in range(0, 300, 3):
        stages.note_minutes(work, 10, user=old_hand, now=NOW - timedelta(days=days, hours=days % 24))
    sums = set()
    for zone in ZONES:
        old_hand.zone = zone
        sums.add(weeks.year_of(old_hand, now=NOW).minutes)
    assert sums == {1000}


# ------------------------------------------------------------- lists over time


def test_a_list_grows_with_the_log_and_ends_where_it_is(old_hand: User, canon: ReadingList) -> None:
    works = list(Entry.objects.order_by("pk"))
    stages.finish(works[0], user=old_hand, now=NOW - timedelta(days=70))
    stages.skip(works[3], user=old_hand, now=NOW - timedelta(days=40))
    stages.finish(works[4], user=old_hand, now=NOW - timedelta(days=10))
    found = lists.courses_of(old_hand, now=NOW)
    (course,) = found.courses
    assert [month.month for month in found.months] == [12, *range(1, 12)]
    assert course.percents == [0] * 9 + [5, 5, 10], "September, October with a skip, November"


def test_what_was_taken_back_falls_and_an_earlier_version_counts(old_hand: User) -> None:
    old, new, other = make_entry(), make_entry(), make_entry()
    make_list("canon", [[new], [other]])
    stages.finish(old, user=old_hand, now=NOW - timedelta(days=100))
    stages.finish(other, user=old_hand, now=NOW - timedelta(days=70))
    stages.mark_unread(other, user=old_hand, now=NOW - timedelta(days=5))
    Entry.objects.filter(pk=old.pk).update(superseded_by=new)
    (course,) = lists.courses_of(old_hand, now=NOW).courses
    assert course.percents == [0] * 8 + [50, 100, 100, 50]


def test_of_lists_off_the_path_only_begun_ones_are_shown(old_hand: User, canon: ReadingList) -> None:
    begun, never = make_entry(), make_entry()
    make_list("begun", [[begun]])
    make_list("never", [[never]])
    chosen = make_list("chosen", [[make_entry()]])
    paths.choose([chosen], user=old_hand)
    stages.finish(begun, user=old_hand, now=NOW)
    found = [course.reading_list.slug for course in lists.courses_of(old_hand, now=NOW).courses]
    assert found == ["chosen", "begun"]


move = st.tuples(
    st.integers(0, 400), st.sampled_from(["queue", "start", "finish", "skip", "mark_unread"]), st.integers(0, 5)
)


@settings(max_examples=examples(10), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(move, max_size=8), places=st.permutations(range(4)), cuts=st.sets(st.integers(0, 4)))
def test_every_month_is_progress_as_it_was_then(
    old_hand: User, moves: list[tuple[int, str, int]], places: list[int], cuts: set[int]
) -> None:
    """Each point of the line against the one definition of progress, asked when the month ended."""
    with taken_back():
        works = make_entries(*[{}] * 6)
        Entry.objects.filter(pk=works[4].pk).update(superseded_by=works[0])
        Entry.objects.filter(pk=works[3].pk).update(status="retired")
        steps = [[works[place] for place in places[start:end]] for start, end in pairwise(sorted({0, *cuts}))]
        reading_list = make_list("list", steps)
        paths.choose([reading_list], user=old_hand)
        found = lists.courses_of(old_hand, now=NOW).months
        ends = [*(spans.begin_of(month, old_hand.tzinfo) for month in found[1:]), NOW + timedelta(seconds=1)]
        waiting = sorted(moves, reverse=True)
        expected: list[int | None] = []
        for end in ends:
            before = len(waiting)
            while waiting and NOW - timedelta(days=waiting[0][0]) < end:
                days, what, which = waiting.pop(0)
                do(what, works[which], old_hand, NOW - timedelta(days=days))
            if len(waiting) < before or not expected:
                row = progress.with_progress(ReadingList.objects.filter(pk=reading_list.pk), old_hand).get()
                expected.append(progress.progress_of(row).percent)
            else:
                expected.append(expected[-1])
        (course,) = [its for its in lists.courses_of(old_hand, now=NOW).courses if its.reading_list == reading_list]
        assert course.percents == expected


# ------------------------------------------------------------ source by source


def figures_of(user: User) -> dict[str, tuple[int, ...]]:
    return {
        row.name: (row.arrived, row.opened, row.read, row.saved, row.works, row.works_read)
        for row in sources.sources_of(user, now=NOW)
    }


def test_posts_of_a_source_are_counted_against_what_arrived(old_hand: User, teammate: User) -> None:
    feed = make_feed(make_source("Blog"))
    follows.follow(feed.source, user=old_hand, now=LONG_AGO)
    too_old = make_post(feed, first_seen_at=LONG_AGO)
    backlog = make_post(feed, first_seen_at=NOW, is_backlog=True)
    news = [make_post(feed, first_seen_at=NOW) for _ in range(5)]
    assert figures_of(old_hand) == {"Blog": (5, 0, 0, 0, 0, 0)}
    marks.open_post(news[0], user=old_hand, now=NOW)
    marks.mark_read(news[1], user=old_hand, now=NOW)
    marks.save(news[2], user=old_hand, now=NOW)
    marks.mark_unread(news[3], user=old_hand, now=NOW)
    marks.mark_read(news[4], user=teammate, now=NOW)
    assert figures_of(old_hand) == {"Blog": (5, 2, 1, 1, 0, 0)}, "read is opened too"
    for post in (too_old, backlog):
        marks.mark_read(post, user=old_hand, now=NOW)
    assert figures_of(old_hand) == {"Blog": (7, 4, 3, 1, 0, 0)}, "what was read had arrived"


def test_works_of_a_source_are_counted_and_drafts_never_shown(old_hand: User) -> None:
    venue, draft = make_source("Venue", kind="venue"), make_source("Draft", status="draft")
    read, _other, *_hidden = (
        make_entry(source=venue),
        make_entry(source=venue),
        make_entry(source=venue, status="retired"),
    )
    stages.finish(read, user=old_hand, now=NOW)
    stages.finish(make_entry(source=draft), user=old_hand, now=NOW)
    follows.follow(draft, user=old_hand, now=NOW)
    assert figures_of(old_hand) == {"Venue": (0, 0, 0, 0, 2, 1)}


def test_the_most_read_come_first(old_hand: User) -> None:
    for name, read, opened in [("A", 0, 0), ("B", 1, 0), ("C", 1, 1), ("D", 0, 1), ("E", 2, 0)]:
        feed = make_feed(make_source(name))
        follows.follow(feed.source, user=old_hand, now=NOW)
        for _ in range(read):
            marks.mark_read(make_post(feed), user=old_hand, now=NOW)
        for _ in range(opened):
            marks.open_post(make_post(feed), user=old_hand, now=NOW)
    assert list(figures_of(old_hand)) == ["E", "C", "B", "D", "A"]


@settings(max_examples=examples(20), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ages=st.lists(st.integers(0, 40), max_size=8), joined=st.integers(0, 45))
def test_what_arrived_is_a_plain_count_since_the_reader_came(reader: User, ages: list[int], joined: int) -> None:
    """The halving over ids against a look at every post; posts arrive in the order of their ids."""
    with taken_back():
        reader.date_joined = NOW - timedelta(days=joined)
        feed = make_feed(make_source("Blog"))
        follows.follow(feed.source, user=reader, now=NOW)
        seen = [NOW - timedelta(days=age) for age in sorted(ages, reverse=True)]
        for at in seen:
            make_post(feed, first_seen_at=at)
        (found,) = sources.sources_of(reader, now=NOW)
        assert found.arrived == sum(at >= reader.date_joined for at in seen)


def test_a_source_that_nobody_opens_may_be_let_go(old_hand: User) -> None:
    def silent() -> str:
        found = sources.silent_one(sources.sources_of(old_hand, now=NOW), now=NOW)
        return found.name if found else ""

    feed = make_feed(make_source("Loud"))
    posts = [make_post(feed) for _ in range(sources.MANY)]
    follows.follow(feed.source, user=old_hand, now=NOW - timedelta(weeks=11))
    assert silent() == "", "followed not long ago"
    old_hand.follows.update(followed_at=NOW - timedelta(weeks=13))
    assert silent() == "Loud"
    follows.mute(feed.source, user=old_hand, muted=True)
    assert silent() == ""
    follows.mute(feed.source, user=old_hand, muted=False)
    marks.open_post(posts[0], user=old_hand, now=NOW)
    assert silent() == ""


# -------------------------------------------------------------------- the page


@pytest.fixture
def at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def busy(old_hand: User, canon: ReadingList) -> User:
    """A reader with some of everything."""
    works = list(Entry.objects.order_by("pk"))
    for place, work in enumerate(works[:6]):
        stages.finish(work, user=old_hand, now=NOW - timedelta(weeks=place))
        stages.note_minutes(work, 200, user=old_hand, now=NOW - timedelta(weeks=place))
    feed = make_feed(make_source("Blog"))
    follows.follow(feed.source, user=old_hand, now=LONG_AGO)
    for _ in range(3):
        marks.mark_read(make_post(feed), user=old_hand, now=NOW)
    marks.open_post(make_post(feed), user=old_hand, now=NOW)
    loud = make_feed(make_source("Loud"))
    follows.follow(loud.source, user=old_hand, now=LONG_AGO)
    for _ in range(sources.MANY):
        make_post(loud)
    return old_hand


def test_each_picture_says_the_same_in_a_sentence_and_a_table(busy: User, at_noon: None) -> None:
    response = signed_in(busy).get("/me/")
    page, text = response.content.decode(), text_of(response)
    for sentence in (
        "Something was read in 6 of 52 weeks, 9 in all; the most, 4, in week 47.",
        "1200 minutes noted; your budget was reached in 5 of 12 full weeks.",
        "The canon: from 0 to 25 per cent.",
        "3 posts read, 1 more opened, of 2 sources.",
    ):
        assert sentence in text
        assert f'aria-label="{sentence}"' in page or "posts read" in sentence, "bars have each their own"
    assert page.count("The same as a table") == page.count("<table") == 4
    assert "4 arrived, 4 opened, 3 read" in page
    assert "hours noted in a year 20" in text
    assert "viewBox" not in page[page.index("<main") :]
    assert "style=" not in page


def test_a_new_reader_reads_what_will_be_here(reader_client: Client, canon: ReadingList, at_noon: None) -> None:
    text = text_of(reader_client.get("/me/"))
    for promise in (
        "Every week that you read in will be a dark cell here",
        "Your weeks will stand here against the 3 h",
        "How far you are with each list will be drawn here",
        "What you follow will stand here, source by source",
    ):
        assert promise in text
    assert "<table" not in reader_client.get("/me/").content.decode()


def test_the_page_leads_to_everything_of_ones_own(reader_client: Client, reader: User) -> None:
    page = reader_client.get("/me/").content.decode()
    for address in (
        "/me/history/",
        "/accounts/settings/",
        "/accounts/security/",
        f"/readers/{reader.pk}/",
        "/me/data/",
    ):
        assert f'href="{address}"' in page, address
    assert 'aria-current="page">Me</a>' in page


def test_a_silent_source_is_let_go_with_one_press_and_the_page_comes_back(busy: User, at_noon: None) -> None:
    client = signed_in(busy)
    page = client.get("/me/")
    assert "Loud sent 50 posts, and you opened none." in text_of(page)
    slug = busy.follows.get(source__name="Loud").source.slug
    answer = client.post(f"/sources/{slug}/follow/", {"action": "unfollow", "next": "/me/"}, follow=True)
    assert answer.redirect_chain == [("/me/", 302)]
    assert "You no longer follow Loud." in text_of(answer)
    assert "opened none" not in text_of(answer)


def test_nothing_of_others_stands_on_the_page(busy: User, teammate: User, at_noon: None) -> None:
    empty = text_of(signed_in(teammate).get("/me/"))
    assert "Nothing" not in empty.split("A year of weeks")[0]
    assert "Blog" not in empty
    assert "minutes noted;" not in empty
    assert "Nothing yet" in text_of(signed_in(teammate).get("/me/history/"))


def test_the_page_asks_a_bounded_number_of_queries(
    busy: User, at_noon: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(8):
        work = make_entry()
        make_list(f"more-{number}", [[work]])
        stages.finish(work, user=busy, now=NOW)
        follows.follow(make_feed().source, user=busy, now=NOW)
    client = signed_in(busy)
    with django_assert_max_num_queries(12):
        assert client.get("/me/").status_code == 200


def test_names_that_curators_write_are_text(old_hand: User, at_noon: None) -> None:
    feed = make_feed(make_source("<b>Bold</b>"))
    marks.mark_read(make_post(feed), user=old_hand, now=NOW)
    work = make_entry()
    make_list("canon", [[work]], title='A "list" <i>so</i>')
    stages.finish(work, user=old_hand, now=NOW)
    page = signed_in(old_hand).get("/me/").content.decode()
    assert "<b>Bold</b>" not in page
    assert "<i>so</i>" not in page
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
