"""Running the ground's real programs from tests, each in a home of its own, and looking what is left of them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from readinglist import embedded_places

PROJECT = Path(__file__).resolve().parents[2]
SECONDS = 60
ORDINARY = 1  # `daemon`, an account that every system has

LOADED = ("psycopg", "redis", "readinglist.supervisor")
# Loads all that the tests' code wants before it becomes an ordinary user: root's Python may be closed to others.
DROPPING = """
import os, sys, json, time, signal, secrets, subprocess, encodings.idna
from readinglist import embedded
uid = int(sys.argv[1])
if uid != os.geteuid():
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)
"""


def clean_environment() -> dict[str, str]:
    """That of somebody's shell, without what the test session, make and PostgreSQL's clients are told.

    What can be set stays empty, as tests/settings.py leaves it: .env is not for the tests.
    """
    told = ("DJANGO_", "READINGLIST_", "PYTEST_", "MAKE", "MFLAGS", "PG")
    return {name: value for name, value in os.environ.items() if not name.startswith(told)}


@dataclass
class Home:
    """A home that does not exist yet, in a folder that all may come through to, and whose it will be."""

    path: Path
    uid: int
    environment: Mapping[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        return clean_environment() | {"READINGLIST_HOME": str(self.path)} | dict(self.environment)

    def begin(self, code: str, *, uid: int | None = None) -> subprocess.Popen[str]:
        """Start Python code in which `embedded` and, where it names them, others are loaded."""
        imports = "".join(f"import {name}\n" for name in LOADED if name in code)
        return subprocess.Popen(
            [sys.executable, "-c", imports + DROPPING + textwrap.dedent(code), str(self.uid if uid is None else uid)],
            env=self.variables() | {"PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, code: str, *, uid: int | None = None) -> str:
        """What the code prints; it must succeed."""
        process = self.begin(code, uid=uid)
        output, errors = process.communicate(timeout=SECONDS)
        assert process.returncode == 0, errors
        return output

    def refusal(self, code: str = "embedded.start()", *, uid: int | None = None) -> str:
        """The message with which the services are not started, or what else the code wants is not done."""
        return self.run(f"try: {code}\nexcept embedded.EmbeddedError as error: print(error)", uid=uid)

    def processes(self) -> dict[int, str]:
        """Everything alive that belongs to this home: by its environment, arguments or working folder."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                about = [(folder / name).read_bytes() for name in ("environ", "cmdline")]
                about.append(os.fsencode((folder / "cwd").readlink()))
                state = (folder / "stat").read_text(errors="replace").rsplit(")", 1)[1].split()[0]
                if state not in "ZX" and any(os.fsencode(self.path) in text for text in about):
                    found[int(folder.name)] = about[1].replace(b"\0", b" ").decode()
        return found

    def clear(self) -> None:
        """End what a failed test has left, and remove the folders."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not self.processes(), 10)
        aside = embedded_aside(self.path)
        shutil.rmtree(aside, ignore_errors=True)
        for short in embedded_places.SHORT.glob(f"readinglist-*-{aside.name.removeprefix('readinglist-')}"):
            shutil.rmtree(short)


def embedded_aside(home: Path) -> Path:
    """Where root's services are when they cannot be in `home`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("READINGLIST_HOME", str(home))
        return embedded_places.place().aside


def wait_for(condition: Callable[[], object], seconds: float) -> None:
    """Look ten times a second: more looks at all processes would slow down what is waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
