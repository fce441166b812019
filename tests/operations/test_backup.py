"""The restore drill: what was backed up comes back, every row and rule of it, after the database was destroyed."""

import io
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection

from accounts.models import User
from readinglist.catalog.models import Category, Entry, PostText
from readinglist.embedded_processes import wait_until
from readinglist.operations.backup import clients, restoring
from readinglist.operations.backup.errors import BackupError
from readinglist.reading import search
from readinglist.reading.models import Activity, Note
from tests.fixtures.cast import make_person
from tests.operations import instances
from tests.operations.conftest import BackedUp

MATTERS = {
    *("accounts_user", "accounts_signinlink", "django_session", "curation_shipped"),
    *("catalog_entry", "catalog_historicalentry", "catalog_post", "catalog_posttext", "feeds_feedstate", "feeds_fetch"),
    *("reading_readstate", "reading_activity", "reading_note", "reading_follow", "reading_poststate"),
    "reminders_reminder",
}


def restore(path: Path, *options: str) -> str:
    """What the command says."""
    said = io.StringIO()
    call_command("restore", str(path), *options, stdout=said)
    return said.getvalue()


def drop_the_schema() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def test_the_drill_has_something_to_lose(backed_up: BackedUp) -> None:
    assert {name for name in MATTERS if not backed_up.rows[name]} == set()
    assert all(backed_up.structure.values())


def test_every_row_and_rule_comes_back_into_an_instance_just_set_up(backed_up: BackedUp, new_instance: str) -> None:
    call_command("loadcatalog", verbosity=0)
    restore(backed_up.path)
    assert instances.every_row() == backed_up.rows
    assert instances.structure() == backed_up.structure


def test_a_database_that_was_dropped_comes_back_alive(backed_up: BackedUp, nothing: str) -> None:
    restore(backed_up.path)
    assert instances.every_row() == backed_up.rows
    assert instances.structure() == backed_up.structure
    call_command("migrate", check_unapplied=True, verbosity=0)  # exits where something is to do

    ids = set(Note.objects.values_list("pk", flat=True))
    note = Note.objects.create(
        author=User.objects.get(email="ada@example.org"),
        entry=Entry.objects.all()[0],
        text="after the drill",
        created_at=instances.NOW,
        updated_at=instances.NOW,
    )
    assert note.pk > max(ids)
    with pytest.raises(IntegrityError, match="append-only"):
        Activity.objects.update(minutes=1)
    with pytest.raises(IntegrityError, match="slug"):
        Category.objects.create(slug=Category.objects.all()[0].slug, name="Twice", position=99)
    work = Entry.objects.create(slug="naivete", title="Naïveté, measured", kind="paper", url="https://example.org/n")
    assert list(search.entries_with(Entry.objects.all(), "naivete")) == [work]
    assert PostText.objects.filter(search=search.query_of("naivete")).count() == 121


def test_what_people_have_goes_only_when_that_is_meant_and_is_kept(
    backed_up: BackedUp, new_instance: str, tmp_path: Path
) -> None:
    path = tmp_path / "old.zip"
    path.write_bytes(backed_up.path.read_bytes())
    make_person("eve@example.org", "Eve Since")
    before = instances.every_row()
    with pytest.raises(CommandError, match="--replace"):
        restore(path)
    with pytest.raises(CommandError, match="no terminal"):
        restore(path, "--replace")
    assert instances.every_row() == before

    said = restore(path, "--replace", "--no-input")
    assert instances.every_row() == backed_up.rows
    (safety,) = tmp_path.glob("before-restore-*.zip")
    assert str(safety) in said
    restore(safety, "--replace", "--no-input")
    assert instances.every_row() == before


def test_a_backup_is_one_moment_while_others_write(new_instance: str, tmp_path: Path) -> None:
    """Each transaction adds a row to two tables: a backup has as many of one as of the other."""
    is_over = threading.Event()
    written = [0, 0]

    def write(writer: int) -> None:
        with instances.connect(new_instance) as other:
            while not is_over.is_set():
                with other.transaction():
                    other.execute("INSERT INTO django_session VALUES (%s, 'x', now())", [f"{writer}-{written[writer]}"])
                    other.execute("INSERT INTO feeds_hostpause VALUES (%s, now())", [f"{writer}-{written[writer]}"])
                written[writer] += 1

    writers = [threading.Thread(target=write, args=[writer]) for writer in (0, 1)]
    for writer in writers:
        writer.start()
    try:
        assert wait_until(lambda: min(written) > 10, 10)
        call_command("backup", str(tmp_path / "busy.zip"), verbosity=0)
        after = sum(written)
        assert wait_until(lambda: sum(written) > after, 10)
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    drop_the_schema()
    restore(tmp_path / "busy.zip")
    rows = instances.every_row()
    assert 20 < len(rows["django_session"]) == len(rows["feeds_hostpause"]) < sum(written)


def test_an_older_backup_is_brought_to_this_program(new_instance: str, tmp_path: Path) -> None:
    call_command("migrate", "reminders", "zero", verbosity=0)
    make_person("ada@example.org", "Ada Reader")
    call_command("backup", str(tmp_path / "old.zip"), verbosity=0)
    drop_the_schema()
    assert "migrations: 1." in restore(tmp_path / "old.zip")
    assert User.objects.get().email == "ada@example.org"
    call_command("migrate", check_unapplied=True, verbosity=0)
    assert "reminders_reminder" in instances.every_row()


def test_nothing_is_restored_under_a_program_that_is_at_work(
    backed_up: BackedUp, new_instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = instances.every_row()
    monkeypatch.setattr(restoring, "CLOSING_SECONDS", 0.1)
    with instances.connect(new_instance):
        with pytest.raises(CommandError, match=r"in use .* stop web, worker, beat"):
            restore(backed_up.path)
    assert instances.every_row() == before


def test_an_interrupted_restore_changes_nothing(
    backed_up: BackedUp, new_instance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = instances.every_row()

    def interrupted(script: Iterator[bytes], *, server: int) -> Iterator[bytes]:
        yield next(script)
        raise KeyboardInterrupt

    monkeypatch.setattr(restoring, "_understood", interrupted)
    with pytest.raises(KeyboardInterrupt):
        restore(backed_up.path)
    assert instances.every_row() == before


def test_the_tables_of_another_program_are_left_alone(backed_up: BackedUp, nothing: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE precious (id int); INSERT INTO precious VALUES (1)")
    for options in ([], ["--replace", "--no-input"]):
        with pytest.raises(CommandError, match="another program"):
            restore(backed_up.path, *options)
    assert instances.every_row() == {"precious": ["(1)"]}
    with pytest.raises(CommandError, match="nothing to back up"):
        call_command("backup", str(backed_up.path.with_name("none.zip")))


def test_passwords_are_not_among_the_arguments(new_instance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PASSWORD", "tell nobody")
    found = clients.suiting(connection)
    assert "tell nobody" not in " ".join(found.arguments)
    assert found.environment["PGPASSWORD"] == "tell nobody"


def test_a_newer_server_asks_for_newer_programs(new_instance: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "server_version", lambda database: 99)
    with pytest.raises(BackupError, match="of PostgreSQL 99 or later"):
        clients.suiting(connection)
