"""Secrets by file: NAME_FILE names a file that holds what NAME would say."""

import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from readinglist import embedded
from readinglist.environment import read_database, read_int, read_text
from tests.ground.running import PROJECT


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Path]:
    """Puts a text into a file that a variable's _FILE names."""

    def put(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        monkeypatch.setenv(f"{name}_FILE", str(path))
        return path

    return put


def test_a_value_comes_from_the_file_without_the_spaces_around_it(secret: Callable[[str, str], Path]) -> None:
    secret("SECRET_KEY", " $ecret = 'x'#1 \n\n")
    secret("PORT", "8123\n")
    assert read_text("SECRET_KEY") == "$ecret = 'x'#1"
    assert read_int("PORT", 8000, lowest=1, highest=65535) == 8123


def test_a_value_in_two_places_is_refused(secret: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    secret("SECRET_KEY", "one")
    monkeypatch.setenv("SECRET_KEY", "another")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY and SECRET_KEY_FILE are both set"):
        read_text("SECRET_KEY")


def test_a_file_that_holds_nothing_is_refused(secret: Callable[[str, str], Path]) -> None:
    """Where a secret was meant, none is no default."""
    path = secret("SECRET_KEY", " \n")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE names a file that is empty"):
        read_text("SECRET_KEY", "a default")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE names a file that cannot be read"):
        read_text("SECRET_KEY", "a default")
    path.unlink()
    with pytest.raises(ImproperlyConfigured, match=f"SECRET_KEY_FILE .* cannot be read: .*{path}"):
        read_text("SECRET_KEY", "a default")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_that_a_file_names_is_not_started_here(secret: Callable[[str, str], Path], name: str) -> None:
    before = set(embedded.used())
    secret(name, "somewhere")
    assert before - set(embedded.used()) == {"postgres" if name == "DATABASE_URL" else "redis"}


def test_the_databases_password_may_stand_beside_its_address(secret: Callable[[str, str], Path]) -> None:
    secret("DATABASE_URL", "postgres://reader@db.example.org:5432/list\n")
    secret("DATABASE_PASSWORD", "p@ss/word#%41\n")
    database = read_settings()["DATABASES"]["default"]
    assert (database["USER"], database["PASSWORD"], database["NAME"]) == ("reader", "p@ss/word#%41", "list")


def test_but_not_both_in_it_and_beside_it(secret: Callable[[str, str], Path]) -> None:
    secret("DATABASE_URL", "postgres://reader:one@db.example.org:5432/list\n")
    assert read_database("DATABASE_URL")["PASSWORD"] == "one"
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL has a password, and DATABASE_PASSWORD is set too"):
        read_database("DATABASE_URL", password="another")


def read_settings() -> dict[str, Any]:
    assert os.environ["READINGLIST_HOME"]
    return runpy.run_path(str(PROJECT / "readinglist" / "settings.py"))
