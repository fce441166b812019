"""One stage for several works at once, and one step back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Category, Entry, ReadingList
from readinglist.reading import several, stages
from readinglist.reading.models import Activity, ReadState, Stage
from readinglist.reading.views import several as page_of_several
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples
from tests.fixtures.threads import at_once
from tests.fixtures.works import make_entries, make_entry, make_list

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LIST = "/lists/shelf/"


@pytest.fixture
def works(db: None) -> list[Entry]:
    made = make_entries(*({"title": f"Work {letter}"} for letter in "ABCDE"))
    make_list("shelf", [[work] for work in made])
    return made


def state(user: User, work: Entry) -> stages.State:
    return stages.state_of(ReadState.objects.filter(user=user, entry=work).first())


def stages_of(user: User, works: list[Entry]) -> list[str]:
    return [state(user, work).stage for work in works]


def press(client: Client, stage: str, works: list[Any], page: str = f"{LIST}?several=1") -> Any:
    keys = [getattr(work, "pk", work) for work in works]
    return client.post(reverse("reading:mark_several"), {"stage": stage, "work": keys, "next": page}, follow=True)


def undo(client: Client, page: Any) -> Any:
    return client.post(reverse("reading:undo"), {"token": page.context["offer"].token}, follow=True)


def text_of(response: Any) -> str:
    return str(response.content.decode())


# ------------------------------------------------------------------ the page


def test_a_list_and_a_category_let_one_tick_several_works(reader_client: Client, works: list[Entry]) -> None:
    category = Category.objects.create(slug="training", name="Training")
    category.entries.add(*works)
    for address in (LIST, "/categories/training/", "/entries/"):
        assert "?several=1" in text_of(reader_client.get(address))
        none, all_of_them = (text_of(reader_client.get(f"{address}?several={how}")) for how in ("1", "all"))
        assert none.count('type="checkbox"') == all_of_them.count('type="checkbox"') == len(works)
        assert none.count("checked") == 0
        assert all_of_them.count("checked") == len(works)


def test_pages_keep_their_filter_while_works_are_chosen(reader_client: Client, works: list[Entry]) -> None:
    page = text_of(reader_client.get("/entries/?kind=paper"))
    assert "?kind=paper&amp;several=1" in page
    after = press(reader_client, "queued", works[:1], page="/entries/?kind=paper&several=1")
    assert after.redirect_chain == [("/entries/?kind=paper", 302)]


@pytest.mark.parametrize(
    ("stage", "said"),
    [("read", "2 works marked as read."), ("queued", "2 works queued."), ("skipped", "2 works skipped.")],
)
def test_the_ticked_works_get_the_stage_and_the_page_says_so(
    reader_client: Client, reader: User, works: list[Entry], stage: str, said: str
) -> None:
    after = press(reader_client, stage, works[:2])
    assert after.redirect_chain == [(LIST, 302)]
    assert said in text_of(after)
    assert stages_of(reader, works) == [stage, stage, "", "", ""]


def test_undo_gives_each_work_what_it_had(reader_client: Client, reader: User, works: list[Entry]) -> None:
    stages.set_percent(works[0], 40, user=reader, now=NOW)
    stages.queue(works[1], user=reader, now=NOW)
    stages.skip(works[2], user=reader, now=NOW)
    before = [state(reader, work) for work in works]
    after = undo(reader_client, press(reader_client, "read", works))
    assert "the works stand as they did before" in text_of(after)
    assert [state(reader, work) for work in works] == before
    assert not ReadState.objects.filter(user=reader, entry__in=works[3:]).exists()


def test_undo_leaves_alone_what_was_changed_since(reader_client: Client, reader: User, works: list[Entry]) -> None:
    page = press(reader_client, "queued", works[:3])
    stages.start(works[1], user=reader, now=timezone.now())
    assert "but for 1 work that was changed since then" in text_of(undo(reader_client, page))
    assert stages_of(reader, works[:3]) == ["", "reading", ""]


def test_an_undo_works_once_and_only_for_whom_it_was_offered(
    reader_client: Client, teammate_client: Client, reader: User, works: list[Entry]
) -> None:
    page = press(reader_client, "read", works)
    assert "nothing left to undo" in text_of(undo(teammate_client, page))
    assert stages_of(reader, works) == ["read"] * 5
    undo(reader_client, page)
    assert "nothing left to undo" in text_of(undo(reader_client, page))
    assert stages_of(reader, works) == [""] * 5


def test_a_double_press_is_one_press_and_keeps_its_undo(
    reader_client: Client, reader: User, works: list[Entry]
) -> None:
    press(reader_client, "read", works)
    again = press(reader_client, "read", works)
    assert "Nothing to change" in text_of(again)
    assert Activity.objects.filter(user=reader).count() == len(works)
    undo(reader_client, again)
    assert stages_of(reader, works) == [""] * 5


def test_what_was_read_meanwhile_stays_read(reader_client: Client, reader: User, works: list[Entry]) -> None:
    """The page may be old: its ticks meant works that were not read."""
    stages.finish(works[0], user=reader, now=NOW)
    stages.finish(works[1], user=reader, now=NOW)
    stages.start(works[1], user=reader, now=NOW)  # again
    after = press(reader_client, "skipped", works[:3])
    assert "1 work skipped. 2 have been read and stay so." in text_of(after)
    assert stages_of(reader, works[:3]) == ["read", "reading", "skipped"]
    assert "1 work queued. 1 has been read and stays so." in text_of(press(reader_client, "queued", works[:2]))
    assert stages_of(reader, works[:2]) == ["read", "queued"]


def test_what_is_gone_meanwhile_is_said(reader_client: Client, reader: User, works: list[Entry]) -> None:
    draft = make_entry("Secret", status="draft")
    after = text_of(press(reader_client, "read", [works[0], draft]))
    assert "1 work marked as read. 1 is not in the catalogue any more." in after
    assert not ReadState.objects.filter(entry=draft).exists()


@pytest.mark.parametrize(
    ("stage", "typed", "said"),
    [
        ("read", [], "No work is ticked"),
        ("read", ["", "x", "-1", "1.5", "٣", "9" * 30, "1" * 5000, "\x00"], "No work is ticked"),
        ("read", [str(2**63 - 1)], "is not in the catalogue any more"),
        ("devoured", ["1"], "There is no such button"),
        ("", ["1"], "There is no such button"),
        ("reading", ["1"], "There is no such button"),
        ("read", [str(number) for number in range(1, page_of_several.MOST + 2)], "Tick 500 works at most"),
    ],
    ids=["nothing", "no keys", "a key of nothing", "no stage", "an empty stage", "another stage", "too many"],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    reader_client: Client, works: list[Entry], stage: str, typed: list[str], said: str
) -> None:
    after = press(reader_client, stage, typed)
    assert after.status_code == 200
    assert said in text_of(after)
    assert not Activity.objects.exists()


def test_who_ticked_nothing_goes_on_choosing(reader_client: Client, works: list[Entry]) -> None:
    assert press(reader_client, "read", []).redirect_chain == [(f"{LIST}?several=1", 302)]


def test_a_foreign_page_is_not_gone_back_to(reader_client: Client, works: list[Entry]) -> None:
    after = press(reader_client, "read", works, page="https://evil.example/")
    assert after.redirect_chain == [("/canon/", 302)]


# ---------------------------------------------------------------- the writes


def test_many_works_cost_the_queries_of_one(
    reader: User, works: list[Entry], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    many = make_entries(*({"title": f"Of many {number}"} for number in range(200)))
    with django_assert_max_num_queries(7):
        done = several.mark(many, Stage.READ, user=reader, now=NOW)
    with django_assert_max_num_queries(7):
        assert several.take_back(done, user=reader, now=NOW) == 200


def test_progress_on_a_list_counts_them(reader_client: Client, canon: ReadingList) -> None:
    after = press(reader_client, "read", list(Entry.objects.filter(step_entries__list=canon)), page="/lists/canon/")
    assert "20 of 20 read. All done." in text_of(after)


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_mark_at_once_leave_one_line_a_work(works: list[Entry]) -> None:
    reader = make_person("tabs@example.org", "Tabs Reader")
    first, second = at_once(
        lambda: several.mark(works, Stage.READ, user=reader, now=NOW),
        lambda: several.mark(works[::-1], Stage.READ, user=reader, now=NOW),
    )
    assert len(first.before) + len(second.before) == len(works)
    assert Activity.objects.filter(user=reader).count() == len(works)
    assert stages_of(reader, works) == ["read"] * 5


SINGLE = st.tuples(st.just("one"), st.sampled_from(["queued", "reading", "read", ""]), st.sets(st.integers(0, 2)))
BULK = st.tuples(st.just("several"), st.sampled_from(several.STAGES), st.sets(st.integers(0, 2)))
BACK = st.tuples(st.just("back"), st.just(""), st.just(set[int]()))


@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.one_of(SINGLE, BULK, BACK), max_size=8))
def test_several_at_once_is_one_after_the_other(works: list[Entry], steps: list[tuple[str, str, set[int]]]) -> None:
    """Held against a plain loop over states; the states are the fold of the log, before and after a step back."""
    reader = User.objects.create_user(f"reader-{User.objects.count()}@example.org", name="Reader")
    states, done = [stages.UNREAD] * 3, None
    for minute, (what, stage, chosen) in enumerate(steps):
        now = NOW + timedelta(minutes=minute)
        if what == "one":
            for place in chosen:
                states[place] = stages.set_stage(works[place], stage, user=reader, now=now).after
        elif what == "several":
            before = list(states)
            done = several.mark([works[place] for place in sorted(chosen)], stage, user=reader, now=now)
            for place in chosen:
                states[place] = several.marked(states[place], stage, now)
            after = list(states)
        elif done:
            several.take_back(done, user=reader, now=now)
            moved = [place for place in range(3) if works[place].pk in done.before and states[place] == after[place]]
            for place in moved:
                states[place] = before[place]
            done = None
    assert [state(reader, work) for work in works[:3]] == states
    for work in works[:3]:
        log = list(Activity.objects.filter(user=reader, entry=work).order_by("pk"))
        assert stages.fold(log) == state(reader, work)
