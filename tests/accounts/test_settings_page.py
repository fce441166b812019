"""What people choose for themselves."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from readinglist.reminders.tasks import send_due

pytestmark = pytest.mark.django_db
# As a browser sends it: what is not ticked is not there.
GOOD = {
    "name": "Ada L.",
    "zone": "Asia/Tokyo",
    "language": "en-us",
    "theme": "dark",
    "weekly_minutes": 200,
    "wants_reminder": "on",
    "reminder_weekday": 3,
    "reminder_hour": 18,
    "reminder_shows_posts": "on",
}


def test_a_reader_changes_all_of_it_at_once(reader_client: Client, reader: User) -> None:
    response = reader_client.post(reverse("accounts:settings"), GOOD, follow=True)
    assert response.redirect_chain == [(reverse("accounts:settings"), 302)]
    page = response.content.decode()
    assert "Your settings are saved." in page
    assert 'data-theme="dark"' in page
    reader.refresh_from_db()
    assert (reader.name, reader.zone, reader.theme, reader.language) == ("Ada L.", "Asia/Tokyo", "dark", "en-us")
    assert (reader.weekly_minutes, reader.shares_stages, reader.uses_keys) == (200, False, False)
    shown = (reader.reminder_shows_next, reader.reminder_shows_under_way, reader.reminder_shows_posts)
    assert shown == (False, False, True)


def test_the_page_shows_what_is_chosen_now(reader_client: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(zone="Asia/Tokyo", theme="light")
    page = reader_client.get(reverse("accounts:settings")).content.decode()
    assert '<option value="Asia/Tokyo" selected>' in page
    assert page.count(" checked") == 7, "the theme, the mail and its three parts, sharing, and keys"
    assert 'data-theme="light"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("zone", "Mars/Olympus"),
        ("theme", "sepia"),
        ("language", "tlh"),
        ("weekly_minutes", ""),
        ("weekly_minutes", "14"),
        ("weekly_minutes", "2401"),
        ("weekly_minutes", "9" * 30),
        ("weekly_minutes", "two hours"),
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
    assert 'value="Ada L."' in page or field == "name", "what was typed stays"
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


# ------------------------------------------------------------------ language


@time_machine.travel("2026-11-18T21:05:00+00:00", tick=False)
def test_dates_and_times_are_written_as_in_the_readers_language(reader_client: Client, reader: User) -> None:
    """Whatever the browser asks for."""
    said = {}
    for language in ("en-gb", "en-us"):
        User.objects.filter(pk=reader.pk).update(language=language, date_joined=datetime(2026, 11, 18, 21, tzinfo=UTC))
        response = reader_client.get(reverse("accounts:settings"), headers={"Accept-Language": "en-GB"})
        page = response.content.decode()
        assert f'<html lang="{language}"' in page
        assert response["Content-Language"] == language
        said[language] = next_mail(reader_client)
        assert ('<option value="18">18:00</option>' in page) == (language == "en-gb")
        assert ('<option value="18">6:00 PM</option>' in page) == (language == "en-us")
    assert said["en-gb"] == "The next one comes on Monday, 23 November at 07:00."
    assert said["en-us"] == "The next one comes on Monday, November 23 at 7:00 AM."


@pytest.mark.parametrize(("asked", "spoken"), [("en-US,en;q=0.8", "en-us"), ("en-GB", "en-gb"), ("tlh", "en-gb")])
def test_before_the_door_the_browser_chooses_the_language(outsider: Client, asked: str, spoken: str) -> None:
    page = outsider.get(reverse("account_login"), headers={"Accept-Language": asked}).content.decode()
    assert f'<html lang="{spoken}"' in page


def test_a_language_that_is_no_longer_spoken_breaks_no_page(reader_client: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(language="tlh")
    assert '<html lang="en-gb"' in reader_client.get(reverse("accounts:settings")).content.decode()


def test_the_page_after_signing_out_is_nobodys(reader_client: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(language="en-us")
    response = reader_client.post(reverse("account_logout"), follow=True)
    assert '<html lang="en-gb"' in response.content.decode()


# ---------------------------------------------------------------------- keys


def test_who_switches_keys_off_is_told_of_none(reader_client: Client, reader: User) -> None:
    page = reader_client.get("/canon/").content.decode()
    assert "data-keys" in page
    assert 'aria-keyshortcuts="/"' in page
    User.objects.filter(pk=reader.pk).update(uses_keys=False)
    page = reader_client.get("/canon/").content.decode()
    assert "data-keys" not in page
    assert "aria-keyshortcuts" not in page
    assert "<kbd" not in page


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
    assert '<option value="18" selected>6:00 PM</option>' in page


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
