"""Notes: private unless shared, rendered safely, never lost to somebody else."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.reading import notes
from readinglist.reading.models import Note
from tests.fixtures.cast import make_person
from tests.fixtures.threads import at_once
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


def test_a_note_that_is_too_long_is_explained_and_kept(reader_client: Client, entry: Entry) -> None:
    text = "x" * 10_001
    response = reader_client.post(reverse("reading:add_note", args=[entry.slug]), {"text": text, "is_shared": "False"})
    assert response.status_code == 422
    assert "room for 10000 characters; this is 10001" in response.content.decode()
    assert text in response.content.decode()


# ------------------------------------------------------------------- preview


@pytest.mark.parametrize("htmx", [True, False])
def test_a_preview_shows_the_note_and_saves_nothing(reader_client: Client, entry: Entry, *, htmx: bool) -> None:
    data = {"text": "*So* <b>it</b> looks", "is_shared": "True", "do": "preview"}
    headers = {"HX-Request": "true"} if htmx else {}
    response = reader_client.post(reverse("reading:add_note", args=[entry.slug]), data, headers=headers)
    shown = response.content.decode()
    assert response.status_code == 200
    assert "<em>So</em> &lt;b&gt;it&lt;/b&gt; looks" in shown
    assert ("<html" in shown) is not htmx
    if not htmx:
        assert "*So* &lt;b&gt;it&lt;/b&gt; looks</textarea>" in shown
        assert re.search(r'value="True"[^>]*checked', shown)
    assert not Note.objects.exists()


@pytest.mark.parametrize("htmx", [True, False])
def test_a_preview_of_nothing_says_so(reader_client: Client, entry: Entry, *, htmx: bool) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    address = reverse("reading:add_note", args=[entry.slug])
    response = reader_client.post(address, {"text": " ", "is_shared": "False", "do": "preview"}, headers=headers)
    assert "The note is empty" in response.content.decode()
    assert response.status_code == (200 if htmx else 422)


def test_a_changed_note_can_be_looked_at_before(reader: User, reader_client: Client, entry: Entry) -> None:
    note = make_note(reader, entry)
    data = {"text": "**20** bytes", "is_shared": "False", "do": "preview", "seen": notes.edition(note)}
    shown = reader_client.post(reverse("reading:edit_note", args=[entry.slug, note.pk]), data).content.decode()
    assert "<strong>20</strong> bytes" in shown
    assert f'name="seen" value="{notes.edition(note)}"' in shown.replace("&#x27;", "'")
    assert Note.objects.get().text == "16 bytes"


# ------------------------------------------------------- twice, and elsewhere


def test_a_double_click_makes_one_note(reader_client: Client, entry: Entry) -> None:
    address = reverse("reading:add_note", args=[entry.slug])
    answers = [reader_client.post(address, {"text": "Once", "is_shared": "False"}, follow=True) for _ in range(2)]
    assert "Your note is saved." in answers[0].content.decode()
    assert "This note is saved already." in answers[1].content.decode()
    assert Note.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_add_the_same_note_at_once_make_one() -> None:
    user, work = make_person("ada@example.org", "Ada"), make_entry("ZeRO")

    def add() -> bool:
        return notes.add(work, "Once", is_shared=False, user=user, now=NOW).is_new

    assert sorted(at_once(add, add)) == [False, True]
    assert Note.objects.count() == 1


def test_what_another_tab_has_changed_is_not_written_over(reader: User, reader_client: Client, entry: Entry) -> None:
    note = make_note(reader, entry)
    address = reverse("reading:edit_note", args=[entry.slug, note.pk])
    seen = notes.edition(note)
    reader_client.post(address, {"text": "20 *bytes*", "is_shared": "False", "seen": seen})
    stale = reader_client.post(address, {"text": "24 bytes", "is_shared": "True", "seen": seen})
    shown = stale.content.decode()
    assert stale.status_code == 409
    assert "20 <em>bytes</em>" in shown
    assert "24 bytes</textarea>" in shown
    assert Note.objects.get().text == "20 *bytes*"
    again = re.search(r'name="seen" value="([^"]+)"', shown)
    assert again
    reader_client.post(address, {"text": "24 bytes", "is_shared": "True", "seen": again[1]})
    assert (Note.objects.get().text, Note.objects.get().is_shared) == ("24 bytes", True)


def test_saving_the_same_twice_is_saving_it_once(reader: User, reader_client: Client, entry: Entry) -> None:
    note = make_note(reader, entry)
    data = {"text": "20 bytes", "is_shared": "False", "seen": notes.edition(note)}
    address = reverse("reading:edit_note", args=[entry.slug, note.pk])
    assert [reader_client.post(address, data).status_code for _ in range(2)] == [302, 302]


def test_deleting_twice_says_that_it_is_gone(reader: User, reader_client: Client, entry: Entry) -> None:
    address = reverse("reading:delete_note", args=[entry.slug, make_note(reader, entry).pk])
    assert reader_client.post(address).status_code == 302
    second = reader_client.post(address)
    assert second.status_code == 404
    assert "There is no such note of yours" in second.content.decode()


def test_deleting_waits_for_what_another_tab_is_writing(reader: User, entry: Entry) -> None:
    note = make_note(reader, entry)
    with CaptureQueriesContext(connection) as queries:
        notes.delete(note.pk, entry, user=reader)
    statements = [query["sql"] for query in queries if not query["sql"].startswith("SAVEPOINT")]
    assert statements[0].endswith("FOR NO KEY UPDATE")
    assert not Note.objects.exists()


def test_a_preview_is_kept_nowhere(reader_client: Client, entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not saved is nobody's business, the cache's included."""
    monkeypatch.setattr(notes, "render_all", lambda texts: pytest.fail("kept") if texts else [])
    data = {"text": f"*Not* yet {uuid4()}", "is_shared": "False", "do": "preview"}
    for headers in ({}, {"HX-Request": "true"}):
        answer = reader_client.post(reverse("reading:add_note", args=[entry.slug]), data, headers=headers)
        assert "<em>Not</em> yet" in answer.content.decode()


def test_many_notes_come_in_two_parts(reader: User, reader_client: Client, entry: Entry) -> None:
    for number in range(33):
        make_note(reader, entry, f"note number {number} ends")
    shown = page(reader_client, entry)
    assert "Show 3 older notes" in shown
    assert "note number 2 ends" not in shown
    whole = reader_client.get(entry.get_absolute_url(), {"notes": "all"}).content.decode()
    assert "note number 2 ends" in whole
    assert "older note" not in whole


# ------------------------------------------------------------------ teammates


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
