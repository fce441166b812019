"""Each weekly mail goes out once, through a real SMTP server that does what mail servers do."""

import resource
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from readinglist.mail_carrier import PATIENCE
from readinglist.reminders import claims, sending
from readinglist.reminders.models import Reminder
from readinglist.reminders.tasks import send_due
from tests.fixtures.cast import make_person
from tests.fixtures.mail import SmtpServer, hang_up

pytestmark = pytest.mark.django_db

MONDAY = datetime(2026, 11, 16, 7, 0, tzinfo=UTC)
State = Reminder.State


@pytest.fixture(autouse=True)
def members(db: None) -> list[User]:
    """Ada and Ben, who joined long ago and whose clocks show UTC."""
    people = [make_person(f"{name}@example.org", name.title()) for name in ("ada", "ben")]
    User.objects.update(date_joined=MONDAY - timedelta(days=30))
    return people


def state_of(name: str) -> str:
    return Reminder.objects.get(user__email=f"{name}@example.org").state


def error_of(name: str) -> str:
    return Reminder.objects.get(user__email=f"{name}@example.org").error


# ------------------------------------------------------------------- it comes


def test_everybody_who_is_due_gets_one_over_one_connection(smtp: SmtpServer) -> None:
    tally = sending.send_due(now=MONDAY)
    assert tally.as_json() == {"due": 2, "sent": 2, "skipped": 0, "failed": 0}
    assert smtp.recipients == ["ada@example.org", "ben@example.org"]
    assert smtp.connections == 1
    sent = Reminder.objects.get(user__email="ada@example.org")
    assert (sent.state, sent.week, sent.claimed_at, sent.sent_at) == (State.SENT, MONDAY.date(), MONDAY, MONDAY)
    assert sent.message_id in {str(message["Message-ID"]) for message in smtp.messages}


def test_asked_again_it_does_not_come_again_until_the_next_week(smtp: SmtpServer) -> None:
    sending.send_due(now=MONDAY)
    for later in (timedelta(0), timedelta(minutes=5), timedelta(days=6, hours=16)):
        again = sending.send_due(now=MONDAY + later)
        assert again.as_json() == {"due": 0, "sent": 0, "skipped": 2, "failed": 0}
    assert len(smtp.messages) == 2
    assert sending.send_due(now=MONDAY + timedelta(days=7)).sent == 2


def test_before_the_moment_nothing_is_due(smtp: SmtpServer) -> None:
    tally = sending.send_due(now=MONDAY - timedelta(seconds=1))
    assert tally.as_json() == {"due": 0, "sent": 0, "skipped": 0, "failed": 0}
    assert not Reminder.objects.exists()


def test_who_wants_none_and_who_may_not_sign_in_get_none(smtp: SmtpServer, members: list[User]) -> None:
    User.objects.filter(pk=members[0].pk).update(wants_reminder=False)
    User.objects.filter(pk=members[1].pk).update(is_active=False)
    assert sending.send_due(now=MONDAY).as_json() == {"due": 0, "sent": 0, "skipped": 0, "failed": 0}
    assert not smtp.messages


def test_each_by_their_own_clock(smtp: SmtpServer, members: list[User]) -> None:
    User.objects.filter(pk=members[0].pk).update(zone="Asia/Tokyo")
    User.objects.filter(pk=members[1].pk).update(zone="America/Los_Angeles", reminder_weekday=3, reminder_hour=18)
    assert sending.send_due(now=MONDAY - timedelta(hours=10)).sent == 1, "the week before, where it is still Sunday"
    smtp.messages.clear()
    assert sending.send_due(now=MONDAY - timedelta(hours=9)).sent == 1
    assert smtp.recipients == ["ada@example.org"]
    assert sending.send_due(now=datetime(2026, 11, 19, 1, 59, tzinfo=UTC)).sent == 0
    assert sending.send_due(now=datetime(2026, 11, 19, 2, 0, tzinfo=UTC)).sent == 1
    assert smtp.recipients == ["ada@example.org", "ben@example.org"]


def test_a_journey_round_the_world_brings_no_second_mail(smtp: SmtpServer, members: list[User]) -> None:
    traveller = User.objects.filter(pk=members[0].pk)
    traveller.update(zone="Pacific/Kiritimati")
    sending.send_due(now=MONDAY - timedelta(hours=14))
    traveller.update(zone="Pacific/Pago_Pago")
    sending.send_due(now=MONDAY + timedelta(hours=11))
    assert smtp.recipients.count("ada@example.org") == 1


def test_who_says_no_while_others_are_written_to_gets_none(
    smtp: SmtpServer, members: list[User], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = claims.waiting(now=MONDAY)
    User.objects.filter(pk=members[0].pk).update(wants_reminder=False)
    members[1].delete()
    monkeypatch.setattr(claims, "waiting", lambda **_: found)
    assert sending.send_due(now=MONDAY).as_json() == {"due": 0, "sent": 0, "skipped": 2, "failed": 0}
    assert not smtp.messages


def test_without_a_mail_server_each_becomes_a_file(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "readinglist.mail.FolderBackend"
    settings.MAIL_FOLDER = tmp_path / "mail"
    assert sending.send_due(now=MONDAY).sent == 2
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 2


def test_the_worker_has_a_door_to_it(smtp: SmtpServer) -> None:
    User.objects.update(reminder_weekday=1, reminder_hour=0)  # due all week, whenever this runs
    send_due()
    assert len(smtp.messages) == 2


# --------------------------------------------------------- it is certainly not taken


def test_nobody_listens(settings: Settings, closed_port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", closed_port
    assert sending.send_due(now=MONDAY).as_json() == {"due": 2, "sent": 0, "skipped": 0, "failed": 2}
    assert {state_of(name) for name in ("ada", "ben")} == {State.FAILED}
    assert "cannot be reached" in error_of("ada")
    assert "refused" in error_of("ada")


def test_one_refused_address_is_one_persons_matter(smtp: SmtpServer) -> None:
    smtp.refused["ada@example.org"] = "550 No such\tperson here"
    tally = sending.send_due(now=MONDAY)
    assert tally.as_json() == {"due": 2, "sent": 1, "skipped": 0, "failed": 1}
    assert (state_of("ada"), error_of("ada")) == (
        State.FAILED,
        "The mail server refuses the address: 550 No such person here",
    )
    assert smtp.recipients == ["ben@example.org"]


@pytest.mark.parametrize("answer", ["451 Try again later", "550 Not from you", "421 Too much today", hang_up])
def test_what_ends_before_the_message_is_a_failure(smtp: SmtpServer, answer: str) -> None:
    smtp.at_sender = answer
    assert sending.send_due(now=MONDAY).failed == 2
    assert {state_of(name) for name in ("ada", "ben")} == {State.FAILED}
    assert not smtp.messages


@pytest.mark.parametrize("answer", ["451 Not now", "554 This looks like spam"])
def test_a_message_that_is_refused_is_a_failure(smtp: SmtpServer, answer: str) -> None:
    smtp.at_data = answer
    assert sending.send_due(now=MONDAY).failed == 2
    assert (state_of("ada"), error_of("ada")) == (State.FAILED, f"The mail server refuses the mail: {answer}")


def test_what_has_failed_is_tried_again_ever_later_as_the_same_message(smtp: SmtpServer) -> None:
    smtp.at_sender = "451 Try again later"
    sending.send_due(now=MONDAY)
    first = Reminder.objects.get(user__email="ada@example.org")
    assert sending.send_due(now=MONDAY + timedelta(minutes=9)).as_json()["skipped"] == 2
    assert sending.send_due(now=MONDAY + timedelta(minutes=10)).failed == 2
    assert sending.send_due(now=MONDAY + timedelta(minutes=25)).as_json()["skipped"] == 2
    smtp.at_sender = ""
    assert sending.send_due(now=MONDAY + timedelta(minutes=30)).sent == 2
    sent = Reminder.objects.get(user__email="ada@example.org")
    assert (sent.state, sent.tries, sent.error, sent.message_id) == (State.SENT, 3, "", first.message_id)
    assert len(smtp.messages) == 2


def test_asked_by_hand_what_has_failed_does_not_wait(smtp: SmtpServer) -> None:
    smtp.at_sender = "451 Try again later"
    sending.send_due(now=MONDAY)
    smtp.at_sender = ""
    assert sending.send_due(now=MONDAY, at_once=True).sent == 2


def test_with_the_week_the_tries_end(smtp: SmtpServer) -> None:
    smtp.at_sender = "451 Try again later"
    sending.send_due(now=MONDAY + timedelta(days=6, hours=16))
    smtp.at_sender = ""
    assert sending.send_due(now=MONDAY + timedelta(days=6, hours=17)).as_json()["due"] == 0
    assert not smtp.messages


def test_one_readers_broken_rows_leave_the_others_their_mail(smtp: SmtpServer, members: list[User]) -> None:
    User.objects.filter(pk=members[0].pk).update(email="ada@example.org\nbcc: everybody@example.org")
    tally = sending.send_due(now=MONDAY)
    assert tally.as_json() == {"due": 2, "sent": 1, "skipped": 0, "failed": 1}
    assert smtp.recipients == ["ben@example.org"]
    assert Reminder.objects.get(user=members[0]).state == State.FAILED


def test_what_cannot_be_written_is_a_failure_and_told_in_the_log(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("readinglist.reminders.composing.contents_for", _fails)
    assert sending.send_due(now=MONDAY).failed == 2
    assert state_of("ada") == State.FAILED
    assert "no such thing" in caplog.text


def _fails(*_: object, **__: object) -> None:
    raise LookupError("no such thing")


def test_a_full_disk_is_a_failure(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "readinglist.mail.FolderBackend"
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.MAIL_FOLDER.write_text("a file stands where the folder should be")
    assert sending.send_due(now=MONDAY).failed == 2
    assert state_of("ada") == State.FAILED


def test_a_disk_that_takes_no_more_leaves_no_half_mail(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "readinglist.mail.FolderBackend"
    settings.MAIL_FOLDER = tmp_path / "mail"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        assert sending.send_due(now=MONDAY).failed == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert state_of("ada") == State.FAILED
    assert list(settings.MAIL_FOLDER.iterdir()) == []


# --------------------------------------------------------------- nobody can say


@pytest.mark.parametrize("answer", [hang_up, "220 what is it"])
def test_a_message_whose_answer_is_lost_is_never_sent_again(smtp: SmtpServer, answer: str) -> None:
    smtp.at_data = answer
    assert sending.send_due(now=MONDAY).as_json() == {"due": 2, "sent": 0, "skipped": 0, "failed": 2}
    assert {state_of(name) for name in ("ada", "ben")} == {State.UNKNOWN}
    assert smtp.recipients == ["ada@example.org", "ben@example.org"], "they had come all the same"
    smtp.at_data = ""
    assert sending.send_due(now=MONDAY + timedelta(days=3), at_once=True).as_json()["skipped"] == 2
    assert len(smtp.messages) == 2


def test_a_server_that_falls_silent_after_the_message_leaves_it_unknown(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("readinglist.mail_smtp.ANSWER_SECONDS", 0.2)
    silence = threading.Event()
    smtp.at_data = lambda _server: "250 too late" if silence.wait(5) else "250 never asked"
    User.objects.exclude(email="ada@example.org").update(wants_reminder=False)
    try:
        assert sending.send_due(now=MONDAY).failed == 1
    finally:
        silence.set()
    assert (state_of("ada"), error_of("ada")) == (State.UNKNOWN, "The mail server gave no answer in time.")


def test_a_server_may_look_through_a_message_for_longer_than_it_may_keep_silent(
    smtp: SmtpServer, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    never = threading.Event()
    smtp.at_data = lambda _server: "250 never" if never.wait(0.5) else "250 OK"
    assert sending.send_due(now=MONDAY).sent == 2


def test_a_server_that_leaves_mails_without_an_answer_is_not_given_all_of_them(smtp: SmtpServer) -> None:
    for name in ("cid", "dan", "eva"):
        make_person(f"{name}@example.org", name.title())
    User.objects.update(date_joined=MONDAY - timedelta(days=30))
    smtp.at_data = hang_up
    assert sending.send_due(now=MONDAY).failed == 5
    assert [state_of(name) for name in ("ada", "ben", "cid")] == [State.UNKNOWN] * PATIENCE
    assert (state_of("dan"), error_of("dan")) == (State.FAILED, "The connection to the mail server broke.")
    assert len(smtp.messages) == smtp.connections == PATIENCE
    smtp.at_data = ""
    assert sending.send_due(now=MONDAY + timedelta(minutes=10)).sent == 2
    assert smtp.recipients == [f"{name}@example.org" for name in ("ada", "ben", "cid", "dan", "eva")]


def test_an_answer_in_between_gives_the_server_its_time_again(smtp: SmtpServer) -> None:
    for number in range(5):
        make_person(f"more{number}@example.org", f"More {number}")
    User.objects.update(date_joined=MONDAY - timedelta(days=30))
    is_heard = iter([False, False, True, False, False, True, True])
    smtp.at_data = lambda server: "250 OK" if next(is_heard) else hang_up(server)
    assert sending.send_due(now=MONDAY).sent == 3


def test_a_claim_whose_maker_was_killed_becomes_unknown(smtp: SmtpServer, members: list[User]) -> None:
    mail = claims.Waiting(members[0], MONDAY.date(), "<1@x>")
    assert claims.claim(mail, now=MONDAY)
    assert sending.send_due(now=MONDAY + timedelta(minutes=15)).as_json()["skipped"] == 1
    assert state_of("ada") == State.CLAIMED, "its maker may be at it"
    assert sending.send_due(now=MONDAY + timedelta(minutes=16)).as_json()["skipped"] == 2
    assert state_of("ada") == State.UNKNOWN
    assert "ended while it was sending" in error_of("ada")
    assert smtp.recipients == ["ben@example.org"]


def test_a_carrier_of_which_nothing_is_known_leaves_a_failure_unknown(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "tests.reminders.test_sending.BrokenBackend"
    assert sending.send_due(now=MONDAY).failed == 2
    assert state_of("ada") == State.UNKNOWN


class BrokenBackend(BaseEmailBackend):
    """Some mail service's, whose answer is lost."""

    def open(self) -> bool:
        return True

    def send_messages(self, email_messages: object) -> int:
        raise ConnectionResetError("peer is gone")


# -------------------------------------------------------------------- two at once


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_send_each_mail_once(smtp: SmtpServer) -> None:
    for number in range(6):
        make_person(f"more{number}@example.org", f"More {number}")
    User.objects.update(date_joined=MONDAY - timedelta(days=30))
    tallies: list[sending.Tally] = []
    together = threading.Barrier(3)

    def tick() -> None:
        together.wait()
        try:
            tallies.append(sending.send_due(now=MONDAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=tick) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(tally.sent for tally in tallies) == 8
    assert sum(tally.failed for tally in tallies) == 0
    assert len(smtp.recipients) == len(set(smtp.recipients)) == 8
    assert Reminder.objects.filter(state=State.SENT).count() == 8


def test_what_has_failed_is_claimed_by_one_of_two(smtp: SmtpServer) -> None:
    smtp.at_sender = "451 Try again later"
    sending.send_due(now=MONDAY)
    smtp.at_sender = ""
    (mail, *_), _skipped = claims.waiting(now=MONDAY + timedelta(hours=1))
    assert claims.claim(mail, now=MONDAY + timedelta(hours=1))
    assert claims.claim(mail, now=MONDAY + timedelta(hours=1)) is None
