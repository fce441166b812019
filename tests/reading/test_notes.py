"""Notes: private unless shared, rendered safely, never lost to somebody else."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import notes
from readinglist.reading.models import Note
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def entry(db: None) -> Entry:
    return make_entry("ZeRO")


def make_note(author: User, entry: Entry, text: str = "16 bytes", *, is_shared: bool = False) -> Note:
    return Note.objects.create(
        author=author, entry=entry, text=text, is_shared=is_shared, created_at=NOW, updated_at=NOW
    )


def page(client: Client, entry: Entry) -> str:
    return client.get(entry.get_absolute_url()).content.decode()


def test_a_private_note_is_seen_by_nobody_else(
    reader: User, reader_client: Client, teammate_client: Client, admin_client: Client, entry: Entry
) -> None:
    reader_client.post(reverse("reading:add_note", args=[entry.slug]), {"text": "My secret", "is_shared": "False"})
    assert "My secret" in page(reader_client, entry)
    assert "My secret" not in page(teammate_client, entry)
    assert "My secret" not in page(admin_client, entry)


def test_a_shared_note_is_seen_by_the_team_under_its_name(
    reader_client: Client, teammate_client: Client, entry: Entry
) -> None:
    reader_client.post(reverse("reading:add_note", args=[entry.slug]), {"text": "*Read* §5", "is_shared": "True"})
    assert "<em>Read</em> §5" in page(teammate_client, entry)
    assert "Ada Reader" in page(teammate_client, entry)


def test_an_empty_note_is_explained(reader_client: Client, entry: Entry) -> None:
    response = reader_client.post(reverse("reading:add_note", args=[entry.slug]), {"text": " ", "is_shared": "False"})
    assert response.status_code == 422
    assert "The note is empty" in response.content.decode()


def test_ones_own_note_can_be_changed_and_deleted(reader: User, reader_client: Client, entry: Entry) -> None:
    note = make_note(reader, entry)
    address = reverse("reading:edit_note", args=[entry.slug, note.pk])
    assert "16 bytes" in reader_client.get(address).content.decode()
    reader_client.post(address, {"text": "20 bytes", "is_shared": "False"})
    assert "20 bytes" in page(reader_client, entry)
    reader_client.post(reverse("reading:delete_note", args=[entry.slug, note.pk]))
    assert not Note.objects.exists()


@pytest.mark.parametrize("is_shared", [True, False])
def test_a_teammates_note_cannot_be_changed(
    reader: User, teammate_client: Client, entry: Entry, *, is_shared: bool
) -> None:
    note = make_note(reader, entry, is_shared=is_shared)
    for name in ("edit_note", "delete_note"):
        response = teammate_client.post(reverse(f"reading:{name}", args=[entry.slug, note.pk]), {"text": "x"})
        assert response.status_code == 404
    assert Note.objects.get().text == "16 bytes"


def test_who_leaves_takes_private_notes_along_and_leaves_shared_ones(
    reader: User, teammate_client: Client, entry: Entry
) -> None:
    make_note(reader, entry, "private words")
    make_note(reader, entry, "shared words", is_shared=True)
    reader.delete()
    assert [note.text for note in Note.objects.all()] == ["shared words"]
    assert "A former member" in page(teammate_client, entry)


def test_the_database_refuses_a_private_note_of_nobody(entry: Entry) -> None:
    with pytest.raises(IntegrityError, match="note_without_author_is_shared"), transaction.atomic():
        Note.objects.create(entry=entry, text="x", created_at=NOW, updated_at=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "![x](https://tracker.example/pixel.png)",
        '<a href="https://example.org" onclick="x()">x</a>',
        "<style>*{display:none}</style>",
    ],
)
def test_hostile_markdown_is_disarmed(text: str) -> None:
    tags = " ".join(re.findall(r"<[^>]*>", notes.render(text)))
    for danger in ("script", "img", "style", "onclick", "onerror"):
        assert danger not in tags


def test_a_note_is_rendered_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"*once* {uuid4()}"
    (first,) = notes.render_all([text])
    monkeypatch.setattr(notes, "render", lambda text: pytest.fail("rendered again"))
    assert notes.render_all([text, text]) == [first, first]


@given(st.text(max_size=400))
def test_no_text_makes_a_tag_that_is_not_allowed(text: str) -> None:
    html = notes.render(text)
    for name in ("script", "style", "img", "iframe", "svg", "form", "input"):
        assert f"<{name}" not in html.lower()
