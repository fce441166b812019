"""`make run` as a person meets it: it serves, says where, keeps everything, and ends whole however it is ended."""

import fcntl
import os
import pty
import re
import resource
import signal
import subprocess
import sys
import termios
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from readinglist import supervised, supervisor
from tests.ground.conftest import make_home
from tests.ground.running import PROJECT, Home, free_port, wait_for

START_SECONDS = 90  # on a busy machine, which other tests have to themselves at the same time
AGAIN_SECONDS = 15  # the promise, counted in the processor's time: the clock of a busy machine says little
END_SECONDS = 30  # the promise is 10; what a busy machine adds is not what waits for whom


@pytest.fixture(scope="module")
def kept_home() -> Iterator[Home]:
    """One home for the module: each run finds what the runs before it have left."""
    yield from make_home(os.geteuid())


class Run:
    """`make run` on a terminal of its own, as in a window."""

    def __init__(self, home: Home, *, programs: Path = Path(sys.executable).parent) -> None:
        self.home = home
        self.port = free_port()
        self.terminal, inside = pty.openpty()
        os.set_blocking(self.terminal, False)
        self.printed = ""

        def take_terminal() -> None:
            fcntl.ioctl(inside, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests by nohup ignores it

        self.make = subprocess.Popen(
            # It is installed, perhaps in another environment than .venv.
            ["make", "-o", "install", "run", f"PORT={self.port}", f"BIN={programs}"],
            cwd=PROJECT,
            env=home.variables(),
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
            preexec_fn=take_terminal,
        )
        os.close(inside)

    def read(self) -> str:
        try:
            while chunk := os.read(self.terminal, 65536):
                self.printed += chunk.decode(errors="replace").replace("\r\n", "\n")
        except OSError:  # nothing more now, or for ever
            pass
        return self.printed

    def wait_for_text(self, text: str, seconds: float) -> None:
        try:
            wait_for(lambda: text in self.read() or self.make.poll() is not None, seconds)
        finally:
            assert text in self.read(), self.printed

    def supervisor(self) -> int:
        return next(pid for pid, command in self.home.processes().items() if "readinglist.supervisor" in command)

    def part(self, name: str) -> int:
        """The number of the oldest process whose command has `name`: the leader of its group."""
        return min(pid for pid, command in self.home.processes().items() if name in command)

    def assert_ends(self) -> int:
        """All of it is gone soon; returns make's status."""

        def is_over() -> bool:
            self.read()
            return self.make.poll() is not None and not self.home.processes()

        try:
            wait_for(is_over, END_SECONDS)
        except AssertionError:
            pytest.fail(f"Not within {END_SECONDS} s; left: {self.home.processes()}; printed:\n{self.printed}")
        return self.make.returncode

    def close_terminal(self) -> None:
        if self.terminal >= 0:
            os.close(self.terminal)
            self.terminal = -1

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.close_terminal()
        self.make.kill()
        self.make.wait()
        self.home.clear()


@pytest.fixture
def run(kept_home: Home) -> Iterator[Run]:
    with Run(kept_home) as started:
        yield started


def close_terminal(run: Run) -> None:
    """make leads this terminal's session, so it alone is told by the kernel, and it tells nobody."""
    run.close_terminal()


def hang_up(run: Run) -> None:
    os.killpg(run.make.pid, signal.SIGHUP)


def terminate_make(run: Run) -> None:
    run.make.terminate()


def kill_make(run: Run) -> None:
    run.make.kill()


def end_with_worker_and_redis_paused(run: Run) -> None:
    for part in ("celery --quiet -A readinglist worker", "valkey-server"):
        os.kill(run.part(part), signal.SIGSTOP)
    os.write(run.terminal, b"\x03")


def test_it_serves_says_where_ends_by_ctrl_c_and_serves_all_again_soon(kept_home: Home) -> None:
    with Run(kept_home) as first:
        first.wait_for_text("Ctrl-C ends it", START_SECONDS)
        assert f"Readinglist is at http://localhost:{first.port}\n" in first.printed
        assert re.search(rf"^http://localhost:{first.port}/\S+$", first.printed, re.MULTILINE)
        with urllib.request.urlopen(f"http://127.0.0.1:{first.port}/healthz", timeout=5) as answer:
            assert answer.status == 200
        assert f"already runs here (process {first.supervisor()}, port {first.port})" in refusal_of_another(kept_home)
        link = manage(kept_home, "signinlink", "--first-run")
        assert link.stdout.startswith(f"http://localhost:{first.port}/accounts/link/")
        stopping = manage(kept_home, "stopservices")
        assert f"`make run` serves port {first.port} with them" in stopping.stderr
        first.wait_for_text("ready.", 30)
        with connect(first) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS number")
        os.write(first.terminal, b"\x03")
        first.assert_ends()
        assert "Everything has ended; what was read is kept." in first.printed
        for unwanted in ("Error", "Traceback", "***"):
            assert unwanted not in first.printed
        assert [path for path in kept_home.path.iterdir() if path.stat().st_mode & 0o077] == []
    before = seconds_of_children()
    with Run(kept_home) as second:
        second.wait_for_text("Ctrl-C ends it", START_SECONDS)
        with connect(second) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (1,)
        assert "Collecting static files" not in second.printed
        second.wait_for_text("ready.", 60)
        end_with_worker_and_redis_paused(second)
        second.assert_ends()
    # Worker, beat and the end of all are in it.
    assert 1 < seconds_of_children() - before < AGAIN_SECONDS


def seconds_of_children() -> float:
    """The processor's time of all that were waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_its_patience_with_what_does_not_end_adds_up_to_what_is_promised() -> None:
    assert supervised.GRACE_SECONDS + supervisor.SERVICES_SECONDS < 10


def manage(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in another terminal, which knows the home and no port."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=PROJECT, env=home.variables(), capture_output=True, text=True, timeout=30, check=False
    )


def refusal_of_another(home: Home) -> str:
    """What a second supervisor says in the same home."""
    another = subprocess.run(
        [sys.executable, "-m", "readinglist.supervisor"],
        cwd=PROJECT,
        env=home.variables() | {"PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert another.returncode == 1
    return another.stdout


@pytest.fixture
def small_programs(home: Home) -> Path:
    """The folder of a supervisor that comes late and has one child instead of all that it else starts."""
    return programs_of(home, SMALL)


def programs_of(home: Home, script: str) -> Path:
    """A folder whose `python` is this script, whatever it is asked for."""
    program = home.path.parent / "python"
    program.write_text(f"#!{sys.executable}\n{script}")
    program.chmod(0o755)
    return program.parent


SMALL = f"""
import sys, time
print("late", flush=True)
time.sleep(0.3)
sys.path.insert(0, {str(PROJECT)!r})
from readinglist import supervisor

def run(group, port):
    group.start("web", [sys.executable, "-c", "import signal; print('up'); signal.pause()"], {{}})
    group.watch(lambda: None)

supervisor.run = run
sys.exit(supervisor.main())
"""


@pytest.mark.parametrize("end", [close_terminal, hang_up, terminate_make, kill_make])
def test_it_ends_with_its_window_or_with_make(home: Home, small_programs: Path, end: Callable[[Run], None]) -> None:
    with Run(home, programs=small_programs) as run:
        run.wait_for_text("web    | up", 20)
        end(run)
        run.assert_ends()


def test_it_ends_with_a_make_that_was_killed_before_it_could_look(home: Home, small_programs: Path) -> None:
    command = ["make", "-o", "install", "run", f"BIN={small_programs}", f"PORT={free_port()}"]
    # In this session: where make leads one of its own, the kernel hangs up at its death.
    with subprocess.Popen(command, cwd=PROJECT, env=home.variables(), stdout=subprocess.PIPE, text=True) as make:
        assert make.stdout is not None
        assert make.stdout.readline() == "late\n"
        make.kill()
    wait_for(lambda: not home.processes(), END_SECONDS)


# The supervisor with its real servers, and of what is loaded for long only a child that waits.
SERVERS = f"""
import sys
sys.path.insert(0, {str(PROJECT)!r})
from readinglist import supervised, supervisor

def start_web(group, port):
    group.start("web", [sys.executable, "-c", "import signal; print('ready.'); signal.pause()"], {{}})

supervised.Group.run_to_end = lambda *_: "http://localhost"
supervisor.start_web, supervisor.start_worker_and_beat = start_web, lambda *_: None
supervisor.is_healthy = lambda port: True
sys.exit(supervisor.main())
"""


@pytest.mark.parametrize(("part", "title"), [("postgres -D", "PostgreSQL"), ("signal.pause", "the web")])
def test_when_one_part_dies_the_rest_ends_and_it_says_which(home: Home, part: str, title: str) -> None:
    with Run(home, programs=programs_of(home, SERVERS)) as run:
        run.wait_for_text("web    | ready.", 60)
        run.wait_for_text("Ctrl-C ends it", 60)
        os.kill(run.part(part), signal.SIGKILL)
        assert run.assert_ends() == 2  # make's status of a failed recipe
        assert f"Everything has ended, for {title} has ended" in run.read()


def test_it_can_be_ended_while_it_starts(run: Run) -> None:
    run.wait_for_text("Preparing the database", 60)
    os.write(run.terminal, b"\x03")
    run.assert_ends()
    assert "Traceback" not in run.printed


def test_a_killed_supervisor_leaves_nothing_even_of_services_that_a_command_had_started(kept_home: Home) -> None:
    kept_home.run("embedded.ensure()")
    with Run(kept_home) as run:
        run.wait_for_text("ready.", 60)
        os.kill(run.supervisor(), signal.SIGKILL)
        run.assert_ends()


def connect(run: Run) -> psycopg.Connection:
    where = run.home.run("print(embedded.database()['HOST'])").strip()
    return psycopg.connect(host=where, port="5432", user="postgres", dbname="readinglist")
