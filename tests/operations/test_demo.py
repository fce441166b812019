"""The demo data: plausible as a whole, and true to every rule that holds for real data."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby, pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from feeds import claiming, sanitise
from feeds.models import FeedState, Fetch
from readinglist import preparation
from readinglist.catalog import identifiers
from readinglist.catalog.models import Entry, Feed, Identifier, Post, Supersession
from readinglist.curation.models import Suggestion
from readinglist.operations.demo import filling, people, posts, visits
from readinglist.operations.demo.words import MADE_UP
from readinglist.reading import inbox, stages
from readinglist.reading.models import Activity, Follow, Note, PostState, ReadState
from readinglist.reminders import due
from readinglist.reminders.models import Reminder
from tests.ground.running import PROJECT
from tests.operations import instances

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SIZE = filling.Size(readers=8, entries=60, posts=500)
SEED = 7
HALF_A_YEAR = timedelta(days=182)


@pytest.fixture(scope="module")
def demo(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, int]]:
    """An instance with demo data in a database of its own, for the tests here to look at; how many rows of what."""
    with django_db_blocker.unblock(), instances.own_database():
        yield filling.fill(SIZE, seed=SEED, now=NOW, progress=lambda what, rows: None)


pytestmark = pytest.mark.usefixtures("demo")


def fingerprints() -> dict[str, str]:
    """A checksum of each table; when the catalogue was loaded is no part of the data."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(
                "SELECT md5(string_agg(row, chr(10) ORDER BY row)) FROM"
                f" (SELECT (to_jsonb(t) - 'history_date')::text AS row FROM {table} t) AS rows"
            )
            found[table] = cursor.fetchone()[0]
    return found


def test_it_holds_what_was_asked_for_beside_the_whole_catalogue(demo: dict[str, int]) -> None:
    assert User.objects.count() == demo["people"] == 8
    assert Entry.objects.filter(slug__startswith="demo-").count() == demo["entries"] == 60
    assert Entry.objects.count() > 250
    assert Post.objects.count() == demo["posts"] == 500
    assert min(demo.values()) > 0


def test_another_process_makes_the_same_rows_in_an_empty_database(demo: dict[str, int]) -> None:
    expected = fingerprints()
    arguments = {"--readers": 8, "--entries": 60, "--posts": 500, "--seed": SEED, "--now": "2026-11-20"}
    words = [word for name, value in arguments.items() for word in (name, str(value))]
    with instances.own_database() as name:
        made = subprocess.run(
            [sys.executable, "-m", "django", "makedemo", "--json", *words],
            cwd=PROJECT,
            env=os.environ
            | {"DJANGO_SETTINGS_MODULE": "tests.settings", "READINGLIST_TEST_DATABASE": name, "PYTHONHASHSEED": "5"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert made.returncode == 0, made.stderr
        assert json.loads(made.stdout)["rows"] == demo
        assert fingerprints() == expected


def test_another_seed_makes_another_team() -> None:
    names = [
        [person.user.name for person in people.make_people(range(1, 9), rng=Random(seed), now=NOW)] for seed in "ab"
    ]
    assert names[0] != names[1]


def test_every_state_is_what_the_log_tells() -> None:
    log = Activity.objects.exclude(entry=None).order_by("user", "entry", "pk")
    rows = {(row.user_id, row.entry_id): row for row in ReadState.objects.all()}
    told = {}
    for who_and_what, lines in groupby(log, key=lambda line: (line.user_id, line.entry_id)):
        lines_of_one = list(lines)
        told[who_and_what] = stages.fold(lines_of_one)
        changes = [stages.UNREAD, *map(stages.state_of, lines_of_one)]
        assert all(before != after for before, after in pairwise(changes)), "one line for each change"
    assert {key: state for key, state in told.items() if state != stages.UNREAD} == {
        key: stages.state_of(row) for key, row in rows.items()
    }


def test_the_log_is_in_the_order_of_time_within_half_a_year_and_working_hours() -> None:
    lines = list(Activity.objects.select_related("user").order_by("pk"))
    assert [line.at for line in lines] == sorted(line.at for line in lines)
    for line in lines:
        assert NOW - HALF_A_YEAR < line.at < NOW
        assert line.user.date_joined < line.at
        local = line.at.astimezone(ZoneInfo(line.user.zone))
        assert 9 <= local.hour < 19
        assert local.isoweekday() <= 5


def test_people_live_between_utc_minus_eight_and_utc() -> None:
    for zone in people.ZONES:
        winter = datetime(2026, 1, 15, 12, tzinfo=ZoneInfo(zone))
        summer = datetime(2026, 7, 15, 12, tzinfo=ZoneInfo(zone))
        standard = min(moment.utcoffset() or timedelta() for moment in (winter, summer))
        assert timedelta(hours=-8) <= standard <= timedelta(0)


def test_what_people_saved_is_suggested_and_judged_once_a_work() -> None:
    made = list(Suggestion.objects.select_related("entry", "judged_by").order_by("pk"))
    assert {row.state for row in made} >= {"open", "declined"}
    assert len({row.key for row in made}) == len(made)
    for row in made:
        assert PostState.objects.filter(user=row.person, post=row.post, saved_at__lt=row.made_at).exists()
        if row.judged_at and row.judged_by:
            assert row.judged_by.is_staff
            assert row.made_at < row.judged_at < NOW
            assert bool(row.answer) == (row.entry is None)


def test_nobody_has_an_address_that_reaches_anybody_or_a_password() -> None:
    for user in User.objects.all():
        assert user.email.endswith(".example")
        assert not user.has_usable_password()
    assert [user.role for user in User.objects.order_by("pk")] == ["curator"] + ["reader"] * 7


def test_posts_arrive_in_the_order_of_their_ids_and_after_they_were_published() -> None:
    posts = list(Post.objects.order_by("pk"))
    assert [post.first_seen_at for post in posts] == sorted(post.first_seen_at for post in posts)
    for post in posts:
        assert post.published_at is not None
        assert post.published_at <= post.first_seen_at <= NOW


def test_a_first_fetch_brings_twenty_news_at_most_and_the_rest_is_backlog() -> None:
    firsts = dict(Post.objects.order_by().values_list("feed").annotate(first=Min("first_seen_at")))
    of_feed = [list(Post.objects.filter(feed=feed, first_seen_at=at)) for feed, at in firsts.items()]
    assert any(post.is_backlog for found in of_feed for post in found)
    for found in of_feed:
        news = [post for post in found if not post.is_backlog]
        assert len(news) == min(len(found), 20)
        assert all(old.pk < new.pk for old in found if old.is_backlog for new in news)
    assert not Post.objects.filter(is_backlog=True).exclude(first_seen_at__in=firsts.values()).exists()


def test_a_copy_follows_its_lead_in_another_feed_and_some_posts_are_works_of_the_catalogue() -> None:
    copies = list(Post.objects.exclude(lead=None).select_related("lead"))
    assert copies
    for copy in copies:
        assert copy.lead is not None
        assert (copy.lead.key, copy.lead.lead_id) == (copy.key, None)
        assert copy.lead.pk < copy.pk
        assert copy.lead.feed_id != copy.feed_id
    of_feed = Counter(Post.objects.values_list("feed", "key"))
    assert max(of_feed.values()) == 1
    assert Post.objects.filter(key__in=Identifier.objects.values("key")).exists()


def test_what_one_feed_tells_twice_stands_for_itself() -> None:
    feeds = list(Feed.objects.select_related("source").order_by("pk")[:1])
    arrivals = posts.make_arrivals(range(1, 501), visits.make_visits(feeds, rng=Random(1), now=NOW), rng=Random(2))
    made = list(posts.make_posts(arrivals, [], rng=Random(3)))
    assert any(post.key.startswith("guid:") for post in made)
    assert all(post.lead_id is None for post in made)
    assert len({post.key for post in made}) == 500


def test_keys_have_their_normal_form() -> None:
    keys = list(Identifier.objects.filter(entry__slug__startswith="demo-").values_list("key", flat=True))
    keys += Post.objects.exclude(key__startswith="guid:").values_list("key", flat=True)
    assert [identifiers.key_of(identifiers.url_of(key)) for key in keys if not key.startswith("isbn:")] == [
        key for key in keys if not key.startswith("isbn:")
    ]


def test_bodies_are_as_the_sanitiser_leaves_them_and_say_that_they_are_made_up() -> None:
    for body in Post.objects.values_list("body", flat=True):
        assert sanitise.clean(body, base="https://demo.example/") == body
        assert MADE_UP in body


def test_every_row_is_one_that_a_form_would_take() -> None:
    for model in filling.FILLED:
        for row in model._default_manager.order_by("pk")[:25]:
            row.clean_fields()


def test_works_that_were_superseded_can_be_given_back() -> None:
    old = list(Entry.objects.exclude(superseded_by=None).select_related("superseded_by", "supersession"))
    assert len(old) == Supersession.objects.count() > 0
    for entry in old:
        assert entry.superseded_by is not None
        assert entry.superseded_by.superseded_by_id is None
        assert entry.supersession.moved["to"] == entry.superseded_by_id


def test_each_new_work_has_a_line_of_history_with_its_categories() -> None:
    for entry in Entry.objects.filter(slug__startswith="demo-"):
        line = entry.history.get()
        assert (line.history_type, line.title) == ("+", entry.title)
        past = {place.category_id for place in line.categories.all()}
        assert past == set(entry.categories.values_list("pk", flat=True))


def test_no_feed_is_fetched_but_all_look_as_if_they_had_been() -> None:
    assert claiming.claim(now=NOW + timedelta(days=2)) == []
    states = list(FeedState.objects.select_related("feed"))
    assert states
    assert all(state.stopped_at and "not fetched" in state.error for state in states)
    failing = [state for state in states if state.failures]
    assert failing
    for state in failing:
        assert state.succeeded_at
        assert state.failing_since
        assert state.visited_at
        assert state.succeeded_at < state.failing_since <= state.visited_at
        assert not Post.objects.filter(feed=state.feed, first_seen_at__gte=state.failing_since).exists()


def test_every_post_of_the_last_month_came_with_a_fetch_that_counts_it() -> None:
    counted = {(fetch.feed_id, fetch.at): fetch.new_count for fetch in Fetch.objects.filter(new_count__gt=0)}
    since = Fetch.objects.aggregate(first=Min("at"))["first"]
    arrived = Counter(Post.objects.filter(first_seen_at__gte=since).values_list("feed", "first_seen_at"))
    assert counted == arrived


def plain_unread(user: User) -> int:
    """Counted one by one, as the rule is written down."""
    follows = {f.source_id: f for f in Follow.objects.of(user).filter(is_muted=False)}
    marks = {state.post_id: state for state in PostState.objects.of(user)}
    seen: set[str] = set()
    count = 0
    for post in Post.objects.select_related("feed").order_by("pk"):
        follow = follows.get(post.feed.source_id)
        if follow is None or post.key in seen:
            continue
        seen.add(post.key)
        mark = marks.get(post.pk)
        if mark and mark.unread_from:
            count += mark.unread_from <= NOW
        elif not (mark and mark.read_at):
            count += post.pk > follow.caught_up_to and not post.is_backlog
    return count


def test_the_inbox_counts_what_a_plain_loop_counts() -> None:
    counts = {user.name: inbox.unread_count(user, now=NOW) for user in User.objects.all()}
    assert counts == {user.name: plain_unread(user) for user in User.objects.all()}
    assert any(counts.values())


def test_marks_are_on_posts_that_were_there_from_sources_that_were_followed() -> None:
    followed = {(follow.user_id, follow.source_id): follow.followed_at for follow in Follow.objects.all()}
    marks = list(PostState.objects.select_related("post__feed"))
    assert {bool(mark.read_at) for mark in marks} == {bool(mark.saved_at) for mark in marks} == {True, False}
    for mark in marks:
        assert mark.opened_at is not None
        assert mark.post.first_seen_at <= mark.opened_at
        assert followed[mark.user_id, mark.post.feed.source_id] <= mark.opened_at
        assert mark.opened_at <= (mark.read_at or mark.unread_from or NOW)
        assert max(filter(None, (mark.opened_at, mark.read_at, mark.saved_at))) <= NOW


def test_notes_are_private_and_shared_on_works_that_their_authors_have_read() -> None:
    notes = list(Note.objects.all())
    assert {note.is_shared for note in notes} == {True, False}
    finished = Activity.objects.filter(action=Activity.Action.FINISHED).values_list("user", "entry")
    assert {(note.author_id, note.entry_id) for note in notes} <= set(finished)


def test_no_weekly_mail_of_the_past_is_left_to_be_sent() -> None:
    mails = {(mail.user_id, mail.week): mail for mail in Reminder.objects.all()}
    for user in User.objects.all():
        weeks = [week for owner, week in mails if owner == user.pk]
        assert bool(weeks) <= user.wants_reminder
        if user.wants_reminder and (week := due.due_week(user, NOW)):
            assert week in weeks
        assert all(user.date_joined < due.moment_of(user, week) <= mails[user.pk, week].claimed_at for week in weeks)


def test_make_demo_leaves_it_as_it_is_and_offers_to_sign_its_curator_in(
    demo: dict[str, int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["preparation", "demo"])
    preparation.main()
    curator = User.objects.get(is_staff=True)
    address, sentence, link = capsys.readouterr().out.splitlines()
    assert address == settings.SITE_URL
    assert sentence == f"This link, good for one use, signs in {curator}, a curator of the made-up team:"
    assert link.startswith(f"{settings.SITE_URL}/accounts/link/")
    assert Post.objects.count() == demo["posts"]


def test_with_its_curator_gone_make_demo_offers_what_make_run_offers(capsys: pytest.CaptureFixture[str]) -> None:
    with transaction.atomic():
        User.objects.filter(is_staff=True).update(is_active=False)
        assert not preparation.offer_demo()
        assert capsys.readouterr().out == ""
        transaction.set_rollback(True)


def test_rows_that_people_add_afterwards_go_on_counting() -> None:
    newest = User.objects.order_by("-pk")[0].pk
    added = User.objects.create_user("somebody@demo.example", name="Somebody")
    assert added.pk == newest + 1
    added.delete()
