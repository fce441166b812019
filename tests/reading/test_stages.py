"""Read states: the rules of DESIGN §5, held as properties; and what happens when two tabs tick at once."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import stages
from readinglist.reading.models import Activity, ReadState, Stage
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def entry(db: None) -> Entry:
    return make_entry("ZeRO")


def state(user: User, entry: Entry) -> stages.State:
    return stages.state_of(ReadState.objects.filter(user=user, entry=entry).first())


def log(user: User, entry: Entry) -> list[Activity]:
    return list(Activity.objects.filter(user=user, entry=entry).order_by("pk"))


# ------------------------------------------------------------------ examples


def test_reading_a_work_keeps_the_first_start_and_the_first_finish(reader: User, entry: Entry) -> None:
    day = timedelta(days=1)
    stages.start(entry, user=reader, now=NOW)
    stages.finish(entry, user=reader, now=NOW + day)
    stages.start(entry, user=reader, now=NOW + 2 * day)
    stages.finish(entry, user=reader, now=NOW + 3 * day)
    assert state(reader, entry) == stages.State(Stage.READ, 100, None, NOW, NOW + day)
    assert [line.action for line in log(reader, entry)] == ["started", "finished", "started", "finished"]


def test_a_re_read_starts_at_nothing_and_stays_read(reader: User, entry: Entry) -> None:
    stages.finish(entry, user=reader, now=NOW)
    stages.start(entry, user=reader, now=NOW + timedelta(hours=1))
    after = state(reader, entry)
    assert (after.stage, after.percent, after.read_at) == (Stage.READING, 0, NOW)


def test_a_second_click_changes_nothing_and_writes_nothing(reader: User, entry: Entry) -> None:
    assert stages.finish(entry, user=reader, now=NOW).is_new
    assert not stages.finish(entry, user=reader, now=NOW + timedelta(seconds=1)).is_new
    assert len(log(reader, entry)) == 1


def test_what_has_been_read_cannot_be_skipped_until_it_is_unread(reader: User, entry: Entry) -> None:
    stages.finish(entry, user=reader, now=NOW)
    with pytest.raises(stages.StageRefused, match="Mark it as unread first"):
        stages.skip(entry, user=reader, now=NOW)
    assert state(reader, entry).stage == Stage.READ
    stages.mark_unread(entry, user=reader, now=NOW)
    stages.skip(entry, user=reader, now=NOW)
    assert state(reader, entry).stage == Stage.SKIPPED


def test_marking_unread_deletes_the_row_and_the_log_keeps_what_was(reader: User, entry: Entry) -> None:
    stages.finish(entry, user=reader, now=NOW)
    stages.mark_unread(entry, user=reader, now=NOW)
    assert not ReadState.objects.filter(user=reader).exists()
    assert [(line.action, line.read_at) for line in log(reader, entry)] == [("finished", NOW), ("unread", None)]


def test_a_hundred_per_cent_is_read_and_less_is_reading(reader: User, entry: Entry) -> None:
    stages.set_percent(entry, 40, user=reader, now=NOW)
    assert state(reader, entry) == stages.State(Stage.READING, 40, None, NOW, None)
    stages.set_percent(entry, 100, user=reader, now=NOW)
    assert state(reader, entry).stage == Stage.READ


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_percentage_out_of_range_is_refused(reader: User, entry: Entry, percent: int) -> None:
    with pytest.raises(stages.StageRefused, match="0 to 100"):
        stages.set_percent(entry, percent, user=reader, now=NOW)


def test_a_clock_that_runs_behind_never_finishes_before_the_start(reader: User, entry: Entry) -> None:
    stages.start(entry, user=reader, now=NOW)
    stages.finish(entry, user=reader, now=NOW - timedelta(seconds=3))
    assert state(reader, entry).read_at == NOW


def test_progress_is_personal(reader: User, teammate: User, entry: Entry) -> None:
    stages.finish(entry, user=reader, now=NOW)
    assert state(teammate, entry) == stages.UNREAD


# ---------------------------------------------------------------- properties

WRITES: dict[str, Callable[[Entry, User, datetime], object]] = {
    "queue": lambda entry, user, now: stages.queue(entry, user=user, now=now),
    "start": lambda entry, user, now: stages.start(entry, user=user, now=now),
    "finish": lambda entry, user, now: stages.finish(entry, user=user, now=now),
    "skip": lambda entry, user, now: stages.skip(entry, user=user, now=now),
    "unread": lambda entry, user, now: stages.mark_unread(entry, user=user, now=now),
    "0 %": lambda entry, user, now: stages.set_percent(entry, 0, user=user, now=now),
    "40 %": lambda entry, user, now: stages.set_percent(entry, 40, user=user, now=now),
    "100 %": lambda entry, user, now: stages.set_percent(entry, 100, user=user, now=now),
    "page 7": lambda entry, user, now: stages.turn_to(entry, 7, 23, user=user, now=now),
    "last page": lambda entry, user, now: stages.turn_to(entry, 23, 23, user=user, now=now),
    "20 min": lambda entry, user, now: stages.note_minutes(entry, 20, user=user, now=now),
}


@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writes=st.lists(st.tuples(st.sampled_from(sorted(WRITES)), st.integers(-90, 600)), max_size=12))
def test_the_state_is_the_fold_of_the_log(reader: User, writes: list[tuple[str, int]]) -> None:
    """Whatever is done in whatever order, by clocks that jump: every constraint holds, and log and state agree."""
    entry = make_entry()
    now, first_finish = NOW, None
    for name, seconds in writes:
        now += timedelta(seconds=seconds)
        before = state(reader, entry)
        try:
            with transaction.atomic():
                WRITES[name](entry, reader, now)
        except stages.StageRefused:
            assert (name, state(reader, entry)) == ("skip", before)
        after = state(reader, entry)
        assert after == stages.fold(log(reader, entry))
        first_finish = None if name == "unread" else (first_finish or after.read_at)
        assert after.read_at == first_finish


# ------------------------------------------------------------------ at once


def in_threads(*jobs: Callable[[], object]) -> list[BaseException]:
    """Runs the jobs at once, each on a connection of its own; what they raised."""
    barrier, troubles = threading.Barrier(len(jobs)), []

    def run(job: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            job()
        except BaseException as error:
            troubles.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return troubles


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_tick_at_once_leave_one_state_and_one_line() -> None:
    user, entry = make_person("ada@example.org", "Ada"), make_entry("ZeRO")
    for number in range(8):
        now = NOW + timedelta(minutes=number)
        finish = lambda now=now: stages.finish(entry, user=user, now=now)  # noqa: E731
        assert in_threads(finish, finish, finish) == []
        assert state(user, entry).stage == Stage.READ
        stages.mark_unread(entry, user=user, now=now)
    assert [line.action for line in log(user, entry)] == ["finished", "unread"] * 8


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_disagree_leave_what_the_log_tells() -> None:
    user, entry = make_person("ada@example.org", "Ada"), make_entry("ZeRO")
    jobs = [
        lambda: stages.finish(entry, user=user, now=NOW),
        lambda: stages.start(entry, user=user, now=NOW),
        lambda: stages.queue(entry, user=user, now=NOW),
        lambda: stages.set_percent(entry, 70, user=user, now=NOW),
    ]
    assert in_threads(*jobs) == []
    assert state(user, entry) == stages.fold(log(user, entry))


# ------------------------------------------------------------- the database


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"stage": "lost"}, "state_stage_is_known"),
        ({"stage": "queued", "percent": 101}, "state_percent_0_to_100"),
        ({"stage": "read"}, "state_read_has_a_date"),
        ({"stage": "skipped", "read_at": NOW}, "state_skipped_was_not_read"),
        ({"stage": "reading"}, "state_reading_has_a_start"),
        ({"stage": "read", "read_at": NOW, "started_at": NOW + timedelta(1)}, "state_started_before_read"),
    ],
)
def test_the_database_itself_refuses_incoherent_states(
    reader: User, entry: Entry, fields: dict[str, object], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReadState.objects.create(user=reader, entry=entry, **fields)


def test_a_reader_has_one_state_of_a_work(reader: User, entry: Entry) -> None:
    ReadState.objects.create(user=reader, entry=entry, stage=Stage.QUEUED)
    with pytest.raises(IntegrityError, match="state_once_a_reader"), transaction.atomic():
        ReadState.objects.create(user=reader, entry=entry, stage=Stage.QUEUED)


def test_the_log_cannot_be_rewritten(reader: User, entry: Entry) -> None:
    stages.finish(entry, user=reader, now=NOW)
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Activity.objects.update(percent=1)
    assert log(reader, entry)[0].percent == 100


def test_a_line_of_the_log_is_about_exactly_one_thing(reader: User) -> None:
    with pytest.raises(IntegrityError, match="activity_on_exactly_one_thing"), transaction.atomic():
        Activity.objects.create(user=reader, at=NOW, action="finished")


def test_a_person_who_leaves_takes_states_and_log_along(reader: User, entry: Entry) -> None:
    stages.finish(entry, user=reader, now=NOW)
    reader.delete()
    assert not ReadState.objects.exists()
    assert not Activity.objects.exists()
    with connection.cursor() as cursor:  # deferred constraints are checked now rather than at the end of the test
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
