"""The bench is several programs, so that none disturbs the figures of another; they talk in lines of JSON.

In a program: `answer`. In the one that runs them: `Program`, whose `measure` also looks at what a question costs.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from bench.cost import Peak, cpu_seconds

Command = Callable[..., Mapping[str, Any]]


class ProgramError(Exception):
    """A program of the bench has ended, or could not do what it was asked."""


def answer(commands: Mapping[str, Command]) -> None:
    """Does what each line of the standard input asks for, until there are no more."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)  # what else is printed is no answer
        for line in sys.stdin:
            asked = json.loads(line)
            answers.write(json.dumps(commands[asked.pop("command")](**asked)) + "\n")
            answers.flush()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a question took of its program with all its children: seconds by its own clock, CPU seconds, and bytes."""

    wall: float
    cpu: float
    memory: int


class Program(AbstractContextManager["Program"]):
    def __init__(self, module: str, *arguments: str) -> None:
        self.module = module
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-W", "ignore", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # an interrupt is for the one who runs it, and closes its input
        )

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        if error[0] is not None:
            self._process.kill()
        self._process.wait()

    def ask(self, command: str, **values: Any) -> dict[str, Any]:
        self.begin(command, **values)
        return self.finish()

    def begin(self, command: str, **values: Any) -> None:
        """Asks, and does not wait for the answer."""
        if self._process.stdin is None or self._process.poll() is not None:
            raise ProgramError(f"{self.module} has ended")
        self._process.stdin.write(json.dumps({"command": command} | values) + "\n")
        self._process.stdin.flush()

    def finish(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            self._process.wait()  # until it has said why
            raise ProgramError(f"{self.module} has failed; what it said stands above")
        found: dict[str, Any] = json.loads(line)
        return found

    def measure(self, command: str, **values: Any) -> tuple[dict[str, Any], Cost]:
        """The answer, whose `seconds` is the program's own measure, and what it cost."""
        before = cpu_seconds(self._process.pid)
        with Peak(self._process.pid) as peak:
            found = self.ask(command, **values)
        cpu = cpu_seconds(self._process.pid) - before
        return found, Cost(found["seconds"], cpu, peak.bytes)
