"""Where one is signed in, and signing out there."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import sessions
from accounts.models import User
from accounts.tasks import forget_expired
from tests.fixtures.cast import PASSWORD, signed_in

pytestmark = pytest.mark.django_db
PAGE = "/accounts/security/"
NEW_PASSWORD = "eleven green bottles"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
EDGE = f"{CHROME} Edg/131.0.0.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.1 Mobile/15E148 Safari/604.1"
)


def browser(user: User, *, agent: str = FIREFOX, ip: str = "192.0.2.1", password: str = PASSWORD) -> Client:
    """A browser in which `user` has signed in by the page."""
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=ip)
    client.post(reverse("account_login"), {"login": user.email, "password": password})
    assert "_auth_user_id" in client.session
    return client


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def test_every_browser_is_listed_and_this_one_is_named(reader: User) -> None:
    here = browser(reader)
    browser(reader, agent=SAFARI, ip="192.0.2.7")
    page = text_of(here.get(PAGE))
    assert "Firefox on Linux" in page
    assert "Safari on iPhone" in page
    assert "From 192.0.2.7, since" in page
    assert page.count("This browser.") == 1
    assert page.index("Firefox on Linux") < page.index("This browser.") < page.index("Safari on iPhone")
    assert "Sign out Safari on iPhone" in page
    assert "Sign out Firefox on Linux" not in page


def test_one_browser_is_signed_out_from_another(reader: User) -> None:
    here, there, third = browser(reader), browser(reader, agent=SAFARI), browser(reader, agent=CHROME)
    session = UserSession.objects.get(session_key=there.session.session_key)
    told = here.post(f"/accounts/security/sessions/{session.pk}/end/", follow=True)
    assert "Safari on iPhone is signed out." in text_of(told)
    assert [is_in(client) for client in (here, there, third)] == [True, False, True]


def test_others_sessions_are_not_there(reader: User, teammate: User) -> None:
    here, theirs = browser(reader), browser(teammate, ip="192.0.2.9")
    session = UserSession.objects.get(session_key=theirs.session.session_key)
    assert here.post(f"/accounts/security/sessions/{session.pk}/end/").status_code == 404
    assert "192.0.2.9" not in text_of(here.get(PAGE))
    assert is_in(theirs)


def test_this_browser_has_its_own_button_in_the_foot(reader: User) -> None:
    here = browser(reader)
    own = UserSession.objects.get(session_key=here.session.session_key)
    assert here.post(f"/accounts/security/sessions/{own.pk}/end/").status_code == 404
    assert is_in(here)


def test_everywhere_else_means_every_session_listed_or_not(reader: User, teammate: User) -> None:
    here, there, unlisted, theirs = browser(reader), browser(reader), signed_in(reader), browser(teammate)
    told = here.post("/accounts/security/sessions/end/", follow=True)
    assert "You are signed out everywhere else." in text_of(told)
    assert [is_in(client) for client in (here, there, unlisted, theirs)] == [True, False, False, True]
    assert UserSession.objects.filter(user=reader).count() == 1


def test_a_new_password_ends_the_other_sessions_for_good(reader: User) -> None:
    here, there = browser(reader), browser(reader)
    key = there.session.session_key
    passwords = {"oldpassword": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
    here.post(reverse("account_change_password"), passwords)
    assert not Session.objects.filter(pk=key).exists()
    page = text_of(here.get(PAGE))
    assert page.count("Firefox on Linux") == 1
    assert "This browser." in page, "the session has a new key, and is the same line"


def test_lines_of_sessions_that_are_no_more_are_forgotten(reader: User) -> None:
    here, there = browser(reader), browser(reader)
    Session.objects.filter(pk=there.session.session_key).delete()
    forget_expired()
    assert [row.session_key for row in UserSession.objects.all()] == [here.session.session_key]


def test_signing_out_takes_the_line_away(reader: User) -> None:
    here, there = browser(reader), browser(reader, agent=SAFARI)
    there.post(reverse("account_logout"))
    assert "Safari" not in text_of(here.get(PAGE))


def test_when_a_browser_was_last_seen_is_noted_every_ten_minutes(reader: User) -> None:
    here = browser(reader)
    session = UserSession.objects.get()
    for minutes, is_noted in [(5, False), (12, True), (15, False)]:
        before = session.last_seen_at
        with time_machine.travel(session.created_at + timedelta(minutes=minutes)):
            here.get("/entries/", REMOTE_ADDR="198.51.100.4")
        session.refresh_from_db()
        assert (session.last_seen_at > before) == is_noted
    assert session.ip == "198.51.100.4"


def test_the_page_asks_as_much_for_many_sessions_as_for_one(
    reader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    here = browser(reader)
    for number in range(sessions.MOST_SHOWN + 5):
        key = f"{number:032}"
        Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + timedelta(days=1))
        UserSession.objects.create(user=reader, session_key=key, ip="192.0.2.1", user_agent=CHROME)
    with django_assert_max_num_queries(8):
        page = text_of(here.get(PAGE))
    assert page.count('<p class="item__t">') == sessions.MOST_SHOWN


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Windows"),
        (EDGE, "Edge on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("curl/8.5.0", "Some other program"),
        ("", "Some other program"),
        ("<script>alert(1)</script>", "Some other program"),
        ("Linux", "Linux"),
    ],
)
def test_a_browser_is_named_in_words_of_ours(agent: str, words: str) -> None:
    assert sessions.browser_of(agent) == words
