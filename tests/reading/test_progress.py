"""One definition of progress: the annotation against a plain loop, over every kind of step."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import OuterRef, Subquery
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Entry, ReadingList, Step
from readinglist.reading import progress, stages
from readinglist.reading.models import ReadState, Stage
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples
from tests.fixtures.works import add_step, make_entry, make_list

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def of(reading_list: ReadingList, user: User) -> progress.Progress:
    return progress.progress_of(progress.with_progress(ReadingList.objects.filter(pk=reading_list.pk), user).get())


def states(reading_list: ReadingList, user: User) -> list[str]:
    steps = progress.with_state(reading_list.steps.order_by("position"), user)
    return list(steps.values_list("state", flat=True))  # type: ignore[misc] # annotated


# ------------------------------------------------------------------ examples


def test_a_new_reader_has_read_nothing(reader: User, canon: ReadingList) -> None:
    assert of(canon, reader) == progress.Progress(steps=20, read=0, skipped=0)


def test_a_step_of_two_works_is_read_when_both_are(reader: User, canon: ReadingList) -> None:
    kaplan, chinchilla = Entry.objects.filter(short_title__in=["Kaplan", "Chinchilla"])
    stages.finish(kaplan, user=reader, now=NOW)
    assert states(canon, reader)[1] == Stage.READING
    stages.finish(chinchilla, user=reader, now=NOW)
    assert states(canon, reader)[1] == Stage.READ


def test_one_read_and_one_skipped_is_read(reader: User, canon: ReadingList) -> None:
    kaplan, chinchilla = Entry.objects.filter(short_title__in=["Kaplan", "Chinchilla"])
    stages.finish(kaplan, user=reader, now=NOW)
    stages.skip(chinchilla, user=reader, now=NOW)
    assert states(canon, reader)[1] == Stage.READ


def test_companions_never_count(reader: User) -> None:
    work, companion = make_entry(), make_entry()
    reading_list = make_list("l", [])
    add_step(reading_list, 1, [work], [companion])
    stages.finish(companion, user=reader, now=NOW)
    assert of(reading_list, reader).read == 0


def test_who_read_an_earlier_version_has_read_its_successor(reader: User, teammate: User) -> None:
    old, new = make_entry(), make_entry()
    reading_list = make_list("l", [[new]])
    stages.finish(old, user=reader, now=NOW)
    stages.skip(old, user=teammate, now=NOW)
    Entry.objects.filter(pk=old.pk).update(superseded_by=new)
    assert of(reading_list, reader).read == 1
    assert of(reading_list, teammate) == progress.Progress(1, 0, 0)  # a skip does not carry over


def test_what_is_retired_or_a_draft_does_not_count(reader: User) -> None:
    retired, draft = make_entry(status="retired"), make_entry(status="draft")
    assert of(make_list("l", [[retired], [draft]]), reader) == progress.Progress(2, 0, 2)


def test_nothing_left_to_count_is_neither_0_nor_100_per_cent(reader: User) -> None:
    empty = of(make_list("l", []), reader)
    assert empty == progress.Progress(0, 0, 0)
    assert empty.percent is None
    assert not empty.is_finished


def test_a_second_reading_does_not_undo_the_first(reader: User, canon: ReadingList) -> None:
    attention = Entry.objects.get(short_title="Attention")
    stages.finish(attention, user=reader, now=NOW)
    stages.start(attention, user=reader, now=NOW)
    assert of(canon, reader).read == 1


# ------------------------------------------------------------ the plain loop


def plain(reading_list: ReadingList, user: User) -> progress.Progress:
    """DESIGN §7 once more, as slowly as it can be said."""
    mine = {row.entry_id: row for row in ReadState.objects.filter(user=user)}
    counts = {"read": 0, "skipped": 0, "steps": 0}
    for step in Step.objects.filter(list=reading_list):
        counts["steps"] += 1
        required = [row.entry for row in step.step_entries.all() if row.required and row.entry.status == "live"]
        read, skipped = [], []
        for entry in required:
            versions = [entry.pk, *Entry.objects.filter(superseded_by=entry).values_list("pk", flat=True)]
            if any(pk in mine and mine[pk].read_at for pk in versions):
                read.append(entry)
            elif entry.pk in mine and mine[entry.pk].stage == Stage.SKIPPED:
                skipped.append(entry)
        if len(skipped) == len(required):
            counts["skipped"] += 1
        elif read and len(read) + len(skipped) == len(required):
            counts["read"] += 1
    return progress.Progress(**counts)


work = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["live", "live", "live", "retired", "draft"]),
        "required": st.sampled_from([True, True, True, False]),
        "mine": st.sampled_from(["", "queued", "reading", "read", "skipped", "again"]),
        "earlier": st.sampled_from([None, "", "reading", "read", "skipped"]),
    }
)


def set_state(entry: Entry, name: str, user: User) -> None:
    if name == "again":
        stages.finish(entry, user=user, now=NOW)
        stages.start(entry, user=user, now=NOW)
    elif name:
        stages.set_stage(entry, name, user=user, now=NOW)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.lists(work, max_size=3), max_size=5))
def test_the_annotation_equals_a_plain_loop(reader: User, teammate: User, steps: list[list[dict[str, Any]]]) -> None:
    reading_list = make_list(f"list-{ReadingList.objects.count()}", [])
    for position, works in enumerate(steps, start=1):
        step = add_step(reading_list, position, [])
        for drawn in works:
            entry = make_entry()
            step.step_entries.create(list=reading_list, entry=entry, required=drawn["required"])
            set_state(entry, drawn["mine"], reader)
            if drawn["earlier"] is not None:
                earlier = make_entry()
                set_state(earlier, drawn["earlier"], reader)
                Entry.objects.filter(pk=earlier.pk).update(superseded_by=entry)
            Entry.objects.filter(pk=entry.pk).update(status=drawn["status"])
    for user in (reader, teammate):
        assert of(reading_list, user) == plain(reading_list, user)
        assert states(reading_list, user).count(Stage.READ) == plain(reading_list, user).read
    reading_list.delete()


@pytest.mark.django_db
def test_one_query_tells_a_list_for_many_readers(canon: ReadingList, django_assert_num_queries: object) -> None:
    """The team's view: the reader is an OuterRef."""
    works = list(Entry.objects.order_by("pk"))
    readers = [make_person(f"reader{number}@example.org", f"Reader {number}") for number in range(5)]
    for number, user in enumerate(readers):
        for entry in works[:number]:
            stages.finish(entry, user=user, now=NOW)
    one_list = progress.with_progress(ReadingList.objects.filter(pk=canon.pk), OuterRef("pk"))
    rows = User.objects.annotate(
        counts=Subquery(
            one_list.values("progress_counts")  # type: ignore[misc] # annotated
        )
    ).order_by("name")
    assert [progress.Progress(**row.counts) for row in rows] == [plain(canon, row) for row in rows]


@pytest.mark.django_db
def test_no_work_of_a_list_costs_a_look_at_all_entries(reader: User) -> None:
    """The plan, not the clock: at 2,000 works every look inside the annotation goes by an index."""
    works = Entry.objects.bulk_create(
        Entry(slug=f"work-{number}", title=f"Work {number}", kind="paper") for number in range(2000)
    )
    reading_list = make_list("l", [[work] for work in works[:100]])
    ReadState.objects.bulk_create(
        ReadState(user=reader, entry=work, stage=Stage.READ, percent=100, read_at=NOW) for work in works[::4]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    plan = progress.with_progress(ReadingList.objects.filter(pk=reading_list.pk), reader).explain()
    assert "SubPlan" in plan
    assert "Seq Scan on catalog_entry" not in plan
