"""Instances that can be destroyed: databases beside the tests' own."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django.plugin import DjangoDbBlocker

from tests.operations import instances


@dataclass(frozen=True)
class BackedUp:
    """A backup, and what it must bring back."""

    path: Path
    rows: dict[str, list[str]]
    structure: dict[str, list[str]]


@pytest.fixture(scope="session")
def backed_up(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> BackedUp:
    """The backup of a team's instance that is gone."""
    path = tmp_path_factory.mktemp("backups") / "readinglist.zip"
    with django_db_blocker.unblock(), instances.own_database():
        instances.fill()
        rows, structure = instances.every_row(), instances.structure()
        call_command("backup", str(path), verbosity=0)
    return BackedUp(path, rows, structure)


@pytest.fixture
def new_instance(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of a migrated database without people, to which Django's connection leads."""
    with django_db_blocker.unblock(), instances.own_database() as name:
        yield name


@pytest.fixture
def nothing(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The name of an empty database, to which Django's connection leads."""
    with django_db_blocker.unblock(), instances.own_database(is_empty=True) as name:
        yield name
