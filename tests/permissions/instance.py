"""An instance with one of each thing, and the people who ask for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django.plugin import DjangoDbBlocker

from accounts.models import User
from tests.fixtures.cast import PASSWORD, make_person
from tests.permissions.things import Things, make_things


@dataclass(frozen=True, slots=True)
class Instance:
    """`things` are arguments of addresses, by the names that the table has for them."""

    things: Things
    cookies: Mapping[str, str]

    def address(self, route: str, of: str) -> str:
        """Of a route and a thing; `of` may also be the address itself."""
        return of if of.startswith("/") else reverse(route, args=() if of == "-" else self.things[of])

    def ask(self, person: str, method: str, address: str, body: Any = None, *, may_write: bool, **options: Any) -> Any:
        """The answer to a person; what was written is taken back. Without `may_write`, PostgreSQL refuses to write."""
        client = Client(raise_request_exception=False, **options)
        client.cookies = SimpleCookie(self.cookies[person])  # of this request alone: it may sign out
        with transaction.atomic():
            if not may_write:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION READ ONLY")
            try:
                return getattr(client, method.lower())(address, body)
            finally:
                transaction.set_rollback(True)


@pytest.fixture(scope="module")
def instance(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Instance]:
    """One for all tests of a module: what they write is taken back with each request."""
    cache.clear()  # rate limits count there, which no rollback empties
    with django_db_blocker.unblock(), transaction.atomic():
        yield make_instance()
        transaction.set_rollback(True)


def make_instance() -> Instance:
    people = {
        "reader": make_person("ada@example.org", "Ada Reader"),
        "other": make_person("ben@example.org", "Ben Teammate"),
        "curator": make_person("cleo@example.org", "Cleo Curator", role="curator"),
        "admin": make_person("dana@example.org", "Dana Admin", role="admin"),
    }
    cookies = {name: _sign_in(person) for name, person in people.items()}
    elsewhere = SimpleCookie(_sign_in(people["reader"]))["sessionid"].value
    things = make_things(people["reader"].pk, by=people["admin"], session=elsewhere)
    return Instance(things, {"anonymous": "", **cookies})


def _sign_in(person: User) -> str:
    """The cookies of a new session, in which the person has just shown once more who they are."""
    client = Client()
    client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client.cookies.output(attrs=[], header="", sep=";")
