"""The fixtures of all tests, by subject in tests/fixtures/."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker

from tests.fixtures.emptying import emptying

pytest_plugins = [
    "tests.fixtures.effort",
    "tests.fixtures.far",
    "tests.fixtures.mail",
    "tests.fixtures.oidc",
    "tests.fixtures.services",
    "tests.fixtures.skips",
    "tests.fixtures.worker",
    "tests.fixtures.cast",
    "tests.fixtures.browser",
    "tests.fixtures.works",
    "tests.permissions.instance",
    "tests.permissions.walk",
]

# Thousands of tests and all modules stay until the end: looking through them for garbage took a twentieth of the time.
gc.set_threshold(100_000, 50, 100)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first: whoever of several workers comes last with one would be waited for."""
    items.sort(key=lambda item: not item.nodeid.startswith(("tests/browser/", "tests/ground/", "tests/test_")))


def pytest_collection_finish() -> None:
    """All modules and tests stay until the end: no search for garbage needs to look at them."""
    gc.collect()
    gc.freeze()


def pytest_make_parametrize_id(val: Any, argname: str) -> str | None:
    """Bytes are named by their place: each worker makes its own, and what is packed at import holds the time in it."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """pytest-django's own; before the database is dropped, who is still connected (a browser's last request) is cut."""
    with django_db_blocker.unblock():
        empty = emptying()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
