"""Leaving for good: what is one's own goes, what was shared stays as a former member's, and nothing names them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from simple_history.utils import update_change_reason

from accounts import audit
from accounts.models import AuditRecord, Invitation, SignInLink, User
from readinglist.catalog.models import Entry
from readinglist.curation.models import Suggestion
from readinglist.operations import uploads
from readinglist.reading import follows, marks, paths, stages, timing
from readinglist.reading.models import Activity, Note, ReadState
from readinglist.reminders.models import Reminder
from readinglist.week.models import Duty
from tests.fixtures.cast import PASSWORD, make_person, signed_in
from tests.fixtures.posts import make_post
from tests.fixtures.works import make_entry, make_list
from tests.operations.takeout import NOW, as_file

pytestmark = pytest.mark.django_db

ADDRESS = reverse("operations:delete")


def confirmed(client: Client) -> Client:
    """The client's person has just typed their password once more."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


# -------------------------------------------------------------------- the page


def test_the_page_says_what_goes_and_what_stays_and_offers_the_download(reader: User, reader_client: Client) -> None:
    work = make_entry()
    Note.objects.create(author=reader, entry=work, text="Mine", is_shared=True, created_at=NOW, updated_at=NOW)
    page = reader_client.get(ADDRESS).content.decode()
    assert "The note that you shared" in page
    assert "a former member" in page
    assert reverse("operations:my_data") in page
    assert User.objects.filter(pk=reader.pk).exists()


@pytest.mark.parametrize("typed", ["", "yes", "ben@example.org"])
def test_who_does_not_type_their_address_stays(reader: User, reader_client: Client, typed: str) -> None:
    answer = confirmed(reader_client).post(ADDRESS, {"email": typed})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.content.decode() or not typed
    assert User.objects.filter(pk=reader.pk).exists()


def test_the_password_is_asked_before_and_then_the_account_goes(reader: User, reader_client: Client) -> None:
    asked = reader_client.post(ADDRESS, {"email": " Ada@example.org"})
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert User.objects.filter(pk=reader.pk).exists()
    wrong = reader_client.post(asked["Location"], {"password": "another", "next": ADDRESS})
    assert wrong.status_code == 200
    assert User.objects.filter(pk=reader.pk).exists()
    done = reader_client.post(asked["Location"], {"password": PASSWORD, "next": ADDRESS}, follow=True)
    assert done.redirect_chain == [(reverse("operations:deleted"), 302)]
    assert "Your account is deleted" in done.content.decode()
    assert not User.objects.filter(pk=reader.pk).exists()


def test_who_has_no_password_shows_who_they_are_by_signing_in(reader: User, reader_client: Client) -> None:
    reader.set_unusable_password()
    reader.save()
    client = signed_in(reader)
    assert "sign out, and in again" in client.get(ADDRESS).content.decode()
    assert "sign out, and in again" in client.post(ADDRESS, {"email": reader.email}).content.decode()
    assert User.objects.filter(pk=reader.pk).exists()
    _signed_in_by_provider(client, reader)
    client.post(ADDRESS, {"email": reader.email})
    assert not User.objects.filter(pk=reader.pk).exists()


def _signed_in_by_provider(client: Client, user: User) -> None:
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "socialaccount", "at": timezone.now().timestamp()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


def test_every_browser_is_signed_out_and_a_mail_says_goodbye(reader: User, reader_client: Client) -> None:
    elsewhere = signed_in(reader)
    link, token = SignInLink.make(reader, now=timezone.now())
    confirmed(reader_client).post(ADDRESS, {"email": reader.email})
    for client in (reader_client, elsewhere):
        assert client.get(reverse("reading:home")).status_code == 302
    assert not SignInLink.objects.filter(pk=link.pk).exists()
    assert elsewhere.get(reverse("accounts:link", args=[token])).status_code == 404
    (message,) = mail.outbox
    assert (message.to, message.subject) == (["ada@example.org"], "Your account at Readinglist is deleted")
    assert "Hello Ada Reader" in str(message.body)


def test_the_last_admin_stays_and_is_told_what_to_do(admin_user: User, admin_client: Client) -> None:
    answer = confirmed(admin_client).post(ADDRESS, {"email": admin_user.email})
    assert answer.status_code == 409
    assert "Make somebody else an admin first" in answer.content.decode()
    assert User.objects.filter(pk=admin_user.pk).exists()
    make_person("eve@example.org", "Eve Admin", role="admin")
    admin_client.post(ADDRESS, {"email": admin_user.email})
    assert not User.objects.filter(pk=admin_user.pk).exists()


# ------------------------------------------------------------------ what is left


def every_row() -> dict[str, list[str]]:
    """All tables as JSON, sorted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [table for (table,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" AS t')
            found[table] = sorted(text for (text,) in cursor.fetchall())
    return found


def without_person(row: str, pk: int) -> dict[str, Any]:
    """A row as it is once the columns that named a person are empty."""
    named = ("author_id", "person_id", "actor_id", "invited_by_id", "accepted_by_id", "history_user_id", "judged_by_id")
    return {name: None if name in named and value == pk else value for name, value in json.loads(row).items()}


@pytest.fixture
def goner(curator: User, admin_user: User) -> User:
    """A curator who has something in every table that there is, among others who have too."""
    goner = make_person("zoe@goner.example", "Zoe Goner", role="curator")
    work, post = make_entry("ZeRO"), make_post()
    paths.choose([make_list("second", [[work]])], user=goner)
    for user in (goner, curator):
        stages.start(work, user=user, now=NOW)
        timing.start(work, user=user, now=NOW)
        marks.save(post, user=user, now=NOW)
        follows.follow(post.feed.source, user=user, now=NOW)
        for is_shared in (False, True):
            Note.objects.create(
                author=user, entry=work, text=f"Note {is_shared}", is_shared=is_shared, created_at=NOW, updated_at=NOW
            )
        Suggestion.objects.create(
            person=user,
            judged_by=user,
            judged_at=NOW,
            state="declined",
            key=f"url:{user.pk}",
            url="https://x.example/",
            title="A find",
            made_at=NOW,
        )
        Duty.objects.create(slug=f"duty-{user.pk}", what="Look", weekday=0, person=user)
        Reminder.objects.create(user=user, week=NOW.date() - timedelta(days=4), state="claimed", claimed_at=NOW,
                                message_id=f"<{user.pk}@x>")  # fmt: skip
        Authenticator.objects.create(user=user, type="totp", data={"secret": "x"})
        SocialAccount.objects.create(user=user, provider="github", uid=str(user.pk), extra_data={"login": user.name})
        SignInLink.make(user, now=timezone.now())
        uploads.keep(as_file(), user=user, now=NOW)
        signed_in(user)
        for actor in (user, admin_user):
            audit.record(AuditRecord.Action.ROLE, actor=actor, person=user, now=NOW)
            content_type = ContentType.objects.get_for_model(User)
            LogEntry.objects.create(
                user=actor, content_type=content_type, object_id=str(user.pk), object_repr=str(user), action_flag=CHANGE
            )
    invited: dict[str, dict[str, Any]] = {
        goner.email: {"accepted_at": NOW, "accepted_by": goner},
        "friend@example.org": {"invited_by": goner},
    }
    for email, fields in invited.items():
        Invitation.objects.create(
            email=email, token_hash=email, created_at=NOW, expires_at=NOW + timedelta(days=14), **fields
        )
    work._history_user = goner  # type: ignore[attr-defined] # django-simple-history looks for it
    work.title = "ZeRO, corrected"
    work.save()
    update_change_reason(work, "by hand")
    assert Entry.history.filter(history_user=goner).exists()
    return goner


def test_no_row_names_who_has_gone_but_the_audit_log_and_nothing_else_changes(goner: User) -> None:
    pk, before = goner.pk, every_row()
    client = confirmed(signed_in(goner))
    for table, rows in every_row().items():
        before[table] = sorted({*before[table], *rows})
    assert client.post(ADDRESS, {"email": goner.email}).status_code == 302
    after = every_row()

    named = {table for table, rows in after.items() for row in rows if "goner" in row.lower()}
    assert named == {"accounts_auditrecord"}
    lines = [json.loads(row) for row in after["accounts_auditrecord"]]
    told = [(line["actor_name"], line["person_name"]) for line in lines if line["action"] == "deleted"]
    assert told == [("a former member", "a former member")]
    assert not any(pk in (line["actor_id"], line["person_id"]) for line in lines)
    for session in Session.objects.all():
        assert session.get_decoded().get("_auth_user_id") != str(pk)

    for table, rows in after.items():
        was = [json.dumps(without_person(row, pk), sort_keys=True) for row in before[table]]
        new = [row for row in rows if json.dumps(json.loads(row), sort_keys=True) not in was]
        assert len(new) == (1 if table == "accounts_auditrecord" else 0), f"{table}: {new}"


def test_what_was_shared_stays_as_a_former_members(goner: User, curator: User) -> None:
    confirmed(client := signed_in(goner)).post(ADDRESS, {"email": goner.email})
    assert client.session.is_empty()
    kept = Note.objects.exclude(author=curator)
    assert [(note.author, note.text) for note in kept] == [(None, "Note True")]
    assert "A former member" in signed_in(curator).get(reverse("reading:entry", args=["zero"])).content.decode()


def test_a_long_log_goes_in_a_bounded_number_of_statements(reader: User, django_assert_max_num_queries: Any) -> None:
    work = make_entry()
    Activity.objects.bulk_create(
        Activity(user=reader, entry=work, at=NOW, action="started", stage="reading", started_at=NOW)
        for _line in range(3_000)
    )
    client = confirmed(signed_in(reader))
    with django_assert_max_num_queries(90):
        client.post(ADDRESS, {"email": reader.email})
    assert not Activity.objects.exists()
    assert not ReadState.objects.exists()
