"""What the table of people holds, and who is what."""

import threading

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from accounts.models import Role, User, validate_zone
from accounts.roles import LastAdmin, deactivate, require_other_admin, set_role
from tests.fixtures.cast import make_person

pytestmark = pytest.mark.django_db


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


def test_everybody_with_a_password_who_is_active_can_sign_in(reader: User) -> None:
    User.objects.create_user("invited@example.org", name="Invited")
    User.objects.create_user("gone@example.org", "secret", name="Gone", is_active=False)
    assert list(User.objects.can_sign_in()) == [reader]


def test_roles_say_what_one_is(reader: User, curator: User, admin_user: User) -> None:
    assert [user.role for user in (reader, curator, admin_user)] == ["reader", "curator", "admin"]
    assert curator.has_perm("catalog.change_entry")
    assert not curator.has_perm("accounts.change_user")


def test_a_role_can_be_given_and_taken(reader: User) -> None:
    for role in (Role.CURATOR, Role.ADMIN, Role.CURATOR, Role.READER):
        set_role(reader, role)
        assert User.objects.get(pk=reader.pk).role == role


def test_a_role_can_be_given_where_the_group_is_missing(reader: User) -> None:
    Group.objects.all().delete()
    set_role(reader, Role.READER)
    set_role(reader, Role.CURATOR)
    assert reader.role == "curator"


def test_the_only_active_admin_must_stay(admin_user: User, reader: User) -> None:
    User.objects.create_superuser("gone@example.org", name="Gone", is_active=False)
    with pytest.raises(LastAdmin):
        deactivate([admin_user, reader])
    reader.refresh_from_db()
    assert reader.is_active
    assert deactivate([reader]) == 1


def test_one_of_two_admins_may_leave(admin_user: User) -> None:
    second = make_person("eve@example.org", "Eve", role="admin")
    assert deactivate([second]) == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_demote_each_other_at_once_one_remains() -> None:
    admins = [make_person(f"{name}@example.org", name, role="admin") for name in ("eve", "dan")]
    barrier = threading.Barrier(2)
    refused = []

    def demote(admin: User) -> None:
        try:
            barrier.wait(10)
            with transaction.atomic():
                require_other_admin([admin])
                set_role(admin, Role.READER)
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
