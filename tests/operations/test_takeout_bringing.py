"""A person's file brought in: nothing here is lowered, twice is the same as once, and a state is what its log tells."""

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Entry, Feed, Post, ReadingList, Source
from readinglist.operations.takeout import merging, reading
from readinglist.reading import follows, marks, paths, stages
from readinglist.reading.models import Activity, Follow, Note, Path, PostState, ReadState, Stage
from readinglist.reading.stages import UNREAD, State
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry, make_list
from tests.operations.takeout import NOW, as_file, bring_in, document_of, file_of, reading_of, without

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def state(user: User, entry: Entry) -> State:
    return stages.state_of(ReadState.objects.filter(user=user, entry=entry).first())


def log(user: User, entry: Entry) -> list[Activity]:
    return list(Activity.objects.filter(user=user, entry=entry).order_by("pk"))


def counts(report: Any, table: str) -> tuple[int, int, int, int]:
    count = report.of(table)
    return count.added, count.changed, count.same, count.left


# ----------------------------------------------------------------- there and back


@pytest.fixture
def works(db: None) -> list[Entry]:
    return [make_entry(f"Work of the trip {number}") for number in range(3)]


@pytest.fixture
def posts(db: None) -> list[Post]:
    feed = make_feed(make_source("A blog"))
    return [make_post(feed) for _number in range(4)]


moments = st.integers(0, 10**9).map(lambda microseconds: NOW + timedelta(microseconds=microseconds))
steps = st.one_of(
    st.tuples(st.just("stage"), st.integers(0, 2), st.sampled_from(["", *Stage.values])),
    st.tuples(st.just("percent"), st.integers(0, 2), st.integers(0, 100)),
    st.tuples(st.just("page"), st.integers(0, 2), st.integers(1, 30)),
    st.tuples(st.just("time"), st.integers(0, 2), st.integers(1, 600)),
    st.tuples(
        st.just("note"), st.integers(0, 2), st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
    ),
    st.tuples(st.just("mark"), st.integers(0, 3), st.sampled_from(sorted(marks.MARKS))),
    st.tuples(st.just("open"), st.integers(0, 3), st.none()),
    st.tuples(st.just("follow"), st.integers(0, 3), st.booleans()),
    st.tuples(st.just("up to"), st.integers(0, 3), st.none()),
)


def do(user: User, works: list[Entry], posts: list[Post], step: tuple[str, int, Any], now: datetime) -> None:
    what, number, value = step
    try:
        match what:
            case "stage":
                stages.set_stage(works[number], value, user=user, now=now)
            case "percent":
                stages.set_percent(works[number], value, user=user, now=now)
            case "page":
                stages.turn_to(works[number], value, 30, user=user, now=now)
            case "time":
                stages.note_minutes(works[number], value, user=user, now=now)
            case "note":
                Note.objects.create(
                    author=user,
                    entry=works[number],
                    text=value,
                    is_shared=bool(len(value) % 2),
                    created_at=now,
                    updated_at=now,
                )
            case "mark":
                marks.MARKS[value](posts[number], user=user, now=now)
            case "open":
                marks.open_post(posts[number], user=user, now=now)
            case "follow":
                follows.follow(posts[number].feed.source, user=user, now=now)
                follows.mute(posts[number].feed.source, user=user, muted=value)
            case "up to":
                marks.read_up_to(posts[number].pk, user=user)
    except stages.StageRefused:
        assert what == "stage"


lives = st.lists(st.tuples(steps, moments), max_size=10)


@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(life=lives)
def test_what_comes_to_an_empty_instance_leaves_it_as_it_came(
    works: list[Entry], posts: list[Post], life: list[tuple[tuple[str, int, Any], datetime]]
) -> None:
    """Here the other instance is another person with nothing, in the same catalogue."""
    User.objects.filter(email__endswith="@trip.example").delete()
    ada, bea = make_person("ada@trip.example", "Ada"), make_person("bea@trip.example", "Bea")
    for step, now in life:
        do(ada, works, posts, step, now)
    file = file_of(ada)
    report = bring_in(file, bea)
    assert reading_of(bea) == reading_of(ada)
    assert report.left_count == 0
    for work in works:
        assert state(bea, work) == stages.fold(log(bea, work)) == state(ada, work)
    before = reading_of(bea)
    again = bring_in(file, bea)
    assert reading_of(bea) == before
    assert not again.is_new


@settings(max_examples=examples(6), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(here=lives, there=lives)
def test_what_comes_to_somebody_who_has_read_lowers_nothing(
    works: list[Entry],
    posts: list[Post],
    here: list[tuple[tuple[str, int, Any], datetime]],
    there: list[tuple[tuple[str, int, Any], datetime]],
) -> None:
    User.objects.filter(email__endswith="@trip.example").delete()
    ada, bea = make_person("ada@trip.example", "Ada"), make_person("bea@trip.example", "Bea")
    for user, life in ((ada, there), (bea, here)):
        for step, now in life:
            do(user, works, posts, step, now)
    before = {work.pk: state(bea, work) for work in works}
    own_marks = {mark.post_id: mark for mark in PostState.objects.of(bea)}
    caught_up = dict(Follow.objects.of(bea).values_list("source", "caught_up_to"))
    file = file_of(ada)
    bring_in(file, bea)
    for work in works:
        after = state(bea, work)
        assert after == stages.fold(log(bea, work)) == merging.merged(before[work.pk], state(ada, work))
        assert bool(after.read_at) >= bool(before[work.pk].read_at)
        assert bool(after.read_at) >= bool(state(ada, work).read_at)
    for post, mark in own_marks.items():
        now_marked = PostState.objects.of(bea).get(post=post)
        for name in ("opened_at", "saved_at"):
            assert getattr(mark, name) in (None, getattr(now_marked, name))
        if mark.read_at or mark.unread_from:
            assert (now_marked.read_at, now_marked.unread_from) == (mark.read_at, mark.unread_from)
    for source, mark_of_source in caught_up.items():
        assert Follow.objects.of(bea).get(source=source).caught_up_to >= mark_of_source
    assert Note.objects.filter(author=bea).count() >= Note.objects.filter(author=ada).count()
    once = reading_of(bea)
    assert not bring_in(file, bea).is_new
    assert reading_of(bea) == once


# ------------------------------------------------------------------- the rule

days = st.none() | st.integers(0, 9).map(lambda day: datetime(2026, 1, 1 + day, tzinfo=UTC))


@st.composite
def states(draw: st.DrawFn) -> State:
    """Any that the database takes."""
    queued_at, started_at, read_at = draw(days), draw(days), draw(days)
    if started_at and read_at and started_at > read_at:
        started_at, read_at = read_at, started_at
    possible = [Stage.QUEUED, *([Stage.READING] if started_at else []), Stage.READ if read_at else Stage.SKIPPED]
    stage = draw(st.sampled_from(["", *possible]))
    if not stage:
        return UNREAD
    pages = draw(st.none() | st.integers(1, 9))
    page = draw(st.none() | st.integers(1, pages)) if pages else None
    return State(stage, draw(st.integers(0, 100)), queued_at, started_at, read_at, page, pages)


@given(here=states(), there=states())
def test_two_states_become_one_that_is_no_less_than_either(here: State, there: State) -> None:
    after = merging.merged(here, there)
    assert bool(after.read_at) == bool(here.read_at or there.read_at)
    assert merging.merged(after, there) == after
    assert merging.merged(here, here) == here
    if after.started_at and after.read_at:
        assert after.started_at <= after.read_at
    if after.stage == Stage.READING:
        assert after.started_at
    if after.stage == Stage.READ:
        assert after.read_at
    if after.stage == Stage.SKIPPED:
        assert not after.read_at


def test_what_was_left_out_here_and_read_there_is_read() -> None:
    there = State(Stage.READ, 100, None, NOW, NOW + DAY)
    assert merging.merged(State(Stage.SKIPPED), there) == there
    assert merging.merged(there, State(Stage.SKIPPED)) == there


def test_a_second_reading_here_goes_on() -> None:
    here, there = State(Stage.READING, 30, None, NOW, NOW), State(Stage.READ, 100, None, NOW - DAY, NOW - DAY)
    assert merging.merged(here, there) == State(Stage.READING, 30, None, NOW - DAY, NOW - DAY)


# ---------------------------------------------------------------------- the log


def test_lines_keep_their_times_and_a_last_one_tells_what_two_stories_came_to(reader: User, teammate: User) -> None:
    work = make_entry("ZeRO")
    stages.start(work, user=teammate, now=NOW - 9 * DAY)
    stages.finish(work, user=teammate, now=NOW - 8 * DAY)
    stages.start(work, user=reader, now=NOW - 3 * DAY)
    report = bring_in(file_of(teammate), reader)
    assert state(reader, work) == State(Stage.READ, 100, None, NOW - 9 * DAY, NOW - 8 * DAY)
    assert [(line.action, line.at) for line in log(reader, work)] == [
        ("started", NOW - 3 * DAY),
        ("started", NOW - 9 * DAY),
        ("finished", NOW - 8 * DAY),
    ]
    assert counts(report, "read_states") == (0, 1, 0, 0)
    assert counts(report, "log") == (2, 0, 0, 0)


def test_the_line_that_closes_two_stories_stands_on_a_day_when_something_was_done(reader: User, teammate: User) -> None:
    """So that nobody seems to have read on the day of the import."""
    work = make_entry("ZeRO")
    stages.start(work, user=teammate, now=NOW - 9 * DAY)
    stages.finish(work, user=reader, now=NOW - 3 * DAY)
    bring_in(file_of(teammate), reader)
    closing = log(reader, work)[-1]
    assert (closing.action, closing.at, closing.minutes) == ("finished", NOW - 3 * DAY, None)
    assert state(reader, work) == State(Stage.READ, 100, None, NOW - 9 * DAY, NOW - 3 * DAY)


def test_what_was_marked_unread_here_after_an_import_stays_so(reader: User, teammate: User) -> None:
    work = make_entry("ZeRO")
    stages.finish(work, user=teammate, now=NOW)
    file = file_of(teammate)
    bring_in(file, reader)
    stages.mark_unread(work, user=reader, now=NOW + DAY)
    bring_in(file, reader)
    assert state(reader, work) == UNREAD


def test_a_state_whose_lines_are_missing_gets_one(reader: User) -> None:
    work = make_entry("ZeRO")
    record = {"work": "zero", "work_title": "ZeRO", "work_identifiers": [], "stage": "read", "percent": 100}
    file = as_file(read_states=[record | {"read_at": "2026-01-02T03:04:05+00:00"}])
    bring_in(file, reader)
    (line,) = log(reader, work)
    assert (line.action, line.at) == ("finished", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert state(reader, work) == stages.fold([line])
    assert not bring_in(file, reader).is_new


# --------------------------------------------------------------------- matching


def moved(user: User, change: Any) -> io.BytesIO:
    """The person's file, changed."""
    document = document_of(file_of(user))
    change(document)
    return io.BytesIO(json.dumps(document).encode())


def test_a_work_is_found_by_its_identifiers_whatever_it_is_called_here(reader: User, teammate: User) -> None:
    work = make_entry("ZeRO")
    work.identifiers.create(key="arxiv:1910.02054")
    stages.finish(work, user=teammate, now=NOW)
    file = moved(teammate, lambda document: document["read_states"][0].update(work="zero-elsewhere"))
    bring_in(file, reader)
    assert state(reader, work).stage == Stage.READ


def test_a_namesake_with_other_identifiers_is_another_work(reader: User, teammate: User) -> None:
    work = make_entry("ZeRO")
    stages.finish(work, user=teammate, now=NOW)
    file = file_of(teammate)
    other = document_of(file)
    work.identifiers.create(key="arxiv:1910.02054")
    for table in ("read_states", "log"):
        other[table][0]["work_identifiers"] = ["doi:10.1000/another"]
    report = bring_in(io.BytesIO(json.dumps(other).encode()), reader)
    assert not ReadState.objects.of(reader).exists()
    assert (report.left_count, report.named) == (2, ["ZeRO"])


def test_drafts_are_no_place_for_anything(reader: User, teammate: User) -> None:
    work, source = make_entry("ZeRO"), make_source("A blog")
    post = make_post(make_feed(source))
    stages.finish(work, user=teammate, now=NOW)
    follows.follow(source, user=teammate, now=NOW)
    marks.save(post, user=teammate, now=NOW)
    file = file_of(teammate)
    Entry.objects.update(status="draft")
    Source.objects.update(status="draft")
    report = bring_in(file, reader)
    assert report.left_count == 4
    assert not report.is_new


def test_a_source_is_found_by_its_address_and_a_post_by_its_key(reader: User, teammate: User) -> None:
    post = make_post(make_feed(make_source("A blog", slug="a-blog", url="https://blog.example/")))
    follows.follow(post.feed.source, user=teammate, now=NOW)
    marks.save(post, user=teammate, now=NOW)
    file = file_of(teammate)
    Source.objects.filter(slug="a-blog").update(slug="renamed", url="http://www.blog.example")
    Feed.objects.update(url="https://feeds.example/moved.xml")
    Post.objects.update(guid_hash="another")
    report = bring_in(file, reader)
    assert report.left_count == 0
    assert PostState.objects.of(reader).get().post == post
    assert Follow.objects.of(reader).get().source == post.feed.source


def test_who_is_caught_up_to_a_post_that_is_not_here_starts_like_any_new_follower(reader: User, teammate: User) -> None:
    feed = make_feed()
    posts = [make_post(feed) for _number in range(25)]
    follows.follow(feed.source, user=teammate, now=NOW - DAY)
    follows.mute(feed.source, user=teammate, muted=True)
    marks.read_up_to(posts[-1].pk, user=teammate)
    file = moved(teammate, lambda document: document["follows"][0].update(guid_hash="gone", key="guid:gone"))
    bring_in(file, reader)
    follow = Follow.objects.of(reader).get()
    assert (follow.caught_up_to, follow.is_muted, follow.followed_at) == (posts[4].pk, True, NOW - DAY)


def test_what_has_no_place_is_handed_back_and_comes_in_once_there_is_one(reader: User, teammate: User) -> None:
    kept = make_entry("Kept")
    lost = make_entry("Lost")
    for work in (kept, lost):
        stages.finish(work, user=teammate, now=NOW)
    Note.objects.create(author=teammate, entry=lost, text="Do not lose me", created_at=NOW, updated_at=NOW)
    file = file_of(teammate)
    Entry.objects.filter(pk=lost.pk).update(status="draft")
    left = io.BytesIO()
    report = bring_in(file, reader, left=left)
    assert (report.left_count, report.named) == (3, ["Lost"])
    assert state(reader, kept).stage == Stage.READ
    Entry.objects.filter(pk=lost.pk).update(status="live")
    again = bring_in(left.getvalue(), reader)
    assert again.left_count == 0
    assert state(reader, lost).read_at == NOW
    assert reading_of(reader)["notes"] == reading_of(teammate)["notes"]


# ------------------------------------------------------------------ other tables


def test_looking_changes_nothing_and_says_what_bringing_in_does(reader: User, teammate: User) -> None:
    post = make_post()
    marks.save(post, user=teammate, now=NOW)
    stages.finish(make_entry("ZeRO"), user=teammate, now=NOW)
    file, before = file_of(teammate), reading_of(reader)
    looked = bring_in(file, reader, look=True)
    assert reading_of(reader) == before
    assert bring_in(file, reader) == looked


def test_a_note_that_was_edited_elsewhere_comes_beside_the_one_here(reader: User, teammate: User) -> None:
    work = make_entry("ZeRO")
    Note.objects.create(author=teammate, entry=work, text="First", created_at=NOW, updated_at=NOW)
    bring_in(file_of(teammate), reader)
    Note.objects.filter(author=teammate).update(text="Second", is_shared=True)
    report = bring_in(file_of(teammate), reader)
    assert sorted(Note.objects.filter(author=reader).values_list("text", flat=True)) == ["First", "Second"]
    assert report.shared_notes == 1


def test_settings_are_taken_over_unless_that_is_not_wanted(reader: User, teammate: User) -> None:
    User.objects.filter(pk=teammate.pk).update(zone="Asia/Tokyo", weekly_minutes=240, uses_keys=False)
    teammate.refresh_from_db()
    file = file_of(teammate)
    kept = bring_in(file, reader, settings=False)
    reader.refresh_from_db()
    assert (reader.zone, kept.settings) == ("UTC", [])
    report = bring_in(file, reader)
    reader.refresh_from_db()
    assert (reader.zone, reader.weekly_minutes, reader.uses_keys) == ("Asia/Tokyo", 240, False)
    assert (reader.email, reader.name) == ("ada@example.org", "Ada Reader")
    assert ("time zone", "UTC", "Asia/Tokyo") in report.settings


@pytest.mark.parametrize(
    ("name", "value"),
    [("zone", "Mars/Olympus"), ("weekly_minutes", 1), ("weekly_minutes", "180"), ("theme", "sepia"), ("uses_keys", 1)],
)
def test_a_setting_that_is_none_here_is_left(reader: User, name: str, value: Any) -> None:
    before = getattr(reader, name)
    report = bring_in(as_file(settings=[{name: value}]), reader)
    reader.refresh_from_db()
    assert getattr(reader, name) == before
    assert (report.left_count, len(report.named)) == (1, 1)


def test_lists_come_behind_those_that_are_on_the_path(reader: User, teammate: User) -> None:
    lists = [make_list(slug, []) for slug in ("one", "two", "three")]
    paths.choose([lists[2], lists[0]], user=teammate)
    paths.choose([lists[1], lists[0]], user=reader)
    bring_in(file_of(teammate), reader)
    chosen = Path.objects.of(reader).order_by("position").values_list("list__slug", flat=True)
    assert list(chosen) == ["two", "one", "three"]


def test_who_has_chosen_nothing_gets_the_path_of_the_file(reader: User, teammate: User, canon: ReadingList) -> None:
    paths.choose([make_list("other", [])], user=teammate)
    bring_in(file_of(teammate), reader)
    assert [row.list.slug for row in Path.objects.of(reader)] == ["other"]


def meanwhile(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]) -> None:
    """Has another tab do something while a file is read."""
    records = reading.records

    def with_another_tab(file: Any) -> Iterator[tuple[str, int, Any]]:
        yield from records(file)
        do()

    monkeypatch.setattr(reading, "records", with_another_tab)


def test_a_mark_that_another_tab_raises_meanwhile_stays_there(
    reader: User, teammate: User, posts: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    for user, up_to in ((reader, posts[0]), (teammate, posts[1])):
        follows.follow(posts[0].feed.source, user=user, now=NOW)
        marks.read_up_to(up_to.pk, user=user)
    meanwhile(monkeypatch, lambda: marks.read_up_to(posts[3].pk, user=reader))
    bring_in(file_of(teammate), reader)
    assert Follow.objects.of(reader).get().caught_up_to == posts[3].pk


def test_a_source_that_another_tab_follows_meanwhile_is_followed_once(
    reader: User, teammate: User, posts: list[Post], monkeypatch: pytest.MonkeyPatch
) -> None:
    source = posts[0].feed.source
    follows.follow(source, user=teammate, now=NOW)
    meanwhile(monkeypatch, lambda: follows.follow(source, user=reader, now=NOW))
    bring_in(file_of(teammate), reader)
    assert Follow.objects.of(reader).get().source == source


def test_a_setting_that_the_file_has_many_times_is_told_once(reader: User) -> None:
    report = bring_in(as_file(settings=[{"theme": "dark"}, {"theme": "light"}] * 9), reader)
    assert report.settings == [("light or dark", "As the system says", "Light")]
    reader.refresh_from_db()
    assert reader.theme == "light"


def test_two_works_that_are_one_here_make_one_state(reader: User, teammate: User) -> None:
    one, other = make_entry("Preprint"), make_entry("Published")
    stages.finish(one, user=teammate, now=NOW)
    stages.queue(other, user=teammate, now=NOW + DAY)
    one.identifiers.create(key="arxiv:1910.02054")
    file = moved(
        teammate,
        lambda document: [
            each.update(work_identifiers=["arxiv:1910.02054"])
            for table in ("read_states", "log")
            for each in document[table]
        ],
    )
    for _time in range(2):
        bring_in(file, reader)
        assert state(reader, one) == State(Stage.READ, 100, NOW + DAY, None, NOW) == stages.fold(log(reader, one))
    assert len(log(reader, one)) == 3


def test_two_posts_that_are_one_here_make_one_mark(reader: User, teammate: User) -> None:
    post, copy = make_post(), make_post()
    marks.save(post, user=teammate, now=NOW)
    marks.mark_read(copy, user=teammate, now=NOW)
    keys = {"guid_hash": "gone", "key": post.key}
    file = moved(teammate, lambda document: [each.update(keys) for each in document["post_states"]])
    bring_in(file, reader)
    mark = PostState.objects.of(reader).get()
    assert (mark.post, mark.saved_at, mark.read_at) == (post, NOW, NOW)


def test_an_instance_that_lost_everything_gets_it_back(reader: User) -> None:
    work, post = make_entry("ZeRO"), make_post()
    stages.finish(work, user=reader, now=NOW)
    marks.save(post, user=reader, now=NOW)
    follows.follow(post.feed.source, user=reader, now=NOW)
    file, before = file_of(reader), reading_of(reader)
    without(reader)
    assert reading_of(reader) != before
    bring_in(file, reader)
    assert reading_of(reader) == before
