"""What people choose for themselves."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from readinglist.reminders.tasks import send_due

pytestmark = pytest.mark.django_db
GOOD = {
    "name": "Ada L.",
    "zone": "Asia/Tokyo",
    "theme": "dark",
    "wants_reminder": "on",
    "reminder_weekday": 3,
    "reminder_hour": 18,
}


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
    assert page.count(" checked") == 2, "the theme, and the weekly mail"
    assert 'data-theme="light"' in page
    assert reverse("account_change_password") in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("zone", "Mars/Olympus"),
        ("theme", "sepia"),
        ("reminder_weekday", "8"),
        ("reminder_weekday", ""),
        ("reminder_hour", "24"),
        ("reminder_hour", "soon"),
    ],
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


# ------------------------------------------------------------- the weekly mail


def next_mail(client: Client) -> str:
    """What the page says of it."""
    page = client.get(reverse("accounts:settings")).content.decode()
    return page.split('id="next-reminder">')[1].split("<")[0]


def test_a_reader_chooses_day_and_hour_of_the_weekly_mail(reader_client: Client, reader: User) -> None:
    reader_client.post(reverse("accounts:settings"), GOOD)
    reader.refresh_from_db()
    assert (reader.wants_reminder, reader.reminder_weekday, reader.reminder_hour) == (True, 3, 18)
    page = reader_client.get(reverse("accounts:settings")).content.decode()
    assert '<option value="3" selected>Wednesday</option>' in page
    assert '<option value="18" selected>18:00</option>' in page


def test_a_reader_turns_the_weekly_mail_off(reader_client: Client, reader: User) -> None:
    reader_client.post(reverse("accounts:settings"), {k: v for k, v in GOOD.items() if k != "wants_reminder"})
    reader.refresh_from_db()
    assert not reader.wants_reminder
    assert next_mail(reader_client) == "You get no weekly mail."


@time_machine.travel("2026-11-18T12:00:00+00:00", tick=False)
def test_the_page_says_when_the_next_one_comes(reader_client: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(date_joined=datetime(2026, 11, 18, 11, tzinfo=UTC))
    assert next_mail(reader_client) == "The next one comes on Monday, 23 November at 07:00."
    User.objects.filter(pk=reader.pk).update(reminder_weekday=5, reminder_hour=9, zone="Asia/Tokyo")
    assert next_mail(reader_client) == "The next one comes on Friday, 20 November at 09:00."
    User.objects.filter(pk=reader.pk).update(date_joined=datetime(2026, 1, 1, tzinfo=UTC), reminder_weekday=1)
    assert next_mail(reader_client) == "This week’s is about to come."


@time_machine.travel("2026-11-18T12:00:00+00:00", tick=False)
def test_after_this_weeks_the_next_one_is_next_weeks(reader_client: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(date_joined=datetime(2026, 1, 1, tzinfo=UTC))
    send_due()
    assert next_mail(reader_client) == "The next one comes on Monday, 23 November at 07:00."
    User.objects.filter(pk=reader.pk).update(reminder_weekday=5)
    assert next_mail(reader_client) == "The next one comes on Friday, 27 November at 07:00."
