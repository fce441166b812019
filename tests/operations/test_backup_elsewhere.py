"""Backup and restore by the command line, on a server that is reached by TCP with a password from a file."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from readinglist import embedded_places, embedded_processes
from tests.ground.running import PROJECT, clean_environment, free_port
from tests.operations.conftest import BackedUp

PASSWORD = "p@ss/w #%41"


@pytest.fixture
def address() -> Iterator[str]:
    """Of an empty database; its user has to say the password."""
    where = embedded_places.place()
    programs = embedded_places.postgres_programs(where)
    folder = Path(tempfile.mkdtemp(prefix="rl-"))  # not pytest's own, which is closed to others
    folder.chmod(0o755)
    (folder / "password").write_text(PASSWORD)
    embedded_places.own_folder(folder / "data", where.account)
    made = embedded_processes.run_once(
        [
            programs / "initdb",
            *("-D", folder / "data", "-U", "readinglist", "-E", "UTF8", "--no-sync"),
            *("--auth=scram-sha-256", "--pwfile", folder / "password"),
        ],
        account=where.account,
    )
    assert made.returncode == 0, made.stdout
    port = free_port()
    server = subprocess.Popen(
        [
            programs / "postgres",
            *("-D", folder / "data", "-p", str(port), "-c", "fsync=off"),
            *("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="),
        ],
        cwd="/",
        stderr=subprocess.DEVNULL,
        preexec_fn=embedded_processes.tie_to_parent(signal.SIGQUIT),
        user=where.account.pw_uid if where.account else None,
    )
    try:
        assert embedded_processes.wait_until(lambda: answers(port), 30)
        yield f"postgres://readinglist@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGQUIT)
        server.wait()
        shutil.rmtree(folder)


def answers(port: int) -> bool:
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="readinglist", password=PASSWORD, dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def manage_py(address: str, password: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    told = {
        "READINGLIST_HOME": str(password.parent / "home"),
        "SECRET_KEY": "of this test",
        "DATABASE_URL": address,
        "DATABASE_PASSWORD_FILE": str(password),
        "REDIS_URL": "redis://127.0.0.1:1/0",  # neither command needs it
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=PROJECT,
        env=clean_environment() | told,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def tables(path: Path) -> object:
    with zipfile.ZipFile(path) as backup:
        return json.loads(backup.read("manifest.json"))["tables"]


def test_it_is_the_same_elsewhere(backed_up: BackedUp, address: str, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("a wrong one")
    refused = manage_py(address, password, "restore", str(backed_up.path))
    assert refused.returncode == 1
    assert "password authentication failed" in refused.stderr
    assert "Traceback" not in refused.stderr

    password.write_text(f"{PASSWORD}\n")
    restored = manage_py(address, password, "restore", str(backed_up.path))
    assert restored.returncode == 0, restored.stderr
    again = manage_py(address, password, "backup", str(tmp_path / "again.zip"), "--json")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["file"] == str(tmp_path / "again.zip")
    assert tables(tmp_path / "again.zip") == tables(backed_up.path)
