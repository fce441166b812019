"""Everything about one person as a file: all of it, theirs alone, and nothing that lets anybody in."""

import io
import zipfile
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db import connection, models
from django.db.models import ManyToManyField
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.models import AuditRecord, Invitation, SignInLink, User
from readinglist.catalog.models import ReadingList
from readinglist.curation.models import Suggestion
from readinglist.operations.takeout import account_rows, formats, tables, writing
from readinglist.reading import follows, marks, paths, stages
from readinglist.reading.models import Note
from readinglist.reminders.models import Reminder
from readinglist.week import leaving
from readinglist.week.models import Duty
from tests.fixtures.cast import make_person
from tests.fixtures.memory import memory_of_at_most
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry, make_list
from tests.operations.takeout import NOW, document_of, file_of, table_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(canon: ReadingList) -> User:
    """A reader who has some of everything."""
    ada = make_person("ada@example.org", "Ada Reader")
    work = make_entry("ZeRO")
    work.identifiers.create(key="arxiv:1910.02054")
    stages.start(work, user=ada, now=NOW)
    stages.set_percent(work, 40, user=ada, now=NOW + timedelta(minutes=10))
    for text, is_shared in (("=HYPERLINK(1)", False), ("Shared: „gut“ ☃", True)):
        Note.objects.create(author=ada, entry=work, text=text, is_shared=is_shared, created_at=NOW, updated_at=NOW)
    feed = make_feed(make_source("A blog"))
    posts = [make_post(feed, f"Post {number}") for number in range(30)]
    follows.follow(feed.source, user=ada, now=NOW)
    marks.save(posts[3], user=ada, now=NOW)
    follows.look(make_source("A venue", kind="venue"), user=ada, now=NOW)
    paths.choose([make_list("second", [[work]]), canon], user=ada)
    Suggestion.objects.create(person=ada, key="url:x", url="https://x.example/", title="A find", made_at=NOW)
    Duty.objects.create(slug="arxiv", what="Look at arXiv", weekday=0, person=ada)
    Reminder.objects.create(
        user=ada, week=NOW.date() - timedelta(days=4), state="sent", claimed_at=NOW, sent_at=NOW, message_id="<1@x>"
    )
    return ada


def test_what_somebody_reads_and_writes_stands_in_the_document(ada: User) -> None:
    document = document_of(file_of(ada))
    assert (document["kind"], document["format"]) == ("readinglist person", 1)
    assert document["account"] == [
        {
            "email": "ada@example.org",
            "name": "Ada Reader",
            "role": "reader",
            "joined_at": ada.date_joined.isoformat(),
            "last_signed_in_at": None,
            "welcomed_at": ada.welcomed_at and ada.welcomed_at.isoformat(),
        }
    ]
    (state,) = document["read_states"]
    assert (state["work"], state["work_identifiers"], state["stage"], state["percent"]) == (
        "zero",
        ["arxiv:1910.02054"],
        "reading",
        40,
    )
    assert [line["action"] for line in document["log"]] == ["started", "progressed", "looked"]
    assert document["log"][2]["source_name"] == "A venue"
    assert [note["text"] for note in document["notes"]] == ["=HYPERLINK(1)", "Shared: „gut“ ☃"]
    (follow,) = document["follows"]
    assert (follow["source_name"], follow["title"]) == ("A blog", "Post 9"), "the newest twenty are unread"
    (mark,) = document["post_states"]
    assert (mark["title"], mark["saved_at"], mark["read_at"]) == ("Post 3", NOW.isoformat(), None)
    assert [row["list"] for row in document["path"]] == ["second", "canon"]
    assert [row["title"] for row in document["suggestions"]] == ["A find"]
    assert [row["what"] for row in document["duties"]] == ["Look at arXiv"]
    assert [row["state"] for row in document["reminders"]] == ["sent"]


def test_each_table_stands_there_once_more_for_a_spreadsheet_and_none_of_its_cells_is_a_formula(ada: User) -> None:
    file = file_of(ada)
    document = document_of(file)
    for table in tables.TABLES:
        assert len(table_of(file, table.name)) == len(document[table.name])
    assert [row["text"] for row in table_of(file, "notes")] == ["'=HYPERLINK(1)", "Shared: „gut“ ☃"]
    assert table_of(file, "read_states")[0]["work_identifiers"] == "arxiv:1910.02054"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_is_no_formula_however_it_begins(begin: str) -> None:
    assert formats.as_cell(f"{begin}1+1").startswith("'")


def test_a_read_me_tells_of_every_table(ada: User) -> None:
    with zipfile.ZipFile(io.BytesIO(file_of(ada))) as archive:
        assert archive.testzip() is None
        told = archive.read(formats.README).decode()
    for table in tables.TABLES:
        assert f"{table.name} (" in told
    assert "2026" in told


# ------------------------------------------------------------- nobody else's


def test_nothing_of_others_is_in_it(ada: User) -> None:
    """The cast does the same on the same things, and signs it."""
    entry = make_entry("On everybody's desk")
    post = make_post(make_feed(make_source("Read by all")))
    names = {"teammate": "Ben Byname", "curator": "Cleo Byname", "admin": "Dana Byname"}
    for role, name in names.items():
        other = make_person(f"{role}@byname.example", name, role="reader" if role == "teammate" else role)
        stages.queue(entry, user=other, now=NOW)
        marks.save(post, user=other, now=NOW)
        follows.follow(post.feed.source, user=other, now=NOW)
        for is_shared in (False, True):
            Note.objects.create(
                author=other, entry=entry, text=f"byname {name}", is_shared=is_shared, created_at=NOW, updated_at=NOW
            )
        for person in (ada, other):
            audit.record(AuditRecord.Action.ROLE, actor=other, person=person, now=NOW, before="reader", after="reader")
        leaving.hand_over(ada, {Duty.objects.get(slug="arxiv").pk: other}, by=other, now=NOW)
        Duty.objects.update(person=ada)
    stages.finish(entry, user=ada, now=NOW)
    marks.mark_read(post, user=ada, now=NOW)
    with zipfile.ZipFile(io.BytesIO(file_of(ada))) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert "byname" not in whole.lower()
    assert "On everybody's desk" in whole
    document = document_of(file_of(ada))
    assert [line["by"] for line in document["audit"]] == ["an admin"] * 6
    assert {"duties": ["Look at arXiv"]} in [line["details"] for line in document["audit"]]
    assert len(document["read_states"]) == 2


def test_nothing_that_lets_anybody_in_is_in_it(ada: User) -> None:
    _link, token = SignInLink.make(ada, now=NOW)
    secrets = [token, SignInLink.objects.get().token_hash, SignInLink.objects.get().fingerprint, ada.password]
    Authenticator.objects.create(user=ada, type="totp", data={"secret": "totpsecret"})
    Authenticator.objects.create(user=ada, type="recovery_codes", data={"seed": "recoveryseed"})
    Authenticator.objects.create(user=ada, type="webauthn", data={"name": "My phone", "credential": "credentialdata"})
    SocialAccount.objects.create(user=ada, provider="github", uid="ada-42", extra_data={"token": "providertoken"})
    UserSession.objects.create(user=ada, ip="192.0.2.7", session_key="sessionkey", user_agent="Firefox")
    Invitation.objects.create(
        email="ada@example.org",
        token_hash="invitationhash",
        created_at=NOW,
        expires_at=NOW + timedelta(days=1),
        accepted_at=NOW,
        accepted_by=ada,
    )
    secrets += ["totpsecret", "recoveryseed", "credentialdata", "providertoken", "sessionkey", "invitationhash"]
    with zipfile.ZipFile(io.BytesIO(file_of(ada))) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert [secret for secret in secrets if secret in whole] == []
    document = document_of(file_of(ada))
    assert [(row["kind"], row["name"]) for row in document["second_factors"]] == [
        ("totp", ""),
        ("recovery_codes", ""),
        ("webauthn", "My phone"),
    ]
    assert document["connected_accounts"][0]["identity"] == "ada-42"
    assert document["sessions"][0]["ip"] == "192.0.2.7"
    assert len(document["sign_in_links"]) == len(document["invitations"]) == 1


# ----------------------------------------------------------------- all of it


def columns_that_name_people() -> set[str]:
    """Every column of the database that leads to a person, as the tables call them."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            is_column = isinstance(field, models.ForeignKey) and not isinstance(field, ManyToManyField)
            if is_column and field.related_model is User:
                found.add(f"{model._meta.app_label}.{model._meta.object_name}.{field.name}")
    return found


def test_every_column_that_names_a_person_is_in_the_file_or_left_out_for_a_reason() -> None:
    covered = {column for table in tables.TABLES for column in table.covers}
    named = {column for column in columns_that_name_people() if not column.endswith(f".{tables.LEFT_OUT_OF_HISTORY}")}
    assert covered | set(tables.LEFT_OUT) == named
    assert not covered & set(tables.LEFT_OUT)


def test_every_column_about_a_person_is_in_the_file_or_left_out_for_a_reason() -> None:
    told = {*account_rows.SETTINGS, *account_rows.ACCOUNT.values()} - {"role"}
    columns = {field.name for field in User._meta.concrete_fields}
    assert told | set(tables.LEFT_OUT_OF_USER) == columns
    assert not told & set(tables.LEFT_OUT_OF_USER)


# -------------------------------------------------------------------- bounds


def test_a_thousand_times_the_marks_take_no_more_queries_and_hardly_more_memory(ada: User) -> None:
    def write() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            writing.write(io.BytesIO(), ada, now=NOW)
        return len(queries)

    feed = make_feed()
    before = write()
    _mark(ada, feed.pk, count=2_500)
    with memory_of_at_most(8_000_000):
        assert write() == before
    document = document_of(file_of(ada))
    assert len(document["post_states"]) == 2_501


def _mark(user: User, feed: int, *, count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH posts AS (INSERT INTO catalog_post"
            " (feed_id, guid_hash, key, is_backlog, url, title, body, content_hash, first_seen_at)"
            " SELECT %s, md5(n::text), 'guid:' || n, false, 'https://example.org/' || n, 'Post ' || n, '', '', now()"
            " FROM generate_series(1, %s) AS n RETURNING id)"
            " INSERT INTO reading_poststate (user_id, post_id, read_at) SELECT %s, id, now() FROM posts",
            [feed, count, user.pk],
        )
