"""manage.py and the services: which commands start them, and how they are stopped."""

import json
import subprocess
import sys

import pytest

import manage
from tests.ground.running import PROJECT, Home


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["help"],
        ["check"],
        ["--version"],
        ["migrate", "--help"],
        ["collectstatic"],
        ["stopservices"],
        ["makemigrations"],
    ],
)
def test_commands_without_a_database_start_nothing(arguments: list[str]) -> None:
    assert not manage.needs_services(arguments)


@pytest.mark.parametrize("arguments", [["migrate"], ["shell"], ["loadcatalog", "--if-empty"], ["runserver", "8001"]])
def test_commands_with_a_database_start_the_services(arguments: list[str]) -> None:
    assert manage.needs_services(arguments)


def manage_py(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=home.variables(), capture_output=True, text=True, timeout=60)


def test_a_command_starts_them_says_how_to_stop_them_and_stopservices_does(home: Home) -> None:
    first = manage_py(home, "showmigrations", "contenttypes", "--plan")
    assert (first.returncode, first.stderr) == (
        0,
        "Started PostgreSQL and Redis; to stop: python manage.py stopservices\n",
    )
    assert len(home.processes()) > 2
    stopped = manage_py(home, "stopservices", "--json")
    assert json.loads(stopped.stdout) == {"stopped": ["postgres", "redis"]}
    assert home.processes() == {}
    assert manage_py(home, "stopservices").stdout == "Nothing was running.\n"


def test_what_prevents_the_services_is_said_without_a_traceback(home: Home) -> None:
    home.path.touch()
    refused = manage_py(home, "migrate")
    assert refused.returncode == 1
    assert refused.stderr.startswith("manage.py: ")
    assert "Traceback" not in refused.stderr
