"""What people choose for themselves."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db
GOOD = {"name": "Ada L.", "zone": "Asia/Tokyo", "theme": "dark"}


def test_a_reader_changes_name_zone_and_theme(reader_client: Client, reader: User) -> None:
    response = reader_client.post(reverse("accounts:settings"), GOOD, follow=True)
    assert response.redirect_chain == [(reverse("accounts:settings"), 302)]
    page = response.content.decode()
    assert "Your settings are saved." in page
    assert 'data-theme="dark"' in page
    reader.refresh_from_db()
    assert (reader.name, reader.zone, reader.theme) == ("Ada L.", "Asia/Tokyo", "dark")


def test_the_page_shows_what_is_chosen_now(reader_client: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(zone="Asia/Tokyo", theme="light")
    page = reader_client.get(reverse("accounts:settings")).content.decode()
    assert '<option value="Asia/Tokyo" selected>' in page
    assert page.count(" checked") == 1
    assert 'data-theme="light"' in page
    assert reverse("account_change_password") in page


@pytest.mark.parametrize(
    ("field", "value"), [("name", ""), ("name", "x" * 101), ("zone", "Mars/Olympus"), ("theme", "sepia")]
)
def test_what_is_wrong_is_told_and_changes_nothing(reader_client: Client, reader: User, field: str, value: str) -> None:
    page = reader_client.post(reverse("accounts:settings"), GOOD | {field: value}).content.decode()
    assert f'id="id_{field}_error"' in page
    assert 'data-theme="auto"' in page, "the head still shows what is saved"
    before = (reader.name, reader.zone, reader.theme)
    reader.refresh_from_db()
    assert (reader.name, reader.zone, reader.theme) == before


def test_nobody_raises_themselves_by_the_settings(reader_client: Client, reader: User) -> None:
    reader_client.post(
        reverse("accounts:settings"),
        GOOD | {"is_superuser": "on", "is_staff": "on", "email": "x@example.org", "password": "x"},
    )
    reader.refresh_from_db()
    assert (reader.role, reader.is_superuser, reader.email) == ("reader", False, "ada@example.org")


def test_a_zone_that_this_machine_lacks_breaks_no_page(reader_client: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(zone="Mars/Olympus")
    assert reader_client.get(reverse("accounts:settings")).status_code == 200


def test_outsiders_have_no_settings(outsider: Client) -> None:
    assert outsider.get(reverse("accounts:settings")).status_code == 302
