"""`manage.py sendreminders`."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from pytest_django import Settings

from accounts.models import User
from readinglist.reminders.models import Reminder
from tests.fixtures.mail import SmtpServer

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
MONDAY = "2026-11-16T07:00+00:00"


@pytest.fixture(autouse=True)
def members(reader: User, teammate: User) -> None:
    User.objects.update(date_joined=LONG_AGO)


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("sendreminders", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def test_asked_for_again_nothing_comes_twice() -> None:
    assert json.loads(run("--now", MONDAY, "--json")) == {"due": 2, "sent": 2, "skipped": 0, "failed": 0}
    assert json.loads(run("--now", MONDAY, "--json")) == {"due": 0, "sent": 0, "skipped": 2, "failed": 0}
    assert len(mail.outbox) == 2


def test_people_read_a_sentence() -> None:
    assert run("--now", MONDAY) == "2 due: 2 sent, 0 failed. 0 skipped.\n"


def test_a_dry_run_names_them_and_leaves_no_trace() -> None:
    User.objects.filter(email="ben@example.org").update(zone="Asia/Tokyo")
    said = run("--now", MONDAY, "--dry-run")
    assert "ada@example.org: week 2026-W47, due since 2026-11-16 07:00 UTC" in said
    assert "ben@example.org: week 2026-W47, due since 2026-11-16 07:00 JST" in said
    assert "2 would be sent" in said
    assert json.loads(run("--now", MONDAY, "--dry-run", "--json")) == {"due": 2, "sent": 0, "skipped": 0, "failed": 0}
    assert not mail.outbox
    assert not Reminder.objects.exists()


def test_a_time_without_an_offset_is_the_instances(settings: Settings) -> None:
    settings.TIME_ZONE = "America/New_York"
    assert json.loads(run("--now", "2026-11-16T01:59", "--json"))["due"] == 0
    assert json.loads(run("--now", "2026-11-16T02:00", "--json"))["due"] == 2


def test_without_a_time_it_is_now() -> None:
    User.objects.update(reminder_hour=0)  # due all week, whenever this runs
    assert json.loads(run("--json"))["sent"] == 2


@pytest.mark.parametrize("now", ["tomorrow", "", "2026-13-01", "0001-01-01", "9999-12-31T23:59", "-1"])
def test_a_time_that_is_none_is_told(now: str) -> None:
    with pytest.raises(CommandError, match=r"is no time|is not between"):
        run(f"--now={now}")
    assert not mail.outbox


def test_who_got_none_is_named_with_the_reason(smtp: SmtpServer) -> None:
    smtp.refused["ada@example.org"] = "550 No such person"
    said = run("--now", MONDAY)
    assert "ada@example.org: failed. The mail server refuses the address: 550 No such person" in said
    assert "2 due: 1 sent, 1 failed. 0 skipped." in said
    smtp.refused.clear()
    assert "1 due: 1 sent, 0 failed. 1 skipped." in run("--now", MONDAY), "by hand it does not wait"
