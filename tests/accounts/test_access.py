"""Switching access off and on again, and deleting: what ends, what stays, and the admin who must stay."""

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts import access, links
from accounts.models import AuditRecord, Invitation, SignInLink, User, hash_token
from accounts.roles import LastAdmin
from readinglist.reading.models import Note
from tests.fixtures.cast import make_person, signed_in
from tests.fixtures.threads import at_once
from tests.fixtures.works import make_entry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def recorded(person: User) -> list[tuple[str, User | None]]:
    """What the audit log says was done to `person` but for the roles of the cast, and by whom."""
    lines = AuditRecord.objects.filter(person=person).exclude(action="role").order_by("pk")
    return [(line.action, line.actor) for line in lines]


def test_who_is_switched_off_is_signed_out_everywhere_for_good(admin_user: User, reader: User, teammate: User) -> None:
    laptop, phone, bens = signed_in(reader), signed_in(reader), signed_in(teammate)
    assert access.switch_off([reader], by=admin_user, now=NOW) == [reader]
    assert access.switch_on(reader, by=admin_user, now=NOW)
    home = reverse("accounts:settings")
    assert [client.get(home).status_code for client in (laptop, phone, bens)] == [302, 302, 200]
    assert recorded(reader) == [("deactivated", admin_user), ("activated", admin_user)]


def test_an_open_link_does_not_outlive_access(admin_user: User, reader: User, outsider: Client) -> None:
    url = links.make_link(reader, now=NOW).url
    access.switch_off([reader], by=admin_user, now=NOW)
    access.switch_on(reader, by=admin_user, now=NOW)
    assert not SignInLink.objects.filter(user=reader).exists()
    assert outsider.get(url.removeprefix("http://localhost:8000")).status_code == 404


def test_what_is_done_already_is_not_done_again(admin_user: User, reader: User) -> None:
    assert not access.switch_on(reader, by=admin_user, now=NOW)
    access.switch_off([reader], by=admin_user, now=NOW)
    assert access.switch_off([reader], by=admin_user, now=NOW) == []
    assert recorded(reader) == [("deactivated", admin_user)]


def test_the_only_active_admin_must_stay(admin_user: User, reader: User) -> None:
    User.objects.create_superuser("gone@example.org", name="Gone", is_active=False)
    for leave in (
        lambda: access.switch_off([admin_user, reader], by=admin_user, now=NOW),
        lambda: access.delete(admin_user, by=None, now=NOW),
    ):
        with pytest.raises(LastAdmin):
            leave()
    assert User.objects.filter(is_active=True).count() == 2
    assert recorded(reader) == recorded(admin_user) == []


def test_one_of_two_admins_may_leave(admin_user: User) -> None:
    second = make_person("eve@example.org", "Eve", role="admin")
    assert access.switch_off([second], by=admin_user, now=NOW) == [second]


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_switch_each_other_off_and_delete_each_other_at_once_one_remains() -> None:
    dan, eve = (make_person(f"{name}@example.org", name, role="admin") for name in ("dan", "eve"))
    refused = []

    def tried(leave: object) -> None:
        try:
            leave()  # type: ignore[operator]
        except LastAdmin:
            refused.append(leave)

    at_once(
        lambda: tried(lambda: access.switch_off([dan], by=eve, now=NOW)),
        lambda: tried(lambda: access.delete(eve, by=dan, now=NOW)),
    )
    assert len(refused) == 1
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


def test_who_is_deleted_leaves_shared_notes_and_a_line_in_the_audit_log(admin_user: User, reader: User) -> None:
    entry = make_entry("A work")
    for text, is_shared in (("shared", True), ("private", False)):
        Note.objects.create(author=reader, entry=entry, text=text, is_shared=is_shared, created_at=NOW, updated_at=NOW)
    make_invitation(reader)
    client = signed_in(reader)
    access.delete(reader, by=admin_user, now=NOW)
    assert not User.objects.filter(email="ada@example.org").exists()
    assert [(note.text, note.author) for note in Note.objects.all()] == [("shared", None)]
    assert not Invitation.objects.exists()
    assert client.get(reverse("accounts:settings")).status_code == 302
    line = AuditRecord.objects.get(action="deleted")
    assert (line.actor, line.person, line.person_name) == (admin_user, None, "Ada Reader <ada@example.org>")


def test_who_deletes_themselves_is_not_named_for_it(reader: User) -> None:
    access.delete(reader, by=User.objects.get(pk=reader.pk), now=NOW)
    line = AuditRecord.objects.get(action="deleted")
    assert (line.actor, line.person) == (None, None)
    assert str(line) == "a former member deleted a former member"


def make_invitation(user: User) -> Invitation:
    """The one that `user` has come by."""
    return Invitation.objects.create(
        email=user.email,
        token_hash=hash_token("a"),
        created_at=NOW,
        expires_at=NOW.replace(month=12),
        accepted_at=NOW,
        accepted_by=user,
    )
