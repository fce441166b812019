"""One-time links: the first admin's, and those that sign a person in."""

import json
import logging
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts import links
from accounts.logs import WithoutTokens
from accounts.models import AuditRecord, SignInLink, User, hash_token
from accounts.tasks import forget_expired
from tests.fixtures.cast import PASSWORD, make_person
from tests.fixtures.threads import at_once

pytestmark = pytest.mark.django_db
SITE_URL = "https://reading.example.org"
FIRST = {"name": "Dana Admin", "email": "Dana@Example.org", "password": PASSWORD, "zone": "Europe/Berlin"}


@pytest.fixture(autouse=True)
def site_url(settings: Settings) -> None:
    settings.SITE_URL = SITE_URL


def signinlink(*arguments: str) -> tuple[str, str]:
    """What the command prints, and what it says besides."""
    out, err = StringIO(), StringIO()
    call_command("signinlink", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def token_of(url: str) -> str:
    assert url.startswith(f"{SITE_URL}/accounts/link/")
    return url.strip().rstrip("/").rsplit("/", 1)[1]


def path_of(url: str) -> str:
    return url.strip().removeprefix(SITE_URL)


def use(client: Client, url: str, **fields: str) -> Any:
    return client.post(reverse("accounts:use_link"), {"token": token_of(url)} | fields)


# ------------------------------------------------------------------- the command


def test_while_there_is_no_admin_the_command_prints_a_link_and_nothing_else() -> None:
    User.objects.create_user("invited@example.org", name="Invited")
    out, err = signinlink()
    assert out.startswith(f"{SITE_URL}/accounts/link/")
    assert out.count("\n") == 1
    assert "first admin" in err
    assert token_of(out) not in err


def test_the_token_is_stored_as_a_hash_only() -> None:
    token = token_of(signinlink()[0])
    assert [link.token_hash for link in SignInLink.objects.all()] == [hash_token(token)]
    assert len(token) >= 43, "256 bits"


def test_the_only_admin_gets_a_link_with_a_password_or_without(admin_user: User, reader: User) -> None:
    admin_user.set_unusable_password()
    admin_user.save()
    out, err = signinlink()
    assert admin_user.email in err
    assert SignInLink.objects.with_token(token_of(out)).get().user == admin_user


def test_with_several_admins_the_command_says_what_to_type(admin_user: User) -> None:
    make_person("eve@example.org", "Eve", role="admin")
    with pytest.raises(CommandError) as error:
        signinlink()
    assert "manage.py signinlink dana@example.org\n  manage.py signinlink eve@example.org" in str(error.value)


def test_who_signed_up_before_the_first_admin_does_not_take_their_place(outsider: Client, reader: User) -> None:
    use(outsider, signinlink("--first-run")[0], **FIRST)
    assert User.objects.get(is_superuser=True).name == FIRST["name"]


def test_with_an_address_the_link_signs_in_that_person(reader: User, admin_user: User) -> None:
    out, _ = signinlink("ADA@example.org")
    assert SignInLink.objects.with_token(token_of(out)).get().user == reader


def test_an_unknown_or_inactive_person_gets_no_link(reader: User) -> None:
    with pytest.raises(CommandError, match=r"Nobody here has the address nobody@example\.org"):
        signinlink("nobody@example.org")
    User.objects.filter(pk=reader.pk).update(is_active=False)
    with pytest.raises(CommandError, match="Access is switched off"):
        signinlink(reader.email)
    assert not SignInLink.objects.exists()


def test_a_link_that_signs_somebody_in_stands_in_the_audit_log_without_its_token(reader: User) -> None:
    token = token_of(signinlink(reader.email)[0])
    line = AuditRecord.objects.get(action="link")
    assert (line.actor, line.person) == (None, reader)
    assert token not in str(line.details)


def test_first_run_prints_a_link_only_while_there_is_no_admin() -> None:
    assert signinlink("--first-run")[0].startswith(SITE_URL)
    make_person("dana@example.org", "Dana", role="admin")
    assert signinlink("--first-run") == ("", "")
    assert signinlink("--first-run", "--json") == ("", "")


def test_first_run_takes_no_address() -> None:
    with pytest.raises(CommandError, match="--first-run"):
        signinlink("ada@example.org", "--first-run")


def test_json_stands_alone_on_stdout(reader: User) -> None:
    out, err = signinlink(reader.email, "--json")
    facts = json.loads(out)
    assert err == ""
    assert facts["email"] == reader.email
    assert token_of(facts["url"])
    ends_in = datetime.fromisoformat(facts["expires_at"]) - timezone.now()
    assert timedelta(hours=23, minutes=59) < ends_in <= timedelta(hours=24)


def test_json_of_the_first_link_names_nobody() -> None:
    assert json.loads(signinlink("--json")[0])["email"] is None


# --------------------------------------------------------------- signing in once


def test_a_link_signs_in_once(outsider: Client, reader: User) -> None:
    url = signinlink(reader.email)[0]
    page = outsider.get(path_of(url))
    assert page.status_code == 200
    assert "Sign in as Ada Reader" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    response = use(outsider, url)
    assert response["Location"] == reverse("reading:home")
    assert outsider.session["_auth_user_id"] == str(reader.pk)
    again = use(Client(), url)
    assert again.status_code == 410
    assert "This link no longer works" in again.content.decode()


def test_looking_at_a_link_uses_nothing_up(outsider: Client, reader: User) -> None:
    url = signinlink(reader.email)[0]
    for _ in range(3):
        outsider.get(path_of(url))
        outsider.head(path_of(url))
    assert "_auth_user_id" not in outsider.session
    assert use(outsider, url).status_code == 302


def test_signing_in_by_link_changes_the_session_key(outsider: Client, reader: User) -> None:
    session = outsider.session
    session["planted"] = True
    session.save()
    planted = session.session_key or ""
    outsider.cookies["sessionid"] = planted
    use(outsider, signinlink(reader.email)[0])
    assert outsider.session.session_key != planted


def test_a_link_ends_the_session_of_somebody_else(teammate_client: Client, reader: User) -> None:
    url = signinlink(reader.email)[0]
    assert "You are signed in as ben@example.org" in teammate_client.get(path_of(url)).content.decode()
    use(teammate_client, url)
    assert teammate_client.session["_auth_user_id"] == str(reader.pk)


def test_an_old_link_lets_nobody_in(outsider: Client, reader: User) -> None:
    link = links.make_link(reader, now=timezone.now() - timedelta(hours=25))
    for response in (outsider.get(path_of(link.url)), use(outsider, link.url)):
        assert response.status_code == 410
        assert "This link no longer works" in response.content.decode()
    assert "_auth_user_id" not in outsider.session


@pytest.mark.parametrize("token", ["x", "a" * 43, "..", "%00", "ÄÖÜ"])
def test_an_unknown_link_is_told_so(outsider: Client, token: str) -> None:
    assert outsider.get(f"/accounts/link/{token}/").status_code == 404
    response = outsider.post(reverse("accounts:use_link"), {"token": token})
    assert response.status_code == 404
    assert "No such link" in response.content.decode()


def test_a_link_without_a_token_leads_to_the_door(outsider: Client) -> None:
    assert outsider.get(reverse("accounts:use_link"))["Location"] == reverse("account_login")


def test_the_link_of_somebody_deactivated_meanwhile_lets_nobody_in(outsider: Client, reader: User) -> None:
    url = signinlink(reader.email)[0]
    User.objects.filter(pk=reader.pk).update(is_active=False)
    response = use(outsider, url)
    assert response.status_code == 410
    assert "Your access is switched off" in response.content.decode()
    assert "_auth_user_id" not in outsider.session


def test_a_link_needs_the_pages_own_form(reader: User) -> None:
    client = Client(enforce_csrf_checks=True)
    url = signinlink(reader.email)[0]
    assert use(client, url).status_code == 403
    assert SignInLink.objects.usable(timezone.now()).exists()


def test_no_token_reaches_the_log(reader: User, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    client = Client(enforce_csrf_checks=True)
    used, fresh = signinlink(reader.email)[0], signinlink(reader.email)[0]
    use(Client(), used)
    client.get(path_of(used))
    use(client, used)
    client.get(path_of(fresh))
    use(client, fresh)
    client.get("/accounts/link/some-unknown-token/")
    for token in (token_of(used), token_of(fresh), "some-unknown-token"):
        assert token not in caplog.text


def test_the_tokens_of_paths_are_masked_in_every_line_of_the_log() -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Gone: %s", ("/accounts/link/se-cret/",), None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == "Gone: /accounts/link/…/"


@pytest.mark.parametrize("change", ["password", "address"])
def test_a_link_ends_when_password_or_address_changes(outsider: Client, reader: User, change: str) -> None:
    url = signinlink(reader.email)[0]
    if change == "password":
        reader.set_password("quite another password")
    else:
        reader.email = "ada@elsewhere.example"
    reader.save()
    assert use(outsider, url).status_code == 410


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_comes_in() -> None:
    person = make_person("ada@example.org", "Ada")
    url = signinlink(person.email)[0]
    responses = at_once(lambda: use(Client(), url), lambda: use(Client(), url))
    assert sorted(response.status_code for response in responses) == [302, 410]


def test_what_has_ended_is_forgotten_after_a_while(reader: User) -> None:
    links.make_link(reader, now=timezone.now() - timedelta(hours=25))
    links.make_link(reader, now=timezone.now())
    forget_expired()
    assert SignInLink.objects.count() == 1


# -------------------------------------------------------------- the first admin


def test_the_first_link_makes_the_admin_and_signs_in(outsider: Client) -> None:
    url = signinlink()[0]
    page = outsider.get(path_of(url)).content.decode()
    assert '<option value="UTC" selected>' in page, "the instance's zone is proposed"
    response = use(outsider, url, **FIRST)
    assert response["Location"] == reverse("week:welcome"), "the first visit's questions are for admins too"
    admin = User.objects.get()
    assert (admin.email, admin.name, admin.zone, admin.role) == (
        "dana@example.org",
        "Dana Admin",
        "Europe/Berlin",
        "admin",
    )
    assert admin.check_password(PASSWORD)
    assert outsider.session["_auth_user_id"] == str(admin.pk)
    assert outsider.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("name", " ", "This field is required"),
        ("email", "no address", "Enter a valid email address"),
        ("email", "invited@example.org", "Somebody with this address is here already"),
        ("email", "INVITED@example.org", "Somebody with this address is here already"),
        ("password", "short", "at least 10 characters"),
        ("password", "dana@example.org", "too similar to the e-mail"),
        ("zone", "Europe/Atlantis", "Select a valid choice"),
    ],
)
def test_an_error_in_the_first_form_keeps_what_was_typed(outsider: Client, field: str, value: str, told: str) -> None:
    User.objects.create_user("invited@example.org", name="Invited")
    url = signinlink()[0]
    page = use(outsider, url, **FIRST | {field: value}).content.decode()
    assert told in page
    assert f'id="id_{field}_error"' in page
    for kept in {"name", "email"} - {field}:
        assert f'value="{FIRST[kept]}"' in page
    assert PASSWORD not in page
    assert User.objects.count() == 1
    assert use(outsider, url, **FIRST).status_code == 302, "the link still works"


def test_a_second_first_link_is_told_that_it_is_too_late(outsider: Client) -> None:
    first, second = signinlink()[0], signinlink()[0]
    use(outsider, first, **FIRST)
    for response in (Client().get(path_of(second)), use(Client(), second, **FIRST | {"email": "eve@example.org"})):
        assert response.status_code == 410
        assert "Already set up" in response.content.decode()
    assert User.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("links_count", [1, 2])
def test_of_two_who_set_up_at_once_one_becomes_the_admin(links_count: int) -> None:
    urls = [signinlink()[0] for _ in range(links_count)]
    emails = ["dana@example.org", "eve@example.org"]
    responses = at_once(
        lambda: use(Client(), urls[0], **FIRST | {"email": emails[0]}),
        lambda: use(Client(), urls[-1], **FIRST | {"email": emails[1]}),
    )
    assert sorted(response.status_code for response in responses) == [302, 410]
    winner = next(index for index, response in enumerate(responses) if response.status_code == 302)
    assert [user.email for user in User.objects.all()] == [emails[winner]]
    assert "Already set up" in responses[1 - winner].content.decode()
