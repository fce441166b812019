"""People in the admin: adding, roles, links, deactivating, and the admin who must stay."""

import re
import threading
from html import unescape
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from tests.fixtures.cast import PASSWORD, make_person, signed_in

SITE_URL = "https://reading.example.org"
LIST = "/admin/accounts/user/"


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> None:
    settings.SITE_URL = SITE_URL


def add(client: Client, **fields: str) -> Any:
    person = {"email": "Eve@Example.org", "name": "Eve New", "role": "reader"} | fields
    return client.post(reverse("admin:accounts_user_add"), person, follow=True)


def change(client: Client, user: User, **fields: str | None) -> Any:
    now: dict[str, str | None] = {
        "email": user.email,
        "name": user.name,
        "zone": user.zone,
        "theme": user.theme,
        "role": user.role,
        "is_active": "on" if user.is_active else None,
    }
    sent = {name: value for name, value in (now | fields).items() if value is not None}
    return client.post(reverse("admin:accounts_user_change", args=[user.pk]), sent, follow=True)


def act(client: Client, action: str, *people: User, confirmed: bool) -> Any:
    sent: dict[str, Any] = {"action": action, "_selected_action": [str(user.pk) for user in people]}
    return client.post(LIST, sent | ({"confirmed": "yes"} if confirmed else {}), follow=True)


def shown_link(page: str) -> str:
    """The path of the link that the admin may copy."""
    (link,) = re.findall(rf"<code>{SITE_URL}(/accounts/password/reset/key/\S+)</code>", unescape(page))
    return str(link)


# ----------------------------------------------------------------- adding people


@pytest.mark.django_db(transaction=True)
def test_an_admin_adds_a_person_who_sets_a_password_and_is_in(admin_client: Client) -> None:
    page = add(admin_client).content.decode()
    link = shown_link(page)
    assert "was mailed to eve@example.org" in page
    (message,) = mail.outbox
    assert message.to == ["eve@example.org"]
    assert message.subject == "Dana Admin has added you to Readinglist"
    assert f"{SITE_URL}{link}" in message.body
    eve = User.objects.get(email="eve@example.org")
    assert not eve.has_usable_password()
    assert eve.role == "reader"

    browser = Client()
    form = browser.get(link, follow=True)
    assert "For eve@example.org." in form.content.decode()
    done = browser.post(form.redirect_chain[0][0], {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert done.redirect_chain[-1][0] == reverse("reading:home")
    assert browser.session["_auth_user_id"] == str(eve.pk)


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_cannot_be_sent_does_not_lose_the_person(
    admin_client: Client, settings: Settings, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    page = add(admin_client).content.decode()
    assert "The mail to eve@example.org could not be sent" in page
    assert User.objects.filter(email="eve@example.org").exists()
    assert "Set your password" in Client().get(shown_link(page), follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_name_cannot_smuggle_headers_or_markup(admin_client: Client, admin_user: User) -> None:
    User.objects.filter(pk=admin_user.pk).update(name="Dana\r\nBcc: x@example.org")
    page = add(admin_client, name="<b>Eve</b>").content.decode()
    assert "<b>Eve" not in page
    assert mail.outbox[0].subject == "Dana Bcc: x@example.org has added you to Readinglist"
    assert mail.outbox[0].recipients() == ["eve@example.org"]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["reader", "curator", "admin"])
def test_a_person_is_added_in_a_role(admin_client: Client, role: str) -> None:
    add(admin_client, role=role)
    assert User.objects.get(email="eve@example.org").role == role


@pytest.mark.django_db
def test_the_add_form_asks_for_address_name_and_role_only(admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:accounts_user_add")).content.decode()
    fields = set(re.findall(r'<(?:input|select|textarea)[^>]* name="([a-z]\w*)"', page))
    assert fields >= {"email", "name", "role"}
    assert not fields & {"password", "is_staff", "is_superuser", "groups", "zone", "theme"}


@pytest.mark.django_db
def test_an_address_is_taken_in_whatever_case(admin_client: Client, reader: User) -> None:
    page = add(admin_client, email="ADA@example.org").content.decode()
    assert "Somebody with this address is here already." in page
    assert User.objects.count() == 2


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
@pytest.mark.parametrize("fields", [{"role": "curator"}, {"role": "reader"}, {"is_active": None}])
def test_the_only_admin_can_neither_be_demoted_nor_deactivated(
    admin_client: Client, admin_user: User, fields: dict[str, str | None]
) -> None:
    page = change(admin_client, admin_user, **fields).content.decode()
    assert "This is the only active admin." in page
    admin_user.refresh_from_db()
    assert admin_user.role == "admin"
    assert admin_user.is_active


@pytest.mark.django_db
@pytest.mark.parametrize("fields", [{"role": "curator"}, {"is_active": None}])
def test_one_of_two_admins_can_be_demoted_or_deactivated(
    admin_client: Client, admin_user: User, fields: dict[str, str | None]
) -> None:
    other = make_person("eve@example.org", "Eve", role="admin")
    change(admin_client, other, **fields)
    assert User.objects.filter(is_superuser=True, is_active=True).get() == admin_user


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
def test_the_only_admin_cannot_be_deleted(admin_client: Client, admin_user: User) -> None:
    url = reverse("admin:accounts_user_delete", args=[admin_user.pk])
    for response in (admin_client.get(url, follow=True), admin_client.post(url, {"post": "yes"}, follow=True)):
        assert "This is the only active admin." in response.content.decode()
    assert User.objects.filter(pk=admin_user.pk).exists()


@pytest.mark.django_db
def test_a_reader_can_be_deleted_one_by_one_only(admin_client: Client, reader: User) -> None:
    assert "delete_selected" not in admin_client.get(LIST).content.decode()
    admin_client.post(reverse("admin:accounts_user_delete", args=[reader.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=reader.pk).exists()


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
