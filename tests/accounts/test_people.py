"""What the table of people holds, and who is what."""

import threading
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import AuditRecord, Role, User, validate_zone
from accounts.roles import LastAdmin, set_role
from tests.fixtures.cast import make_person

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_an_address_is_kept_in_small_letters() -> None:
    user = User.objects.create_user(" Ada@Example.ORG ", name="Ada")
    assert user.email == "ada@example.org"
    assert User.objects.get_by_natural_key("ADA@example.org") == user


@pytest.mark.parametrize("email", ["ada@example.org", "Ada@Example.org", "ADA@EXAMPLE.ORG"])
def test_the_database_refuses_a_second_person_with_an_address_in_whatever_case(reader: User, email: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email=email, name="Another Ada", password="!")])


def test_the_database_refuses_to_change_an_address_to_one_that_differs_in_case_only(
    reader: User, teammate: User
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=teammate.pk).update(email="ADA@example.org")


def test_an_unknown_theme_is_refused_by_the_database(reader: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=reader.pk).update(theme="sepia")


@pytest.mark.parametrize(
    ("zone", "clock"), [("Asia/Tokyo", "Asia/Tokyo"), ("Mars/Olympus", "UTC"), ("", "UTC"), ("../../etc/passwd", "UTC")]
)
def test_a_zone_that_this_machine_lacks_is_the_instances(zone: str, clock: str) -> None:
    assert User(zone=zone).tzinfo.key == clock


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "Factory", "localtime", "../../etc/passwd", ""])
def test_what_is_no_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(ValidationError):
        validate_zone(zone)


def test_roles_say_what_one_is(reader: User, curator: User, admin_user: User) -> None:
    assert [user.role for user in (reader, curator, admin_user)] == ["reader", "curator", "admin"]
    assert curator.has_perm("catalog.change_entry")
    assert not curator.has_perm("accounts.change_user")


def test_a_role_can_be_given_and_taken(reader: User, admin_user: User) -> None:
    for role in (Role.CURATOR, Role.ADMIN, Role.CURATOR, Role.READER):
        set_role(reader, role, by=admin_user, now=NOW)
        assert User.objects.get(pk=reader.pk).role == role


def test_a_role_can_be_given_where_the_group_is_missing(reader: User) -> None:
    Group.objects.all().delete()
    set_role(reader, Role.READER, by=None, now=NOW)
    set_role(reader, Role.CURATOR, by=None, now=NOW)
    assert reader.role == "curator"


def test_each_change_of_a_role_stands_in_the_audit_log_and_nothing_else_does(reader: User, admin_user: User) -> None:
    before = set(AuditRecord.objects.values_list("pk", flat=True))
    for role in (Role.READER, Role.CURATOR, Role.CURATOR, Role.READER):
        set_role(reader, role, by=admin_user, now=NOW)
    lines = AuditRecord.objects.exclude(pk__in=before).order_by("pk")
    assert [(line.action, line.actor, line.person, line.details) for line in lines] == [
        ("role", admin_user, reader, {"before": "reader", "after": "curator"}),
        ("role", admin_user, reader, {"before": "curator", "after": "reader"}),
    ]


def test_the_only_active_admin_stays_one(admin_user: User) -> None:
    User.objects.create_superuser("gone@example.org", name="Gone", is_active=False)
    with pytest.raises(LastAdmin):
        set_role(admin_user, Role.CURATOR, by=admin_user, now=NOW)
    assert User.objects.get(pk=admin_user.pk).role == "admin"


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_demote_each_other_at_once_one_remains() -> None:
    admins = [make_person(f"{name}@example.org", name, role="admin") for name in ("eve", "dan")]
    barrier = threading.Barrier(2)
    refused = []

    def demote(admin: User) -> None:
        try:
            barrier.wait(10)
            set_role(admin, Role.READER, by=None, now=NOW)
        except LastAdmin:
            refused.append(admin)
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=[admin]) for admin in admins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    assert list(User.objects.filter(is_superuser=True, is_active=True)) == refused
