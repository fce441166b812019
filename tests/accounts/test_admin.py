"""People in the admin: roles, links, deactivating, the admin who must stay; and the audit log."""

import re
import threading
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.forms.people import ChangePersonForm
from accounts.models import AuditRecord, User
from tests.fixtures.cast import make_person, signed_in

SITE_URL = "https://reading.example.org"
LIST = "/admin/accounts/user/"


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> None:
    settings.SITE_URL = SITE_URL


def change(client: Client, user: User, **fields: str) -> Any:
    now = {
        "email": user.email,
        "name": user.name,
        "role": user.role,
    }
    return client.post(reverse("admin:accounts_user_change", args=[user.pk]), now | fields, follow=True)


def act(client: Client, action: str, *people: User, confirmed: bool) -> Any:
    sent: dict[str, Any] = {"action": action, "_selected_action": [str(user.pk) for user in people]}
    return client.post(LIST, sent | ({"confirmed": "yes"} if confirmed else {}), follow=True)


def shown_link(page: str) -> str:
    """The path of the link that the admin may copy."""
    (link,) = re.findall(rf"<code>{SITE_URL}(/accounts/password/reset/key/\S+)</code>", unescape(page))
    return str(link)


# -------------------------------------------------------------- changing people


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["curator", "admin", "reader"])
def test_an_admin_changes_a_role(admin_client: Client, reader: User, role: str) -> None:
    change(admin_client, reader, role=role)
    assert User.objects.get(pk=reader.pk).role == role


@pytest.mark.django_db
def test_the_role_shows_in_the_form(admin_client: Client, curator: User) -> None:
    page = admin_client.get(reverse("admin:accounts_user_change", args=[curator.pk])).content.decode()
    assert re.search(r'value="curator"[^>]* checked', page)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["curator", "reader"])
def test_the_only_admin_cannot_be_demoted(admin_client: Client, admin_user: User, role: str) -> None:
    page = change(admin_client, admin_user, role=role, name="Another name").content.decode()
    assert "This is the only active admin." in page
    assert User.objects.get(pk=admin_user.pk).role == "admin"


@pytest.mark.django_db
def test_one_of_two_admins_can_be_demoted(admin_client: Client, admin_user: User) -> None:
    change(admin_client, make_person("eve@example.org", "Eve", role="admin"), role="curator")
    assert User.objects.get(is_superuser=True) == admin_user


@pytest.mark.django_db
def test_what_is_changed_of_a_person_stands_in_the_audit_log(
    admin_client: Client, admin_user: User, reader: User
) -> None:
    change(admin_client, reader, email="Lovelace@example.org", name="Ada Lovelace", role="curator")
    lines = AuditRecord.objects.filter(person=reader).order_by("pk")
    assert [(line.action, line.details) for line in lines] == [
        ("email", {"before": "ada@example.org", "after": "lovelace@example.org"}),
        ("renamed", {"before": "Ada Reader", "after": "Ada Lovelace"}),
        ("role", {"before": "reader", "after": "curator"}),
    ]
    assert {line.actor for line in lines} == {admin_user}


@pytest.mark.django_db
def test_changing_a_person_undoes_nothing_that_they_do_meanwhile(
    admin_client: Client, reader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = ChangePersonForm.clean

    def while_they_move(form: ChangePersonForm) -> dict[str, Any] | None:
        User.objects.filter(pk=reader.pk).update(zone="Asia/Tokyo", is_active=False)
        return checked(form)

    monkeypatch.setattr(ChangePersonForm, "clean", while_they_move)
    change(admin_client, reader, name="Ada Lovelace", zone="Europe/Rome")
    kept = User.objects.get(pk=reader.pk)
    assert (kept.name, kept.zone, kept.is_active) == ("Ada Lovelace", "Asia/Tokyo", False)


@pytest.mark.django_db
def test_nobody_is_added_or_switched_off_in_the_form(admin_client: Client, reader: User) -> None:
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert "Invite people" in admin_client.get(LIST).text
    change(admin_client, reader, is_active="")
    assert User.objects.get(pk=reader.pk).is_active


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_demote_each_other_in_the_admin_one_remains() -> None:
    dan, eve = (make_person(f"{name}@example.org", name, role="admin") for name in ("dan", "eve"))
    barrier = threading.Barrier(2)

    def demote(actor: User, other: User) -> None:
        try:
            client = signed_in(actor)
            client.get(LIST)
            barrier.wait(20)
            change(client, other, role="reader")
        finally:
            connection.close()

    threads = [threading.Thread(target=demote, args=pair) for pair in ((dan, eve), (eve, dan))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


@pytest.mark.django_db
def test_people_are_deleted_one_by_one_on_the_page_where_they_leave(admin_client: Client, reader: User) -> None:
    assert "delete_selected" not in admin_client.get(LIST).text
    url = reverse("admin:accounts_user_delete", args=[reader.pk])
    leaving = reverse("week:leaving", args=[reader.pk])
    assert leaving in admin_client.get(reverse("admin:accounts_user_change", args=[reader.pk])).text
    assert [admin_client.get(url)["Location"], admin_client.post(url, {"post": "yes"})["Location"]] == [leaving] * 2
    assert User.objects.filter(pk=reader.pk).exists()
    assert admin_client.get(reverse("admin:accounts_user_delete", args=[99999])).status_code == 404


# ---------------------------------------------------------------------- actions


@pytest.mark.django_db
def test_people_are_deactivated_after_a_question(admin_client: Client, reader: User, teammate: User) -> None:
    asked = act(admin_client, "deactivate_people", reader, teammate, confirmed=False).content.decode()
    assert "Switch off access for these people?" in asked
    assert reader.email in asked
    assert User.objects.filter(is_active=True).count() == 3
    told = act(admin_client, "deactivate_people", reader, teammate, confirmed=True).content.decode()
    assert "Access is switched off for 2 people." in told
    assert User.objects.filter(is_active=True).count() == 1
    assert AuditRecord.objects.filter(action="deactivated").count() == 2


@pytest.mark.django_db
def test_the_only_admin_is_not_deactivated_with_others(admin_client: Client, admin_user: User, reader: User) -> None:
    told = act(admin_client, "deactivate_people", admin_user, reader, confirmed=True).content.decode()
    assert "This is the only active admin." in told
    assert User.objects.filter(is_active=True).count() == 2


@pytest.mark.django_db
def test_new_links_are_sent_after_a_question(admin_client: Client, reader: User, teammate: User) -> None:
    User.objects.filter(pk=teammate.pk).update(is_active=False)
    asked = act(admin_client, "send_links", reader, teammate, confirmed=False).content.decode()
    assert "Send a new set-password link?" in asked
    assert not mail.outbox
    told = act(admin_client, "send_links", reader, teammate, confirmed=True).content.decode()
    assert "Access is switched off for Ben Teammate: no link was sent." in told
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]
    assert "Set your password" in Client().get(shown_link(told), follow=True).content.decode()


@pytest.mark.django_db
def test_the_page_of_a_person_has_a_button_for_a_new_link(admin_client: Client, reader: User) -> None:
    page = admin_client.get(reverse("admin:accounts_user_change", args=[reader.pk])).content.decode()
    url = reverse("admin:accounts_user_send_link", args=[reader.pk])
    assert url in page
    assert "Send a new set-password link?" in admin_client.get(url).content.decode()
    assert not mail.outbox
    told = admin_client.post(url, follow=True).content.decode()
    assert shown_link(told) in mail.outbox[0].body
    assert (mail.outbox[0].subject, mail.outbox[0].to) == ("A link to set your password", ["ada@example.org"])
    line = AuditRecord.objects.get(action="link")
    assert (line.person, line.details) == (reader, {"lets": "set a password"})


@pytest.mark.django_db
def test_a_link_whose_mail_cannot_be_sent_is_shown_all_the_same(
    admin_client: Client, reader: User, settings: Settings, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    page = admin_client.post(reverse("admin:accounts_user_send_link", args=[reader.pk]), follow=True).text
    assert "The mail to ada@example.org could not be sent" in page
    assert "Set your password" in Client().get(shown_link(page), follow=True).text


@pytest.mark.django_db
def test_a_link_for_nobody_is_not_found(admin_client: Client) -> None:
    assert admin_client.get(f"{LIST}99999/send-link/").status_code == 404


@pytest.mark.django_db
def test_a_curator_sends_no_links(curator_client: Client, reader: User) -> None:
    assert curator_client.post(f"{LIST}{reader.pk}/send-link/").status_code in (403, 404)
    assert not mail.outbox


# ------------------------------------------------------------------------- list


@pytest.mark.django_db
def test_the_list_is_searched_and_filtered(admin_client: Client, reader: User, teammate: User, curator: User) -> None:
    def found(query: str) -> set[str]:
        return set(re.findall(r"\w+@example\.org", admin_client.get(f"{LIST}?{query}").content.decode()))

    assert found("q=teammate") == {"ben@example.org"}
    assert found("q=ada@") == {"ada@example.org"}
    assert found("role=reader") == {"ada@example.org", "ben@example.org"}
    assert found("role=curator") == {"cleo@example.org"}
    assert found("role=admin") == {"dana@example.org"}
    assert found("is_active__exact=0") == set()


@pytest.mark.django_db
def test_the_list_costs_the_same_for_many_people(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_person(f"c{number}@example.org", f"Curator {number}", role="curator")
    with django_assert_max_num_queries(12):
        assert admin_client.get(LIST).status_code == 200


@pytest.mark.django_db
def test_groups_and_allauths_addresses_are_not_in_the_admin(admin_client: Client) -> None:
    page = admin_client.get("/admin/").content.decode()
    assert "/admin/accounts/user/" in page
    assert "/admin/auth/" not in page
    assert "/admin/account/" not in page


# -------------------------------------------------------------------- audit log

LOG = "/admin/accounts/auditrecord/"


@pytest.mark.django_db
def test_the_audit_log_is_read_filtered_and_searched(admin_client: Client, admin_user: User, reader: User) -> None:
    change(admin_client, reader, role="curator")
    change(admin_client, reader, name="<b>Ada</b>")

    def shown(query: str) -> str:
        return str(admin_client.get(f"{LOG}?{query}").text)

    assert "reader → curator" in shown("")
    assert "Ada Reader → &lt;b&gt;Ada&lt;/b&gt;" in shown("")
    assert "reader → curator" not in shown("action__exact=renamed")
    assert "Ada Reader →" in shown("q=dana@example.org")
    assert "Ada Reader →" not in shown("q=nobody@example.org")


@pytest.mark.django_db
def test_nobody_writes_in_the_audit_log(admin_client: Client, admin_user: User) -> None:
    line = AuditRecord.objects.order_by("pk").last()
    assert line is not None
    assert admin_client.get(f"{LOG}add/").status_code == 403
    for act in ("change", "delete"):
        assert admin_client.post(f"{LOG}{line.pk}/{act}/", {"post": "yes"}).status_code == 403
    admin_client.post(LOG, {"action": "delete_selected", "_selected_action": [line.pk], "post": "yes"})
    assert AuditRecord.objects.filter(pk=line.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("write", ["update", "delete"])
def test_the_database_keeps_the_audit_log_as_it_was_written(admin_user: User, write: str) -> None:
    lines = AuditRecord.objects.filter(person=admin_user)
    assert lines.exists()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        lines.update(actor_name="Nobody") if write == "update" else lines.delete()


@pytest.mark.django_db
def test_the_audit_log_is_not_for_curators(curator_client: Client) -> None:
    assert curator_client.get(LOG).status_code == 403
    assert LOG not in curator_client.get("/admin/").text


@pytest.mark.django_db
def test_the_audit_log_costs_the_same_for_many_lines(
    admin_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_person(f"c{number}@example.org", f"Curator {number}", role="curator")
    with django_assert_max_num_queries(12):
        assert admin_client.get(LOG).status_code == 200
