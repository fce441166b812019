"""Permissions as one table: every address, and what everybody gets there.

The table is tests/permissions/table.txt, and says at its head how it is read.
"""

from collections import Counter

import pytest
from django.urls import reverse

from tests.permissions.instance import Instance
from tests.permissions.routes import all_routes
from tests.permissions.table import parts, read_table
from tests.permissions.walk import Answer, outcome

TABLE = read_table()
CONTENT_SECURITY_POLICY = {
    *("default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'"),
    *("connect-src 'self'", "manifest-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"),
}
PERMISSIONS_POLICY = {
    *("camera=()", "display-capture=()", "geolocation=()", "microphone=()", "payment=()", "usb=()"),
    *("publickey-credentials-create=(self)", "publickey-credentials-get=(self)"),
}
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_every_route_stands_in_the_table_and_no_other() -> None:
    assert {route.name for route in all_routes()} == {row.route for row in TABLE}


def test_no_two_routes_and_no_two_lines_are_called_the_same() -> None:
    routes = Counter(route.name for route in all_routes())
    lines = Counter((row.route, row.of, row.method) for row in TABLE)
    assert [name for names in (routes, lines) for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("part", parts())
def test_everybody_gets_what_the_table_says(part: str, answers: list[Answer]) -> None:
    mine = [answer for answer in answers if answer.row.part == part]
    got = {str(answer): answer.outcome for answer in mine}
    assert got == {str(answer): answer.row.expected[answer.person] for answer in mine}


def test_what_the_table_does_not_name_is_refused_or_changes_nothing(instance: Instance) -> None:
    """Some of Django's own pages take a POST for a GET; they cannot write here."""
    methods = {(row.route, row.method) for row in TABLE}
    wrong = []
    for row in TABLE:
        other = "POST" if row.method == "GET" else "GET"
        if (row.route, other) not in methods:
            answer = instance.ask("admin", other, instance.address(row.route, row.of), may_write=False)
            if outcome(answer) not in ("405", row.expected["admin"] if other == "POST" else "405"):
                wrong.append(f"{row.route} {other}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_nothing_goes_by_the_method_delete(instance: Instance) -> None:
    """Some of allauth's views know it, and would do what a form asks about first."""
    places = {(row.route, row.of) for row in TABLE if not row.route.startswith("admin")}
    may_write = {(row.route, row.of) for row in TABLE if row.may_write and row.method == "GET"}
    gone = []
    for place in sorted(places):
        answer = instance.ask("reader", "DELETE", instance.address(*place), may_write=place in may_write)
        if answer.status_code not in (302, 403, 404, 405):
            gone.append(f"{place}: {answer.status_code}")
    assert not gone, "\n".join(gone)


def test_outsiders_are_not_told_what_there_is(instance: Instance) -> None:
    """They are led to the door from what is not there just as from what is."""
    told = []
    for row in TABLE:
        if row.expected["anonymous"] == "door" and row.of in instance.things:
            nothing = [10**9 if isinstance(part, int) else "nothing" for part in instance.things[row.of]]
            answer = instance.ask("anonymous", row.method, reverse(row.route, args=nothing), may_write=False)
            if outcome(answer) != "door":
                told.append(f"{row.route}: {answer.status_code}")
    assert not told, "\n".join(told)


def test_every_answer_says_what_a_browser_may_do_with_it(answers: list[Answer]) -> None:
    wrong = []
    for answer in answers:
        said = {name: answer.headers.get(name) for name in HEADERS}
        content = {part.strip() for part in answer.headers.get("Content-Security-Policy", "").split(";")}
        permissions = set(answer.headers.get("Permissions-Policy", "").split(", "))
        if (said, content, permissions) != (HEADERS, CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY):
            wrong.append(f"{answer}: {said} {content} {permissions}")
    assert not wrong, "\n".join(wrong)


def test_no_answer_is_kept_by_proxies_and_browsers(answers: list[Answer]) -> None:
    """So that "back" after signing out shows nobody what was seen before."""
    caching = {str(answer): set(answer.headers.get("Cache-Control", "").split(", ")) for answer in answers}
    assert [name for name, said in caching.items() if not said >= {"private", "no-store"}] == []
