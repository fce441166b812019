"""What holds for every address: forms with tokens, cookies for this site alone, and nothing hostile breaks it."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from tests.fixtures.cast import PASSWORD
from tests.fixtures.effort import examples
from tests.permissions.bodies import typed_in
from tests.permissions.instance import Instance
from tests.permissions.table import PEOPLE, Row, read_table

TABLE = read_table()
# Mail providers post there by themselves (RFC 8058): the signed token in the address is the proof.
WITHOUT_TOKEN = {"reminders:unsubscribe"}

# What addresses and forms of the program ask for, and what the admin's own lists do besides.
ASKED = [
    *("action", "address", "all", "before", "category", "code", "e", "email", "entry", "error", "feeds", "following"),
    *("from", "has", "ids", "kind", "kind__exact", "last_login__gte", "minutes", "next", "o", "open", "order", "p"),
    *("page", "pages", "percent", "post", "q", "role", "slug__regex", "source", "stage", "standing", "state", "status"),
    *("stream", "successor", "text", "title", "token", "uid", "user__id__exact", "week__year", "year", "_facets"),
    *("_popup", "_selected_action", "_to_field"),
]
HOSTILE = [
    *("", "\0", "a\0b", "-1", "0", "x", "9" * 5000, str(2**63), "1e400", "٣", "²", "2026-13-45", "1,2", "None"),
    *("https://[", "//evil.example", "/\\evil.example", "../../etc/passwd", "javascript:alert(1)", "<script>", "'"),
    *("x:*&!|", "(((", "%s%(a)s{0}", "\\", "\r\nSet-Cookie: a=b", "\u202e\ufffe\U0001f600", "a" * 20_000),
]


def test_no_form_is_taken_without_its_token(instance: Instance) -> None:
    taken = set()
    for row in TABLE:
        if row.method == "POST":
            address = instance.address(row.route, row.of)
            answer = instance.ask("admin", "POST", address, may_write=True, enforce_csrf_checks=True)
            if answer.status_code != 403 or "load the page anew" not in answer.text:
                taken.add(row.route)
    assert taken == WITHOUT_TOKEN


@pytest.mark.django_db
def test_cookies_are_for_this_site_and_not_for_scripts(outsider: Client, reader: User) -> None:
    outsider.get(reverse("account_login"))
    outsider.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD})
    assert {"csrftoken", "sessionid"} <= set(outsider.cookies)
    for name, cookie in outsider.cookies.items():
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax"), name


@pytest.mark.parametrize("person", ["anonymous", "admin"])
def test_an_address_that_is_none_leads_nowhere_from_the_door(person: str, instance: Instance) -> None:
    answer = instance.ask(person, "GET", reverse("account_login") + "?next=https://[", may_write=False)
    assert (answer.status_code, answer.get("Location", "")) in [(200, ""), (302, reverse("reading:home"))]


@pytest.mark.parametrize("query", ["_to_field=", "status__exact=%00", "slug__regex=(", "q=%00", "p=x", "o=x"])
def test_nonsense_in_an_address_of_the_admin_is_no_fault_of_ours(query: str, instance: Instance) -> None:
    for route, of in (("admin:catalog_entry_changelist", "-"), ("admin:catalog_entry_change", "entry-id")):
        address = f"{instance.address(route, of)}?{query}"
        assert instance.ask("curator", "GET", address, may_write=False).status_code in (200, 302, 400)


@pytest.mark.parametrize("page", ["{}/change/", "{}/delete/", "{}/history/", "{}/history/{}/", "{}/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_number_beyond_all_numbers_names_no_row_of_the_admin(page: str, method: str, instance: Instance) -> None:
    address = reverse("admin:catalog_entry_changelist") + page.replace("{}", "9" * 5000)
    assert instance.ask("curator", method, address, may_write=True).status_code == 404


def test_a_curator_cannot_try_passwords_of_admins_at_a_form_without_limits(instance: Instance) -> None:
    typed = {"username": "dana@example.org", "password": PASSWORD}
    answer = instance.ask("curator", "POST", reverse("admin:login"), typed, may_write=False)
    assert (answer.status_code, answer["Location"]) == (302, reverse("admin:index"))
    assert "sessionid" not in answer.cookies


@pytest.mark.parametrize("target", ["9", "home", "reading:home", "//evil.example", "https://["])
def test_the_way_back_is_an_address_and_no_name_of_a_route(target: str, instance: Instance) -> None:
    answer = instance.ask("reader", "POST", reverse("reading:undo"), {"next": target}, may_write=True)
    assert (answer.status_code, answer["Location"]) == (302, reverse("reading:inbox"))


def test_a_body_beyond_measure_is_refused_unread() -> None:
    # Of what it announces nothing is there.
    answer = Client().post(reverse("account_login"), {"login": "x"}, CONTENT_LENGTH=str(10**8))
    assert answer.status_code == 413
    assert "send a smaller file" in answer.text
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_text_beyond_measure_is_no_fault_of_ours(instance: Instance) -> None:
    address = instance.address("reading:add_note", "entry")
    assert instance.ask("reader", "POST", address, {"text": "a" * 3_000_000}, may_write=True).status_code == 400


@settings(max_examples=examples(120))
@given(row=st.sampled_from(TABLE), person=st.sampled_from(PEOPLE), data=st.data())
def test_nothing_hostile_is_taken_for_a_fault_of_ours(
    instance: Instance, row: Row, person: str, data: st.DataObject
) -> None:
    hostile = st.sampled_from(HOSTILE)
    address = instance.address(row.route, row.of)
    if row.of in instance.things and data.draw(st.booleans(), label="hostile arguments"):
        address = _with_argument(address, instance.things[row.of], data.draw(hostile))
    query: dict[str, Any] = data.draw(st.dictionaries(st.sampled_from(ASKED), hostile, max_size=5))
    body: dict[str, Any] = {}
    if row.method == "POST":
        known = typed_in(instance.things).get(row.route, {})
        names = st.sampled_from([*known, *ASKED])
        body = known | data.draw(st.dictionaries(names, hostile, max_size=5))
    answer = instance.ask(person, row.method, f"{address}?{urlencode(query)}", body, may_write=True)
    assert answer.status_code < 500
    target = answer.get("Location", "/")[:100]  # Django calls what is very long unsafe
    assert url_has_allowed_host_and_scheme(target, allowed_hosts={"testserver"})


def _with_argument(address: str, arguments: tuple[Any, ...], value: str) -> str:
    """The address with `value` in the place of its last argument."""
    before, _, after = address.rpartition(str(arguments[-1]))
    return before + quote(value, safe="") + after
