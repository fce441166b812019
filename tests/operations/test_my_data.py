"""The page "Your data": the download behind a password, a file looked at and brought in, and the same by commands."""

import io
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.operations import uploads
from readinglist.operations.models import Upload
from readinglist.operations.takeout import formats
from readinglist.operations.tasks import forget_uploads
from readinglist.reading import stages
from readinglist.reading.models import Note, ReadState
from tests.fixtures.cast import PASSWORD
from tests.fixtures.works import make_entry
from tests.operations.takeout import NOW, as_file, document_of, file_of, reading_of, without

pytestmark = pytest.mark.django_db

PAGE = reverse("operations:my_data")
UPLOAD = reverse("operations:upload")
IMPORT = reverse("operations:my_upload")


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def file(reader: User) -> bytes:
    """The download of the reader, who then lost all of it but the account."""
    works = [make_entry("ZeRO"), make_entry("Gone here")]
    for work in works:
        stages.finish(work, user=reader, now=NOW)
    Note.objects.create(author=reader, entry=works[0], text="Seen", is_shared=True, created_at=NOW, updated_at=NOW)
    whole = file_of(reader)
    without(reader)
    User.objects.filter(pk=reader.pk).update(zone="Asia/Tokyo")
    Entry.objects.filter(slug="gone-here").update(status="draft")
    return whole


def confirm(client: Client) -> None:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def send(client: Client, content: bytes, name: str = "readinglist.zip") -> Any:
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, content)}, follow=True)


# --------------------------------------------------------------------- download


def test_the_download_comes_once_somebody_has_shown_that_it_is_they(reader: User, reader_client: Client) -> None:
    page = reader_client.get(PAGE).content.decode()
    assert "Show that it is you" in page
    asked = reader_client.post(reverse("operations:download"))
    assert asked["Location"] == f"{reverse('account_reauthenticate')}?next={PAGE.replace('/', '%2F')}"
    back = reader_client.post(asked["Location"], {"password": PASSWORD, "next": PAGE}, follow=True)
    assert back.redirect_chain[-1][0] == PAGE
    assert 'action="/me/data/download/"' in back.content.decode()
    answer = reader_client.post(reverse("operations:download"))
    assert answer["Content-Type"] == "application/zip"
    assert "attachment" in answer["Content-Disposition"]
    whole = b"".join(answer)
    assert document_of(whole)["account"][0]["email"] == reader.email
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None


def test_a_link_alone_downloads_nothing(reader_client: Client) -> None:
    assert reader_client.get(reverse("operations:download")).status_code == 405


def test_downloads_are_limited(reader_client: Client, settings: Any) -> None:
    assert settings.ACCOUNT_RATE_LIMITS["my_data"] == "20/h/user"
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"my_data": "2/h/user"}
    confirm(reader_client)
    for _time in range(2):
        assert reader_client.post(reverse("operations:download")).status_code == 200
    answer = reader_client.post(reverse("operations:download"))
    assert answer.status_code == 429
    assert "try again later" in answer.content.decode()


# ----------------------------------------------------------------------- import


def test_a_file_is_looked_at_before_anything_comes_in(reader: User, reader_client: Client, file: bytes) -> None:
    page = send(reader_client, file).content.decode()
    assert "What the file would bring" in page
    assert "Nothing has changed yet" in page
    assert "One of the new notes is shared" in page
    assert "Gone here" in page
    assert "Asia/Tokyo becomes UTC" in page
    assert not ReadState.objects.of(reader).exists()


def test_then_it_comes_in_once_and_the_file_is_gone(reader: User, reader_client: Client, file: bytes) -> None:
    send(reader_client, file)
    page = reader_client.post(IMPORT, {"settings": "on"}, follow=True).content.decode()
    assert "What the file brought" in page
    assert ReadState.objects.of(reader).get().entry.slug == "zero"
    reader.refresh_from_db()
    assert reader.zone == "UTC"
    assert bytes(Upload.objects.get().content) == b""
    before = reading_of(reader)
    reader_client.post(IMPORT, {"settings": "on"})
    assert reading_of(reader) == before


def test_the_settings_stay_where_the_box_is_not_ticked(reader: User, reader_client: Client, file: bytes) -> None:
    send(reader_client, file)
    reader_client.post(IMPORT)
    reader.refresh_from_db()
    assert reader.zone == "Asia/Tokyo"


def test_what_has_no_place_can_be_downloaded_before_and_after(reader: User, reader_client: Client, file: bytes) -> None:
    assert reader_client.get(reverse("operations:left")).status_code == 404
    send(reader_client, file)
    answer = reader_client.get(reverse("operations:left"))
    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "application/zip",
        'attachment; filename="readinglist-left.zip"',
    )
    before = b"".join(answer)
    reader_client.post(IMPORT)
    after = b"".join(reader_client.get(reverse("operations:left")))
    Entry.objects.update(status="live")
    for left in (before, after):
        send(reader_client, left, "readinglist-left.zip")
    reader_client.post(IMPORT)
    assert set(ReadState.objects.of(reader).values_list("entry__slug", flat=True)) == {"zero", "gone-here"}


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "This file is empty"), (b"hello", "no download of a Readinglist"), (b"PK\3\4", "damaged")],
)
def test_what_is_no_such_file_is_told_at_the_field(reader_client: Client, content: bytes, told: str) -> None:
    answer = send(reader_client, content)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page
    assert 'id="id_file_error"' in page
    assert not Upload.objects.exists()


def test_no_file_and_too_long_a_file_are_told(reader_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Choose a file first" in reader_client.post(UPLOAD).content.decode()
    monkeypatch.setattr(formats, "MAX_FILE_BYTES", 10)
    assert "importperson" in send(reader_client, b"x" * 11).content.decode()


def test_another_file_takes_the_place_of_the_first_and_can_be_left(reader_client: Client, file: bytes) -> None:
    send(reader_client, file)
    send(reader_client, as_file().getvalue())
    page = reader_client.get(IMPORT).content.decode()
    assert "Nothing in it is new" in page
    assert "Bring it in" not in page
    assert "Go on with the file" in reader_client.get(PAGE).content.decode()
    reader_client.post(reverse("operations:forget"))
    assert not Upload.objects.exists()
    assert reader_client.get(IMPORT, follow=True).redirect_chain == [(PAGE, 302)]


def test_pages_do_not_fetch_the_files(reader_client: Client, file: bytes) -> None:
    """They may be long, and all a page tells of them stands in the report."""
    send(reader_client, file)
    for page in (PAGE, IMPORT):
        with CaptureQueriesContext(connection) as queries:
            reader_client.get(page)
        fetching = [query["sql"] for query in queries if '"operations_upload"' in query["sql"]]
        assert fetching
        assert not any('"left"' in sql or '"content"' in sql for sql in fetching)


def test_nobody_sees_the_file_of_another(reader_client: Client, teammate_client: Client, file: bytes) -> None:
    send(reader_client, file)
    assert teammate_client.get(IMPORT).status_code == 302
    assert teammate_client.get(reverse("operations:left")).status_code == 404
    teammate_client.post(IMPORT)
    teammate_client.post(reverse("operations:forget"))
    assert Upload.objects.count() == 1
    assert not ReadState.objects.exists()


def test_files_left_lying_are_forgotten_after_a_day(reader: User, teammate: User) -> None:
    now = timezone.now()
    uploads.keep(as_file(), user=reader, now=now - timedelta(hours=25))
    uploads.keep(as_file(), user=teammate, now=now - timedelta(hours=23))
    forget_uploads()
    assert [upload.user for upload in Upload.objects.all()] == [teammate]


# --------------------------------------------------------------------- commands


def run(*args: object) -> str:
    out = io.StringIO()
    call_command(*(str(arg) for arg in args), stdout=out)
    return out.getvalue()


def test_an_admin_moves_a_person_by_two_commands(reader: User, teammate: User, tmp_path: Path) -> None:
    stages.finish(make_entry("ZeRO"), user=reader, now=NOW)
    path = tmp_path / "ada.zip"
    assert "lines about ada@example.org" in run("exportperson", "Ada@example.org", path)
    assert path.stat().st_mode & 0o777 == 0o600
    wanted = reading_of(reader)
    without(reader)
    assert "Only looked" in run("importperson", path, "--dry-run")
    assert not ReadState.objects.exists()
    assert "It is ada@example.org’s now" in run("importperson", path)
    assert reading_of(reader) == wanted
    run("importperson", path, "--email", teammate.email, "--keep-settings")
    assert ReadState.objects.of(teammate).count() == 1


def test_what_a_command_cannot_do_it_says(reader: User, tmp_path: Path) -> None:
    path = tmp_path / "ada.zip"
    with pytest.raises(CommandError, match="Nobody here has the address eve@"):
        run("exportperson", "eve@example.org", path)
    run("exportperson", reader.email, path)
    with pytest.raises(CommandError, match="--force"):
        run("exportperson", reader.email, path)
    run("exportperson", reader.email, path, "--force")
    with pytest.raises(CommandError, match="No such file"):
        run("importperson", tmp_path / "none.zip")
    (tmp_path / "no.zip").write_bytes(b"PK nothing")
    with pytest.raises(CommandError, match="damaged"):
        run("importperson", tmp_path / "no.zip")
    User.objects.filter(pk=reader.pk).update(email="moved@example.org")
    with pytest.raises(CommandError, match="Invite them first"):
        run("importperson", path)


def test_a_command_brings_in_nothing_before_the_rest_has_a_place(reader: User, file: bytes, tmp_path: Path) -> None:
    path, left = tmp_path / "ada.zip", tmp_path / "left.json"
    path.write_bytes(file)
    with pytest.raises(CommandError, match="--left FILE"):
        run("importperson", path)
    assert not ReadState.objects.exists()
    run("importperson", path, "--left", left)
    assert left.stat().st_mode & 0o777 == 0o600
    assert ReadState.objects.of(reader).count() == 1
    Entry.objects.update(status="live")
    run("importperson", left, "--email", reader.email)
    assert ReadState.objects.of(reader).count() == 2
