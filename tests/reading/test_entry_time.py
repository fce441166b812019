"""Time and pages: a timer that survives everything, minutes that are added once, pages that are kept."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import stages, timing
from readinglist.reading.models import Activity, ReadState, Stage, Timer
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples
from tests.fixtures.threads import at_once
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def entry(db: None) -> Entry:
    return make_entry("ZeRO")


def minutes_of(user: User) -> list[int | None]:
    return list(
        Activity.objects.of(user).filter(minutes__isnull=False).order_by("pk").values_list("minutes", flat=True)
    )


def post(client: Client, name: str, entry: Entry, data: dict[str, Any], **headers: str) -> Any:
    return client.post(reverse(f"reading:{name}", args=[entry.slug]), data, headers=headers)


def text_of(response: Any) -> str:
    return str(response.content.decode())


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


# ---------------------------------------------------------------------- timer


def test_a_timer_notes_its_minutes_and_takes_the_work_up(reader: User, entry: Entry) -> None:
    started = timing.start(entry, user=reader, now=NOW)
    assert ReadState.objects.get(user=reader).stage == Stage.READING
    noted = timing.stop(started.running.pk, user=reader, now=after(25.9))
    assert noted.sentence == "25 minutes are noted."
    assert minutes_of(reader) == [25]
    assert not Timer.objects.exists()


def test_a_timer_leaves_what_has_been_read_as_it_is(reader: User, entry: Entry) -> None:
    stages.finish(entry, user=reader, now=NOW)
    timing.start(entry, user=reader, now=NOW)
    assert ReadState.objects.get(user=reader).stage == Stage.READ


def test_a_second_start_is_the_first(reader: User, entry: Entry) -> None:
    first = timing.start(entry, user=reader, now=NOW)
    second = timing.start(entry, user=reader, now=after(5))
    assert (second.is_new, second.running) == (False, first.running)


def test_a_second_stop_notes_nothing(reader: User, entry: Entry) -> None:
    timer = timing.start(entry, user=reader, now=NOW).running.pk
    timing.stop(timer, user=reader, now=after(10))
    with pytest.raises(timing.TimeRefused, match="ended already"):
        timing.stop(timer, user=reader, now=after(10))
    assert minutes_of(reader) == [10]


def test_a_stale_page_stops_no_later_timer(reader: User, entry: Entry) -> None:
    stale = timing.start(entry, user=reader, now=NOW).running.pk
    timing.discard(stale, user=reader)
    timing.start(entry, user=reader, now=after(1))
    with pytest.raises(timing.TimeRefused, match="ended already"):
        timing.stop(stale, user=reader, now=after(10))
    assert Timer.objects.count() == 1


def test_a_timer_is_its_owners(reader: User, teammate: User, entry: Entry) -> None:
    timer = timing.start(entry, user=reader, now=NOW).running.pk
    with pytest.raises(timing.TimeRefused):
        timing.stop(timer, user=teammate, now=after(10))
    assert Timer.objects.get().user == reader


def test_a_start_elsewhere_ends_the_first_and_notes_it(reader: User, entry: Entry) -> None:
    timing.start(entry, user=reader, now=NOW)
    other = make_entry("Another")
    started = timing.start(other, user=reader, now=after(12))
    assert started.before == timing.Noted(entry.pk, "ZeRO", 12)
    assert Activity.objects.get(minutes=12).entry == entry
    assert Timer.objects.get().entry == other


def test_less_than_a_minute_is_nothing(reader: User, entry: Entry) -> None:
    timer = timing.start(entry, user=reader, now=NOW).running.pk
    assert "less than a minute" in timing.stop(timer, user=reader, now=after(0.9)).sentence
    assert minutes_of(reader) == []


def test_a_forgotten_timer_is_asked_about_not_believed(reader: User, entry: Entry) -> None:
    timer = timing.start(entry, user=reader, now=NOW).running.pk
    tomorrow = NOW + timedelta(hours=20)
    with pytest.raises(timing.TimeRefused, match="more than 4 hours"):
        timing.stop(timer, user=reader, now=tomorrow)
    with pytest.raises(timing.TimeRefused, match="more than 4 hours"):
        timing.start(make_entry("Another"), user=reader, now=tomorrow)
    with pytest.raises(timing.TimeRefused, match="not longer"):
        timing.stop(timer, user=reader, now=tomorrow, minutes=20 * 60 + 1)
    timing.stop(timer, user=reader, now=tomorrow, minutes=45)
    assert minutes_of(reader) == [45]


def test_a_clock_that_runs_behind_notes_nothing(reader: User, entry: Entry) -> None:
    timer = timing.start(entry, user=reader, now=NOW).running.pk
    assert timing.stop(timer, user=reader, now=after(-5)).minutes == 0


def test_finishing_stops_the_timer(reader_client: Client, reader: User, entry: Entry) -> None:
    with time_machine.travel(NOW, tick=False):
        post(reader_client, "set_timer", entry, {"action": "start"})
    with time_machine.travel(after(30), tick=False):
        shown = text_of(post(reader_client, "set_stage", entry, {"stage": "read"}, **{"HX-Request": "true"}))
    assert "Marked as read. 30 minutes are noted." in shown
    assert minutes_of(reader) == [30]
    assert not Timer.objects.exists()


def test_finishing_another_work_leaves_the_timer_running(reader: User, entry: Entry) -> None:
    timing.start(entry, user=reader, now=NOW)
    assert timing.stop_with(make_entry("Another"), user=reader, now=after(5)) is None
    assert Timer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_stop_at_once_note_the_minutes_once() -> None:
    user, work = make_person("ada@example.org", "Ada"), make_entry("ZeRO")
    timer = timing.start(work, user=user, now=NOW).running.pk

    def stop() -> int:
        try:
            return timing.stop(timer, user=user, now=after(10)).minutes
        except timing.TimeRefused:
            return 0

    assert sorted(at_once(stop, stop)) == [0, 10]
    assert minutes_of(user) == [10]


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["start a", "start b", "stop", "stop stale", "discard"]), st.integers(0, 300)),
        max_size=10,
    )
)
def test_timers_note_what_a_plain_loop_notes(reader: User, steps: list[tuple[str, int]]) -> None:
    """Whatever is pressed in whatever order: at most one timer runs, and no minute is noted twice or lost."""
    with transaction.atomic():
        works = {name: make_entry(slug=f"work-{name}") for name in "ab"}
        now, running, expected, last = NOW, None, [], 0
        for press, minutes in steps:
            now += timedelta(minutes=minutes)
            ran = int((now - running[1]).total_seconds() // 60) if running else 0
            is_refused = running is None if press in ("stop", "discard") else False
            is_refused = is_refused or press == "stop stale" or (ran > 240 and press == "stop")
            if press.startswith("start"):
                is_refused = ran > 240 and running is not None and running[0] != press[-1]
            try:
                if press.startswith("start"):
                    last = timing.start(works[press[-1]], user=reader, now=now).running.pk
                elif press == "discard":
                    timing.discard(last, user=reader)
                else:
                    timing.stop(last if press == "stop" else 0, user=reader, now=now)
                assert not is_refused
            except timing.TimeRefused:
                assert is_refused
                continue
            ends = running is not None and press != "discard" and running[0] != press[-1]
            expected += [ran] if ends and ran else []
            if press.startswith("start"):
                running = running if running and running[0] == press[-1] else (press[-1], now)
            else:
                running = None
        assert minutes_of(reader) == expected
        assert Timer.objects.filter(user=reader).count() == (1 if running else 0)
        transaction.set_rollback(True)


# ---------------------------------------------------------------- by the page


def test_the_page_shows_the_timer_wherever_it_runs(reader_client: Client, reader: User, entry: Entry) -> None:
    other = make_entry("Another")
    with time_machine.travel(NOW, tick=False):
        assert "Start the timer" in text_of(reader_client.get(entry.get_absolute_url()))
        post(reader_client, "set_timer", entry, {"action": "start"})
    with time_machine.travel(after(12), tick=False):
        here = text_of(reader_client.get(entry.get_absolute_url()))
        there = text_of(reader_client.get(other.get_absolute_url()))
    assert "The timer has run since 09:00:" in here
    assert ">12</b>" in here
    assert "Stop it there, start it here" in there
    assert f'<a href="{entry.get_absolute_url()}">ZeRO</a>' in there
    with time_machine.travel(after(500), tick=False):
        assert "How long did you read?" in text_of(reader_client.get(entry.get_absolute_url()))
        assert "Say there how long you read." in text_of(reader_client.get(other.get_absolute_url()))


def test_a_forgotten_timer_can_be_ended_elsewhere_where_its_work_is_shown_no_more(
    reader_client: Client, reader: User, entry: Entry
) -> None:
    other = make_entry("Another")
    with time_machine.travel(NOW, tick=False):
        timing.start(entry, user=reader, now=NOW)
    Entry.objects.filter(pk=entry.pk).update(status="draft")
    with time_machine.travel(after(500), tick=False):
        shown = text_of(reader_client.get(other.get_absolute_url()))
        form = re.search(r'<form class="timer.*?</form>', shown, re.DOTALL)
        assert form
        timer = re.search(r'name="timer" value="(\d+)"', form[0])
        assert timer
        assert 'value="discard"' in form[0]
        post(reader_client, "set_timer", other, {"action": "discard", "timer": timer[1]})
        post(reader_client, "set_timer", other, {"action": "start"})
    assert Timer.objects.get().entry == other
    assert minutes_of(reader) == []


@pytest.mark.parametrize("htmx", [True, False])
def test_what_is_said_of_a_forgotten_timer_is_checked_and_kept(
    reader_client: Client, reader: User, entry: Entry, *, htmx: bool
) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    with time_machine.travel(NOW, tick=False):
        timer = timing.start(entry, user=reader, now=NOW).running.pk
    with time_machine.travel(after(600), tick=False):
        for typed, said in (("x", "whole number"), ("601", "not longer"), ("", "Write how many minutes")):
            data = {"action": "stop", "timer": timer, "minutes": typed}
            shown = text_of(post(reader_client, "set_timer", entry, data, **headers))
            assert said in shown
            assert f'value="{typed}"' in shown
        assert Timer.objects.exists()
        post(reader_client, "set_timer", entry, {"action": "stop", "timer": timer, "minutes": "40"}, **headers)
    assert minutes_of(reader) == [40]


@pytest.mark.parametrize("data", [{}, {"action": "wind"}, {"action": "stop"}, {"action": "stop", "timer": "9" * 5000}])
def test_a_strange_button_changes_nothing_and_says_so(
    reader_client: Client, reader: User, entry: Entry, data: dict[str, str]
) -> None:
    timing.start(entry, user=reader, now=NOW)
    assert post(reader_client, "set_timer", entry, data).status_code == 422
    assert Timer.objects.exists()


def test_typed_minutes_are_added_once_however_often_the_button_is_pressed(
    reader_client: Client, reader: User, entry: Entry
) -> None:
    first = post(reader_client, "add_minutes", entry, {"minutes": "20", "after": "0"}, **{"HX-Request": "true"})
    assert "20 minutes are noted." in text_of(first)
    second = post(reader_client, "add_minutes", entry, {"minutes": "20", "after": "0"}, **{"HX-Request": "true"})
    assert "To add these as well, press again." in text_of(second)
    assert minutes_of(reader) == [20]
    known = Activity.objects.get(minutes=20).pk
    assert f'name="after" value="{known}"' in text_of(second)
    post(reader_client, "add_minutes", entry, {"minutes": "20", "after": known})
    assert minutes_of(reader) == [20, 20]
    assert "40 min so far." in text_of(reader_client.get(entry.get_absolute_url()))


@pytest.mark.parametrize("typed", ["", "0", "-3", "1441", "1.5", "lots", "9" * 400])
def test_wrong_minutes_are_explained_and_kept(reader_client: Client, reader: User, entry: Entry, typed: str) -> None:
    response = post(reader_client, "add_minutes", entry, {"minutes": typed, "after": "0"})
    assert response.status_code == 422
    assert f'value="{typed}"' in text_of(response)
    assert minutes_of(reader) == []


# ---------------------------------------------------------------------- pages


def test_a_page_is_kept_and_makes_the_percentage(reader_client: Client, reader: User, entry: Entry) -> None:
    response = post(reader_client, "set_percent", entry, {"page": "312", "pages": "900"}, **{"HX-Request": "true"})
    assert "34 per cent so far" in text_of(response)
    state = ReadState.objects.get(user=reader)
    assert (state.percent, state.page, state.pages) == (34, 312, 900)
    shown = text_of(reader_client.get(entry.get_absolute_url()))
    assert 'value="312"' in shown
    assert "page 312 of 900" in shown


def test_the_last_page_is_the_end(reader: User, entry: Entry) -> None:
    change = stages.turn_to(entry, 23, 23, user=reader, now=NOW)
    assert change.after == stages.State(Stage.READ, 100, None, None, NOW, None, 23)


def test_the_last_page_of_what_has_been_read_is_no_second_reading(reader: User, entry: Entry) -> None:
    """From a page that was opened before it was marked as read elsewhere."""
    stages.finish(entry, user=reader, now=NOW)
    assert not stages.turn_to(entry, 23, 23, user=reader, now=NOW + timedelta(days=1)).is_new
    assert Activity.objects.count() == 1


def test_a_percentage_forgets_the_page_and_keeps_their_number(reader: User, entry: Entry) -> None:
    stages.turn_to(entry, 7, 23, user=reader, now=NOW)
    state = stages.set_percent(entry, 50, user=reader, now=NOW).after
    assert (state.percent, state.page, state.pages) == (50, None, 23)


@pytest.mark.parametrize(
    ("page", "pages", "said"),
    [
        ("24", "23", "There are only 23 pages"),
        ("0", "23", "The first page is 1"),
        ("", "23", "Write the page you are on"),
        ("7", "", "Write how many pages there are"),
        ("seven", "23", "as a whole number"),
        ("7", "99999", "Write up to 20000 pages"),
    ],
)
def test_a_wrong_page_is_explained_and_kept(
    reader_client: Client, entry: Entry, page: str, pages: str, said: str
) -> None:
    response = post(reader_client, "set_percent", entry, {"page": page, "pages": pages})
    shown = text_of(response)
    assert response.status_code == 422
    assert said in shown
    for name, typed in (("page", page), ("pages", pages)):
        assert re.search(rf'name="{name}"[^>]*value="{typed}"', shown)
    assert not ReadState.objects.exists()


@pytest.mark.parametrize(("page", "pages"), [(0, 10), (11, 10)])
def test_the_rules_refuse_a_page_that_is_none(page: int, pages: int) -> None:
    with pytest.raises(stages.StageRefused, match="from 1 to the last"):
        stages.turned(stages.UNREAD, page, pages, NOW)


@pytest.mark.parametrize(("page", "pages"), [(1, None), (11, 10), (0, 10)])
def test_the_database_refuses_a_page_outside_of_its_pages(
    reader: User, entry: Entry, page: int, pages: int | None
) -> None:
    with pytest.raises(IntegrityError, match="state_page_is_one_of_its_pages"), transaction.atomic():
        ReadState.objects.create(user=reader, entry=entry, stage=Stage.QUEUED, page=page, pages=pages)


@given(page=st.integers(1, 20_000), more=st.integers(0, 20_000))
def test_a_percentage_by_page_is_below_a_hundred_before_the_last_page(page: int, more: int) -> None:
    after_it = stages.turned(stages.UNREAD, page, page + more, NOW)
    assert after_it.percent == page * 100 // (page + more)
    assert (after_it.stage == Stage.READ) == (more == 0)
