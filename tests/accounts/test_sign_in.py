"""Signing in and out by e-mail and password."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.fixtures.cast import PASSWORD

pytestmark = pytest.mark.django_db


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> "object":
    return client.post(reverse("account_login"), {"login": email, "password": password} | more)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_reader_signs_in_and_lands_on_home(outsider: Client, reader: User) -> None:
    response = outsider.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD})
    assert response.status_code == 302
    assert response["Location"] == reverse("reading:home")
    assert is_signed_in(outsider)


@pytest.mark.parametrize("email", ["ADA@Example.org", " ada@example.org "])
def test_case_and_blanks_around_the_address_do_not_matter(outsider: Client, reader: User, email: str) -> None:
    sign_in(outsider, email)
    assert is_signed_in(outsider)


def test_signing_in_changes_the_session_key(outsider: Client, reader: User) -> None:
    session = outsider.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    outsider.cookies["sessionid"] = planted or ""
    sign_in(outsider, reader.email)
    assert is_signed_in(outsider)
    assert outsider.session.session_key != planted


def test_a_page_asks_outsiders_to_sign_in_and_then_comes_back(outsider: Client, reader: User) -> None:
    wanted = reverse("accounts:settings")
    asked = outsider.get(wanted)
    assert asked["Location"] == f"{reverse('account_login')}?next={wanted}"
    form = outsider.get(asked["Location"])
    assert f'<input type="hidden" name="next" value="{wanted}">' in form.content.decode()
    response = outsider.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD, "next": wanted})
    assert response["Location"] == wanted


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "http:evil.example"],
)
def test_signing_in_leads_to_no_other_site(outsider: Client, reader: User, target: str) -> None:
    response = outsider.post(
        reverse("account_login") + "?next=" + target, {"login": reader.email, "password": PASSWORD, "next": target}
    )
    assert response["Location"] == reverse("reading:home")


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_are_told_alike(outsider: Client, reader: User, email: str) -> None:
    response = outsider.post(reverse("account_login"), {"login": email, "password": "wrong"})
    page = response.content.decode()
    assert "E-mail and password do not belong together" in page
    assert f'value="{email}"' in page, "what was typed is kept"
    assert "wrong" not in page.replace("wrong or", "")
    assert not is_signed_in(outsider)


def test_an_error_is_tied_to_its_field_which_has_the_focus(outsider: Client, reader: User) -> None:
    response = outsider.post(reverse("account_login"), {"login": "no address", "password": "x"})
    page = response.content.decode()
    assert 'id="id_login_error"' in page
    assert 'aria-describedby="id_login_error"' in page
    assert page.count("autofocus") == 1
    field = page[page.index('name="login"') : page.index('id="id_login_error"')]
    assert 'aria-invalid="true"' in field
    assert "autofocus" in field


def test_who_may_not_sign_in_is_told_so_after_the_right_password_only(outsider: Client, reader: User) -> None:
    User.objects.filter(pk=reader.pk).update(is_active=False)
    wrong = outsider.post(reverse("account_login"), {"login": reader.email, "password": "wrong"})
    assert "do not belong together" in wrong.content.decode()
    right = outsider.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD}, follow=True)
    assert "Your access is switched off" in right.content.decode()
    assert not is_signed_in(outsider)


def test_who_is_deactivated_is_signed_out_at_once(reader_client: Client, reader: User) -> None:
    assert reader_client.get(reverse("accounts:settings")).status_code == 200
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert reader_client.get(reverse("accounts:settings")).status_code == 302


def test_guessing_one_persons_password_is_stopped(outsider: Client, reader: User) -> None:
    for _ in range(5):
        sign_in(outsider, reader.email, "wrong")
    response = outsider.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD})
    assert "Too many attempts. Wait five minutes" in response.content.decode()
    assert not is_signed_in(outsider)


def test_hammering_at_the_door_gets_a_page_that_says_to_wait(outsider: Client) -> None:
    statuses = [outsider.post(reverse("account_login"), {"login": f"p{n}@example.org"}).status_code for n in range(31)]
    assert statuses[:30] == [200] * 30
    response = outsider.post(reverse("account_login"), {"login": "x@example.org"})
    assert response.status_code == 429
    assert "Too many attempts" in response.content.decode()


def test_signing_out_takes_a_press_and_leads_to_the_door(reader_client: Client) -> None:
    asked = reader_client.get(reverse("account_logout"))
    assert asked.status_code == 200
    assert is_signed_in(reader_client)
    response = reader_client.post(reverse("account_logout"), follow=True)
    assert response.redirect_chain == [(reverse("account_login"), 302)]
    assert "You are signed out." in response.content.decode()
    assert not is_signed_in(reader_client)


@pytest.mark.parametrize("method", ["get", "post"])
def test_sign_up_is_closed(outsider: Client, method: str) -> None:
    response = getattr(outsider, method)(reverse("account_signup"), {"email": "new@example.org", "password1": PASSWORD})
    assert response.status_code == 404
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "path", ["confirm-email/", "confirm-email/x/", "reauthenticate/", "login/code/", "3rdparty/", ""]
)
def test_what_allauth_offers_besides_is_not_here(reader_client: Client, path: str) -> None:
    assert reader_client.get(f"/accounts/{path}").status_code == 404


def test_the_sign_in_page_is_not_kept_by_browsers(outsider: Client) -> None:
    assert "no-store" in outsider.get(reverse("account_login"))["Cache-Control"]


def test_the_door_has_no_inline_script_or_style(outsider: Client) -> None:
    response = outsider.get(reverse("account_login"))
    page = response.content.decode()
    assert " style=" not in page
    assert "<style" not in page
    assert "<script>" not in page
    assert "script-src 'self'" in response["Content-Security-Policy"]


# ------------------------------------------------------------------ the admin


def test_the_admin_sends_outsiders_to_the_sign_in_page(outsider: Client) -> None:
    response = outsider.get("/admin/", follow=True)
    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert "next=/admin/" in response.redirect_chain[-1][0].replace("%2F", "/")


def test_the_admins_own_sign_in_page_cannot_be_used(outsider: Client, admin_user: User) -> None:
    response = outsider.post("/admin/login/", {"username": admin_user.email, "password": PASSWORD})
    assert response.status_code == 302
    assert not is_signed_in(outsider)


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/user/", "/admin/accounts/user/add/"])
def test_a_reader_may_not_open_the_admin(reader_client: Client, path: str) -> None:
    assert reader_client.get(path, follow=True).status_code == 403


def test_a_curator_opens_the_admin_but_not_the_people(curator_client: Client) -> None:
    assert curator_client.get("/admin/").status_code == 200
    for path in ("", "add/", "1/change/", "1/send-link/"):
        assert curator_client.get(f"/admin/accounts/user/{path}", follow=True).status_code in (403, 404)
    assert "/admin/accounts/" not in curator_client.get("/admin/").content.decode()
