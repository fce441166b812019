"""The file of a backup: written whole or not at all, and every kind of damage is seen before anything is touched."""

import fcntl
import hashlib
import io
import json
import re
import resource
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.backends.utils import CursorWrapper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker

from readinglist.operations.backup import archive, backing_up, fingerprints
from readinglist.operations.backup.errors import BackupError
from tests.fixtures.effort import examples
from tests.operations import instances
from tests.operations.conftest import BackedUp

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def instance(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a database that all tests here share: what they refuse does not change it."""
    with django_db_blocker.unblock(), instances.own_database() as name:
        yield name


def alter(source: Path, target: Path, change: Callable[[Manifest], object], script: Callable[[bytes], bytes]) -> None:
    """A copy with another manifest and script, as somebody could make it who knows the format."""
    with zipfile.ZipFile(source) as backup:
        manifest, text = json.loads(backup.read("manifest.json")), script(backup.read("database.sql"))
    manifest["script"] = {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    change(manifest)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as altered:
        altered.writestr("database.sql", text)
        altered.writestr("manifest.json", json.dumps(manifest))


def refusal(path: Path) -> str:
    """Why a file is not restored; the database stays as it is."""
    before = instances.every_row()
    with pytest.raises(CommandError) as refused:
        call_command("restore", str(path), "--replace", "--no-input", stdout=io.StringIO())
    assert instances.every_row() == before
    return str(refused.value)


@pytest.mark.parametrize(
    "damage",
    [lambda raw: b"", lambda raw: b"CREATE TABLE x ();\n" * 100, lambda raw: raw[:-30]],
    ids=["empty", "a script", "without its end"],
)
def test_a_damaged_file_is_refused_and_nothing_touched(
    backed_up: BackedUp, instance: str, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "damaged.zip"
    path.write_bytes(damage(backed_up.path.read_bytes()))
    assert "is no backup of Readinglist" in refusal(path)


@given(st.data())
@settings(max_examples=examples(60))
def test_whatever_is_cut_or_changed_is_seen(backed_up: BackedUp, data: st.DataObject) -> None:
    """A changed bit may stand where it means nothing, as in a date of the zip format; then the backup is as it was."""
    raw = bytearray(backed_up.path.read_bytes())
    with archive.opened(backed_up.path) as whole:
        expected = whole.contents
    # Most of the file is the script: its ends, where the format's own records are, are as interesting.
    places = st.integers(0, 200) | st.integers(len(raw) - 400, len(raw) - 1) | st.integers(0, len(raw) - 1)
    if data.draw(st.booleans(), label="cut"):
        del raw[data.draw(places) :]
    else:
        raw[data.draw(places)] ^= 1 << data.draw(st.integers(0, 7))
    path = backed_up.path.with_name("changed.zip")
    path.write_bytes(raw)
    with suppress(BackupError), archive.opened(path) as backup:
        assert backup.contents == expected


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda manifest: manifest.update(kind="something"), "manifest .* is damaged"),
        (lambda manifest: manifest.update(format=2), "the format 2, and this program knows 1"),
        (lambda manifest: manifest.update(made_at="yesterday"), "manifest .* is damaged"),
        (lambda manifest: manifest.update(tables=[]), "manifest .* is damaged"),
        (lambda manifest: manifest["tables"].update(accounts_user={"rows": 1}), "manifest .* is damaged"),
        (lambda manifest: manifest["tables"]["accounts_user"].update(checksum="0; DROP"), "manifest .* is damaged"),
        (lambda manifest: manifest["script"].update(sha256="0" * 64), "damaged or changed"),
        (
            lambda manifest: manifest["migrations"].append(["reading", "0099_of_tomorrow"]),
            "knows what this one, .*, does not .reading.0099_of_tomorrow.: update the program",
        ),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused_and_nothing_touched(
    backed_up: BackedUp, instance: str, tmp_path: Path, change: Callable[[Manifest], object], said: str
) -> None:
    path = tmp_path / "altered.zip"
    alter(backed_up.path, path, change, lambda script: script)
    assert re.search(said, refusal(path))


def test_other_archives_are_refused(backed_up: BackedUp, instance: str, tmp_path: Path) -> None:
    path = tmp_path / "other.zip"
    path.write_bytes(backed_up.path.read_bytes())
    with zipfile.ZipFile(path, "a") as other:
        other.writestr("../../etc/cron.d/x", "no")
    assert "is no backup" in refusal(path)
    assert "cannot be read: No such file" in refusal(tmp_path / "absent.zip")
    assert "cannot be read: Is a directory" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("change", "script", "said"),
    [
        pytest.param(
            lambda manifest: manifest["tables"]["reading_note"].update(rows=3),
            lambda script: script,
            r"not what the backup's manifest tells of, in reading_note \(2 rows, 3 expected\); nothing was changed",
            id="a row is missing",
        ),
        pytest.param(
            lambda manifest: None,
            lambda script: script.replace(b"of a former member", b"of a former mumber"),
            r"in reading_note \(2 rows, 2 expected\); nothing was changed",
            id="a row is another",
        ),
        pytest.param(
            lambda manifest: None,
            lambda script: script.replace(b"ADD CONSTRAINT", b"ADD CONSTRANT"),
            "nothing was changed.\nERROR: .*syntax error",
            id="a broken script",
        ),
        pytest.param(
            lambda manifest: None,
            lambda script: script[: script.index(b"COPY public.reading_note")] + b"\n",
            "nothing was changed|not what the backup's manifest",
            id="a script that ends early",
        ),
        pytest.param(
            lambda manifest: None,
            lambda script: script.replace(b"SET row_security = off;", b"\\! touch /tmp/readinglist-was-here"),
            "nothing was changed.\n.*restrict",
            id="a command of psql",
        ),
        pytest.param(
            lambda manifest: None,
            lambda script: b"\\q\n",
            "psql could not restore it; nothing was changed",
            id="a script that ends psql",
        ),
    ],
)
def test_what_goes_wrong_while_restoring_changes_nothing(
    backed_up: BackedUp,
    instance: str,
    tmp_path: Path,
    change: Callable[[Manifest], object],
    script: Callable[[bytes], bytes],
    said: str,
) -> None:
    path = tmp_path / "altered.zip"
    alter(backed_up.path, path, change, script)
    structure = instances.structure()
    assert re.search(said, refusal(path))
    assert instances.structure() == structure
    assert not Path("/tmp/readinglist-was-here").exists()


def backup(path: Path, *options: str) -> str:
    said = io.StringIO()
    call_command("backup", str(path), *options, stdout=said)
    return said.getvalue()


def test_a_backup_is_private_and_replaces_another_only_by_force(instance: str, tmp_path: Path) -> None:
    path = tmp_path / "readinglist.zip"
    report = json.loads(backup(path, "--json"))
    assert report["bytes"] == path.stat().st_size
    assert report["rows"] == sum(map(len, instances.every_row().values()))
    assert path.stat().st_mode & 0o777 == 0o600
    first = path.read_bytes()
    with pytest.raises(CommandError, match=r"exists: .* --force"):
        backup(path)
    assert path.read_bytes() == first
    assert "rows of" in backup(path, "--force")
    assert path.read_bytes() != first
    assert list(tmp_path.iterdir()) == [path]


def test_a_backup_that_fails_leaves_nothing_and_the_old_one(
    instance: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "readinglist.zip"
    path.write_text("the last one")
    with instances.connect(instance) as other, other.transaction():
        other.execute("LOCK TABLE reading_note")
        monkeypatch.setattr(backing_up, "SESSION", "SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(CommandError, match=r"could not be read: .*lock timeout"):
            backup(path, "--force")
    monkeypatch.undo()
    monkeypatch.setattr(backing_up, "DUMP_OPTIONS", ("--table=nowhere",))
    with pytest.raises(CommandError, match=r"pg_dump failed:\n.*no matching tables"):
        backup(path, "--force")
    assert path.read_text() == "the last one"
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(CommandError, match="could not be written: No such file"):
        backup(tmp_path / "nowhere" / "readinglist.zip")


def test_a_disk_that_takes_no_more_leaves_nothing_and_the_old_one(instance: str, tmp_path: Path) -> None:
    path = tmp_path / "readinglist.zip"
    path.write_text("the last one")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        with pytest.raises(CommandError, match="could not be written: File too large"):
            backup(path, "--force")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_text() == "the last one"
    assert list(tmp_path.iterdir()) == [path]


def test_two_backups_do_not_write_one_file_and_a_killed_one_stops_no_other(instance: str, tmp_path: Path) -> None:
    path, part = tmp_path / "readinglist.zip", tmp_path / "readinglist.zip.part"
    part.write_text("what a killed backup has left")
    with part.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match="Another backup is writing"):
            backup(path)
    assert part.exists()
    backup(path)
    assert list(tmp_path.iterdir()) == [path]
    part.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CommandError, match="could not be written"):
        backup(path, "--force")


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(st.tuples(st.integers(-5, 5) | st.none(), words | st.none()), max_size=8), st.randoms())
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_checksum_is_the_sum_over_the_rows_in_any_order(
    instance: str, rows: list[tuple[int | None, str | None]], chance: Random
) -> None:
    def expected(cursor: CursorWrapper) -> int:
        cursor.execute("SELECT ROW(number, word)::text FROM tried")
        hashes = [hashlib.sha256(text.encode()).digest()[:8] for (text,) in cursor.fetchall()]
        return sum(int.from_bytes(hashed, signed=True) for hashed in hashes)

    found = []
    for order in (rows, chance.sample(rows, len(rows))):
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE tried (number int, word text)")
            cursor.executemany("INSERT INTO tried VALUES (%s, %s)", order)
            found.append(fingerprints.take(cursor, "tried", ["number", "word"]))
            assert found[-1] == fingerprints.Fingerprint(len(rows), str(expected(cursor)))
            cursor.execute("DROP TABLE tried")
    assert found[0] == found[1]
