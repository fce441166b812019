"""`make demo` keeps away from every real instance; what it fills and offers is in tests/operations/test_demo.py."""

import json
import os
import subprocess
import sys

import pytest

from readinglist import supervisor
from tests.ground.running import PROJECT, SECONDS, Home, free_port

# What a developer's shell or .env may name: a real team's database, mail, address and key.
REAL = {
    "DATABASE_URL": "postgres://team@127.0.0.1:1/real",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "SITE_URL": "https://reading.example.org",
    "SECRET_KEY": "real",
}
# The supervisor, which tells what it would run instead of running it.
TELLING = f"""#!{sys.executable}
import json, os, sys
sys.path.insert(0, {str(PROJECT)!r})
sys.argv = sys.argv[2:]
from readinglist import supervisor

def run(group, port):
    print(json.dumps({{"arguments": sys.argv[1:], "environment": dict(os.environ)}}), flush=True)

supervisor.run = run
sys.exit(supervisor.main())
"""


def test_it_reaches_nothing_that_the_environment_names_and_stays_in_the_home_that_it_names(home: Home) -> None:
    program = home.path.parent / "python"
    program.write_text(TELLING)
    program.chmod(0o755)
    files = {f"{name}_FILE": "/run/secrets/real" for name in REAL}
    made = subprocess.run(
        ["make", "-s", "-o", "install", "demo", f"BIN={program.parent}", f"PORT={free_port()}"],
        cwd=PROJECT,
        env=home.variables() | REAL | files,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    told = json.loads(made.stdout.partition("\n")[0])
    assert told["arguments"] == ["demo"]
    assert {told["environment"][name] for name in (*REAL, *files)} == {""}
    assert told["environment"]["READINGLIST_HOME"] == str(home.path)


def test_its_home_is_its_own_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in supervisor.OUTSIDE:
        monkeypatch.setenv(name, "")
        monkeypatch.setenv(f"{name}_FILE", "")
    monkeypatch.setenv("READINGLIST_HOME", "")
    supervisor.stand_apart()
    assert os.environ["READINGLIST_HOME"] == str(PROJECT / "var" / "demo")
