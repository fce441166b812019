"""Second factors by code: setting up, signing in, recovery, losing one, and roles that must have one."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from io import StringIO
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import factors, links
from accounts.models import AuditRecord, Role, User
from accounts.roles import set_role
from readinglist.environment import read_choices
from tests.fixtures.cast import PASSWORD, signed_in
from tests.fixtures.codes import code_of, give_app

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "eleven green bottles"
SECURITY, APP, CODES = "/accounts/security/", "/accounts/security/app/", "/accounts/security/codes/"
SECOND = "/accounts/login/second-factor/"


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def give_password(client: Client, user: User, **more: str) -> Any:
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD} | more)


def give_code(client: Client, code: str) -> Any:
    return client.post(SECOND, {"code": code})


def confirm(client: Client) -> None:
    """Proves by the password who is there, as is asked for before something that matters."""
    assert client.post("/accounts/confirm/", {"password": PASSWORD}).status_code == 302


def text_of(response: Any) -> str:
    return unescape(response.content.decode())


# ------------------------------------------------------------------ setting up


def test_an_app_is_set_up_with_its_first_code(reader_client: Client, reader: User) -> None:
    asked = reader_client.get(APP)
    assert unquote(asked["Location"]) == "/accounts/confirm/?next=/accounts/security/app/"
    page = reader_client.post(asked["Location"], {"password": PASSWORD, "next": APP}, follow=True)
    secret = re.search(r'class="secret mt4">([A-Z2-7 ]+)<', text_of(page))
    assert secret
    assert 'src="data:image/svg+xml;base64,' in text_of(page)
    wrong = reader_client.post(APP, {"code": "abcdef"})
    assert "This code does not fit" in text_of(wrong)
    assert secret[1] in text_of(wrong), "the key in the app stays good"
    done = reader_client.post(APP, {"code": code_of(secret[1].replace(" ", ""))})
    assert done["Location"] == CODES
    assert factors.has_one(reader)


def test_recovery_codes_are_shown_once(reader_client: Client, reader: User) -> None:
    codes = give_app(reader)
    confirm(reader_client)
    page = text_of(reader_client.get(CODES))
    assert len(codes) == 10
    assert all(f"<li>{code}</li>" in page for code in codes)
    file = re.search(r'href="data:text/plain;charset=utf-8,([^"]+)"\s+download', page)
    assert file
    assert unquote(file[1]).splitlines()[2:] == codes
    again = text_of(reader_client.get(CODES))
    assert "10 codes are left" in again
    assert not any(code in again for code in codes)


def test_new_codes_end_the_old_ones(reader_client: Client, reader: User) -> None:
    old = give_app(reader)
    confirm(reader_client)
    assert "The 10 codes that are left end" in text_of(reader_client.get("/accounts/security/codes/new/"))
    page = text_of(reader_client.post("/accounts/security/codes/new/", follow=True))
    assert not any(code in page for code in old)
    client = Client()
    give_password(client, reader)
    assert "does not fit" in text_of(give_code(client, old[0]))


@pytest.mark.django_db(transaction=True)
def test_what_is_set_up_is_told_by_mail(reader_client: Client, reader: User) -> None:
    confirm(reader_client)
    reader_client.get(APP)
    reader_client.post(APP, {"code": code_of(reader_client.session["mfa.totp.secret"])})
    reader_client.post("/accounts/security/codes/new/")
    assert [message.subject for message in mail.outbox] == [
        "An authenticator app was set up",
        "New recovery codes were made",
    ]
    assert mail.outbox[0].to == ["ada@example.org"]
    assert "Hello Ada Reader," in mail.outbox[0].body
    assert "http://localhost:8000/accounts/security/" in mail.outbox[0].body


def test_who_has_no_factor_gets_no_codes(reader_client: Client) -> None:
    confirm(reader_client)
    assert reader_client.get(CODES).status_code == 404
    assert reader_client.post("/accounts/security/codes/new/")["Location"] == SECURITY
    assert not Authenticator.objects.exists()


def test_setting_one_up_signs_out_who_has_not_shown_it(reader_client: Client, reader: User) -> None:
    elsewhere = signed_in(reader)
    confirm(reader_client)
    reader_client.get(APP)
    reader_client.post(APP, {"code": code_of(reader_client.session["mfa.totp.secret"])})
    assert elsewhere.get(SECURITY).status_code == 302
    assert reader_client.get(SECURITY).status_code == 200


def test_pressing_twice_sets_up_one_app(reader_client: Client, reader: User) -> None:
    confirm(reader_client)
    reader_client.get(APP)
    code = code_of(reader_client.session["mfa.totp.secret"])
    answers = [reader_client.post(APP, {"code": code})["Location"] for _ in range(2)]
    assert answers == [CODES, SECURITY]
    assert Authenticator.objects.filter(user=reader, type="totp").count() == 1


def test_a_mail_server_that_is_down_undoes_nothing(
    reader_client: Client, reader: User, settings: Settings, unused_tcp_port: int
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", unused_tcp_port
    give_app(reader)
    confirm(reader_client)
    assert reader_client.post("/accounts/security/app/remove/")["Location"] == SECURITY
    assert not Authenticator.objects.exists()


def test_removing_the_app_ends_its_recovery_codes(reader_client: Client, reader: User) -> None:
    give_app(reader)
    assert reader_client.get("/accounts/security/app/remove/")["Location"].startswith("/accounts/confirm/")
    confirm(reader_client)
    page = reader_client.post("/accounts/security/app/remove/", follow=True)
    assert "Your authenticator app is removed." in text_of(page)
    assert not Authenticator.objects.exists()
    assert mail.outbox[-1].subject == "Your authenticator app was removed"


# ------------------------------------------------------------------ signing in


def test_after_the_password_comes_the_code(outsider: Client, reader: User) -> None:
    give_app(reader)
    asked = give_password(outsider, reader, next="/entries/")
    assert asked["Location"] == SECOND
    assert not is_signed_in(outsider)
    assert "One more step" in text_of(outsider.get(SECOND))
    before = outsider.session.session_key
    assert give_code(outsider, code_of())["Location"] == "/entries/"
    assert is_signed_in(outsider)
    assert outsider.session.session_key != before


@pytest.mark.parametrize("page", ["/", "/admin/", "/accounts/security/", "/accounts/security/app/remove/"])
def test_the_password_alone_opens_nothing(outsider: Client, admin_user: User, page: str) -> None:
    give_app(admin_user)
    give_password(outsider, admin_user)
    assert outsider.get(page, follow=True).redirect_chain[-1][0] == SECOND
    assert not is_signed_in(outsider)


def test_a_wrong_code_is_told_at_its_field(outsider: Client, reader: User) -> None:
    give_app(reader)
    give_password(outsider, reader)
    page = text_of(give_code(outsider, "000000x"))
    assert "This code does not fit. Type the one that your app shows now." in page
    assert 'aria-describedby="id_code_error"' in page
    assert not is_signed_in(outsider)


def test_a_code_with_a_gap_and_of_the_step_before_is_good(outsider: Client, reader: User) -> None:
    give_app(reader)
    at = datetime(2026, 11, 20, 9, 0, 0, tzinfo=UTC)  # so that no step ends between making the code and reading it
    late = code_of(at=at.timestamp() - 30)
    with time_machine.travel(at):
        give_password(outsider, reader)
        give_code(outsider, f" {late[:3]} {late[3:]} ")
        assert is_signed_in(outsider)


def test_a_code_is_good_once_for_as_long_as_it_fits(reader: User) -> None:
    give_app(reader)
    at = datetime(2026, 11, 20, 9, 0, 0, tzinfo=UTC)
    code = code_of(at=at.timestamp() + 30)  # of a phone whose clock is ahead
    for seconds in (0, 5, 59):
        cache.delete(f"allauth.mfa.totp.used?user={reader.pk}&code={code}")  # it forgets after half a minute
        with time_machine.travel(at + timedelta(seconds=seconds)):
            client = Client()
            give_password(client, reader)
            told = text_of(give_code(client, code))
        assert is_signed_in(client) == (seconds == 0)
        assert ("This code was used already." in told) == (seconds > 0)


def test_a_recovery_code_is_good_once(reader: User) -> None:
    codes = give_app(reader)
    for code, is_good in [(codes[3], True), (codes[3], False), (codes[4], True)]:
        client = Client()
        give_password(client, reader)
        give_code(client, code)
        assert is_signed_in(client) == is_good


def test_guessing_codes_is_stopped(outsider: Client, reader: User) -> None:
    give_app(reader)
    give_password(outsider, reader)
    for number in range(5):
        give_code(outsider, f"x{number}")
    assert "Too many attempts. Wait five minutes and try again." in text_of(give_code(outsider, code_of()))
    other = Client()
    give_password(other, reader)
    give_code(other, code_of())
    assert not is_signed_in(other), "it counts for the person, not for the browser"


def test_who_cannot_go_on_signs_in_as_somebody_else(outsider: Client, reader: User, teammate: User) -> None:
    give_app(reader)
    give_password(outsider, reader)
    assert outsider.get(reverse("account_login"))["Location"] == SECOND
    assert outsider.post(SECOND, {"give_up": "1"})["Location"] == reverse("account_login")
    give_password(outsider, teammate)
    assert outsider.session["_auth_user_id"] == str(teammate.pk)


def test_a_new_password_by_mail_does_not_stand_for_the_code(outsider: Client, reader: User) -> None:
    give_app(reader)
    path = links.password_link(reader, now=timezone.now()).url.removeprefix("http://localhost:8000")
    form = outsider.get(path)["Location"]
    done = outsider.post(form, {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD})
    assert done["Location"] == SECOND
    assert not is_signed_in(outsider)
    assert mail.outbox[-1].subject == "Your password was changed"
    give_code(outsider, code_of())
    assert is_signed_in(outsider)


def test_a_sign_in_link_does_not_stand_for_the_code(admin_user: User, reader_client: Client) -> None:
    give_app(admin_user)
    token = links.make_link(admin_user, now=timezone.now()).url.rstrip("/").rpartition("/")[2]
    answer = reader_client.post("/accounts/link/", {"token": token})
    assert answer["Location"] == SECOND
    assert not is_signed_in(reader_client), "and whoever was signed in here is not any more"
    give_code(reader_client, code_of())
    assert reader_client.session["_auth_user_id"] == str(admin_user.pk)


# ---------------------------------------------------------------- a lost factor


def test_on_the_machine_a_lost_factor_is_taken_away(outsider: Client, admin_user: User) -> None:
    give_app(admin_user)
    out, told = StringIO(), StringIO()
    call_command("signinlink", admin_user.email, without_second_factor=True, stdout=out, stderr=told)
    assert "dana@example.org has no second factor any more." in told.getvalue()
    token = out.getvalue().strip().rstrip("/").rpartition("/")[2]
    outsider.post("/accounts/link/", {"token": token})
    assert outsider.session["_auth_user_id"] == str(admin_user.pk)
    record = AuditRecord.objects.get(action=AuditRecord.Action.SECOND_FACTOR)
    assert (record.actor, record.person) == (None, admin_user)


def test_the_command_wants_to_know_whose() -> None:
    with pytest.raises(CommandError, match="wants to know whose"):
        call_command("signinlink", without_second_factor=True)


def test_an_admin_takes_a_lost_factor_away(admin_client: Client, admin_user: User, reader: User) -> None:
    give_app(reader)
    thief = signed_in(reader)
    page = f"/accounts/people/{reader.pk}/second-factor/"
    asked = admin_client.get(page)
    assert unquote(asked["Location"]) == f"/accounts/confirm/?next={page}"
    confirm(admin_client)
    assert "Yes, take it away" in text_of(admin_client.get(page))
    told = admin_client.post(page, follow=True)
    assert "The second factor of Ada Reader is taken away." in text_of(told)
    assert not Authenticator.objects.filter(user=reader).exists()
    assert thief.get("/").status_code == 302
    record = AuditRecord.objects.get(action=AuditRecord.Action.SECOND_FACTOR)
    assert (record.actor, record.person) == (admin_user, reader)
    (message,) = mail.outbox
    assert message.to == ["ada@example.org"]
    assert "Dana Admin has taken away your second factor" in message.body
    assert "127.0.0.1" not in message.body, "where the admin sits is nobody's business"


def test_taking_away_is_for_admins_and_for_others(
    reader_client: Client, curator_client: Client, admin_client: Client, teammate: User, admin_user: User
) -> None:
    give_app(teammate)
    for client in (reader_client, curator_client):
        assert client.post(f"/accounts/people/{teammate.pk}/second-factor/").status_code == 403
    assert admin_client.post(f"/accounts/people/{admin_user.pk}/second-factor/").status_code == 404
    assert admin_client.post("/accounts/people/999999999999/second-factor/").status_code == 404
    assert factors.has_one(teammate)


# --------------------------------------------------------- roles that must have one


PAGES = ["/", "/entries/", "/admin/", "/admin/catalog/entry/", "/admin/login/?next=/admin/", "/accounts/settings/"]


@pytest.mark.parametrize("role", ["curator", "admin"])
def test_who_must_have_a_factor_sets_one_up_before_anything_else(reader: User, settings: Settings, role: str) -> None:
    settings.REQUIRE_MFA = frozenset({role})
    client = signed_in(reader)
    assert client.get("/").status_code == 200
    set_role(reader, role, by=None, now=timezone.now())  # in the middle of a session
    for page in PAGES:
        assert client.get(page)["Location"] == SECURITY, page
    assert client.post("/admin/catalog/category/add/", {"name": "x"})["Location"] == SECURITY
    part = client.get("/entries/", headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (204, SECURITY)
    assert "Your role needs a second factor" in text_of(client.get(SECURITY))
    confirm(client)
    client.get(APP)
    client.post(APP, {"code": code_of(client.session["mfa.totp.secret"])})
    for page in ("/", "/admin/"):
        assert client.get(page).status_code == 200, page


def test_what_is_open_to_everybody_stays_open_to_them(admin_client: Client, settings: Settings) -> None:
    settings.REQUIRE_MFA = frozenset({"admin"})
    assert admin_client.get("/healthz").status_code == 200
    assert admin_client.get("/static/js/passkeys.js").status_code == 200
    assert admin_client.get(reverse("account_change_password")).status_code == 200
    assert admin_client.post(reverse("account_logout"))["Location"] == reverse("account_login")


def test_the_others_read_as_ever(reader_client: Client, curator_client: Client, settings: Settings) -> None:
    settings.REQUIRE_MFA = frozenset({"admin"})
    assert reader_client.get("/").status_code == 200
    assert curator_client.get("/admin/").status_code == 200


def test_who_must_have_one_keeps_the_last(admin_client: Client, admin_user: User, settings: Settings) -> None:
    settings.REQUIRE_MFA = frozenset({"admin"})
    give_app(admin_user)
    confirm(admin_client)
    page = admin_client.post("/accounts/security/app/remove/")
    assert "this is your only one. Add another first." in text_of(page)
    assert factors.has_one(admin_user)


def test_the_roles_are_read_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    roles = frozenset({Role.CURATOR.value, Role.ADMIN.value})
    monkeypatch.setenv("REQUIRE_MFA", " Curator, admin,")
    assert read_choices("REQUIRE_MFA", roles) == roles
    monkeypatch.setenv("REQUIRE_MFA", "")
    assert read_choices("REQUIRE_MFA", roles) == frozenset()
    monkeypatch.setenv("REQUIRE_MFA", "curators")
    with pytest.raises(ImproperlyConfigured, match=r"REQUIRE_MFA must be one or more of admin, curator.*'curators'"):
        read_choices("REQUIRE_MFA", roles)


# ------------------------------------------------------- without a password


@pytest.mark.parametrize("page", ["/accounts/password/set/", "/accounts/email/"])
def test_who_has_a_factor_and_no_password_shows_it_before_what_would_hand_the_account_over(
    reader_client: Client, reader: User, page: str
) -> None:
    reader.set_unusable_password()
    reader.save()
    reader_client.force_login(reader)
    give_app(reader)
    typed = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "email": "thief@example.com"}
    for asked in (reader_client.get(page), reader_client.post(page, typed)):
        assert unquote(asked["Location"]) == f"/accounts/confirm/code/?next={page}"
    assert NEW_PASSWORD not in str(dict(reader_client.session)), "what was typed is not kept"
    done = reader_client.post("/accounts/confirm/code/", {"code": code_of(), "next": page})
    assert done["Location"] == page
    assert reader_client.get(page).status_code == 200
    assert reader_client.post(page, typed).status_code == 302
    assert User.objects.get(pk=reader.pk).has_usable_password() == (page == "/accounts/password/set/")
    assert len(mail.outbox) == 1
