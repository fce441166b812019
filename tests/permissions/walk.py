"""The walk over the table: everybody asks at every address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.urls import reverse

from tests.permissions.bodies import typed_in
from tests.permissions.forms import filled_in
from tests.permissions.instance import Instance
from tests.permissions.table import PEOPLE, Row, read_table


@dataclass(frozen=True, slots=True)
class Answer:
    row: Row
    person: str
    outcome: str
    headers: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.row.method} {self.row.route} ({self.row.of}) as {self.person}"


def outcome(answer: HttpResponseBase) -> str:
    """In the words of the table."""
    if not 300 <= answer.status_code < 400:
        return str(answer.status_code)
    doors = (reverse("account_login"), reverse("admin:login"))
    return "door" if answer["Location"].split("?")[0] in doors else "page"


@pytest.fixture(scope="module")
def answers(instance: Instance) -> list[Answer]:
    """One for each cell of the table. A GET that is not meant to write, and does, is a 500."""
    return list(_walk(instance))


def _walk(instance: Instance) -> Iterator[Answer]:
    forms: dict[tuple[str, str], dict[str, Any]] = {}
    typed = typed_in(instance.things)
    for row in read_table():
        place = row.route, row.of
        body = forms.get(place, {}) | typed.get(row.route, {}) if row.method == "POST" else None
        for person in PEOPLE:
            answer = instance.ask(person, row.method, instance.address(*place), body, may_write=row.may_write)
            if row.method == "GET" and answer.status_code == 200 and place not in forms:
                forms[place] = filled_in(answer.getvalue().decode())
            yield Answer(row, person, outcome(answer), answer.headers)
