"""Processes for `readinglist.embedded`: start them, recognise them again, end them.

Standard library only: this is read before Django is.
"""

import ctypes
import fcntl
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.02


class EmbeddedError(Exception):
    """The embedded services cannot be used; the message says what to do."""


def never() -> bool:
    return False


def wait_until(condition: Callable[[], bool], seconds: float, *, give_up: Callable[[], bool] = never) -> bool:
    """Poll `condition` until it holds; False when the time is over or `give_up` says so."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline or give_up():
            return False
        time.sleep(POLL_SECONDS)
    return True


@contextmanager
def hold(path: Path, seconds: float, *, give_up: Callable[[], bool] = never) -> Iterator[int]:
    """Hold the lock file `path`, until this process and all that inherit the descriptor have closed it or died."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not wait_until(lambda: take_lock(descriptor), seconds, give_up=give_up):
            raise EmbeddedError(
                f"Another process has been busy with the services for {seconds:.0f} s. Wait for it, or find it by "
                f"`fuser -v {path}` and end it."
            )
        yield descriptor
    finally:
        os.close(descriptor)


def take_lock(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    """Take the lock of an open file, if it is free."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock file `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        return not take_lock(descriptor, fcntl.LOCK_SH)  # shared: who only looks is not seen by another who looks
    finally:
        os.close(descriptor)


def tie_to_parent(sign: int) -> Callable[[], None] | None:
    """A `preexec_fn` with which a child gets `sign` when this process dies; None where that is unknown."""
    prctl = _prctl()
    if prctl is None:
        return None
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, sign)
        if os.getppid() != parent:  # it died before the tie held
            os.kill(os.getpid(), signal.SIGKILL)

    return tie


def end_with_parent(sign: int, parent: int) -> None:
    """Get `sign` when `parent` dies, where the system can do that, and now if it is dead."""
    prctl = _prctl()
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, sign)
    if os.getppid() != parent:
        os.kill(os.getpid(), sign)


def _prctl() -> Callable[[int, int], int] | None:
    """Linux's call, loaded before any fork; absent elsewhere."""
    try:
        return ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return None


def spawn(
    arguments: Sequence[str | Path],
    *,
    folder: Path,
    log: Path,
    lock: int,
    account: pwd.struct_passwd | None,
    tie: Callable[[], None] | None,
) -> subprocess.Popen[bytes]:
    """Start a server that keeps `lock`, in a session of its own: a Ctrl-C in the terminal does not reach it."""
    with open(log, "ab", opener=_private) as output:
        return subprocess.Popen(  # noqa: S603
            [str(argument) for argument in arguments],
            cwd=folder,
            env=server_environment(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=tie,
            pass_fds=[lock],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def run_once(
    arguments: Sequence[str | Path], *, account: pwd.struct_passwd | None, text: str = "", locks: Sequence[int] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a short program of the servers' to its end, as their account, with `text` as its input.

    It keeps `locks`: should this process die, others wait until that program has ended too.
    """
    return subprocess.run(  # noqa: S603
        [str(argument) for argument in arguments],
        cwd="/",
        env=server_environment(os.environ),
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=tie_to_parent(signal.SIGTERM),
        pass_fds=locks,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
    )


def server_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what would move the servers elsewhere: PGDATA, PGPORT, PGHOST and their kin."""
    return {name: value for name, value in environment.items() if not name.startswith("PG")}


def has_argument(pid: int, argument: str) -> bool:
    """Whether `pid` was started with `argument`, where that can be seen: numbers differ between containers."""
    try:
        return os.fsencode(argument) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self").exists()


def read_pid(path: Path) -> int | None:
    """The number in the first line of a pid file."""
    try:
        return int(path.read_text(errors="replace").split("\n", 1)[0])
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None


def tail(log: Path, start: int, *, lines: int = 8) -> str:
    """The last lines that a server wrote to its log since byte `start`."""
    try:
        with log.open("rb") as file:
            file.seek(start)
            written = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(f"  {line}" for line in written[-lines:])


def keep_short(log: Path, *, limit: int = 5_000_000) -> None:
    """Put a long log aside: the one before is kept, older ones go."""
    if log.exists() and log.stat().st_size > limit:
        log.replace(log.with_name(log.name + ".1"))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
