"""Processes that share one terminal and end together: what the supervisor watches over.

All in one thread: the kernel ties a child to the thread that started it, and a signal only sets a mark that the loop
looks at, so that nothing is interrupted half-way.
"""

import os
import select
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from readinglist import embedded_processes

GRACE_SECONDS = 6.0
ORPHANS_SECONDS = 6.0  # for children of a supervisor that was killed
GUARDIAN = Path(__file__).with_name("guardian.py")
READY_SECONDS = 60.0
LOOK_SECONDS = 0.1
# As much as a pipe or terminal that takes anything takes at once.
WRITE_BYTES = 1024


class RunError(Exception):
    """Something prevents or ended the run; the message says what."""


class Ended(SystemExit):
    """Somebody asked for the end."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    output: bytes = b""


class Group:
    """The children of one supervisor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[Child] = []
        self.selector = selectors.DefaultSelector()
        self.guardian: subprocess.Popen[bytes] | None = None
        self.is_ending = False
        self.is_serving = False
        self.has_terminal = sys.stdout.isatty()

    def ask_to_end(self) -> None:
        self.is_ending = True

    def _tell_guardian(self, line: str) -> None:
        """Let the one who is left, should this process be killed, know what to end."""
        if self.guardian is None:
            self.guardian = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", GUARDIAN, str(ORPHANS_SECONDS)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        if self.guardian.stdin is not None:
            with suppress(BrokenPipeError):
                self.guardian.stdin.write(f"{line}\n".encode())
                self.guardian.stdin.flush()

    def check_ending(self) -> None:
        if self.is_ending or self._is_hung_up():
            raise Ended

    def _is_hung_up(self) -> bool:
        """Whether the terminal is gone; the kernel tells only the leader of its session, which may be `make`."""
        if not self.has_terminal:
            return False
        look = select.poll()
        look.register(sys.stdout, 0)  # a hang-up is told unasked
        return bool(look.poll(0))

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        """Start a child whose lines go to the terminal with its name before them."""
        return self._spawn(name, command, environment, stderr=subprocess.STDOUT)

    def run_to_end(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> str:
        """What a child that must succeed writes to its stdout; its stderr goes to the terminal."""
        child = self._spawn(name, command, environment, stderr=None)
        while child.process.poll() is None:
            self._look(LOOK_SECONDS)
            self.check_ending()
        self._take_rest()
        self.children.remove(child)
        self._tell_guardian(f"forget {child.process.pid}")
        if child.process.returncode != 0:
            raise RunError(f"the {name} failed; what is above should tell why.")
        return child.output.decode(errors="replace")

    def watch(self, check: Callable[[], None], *, until: Callable[[], bool] | None = None, failure: str = "") -> None:
        """Print what the children write until a condition holds, or for ever; none of them may end."""
        deadline = time.monotonic() + READY_SECONDS
        while until is None or not until():
            self._look(LOOK_SECONDS)
            self.check_ending()
            for child in self.children:
                if (status := child.process.poll()) is not None:
                    self._take_rest()
                    raise RunError(f"the {child.name} has ended ({_in_words(status)}).")
            check()
            if until is not None and time.monotonic() > deadline:
                raise RunError(f"{failure} after {READY_SECONDS:.0f} s.")

    def end(self, order: Sequence[str]) -> None:
        """Ask every leader to end, those named in `order` last; after the grace, end what is left of their groups."""
        self.is_ending = True
        leaders = sorted(self.children, key=lambda child: order.index(child.name) if child.name in order else -1)
        if leaders:
            self.say("Ending " + ", ".join(child.name for child in leaders))
        for child in leaders:
            child.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while any(child.process.poll() is None for child in leaders) and time.monotonic() < deadline:
            self._look(LOOK_SECONDS)
        for child in leaders:
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self._take_rest()
        if self.guardian is not None:
            self._tell_guardian("done")
            self.guardian.wait()
            self.guardian = None

    def say(self, text: str) -> None:
        self._write(f"{text}\n".encode())

    def _spawn(self, name: str, command: Sequence[str], environment: Mapping[str, str], *, stderr: int | None) -> Child:
        self.check_ending()
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,  # a Ctrl-C in the terminal is for the supervisor alone
            preexec_fn=embedded_processes.tie_to_parent(signal.SIGTERM),
        )
        child = Child(name, process)
        self.children.append(child)
        self._tell_guardian(f"guard {process.pid}")
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            self.selector.register(process.stdout, selectors.EVENT_READ, (child, stderr is not None))
        return child

    def _look(self, seconds: float) -> bool:
        """Take what the children wrote, waiting at most `seconds` for something; whether there was anything."""
        if not self.selector.get_map():
            time.sleep(seconds)  # they closed their output: there is nothing to wait on
        ready = self.selector.select(seconds)
        for key, _ in ready:
            child, is_shown = key.data
            chunk = os.read(key.fd, 65536)
            child.output += chunk
            if not chunk:
                self.selector.unregister(key.fileobj)
            if is_shown:
                self._show(child, is_complete=not chunk)
        return bool(ready)

    def _take_rest(self) -> None:
        while self._look(0):
            pass

    def _show(self, child: Child, *, is_complete: bool) -> None:
        *lines, child.output = child.output.split(b"\n")
        if is_complete and child.output:
            lines, child.output = [*lines, child.output], b""
        name = f"{child.name:<6} | ".encode()
        self._write(b"".join(name + line + b"\n" for line in lines))

    def _write(self, text: bytes) -> None:
        """Print, but never wait long for a terminal that is paused, closed, or a pipe that nobody reads."""
        for start in range(0, len(text), WRITE_BYTES):
            with suppress(OSError):
                if select.select([], [sys.stdout], [], 0 if self.is_ending else 1)[1]:
                    os.write(sys.stdout.fileno(), text[start : start + WRITE_BYTES])


def _in_words(status: int) -> str:
    return f"status {status}" if status >= 0 else f"ended by {signal.Signals(-status).name}"
