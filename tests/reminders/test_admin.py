"""The weekly mails in the admin: for admins, to be looked at."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from readinglist.reminders.models import Reminder

pytestmark = pytest.mark.django_db

LIST = "admin:reminders_reminder_changelist"


@pytest.fixture
def failed(reader: User) -> Reminder:
    return Reminder.objects.create(
        user=reader,
        week=date(2026, 11, 16),
        state=Reminder.State.FAILED,
        claimed_at=datetime(2026, 11, 16, 7, tzinfo=UTC),
        message_id="<1@x>",
        error="The mail server refuses the address: 550 No such person",
    )


def test_an_admin_sees_what_did_not_go_out(admin_client: Client, failed: Reminder) -> None:
    page = admin_client.get(reverse(LIST), {"state__exact": "failed"}).content.decode()
    assert "Ada Reader" in page
    assert "550 No such person" in page
    assert "Ada Reader" not in admin_client.get(reverse(LIST), {"state__exact": "unknown"}).content.decode()


def test_nobody_changes_or_deletes_a_claim(admin_client: Client, failed: Reminder) -> None:
    assert admin_client.get(reverse("admin:reminders_reminder_add")).status_code == 403
    for action in ("change", "delete"):
        assert admin_client.post(reverse(f"admin:reminders_reminder_{action}", args=[failed.pk])).status_code == 403
    admin_client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": failed.pk, "post": "yes"})
    page = admin_client.get(reverse("admin:reminders_reminder_change", args=[failed.pk])).content.decode()
    assert "<1@x>".replace("<", "&lt;").replace(">", "&gt;") in page
    assert "deletelink" not in page
    assert Reminder.objects.get() == failed


def test_it_goes_with_its_person(admin_client: Client, failed: Reminder, reader: User) -> None:
    answer = admin_client.post(reverse("week:delete_person", args=[reader.pk]), {"email": reader.email})
    assert answer.status_code == 302
    assert not Reminder.objects.exists()


def test_curators_and_readers_do_not_see_it(curator_client: Client, reader_client: Client, failed: Reminder) -> None:
    assert curator_client.get(reverse(LIST)).status_code == 403
    assert reader_client.get(reverse(LIST)).status_code == 403
    assert "reminders" not in curator_client.get(reverse("admin:index")).content.decode().lower()
