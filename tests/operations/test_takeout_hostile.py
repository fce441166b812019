"""Files that are none, or that somebody made: refused with words that say what to do, or taken for what they say."""

import io
import json
import zipfile
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.operations.takeout import formats, reading
from readinglist.operations.takeout.checks import RECORDS
from readinglist.operations.takeout.formats import TakeoutError
from readinglist.operations.takeout.tables import TABLES
from readinglist.reading import stages
from readinglist.reading.models import Activity, ReadState
from tests.fixtures.effort import examples
from tests.fixtures.memory import memory_of_at_most
from tests.fixtures.works import make_entry
from tests.operations.takeout import NOW, as_file, bring_in, document_of, file_of, reading_of, without

pytestmark = pytest.mark.django_db

WORK = {"work": "zero", "work_title": "ZeRO", "work_identifiers": []}
STATE = {"stage": "read", "percent": 100, "read_at": "2026-01-02T03:04:05+00:00"}
LINE = WORK | STATE | {"at": "2026-01-02T03:04:05+00:00", "action": "finished"}
POST = {"source": "a", "feed": "https://a.example/feed", "guid_hash": "0" * 64, "key": "guid:1"}
NOTE = WORK | {"text": "A", "is_shared": False, "created_at": LINE["at"], "updated_at": LINE["at"]}


def zipped(content: bytes, name: str = formats.DOCUMENT, packed: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", packed) as archive:
        archive.writestr(name, content)
    return file


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no download of a Readinglist"),
        (b"PK but no archive", "damaged"),
        (b"\x89PNG\r\n", "no UTF-8"),
        (b"[]", "no download of a Readinglist"),
        (b"{}", "no download of a Readinglist"),
        (b'{"kind": "readinglist backup", "format": 1}', "no download of a Readinglist"),
        (b'{"notes": [], "kind": "readinglist person", "format": 1}', "no download of a Readinglist"),
        (b'{"kind": "readinglist person", "format": 2}', "knows 1"),
        (b'{"kind": "readinglist person", "format": 1', "no JSON"),
        (b'{"kind": "readinglist person", "format": 1} and more', "no JSON"),
        (b'{"kind": "readinglist person", "format": 1, "notes": [}', "record 1 of “notes”"),
        (b'{"kind": "readinglist person", "format": 1, "dreams": [1 2]}', "no JSON"),
        (b'{"kind": "readinglist person", "format": 1, "notes": [NaN]}', "record 1 of “notes”"),
        (b'{"kind": "readinglist person", "format": 1, "notes": [], "notes": []}', "“notes” stands twice"),
        (b'{"kind": "readinglist person", "format": 1, "notes": [' + b"[" * 100_000, "record 1 of “notes”"),
        (b'{"kind": "readinglist person", "format": 1, "notes": [' + b"9" * 5_000 + b"]}", "record 1 of “notes”"),
        (b'{"kind": "readinglist person", "format": 1, "notes": ["' + b"x" * 300_000 + b'"]}', "too much at once"),
    ],
)
def test_what_is_no_such_file_is_refused_in_words(reader: User, content: bytes, told: str) -> None:
    with pytest.raises(TakeoutError, match=told):
        bring_in(io.BytesIO(content), reader)


def test_an_archive_without_the_document_is_refused(reader: User) -> None:
    with pytest.raises(TakeoutError, match=r"no “readinglist\.json”"):
        bring_in(zipped(b"{}", "other.json"), reader)


def test_an_archive_that_was_cut_short_is_refused(reader: User) -> None:
    whole = file_of(reader)
    for length in (len(whole) // 3, len(whole) - 10):
        with pytest.raises(TakeoutError, match="damaged"):
            bring_in(whole[:length], reader)


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_an_archive_with_any_wrong_byte_is_read_or_refused(packed: int) -> None:
    whole = zipped(b'{"kind": "readinglist person", "format": 1, "motto": "\xc3\xa9"}', packed=packed).getvalue()
    for place in range(2, len(whole)):
        wrong = bytearray(whole)
        wrong[place] ^= 0xFF
        with suppress(TakeoutError):
            list(reading.records(io.BytesIO(wrong)))


def test_an_archive_with_a_name_that_is_no_text_is_refused() -> None:
    file = zipped(b"{}", "é").getvalue().replace("é".encode(), b"\xff\xfe")
    with pytest.raises(TakeoutError, match="damaged"):
        list(reading.records(io.BytesIO(file)))


def test_an_archive_is_packed_in_the_usual_way() -> None:
    """Others may ask for gigabytes before the first byte is unpacked."""
    with pytest.raises(TakeoutError, match="damaged"):
        list(reading.records(zipped(b'{"kind": "readinglist person", "format": 1}', packed=zipfile.ZIP_LZMA)))


@pytest.mark.parametrize("many", [b'"a": [0, 0, 0, 0, 0, 0, 0, 0]', b'"a": 0, "b": 0, "c": 0, "d": 0, "e": 0, "f": 0'])
def test_more_lines_than_a_file_may_hold_are_refused_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch, many: bytes
) -> None:
    monkeypatch.setattr(formats, "MAX_VALUES", 10)
    with pytest.raises(TakeoutError, match="more than 10 lines"):
        list(reading.records(io.BytesIO(b'{"kind": "readinglist person", "format": 1, ' + many + b"}")))


def test_an_archive_that_unpacks_without_end_is_refused_before_it_fills_the_memory(reader: User) -> None:
    head = b'{"kind": "readinglist person", "format": 1, "notes": [1'
    bomb = zipped(head + b" " * 5_000_000 + b"]}")
    assert len(bomb.getvalue()) < 10_000
    with pytest.MonkeyPatch.context() as patch, memory_of_at_most(3_000_000):
        patch.setattr(formats, "MAX_DOCUMENT_BYTES", 1_000_000)
        with pytest.raises(TakeoutError, match="unpacks to more than 1 MB"):
            list(reading.records(bomb))


@pytest.mark.parametrize(
    ("table", "record", "told"),
    [
        ("read_states", 1, "record 2 of “read_states” is no object"),
        ("read_states", {**STATE}, "“work” of record 2 of “read_states” is no text"),
        ("read_states", WORK | STATE | {"percent": 101}, "whole number from 0 to 100"),
        ("read_states", WORK | STATE | {"percent": True}, "whole number from 0 to 100"),
        ("read_states", WORK | STATE | {"percent": 1e300}, "whole number from 0 to 100"),
        ("read_states", WORK | STATE | {"stage": "lost"}, "is none of"),
        ("read_states", WORK | STATE | {"stage": ["read"]}, "is none of"),
        ("read_states", WORK | STATE | {"stage": ""}, "cannot be together"),
        ("read_states", WORK | STATE | {"read_at": None}, "cannot be together"),
        ("read_states", WORK | STATE | {"stage": "skipped"}, "cannot be together"),
        ("read_states", WORK | STATE | {"started_at": "2026-02-02T00:00:00+00:00"}, "cannot be together"),
        ("read_states", WORK | STATE | {"page": 3, "pages": 2}, "cannot be together"),
        ("read_states", WORK | STATE | {"read_at": "yesterday"}, "no time like"),
        ("read_states", WORK | STATE | {"read_at": "2026-01-02T03:04:05"}, "offset from UTC"),
        ("read_states", WORK | STATE | {"read_at": "9999-12-31T23:59:59-23:59"}, "1970 to 2200"),
        ("read_states", WORK | STATE | {"read_at": "0001-01-01T00:00:00+23:59"}, "1970 to 2200"),
        ("read_states", WORK | STATE | {"work_identifiers": "arxiv:1"}, "no list of texts"),
        ("read_states", WORK | STATE | {"work_identifiers": ["a"] * 51}, "no list of texts"),
        ("read_states", WORK | STATE | {"work": "a\0b"}, "a character that is none"),
        ("read_states", WORK | STATE | {"work": "\ud800"}, "a character that is none"),
        ("log", LINE | {"action": "hacked"}, "is none of"),
        ("log", LINE | {"minutes": -1}, "whole number"),
        ("log", LINE | {"minutes": 2**31}, "whole number"),
        ("log", LINE | POST, "about no work, post or source, or about two"),
        ("log", LINE | {"work": None}, "about no work, post or source"),
        ("log", LINE | POST | {"work": None}, "only works have"),
        ("notes", NOTE | {"text": "x" * 20_000}, "longer than"),
        ("notes", NOTE | {"is_shared": "yes"}, "neither true nor false"),
        ("follows", {"source": None}, "is no text"),
        ("post_states", POST | {"guid_hash": None}, "which post it is about"),
        ("post_states", POST | {"read_at": LINE["at"], "unread_from": LINE["at"]}, "both read and unread"),
        ("path", {"list": 1}, "is no text"),
        ("settings", {"zone": ["UTC"]}, "is no text"),
        ("settings", {"weekly_minutes": 10**30}, "whole number"),
    ],
)
def test_a_record_that_cannot_be_is_named_and_nothing_comes_in(
    reader: User, table: str, record: Any, told: str
) -> None:
    make_entry("ZeRO")
    good = {
        "read_states": WORK | STATE,
        "log": LINE,
        "notes": NOTE,
        "follows": POST | {"followed_at": LINE["at"], "is_muted": False},
        "post_states": POST,
        "path": {"list": "canon", "title": ""},
        "settings": {"zone": "UTC"},
    }
    before = reading_of(reader)
    with pytest.raises(TakeoutError, match=told):
        bring_in(as_file(**{table: [good[table], record]}), reader)
    assert reading_of(reader) == before


def test_what_a_later_program_might_write_is_passed_over(reader: User) -> None:
    make_entry("ZeRO")
    file = as_file(read_states=[WORK | STATE | {"mood": "good"}], dreams=[{"of": "sheep"}], motto="Read on")
    bring_in(file, reader)
    assert ReadState.objects.of(reader).get().stage == "read"


def test_a_document_may_be_set_out_differently(reader: User, teammate: User) -> None:
    """By a person's editor: with a mark of UTF-8, over many lines, its pieces cut anywhere."""
    for number in range(30):
        stages.finish(make_entry(f"Wörk ☃ {number}"), user=teammate, now=NOW)
    document = document_of(file_of(teammate))
    file = io.BytesIO(b"\xef\xbb\xbf" + json.dumps(document, indent=4).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "CHUNK_CHARACTERS", 7)
        bring_in(file, reader)
    assert reading_of(reader) == reading_of(teammate)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
columns = sorted({column for record in RECORDS.values() for column in record})
likely = st.sampled_from([*LINE.values(), *POST.values(), "queued", "reading", "skipped", "", 0, 7, "UTC"])
records = st.dictionaries(st.sampled_from(columns), likely | anything, max_size=30)
mended = records.map(lambda changes: LINE | NOTE | changes)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from([table.name for table in TABLES]), st.lists(mended | records | anything, max_size=3)
    )
)
def test_whatever_stands_in_a_document_it_comes_in_or_is_refused(reader: User, tables: dict[str, Any]) -> None:
    without(reader)
    Entry.objects.get_or_create(slug="zero", defaults={"title": "ZeRO", "kind": "paper"})
    with suppress(TakeoutError):
        bring_in(as_file(**tables), reader)
    for state in ReadState.objects.of(reader):
        log = list(Activity.objects.of(reader).filter(entry=state.entry_id))
        assert stages.state_of(state) == stages.fold(log)


@settings(max_examples=examples(60), deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode), st.booleans())
def test_whatever_bytes_come_they_are_read_or_refused(content: bytes, is_archive: bool) -> None:
    with suppress(TakeoutError):
        list(reading.records(zipped(content) if is_archive else io.BytesIO(content)))
