"""The whole product as `make run` starts it, for tests and for the pictures in the docs."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from queue import Empty, Queue

from tests.ground.conftest import make_home
from tests.ground.running import PROJECT, Home, free_port

SECONDS = 60


class Stack:
    """A running supervisor and what it has printed so far."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "readinglist.supervisor"],
            cwd=PROJECT,
            env=home.variables() | {"PORT": str(self.port)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.put(line)

    def wait_for(self, pattern: str) -> str:
        """The first match in a line that is printed from now on."""
        seen = []
        while True:
            try:
                seen.append(self.lines.get(timeout=SECONDS))
            except Empty:
                raise AssertionError(f"{pattern} was never printed:\n{''.join(seen)}") from None
            if match := re.search(pattern, seen[-1]):
                return match[0]

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(10) == 0


def manage(stack: Stack, *arguments: str) -> str:
    """What manage.py prints in the running instance's home."""
    environment = stack.home.variables() | {"PORT": str(stack.port)}
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


def running_stack(environment: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """A stack in an empty home, with settings of its own; at the end nothing of it is left."""
    for home in make_home(os.geteuid()):
        home.environment = environment or {}
        stack = Stack(home)
        yield stack
        stack.end()
        assert home.processes() == {}
