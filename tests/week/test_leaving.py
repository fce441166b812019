"""Somebody leaves: duties go to others, access ends, and they can come back or, at their request, be deleted."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditRecord, User
from readinglist.week.models import Duty
from tests.fixtures.cast import make_person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def duties(reader: User) -> list[Duty]:
    """Two of Ada's."""
    return [
        Duty.objects.create(slug=what.lower(), what=what, weekday=day, person=reader)
        for day, what in enumerate(("Scan", "Watch"))
    ]


def leave(client: Client, person: User, **fields: Any) -> Any:
    return client.post(f"/people/{person.pk}/leaving/", fields, follow=True)


def holders() -> dict[str, str]:
    return {duty.what: str(duty.person) if duty.person else "" for duty in Duty.objects.select_related("person")}


def last_line() -> AuditRecord:
    line = AuditRecord.objects.order_by("pk").last()
    assert line is not None
    return line


def test_the_page_offers_every_duty_to_everybody_else_who_can_sign_in(
    admin_client: Client, reader: User, teammate: User, curator: User, duties: list[Duty]
) -> None:
    User.objects.filter(pk=curator.pk).update(is_active=False)
    page = admin_client.get(f"/people/{reader.pk}/leaving/")
    form = page.context["hand_over"]
    assert [duty.what for duty, _field in form.lines()] == ["Scan", "Watch"]
    assert [str(person) for person in form.fields["all"].queryset] == ["Ben Teammate", "Dana Admin"]


def test_duties_are_handed_over_one_by_one_and_access_ends(
    admin_client: Client, admin_user: User, reader: User, teammate: User, duties: list[Duty]
) -> None:
    session = signed_in(reader)
    scan, watch = duties
    fields = {f"duty_{scan.pk}": teammate.pk, f"duty_{watch.pk}": admin_user.pk, "switch_off": "yes"}
    page = leave(admin_client, reader, **fields)
    assert "Access is switched off for Ada Reader" in page.text
    assert holders() == {"Scan": "Ben Teammate", "Watch": "Dana Admin"}
    assert session.get("/").status_code == 302
    assert not User.objects.get(pk=reader.pk).is_active
    assert list(AuditRecord.objects.filter(person=reader).order_by("pk").values_list("action", flat=True)) == [
        "duties",
        "deactivated",
    ]


def test_who_is_named_for_all_gets_those_for_which_nobody_else_is(
    admin_client: Client, admin_user: User, reader: User, teammate: User, duties: list[Duty]
) -> None:
    leave(admin_client, reader, **{"all": teammate.pk, f"duty_{duties[0].pk}": admin_user.pk})
    assert holders() == {"Scan": "Dana Admin", "Watch": "Ben Teammate"}
    assert User.objects.get(pk=reader.pk).is_active
    assert last_line().details == {
        "duties": [
            {"duty": "Scan", "to": "Dana Admin <dana@example.org>"},
            {"duty": "Watch", "to": "Ben Teammate <ben@example.org>"},
        ]
    }


def test_a_duty_that_nobody_takes_is_nobodys(admin_client: Client, reader: User, duties: list[Duty]) -> None:
    leave(admin_client, reader, switch_off="yes")
    assert holders() == {"Scan": "", "Watch": ""}


def test_who_only_hands_over_keeps_what_nobody_takes(
    admin_client: Client, reader: User, teammate: User, duties: list[Duty]
) -> None:
    leave(admin_client, reader, **{f"duty_{duties[0].pk}": teammate.pk, f"duty_{duties[1].pk}": ""})
    assert holders() == {"Scan": "Ben Teammate", "Watch": "Ada Reader"}
    leave(admin_client, reader, switch_off="yes", **{f"duty_{duties[1].pk}": ""})
    Duty.objects.filter(pk=duties[1].pk).update(person=reader)
    leave(admin_client, reader, **{f"duty_{duties[1].pk}": ""})
    assert holders() == {"Scan": "Ben Teammate", "Watch": ""}, "who has left keeps none"


@pytest.mark.parametrize("whom", ["themselves", "nobody", "x", "0"])
def test_a_duty_goes_to_nobody_who_cannot_have_it(
    admin_client: Client, reader: User, duties: list[Duty], whom: str
) -> None:
    to = {"themselves": str(reader.pk), "nobody": "987654"}.get(whom, whom)
    page = leave(admin_client, reader, **{f"duty_{duties[0].pk}": to, "switch_off": "yes"})
    assert "Select a valid choice" in page.text
    assert holders() == {"Scan": "Ada Reader", "Watch": "Ada Reader"}
    assert User.objects.get(pk=reader.pk).is_active


def test_the_only_admin_stays_with_their_duties(admin_client: Client, admin_user: User, teammate: User) -> None:
    Duty.objects.create(slug="scan", what="Scan", weekday=0, person=admin_user)
    page = leave(admin_client, admin_user, all=teammate.pk, switch_off="yes")
    assert "This is the only active admin." in page.text
    assert holders() == {"Scan": "Dana Admin"}
    page = admin_client.post(f"/people/{admin_user.pk}/leaving/delete/", {"email": admin_user.email})
    assert "This is the only active admin." in page.text
    assert User.objects.get(pk=admin_user.pk).is_active


def test_one_of_two_admins_can_switch_themselves_off_and_is_at_the_door(admin_client: Client, admin_user: User) -> None:
    make_person("eve@example.org", "Eve", role="admin")
    page = leave(admin_client, admin_user, switch_off="yes")
    assert page.redirect_chain[-1][0].startswith("/accounts/login/")
    assert not User.objects.get(pk=admin_user.pk).is_active


def test_who_comes_back_finds_everything(admin_client: Client, reader: User) -> None:
    leave(admin_client, reader, switch_off="yes")
    page = admin_client.get(f"/people/{reader.pk}/leaving/")
    assert "Ada Reader has left" in page.text
    page = admin_client.post(f"/people/{reader.pk}/leaving/back/", follow=True)
    assert "Ada Reader may sign in again." in page.text
    assert User.objects.get(pk=reader.pk).is_active
    assert last_line().action == "activated"


def test_deleting_asks_for_the_address_to_be_typed(admin_client: Client, reader: User, duties: list[Duty]) -> None:
    url = f"/people/{reader.pk}/leaving/delete/"
    for typed in ("", "ben@example.org", "Ada Reader"):
        page = admin_client.post(url, {"email": typed})
        assert page.status_code == 200
        assert "is not the address of" in page.text or "This field is required." in page.text
        assert f'value="{typed}"' in page.text or not typed
    page = admin_client.post(url, {"email": " ADA@example.org "}, follow=True)
    assert page.redirect_chain == [("/people/", 302)]
    assert "Ada Reader is deleted." in page.text
    assert not User.objects.filter(pk=reader.pk).exists()
    assert holders() == {"Scan": "", "Watch": ""}
    assert (last_line().action, last_line().person_name) == ("deleted", "Ada Reader <ada@example.org>")


@pytest.mark.parametrize("who", ["reader", "curator"])
def test_only_admins_see_people_off(
    reader_client: Client, curator_client: Client, teammate: User, duties: list[Duty], who: str
) -> None:
    client = {"reader": reader_client, "curator": curator_client}[who]
    url = f"/people/{teammate.pk}/leaving/"
    answers = [client.get(url), client.post(url, {"switch_off": "yes"})]
    answers += [client.post(f"{url}back/"), client.post(f"{url}delete/", {"email": teammate.email})]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert User.objects.get(pk=teammate.pk).is_active


def test_nobody_leaves_twice(admin_client: Client) -> None:
    for address in ("", "back/", "delete/"):
        assert admin_client.post(f"/people/987654/leaving/{address}").status_code == 404
