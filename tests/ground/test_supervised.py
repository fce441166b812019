"""The supervisor's parts: what it refuses, and how its children live and end together."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from readinglist import embedded_processes, supervised, supervisor
from readinglist.supervised import Ended, Group, RunError
from tests.ground.running import ORDINARY, PROJECT, Home, free_port, wait_for


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


@pytest.fixture
def group(capfd: pytest.CaptureFixture[str]) -> Group:
    return Group(PROJECT)


def supervise(home: Home, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "readinglist.supervisor"]
    environment = home.variables() | variables
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_taken_port_is_said_before_anything_starts(home: Home, family: int, address: str) -> None:
    with socket.socket(family) as taken:
        taken.bind((address, 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = supervise(home, PORT=str(port))
    assert refused.returncode == 1
    assert refused.stdout == f"Cannot run: Port {port} is taken. Choose another: make run PORT={port + 1}\n"
    assert not (home.path / "pg").exists()


@pytest.mark.parametrize("port", ["web", "0", "65536", "-1", "8000.0"])
def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(RunError, match="PORT must be a number"):
        supervisor.read_port()


def test_the_default_port_is_8000(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    assert supervisor.read_port() == 8000


def test_a_second_run_of_one_home_is_refused_by_name(home: Home) -> None:
    home.path.mkdir()
    with (home.path / "supervisor.lock").open("w") as lock:
        lock.write("process 42, port 8123")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        refused = supervise(home, PORT=str(free_port()))
    assert refused.returncode == 1
    assert "Readinglist already runs here (process 42, port 8123)" in refused.stdout
    assert "READINGLIST_HOME" in refused.stdout


def refused_home(home: Home, *, uid: int | None = None) -> str:
    supervising = home.begin("import readinglist.supervisor; sys.exit(readinglist.supervisor.main())", uid=uid)
    said, errors = supervising.communicate(timeout=60)
    assert (supervising.returncode, errors) == (1, "")
    assert "READINGLIST_HOME" in said
    return said


def test_a_home_that_is_no_folder_is_refused_in_words(home: Home) -> None:
    home.path.touch()
    assert "Not a directory" in refused_home(home)
    home.path /= "below"
    refused_home(home)


def test_a_home_that_may_not_be_written_is_refused_in_words(home: Home) -> None:
    home.path.mkdir(mode=0o500)
    ordinary = os.geteuid() or ORDINARY
    os.chown(home.path, ordinary, -1)
    assert f"{home.path / 'supervisor.lock'} may not be used by" in refused_home(home, uid=ordinary)


def test_a_supervisor_whose_make_has_died_starts_nothing(home: Home) -> None:
    assert supervise(home, MAKE_PID="1").returncode == -signal.SIGTERM
    assert not home.path.exists()


def test_it_can_be_ended_while_another_process_is_busy_with_the_services(home: Home) -> None:
    home.path.mkdir(mode=0o711)
    with embedded_processes.hold(home.path / "services.lock", 1):
        command = [sys.executable, "-um", "readinglist.supervisor"]
        environment = home.variables() | {"PORT": str(free_port())}
        with subprocess.Popen(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True) as waiting:
            assert waiting.stdout is not None
            assert waiting.stdout.readline() == "Starting PostgreSQL and Redis\n"
            waiting.send_signal(signal.SIGINT)
            said, _ = waiting.communicate(timeout=5)
    assert waiting.returncode == 0
    assert said.endswith("Everything has ended; what was read is kept.\n")


def test_a_childs_lines_are_printed_whole_and_with_its_name(group: Group, capfd: pytest.CaptureFixture[str]) -> None:
    group.start(
        "web", python("import sys; print('one\\ntw', end=''); print('o', file=sys.stderr); print('end', end='')"), {}
    )
    with pytest.raises(RunError, match=r"web has ended \(status 0\)"):
        group.watch(lambda: None)
    group.end(())
    assert capfd.readouterr().out == "web    | one\nweb    | two\nweb    | end\nEnding web\n"


def test_the_result_of_a_child_that_must_succeed_is_its_stdout(group: Group) -> None:
    code = "import os, sys; print(os.environ['A']); print('progress', file=sys.stderr)"
    assert group.run_to_end("preparation", python(code), {"A": "é"}) == "é\n"
    with pytest.raises(RunError, match="the preparation failed"):
        group.run_to_end("preparation", python("raise SystemExit(3)"), {})


def test_who_killed_a_child_is_said(group: Group) -> None:
    group.start("worker", python("import os; os.kill(os.getpid(), 9)"), {})
    with pytest.raises(RunError, match=r"worker has ended \(ended by SIGKILL\)"):
        group.watch(lambda: None)
    group.end(())


def test_waiting_has_an_end(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "READY_SECONDS", 0.2)
    group.start("web", python("import signal; signal.pause()"), {})
    with pytest.raises(RunError, match="It does not answer after"):
        group.watch(lambda: None, until=lambda: False, failure="It does not answer")
    group.end(())


def test_children_end_in_order_and_stubborn_ones_with_their_own_children_by_force(
    group: Group, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(supervised, "GRACE_SECONDS", 0.3)
    stubborn = "import os, signal; signal.signal(15, signal.SIG_IGN); os.fork()\n"
    stubborn += "os.write(1, b'%d\\n' % os.getpid()); signal.pause()"
    worker = group.start("worker", python(stubborn), {})
    polite = group.start("beat", python("import signal; print('up'); signal.pause()"), {})
    written = ""

    def is_up() -> bool:
        nonlocal written
        written += capfd.readouterr().out
        return written.count("\n") == 3

    group.watch(lambda: None, until=is_up)
    group.end(("beat", "worker"))
    assert capfd.readouterr().out == "Ending beat, worker\n"
    assert (polite.process.returncode, worker.process.returncode) == (-15, -9)
    pids = [int(line.split("|")[1]) for line in written.splitlines() if "up" not in line]
    wait_for(lambda: not any(map(is_process, pids)), 5)


def test_a_killed_supervisors_stubborn_child_ends_too() -> None:
    stubborn = "import os, signal; signal.signal(15, signal.SIG_IGN); print(os.getpid()); signal.pause()"
    code = f"""
import sys
from pathlib import Path
from readinglist import supervised
supervised.ORPHANS_SECONDS = 0.5
group = supervised.Group(Path())
group.start("stubborn", [sys.executable, "-c", {stubborn!r}], {{}})
group.watch(lambda: None)
"""
    with subprocess.Popen(python(code), cwd=PROJECT, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout is not None
        pid = int(killed.stdout.readline().split("|")[1])
        killed.kill()
    wait_for(lambda: not is_process(pid), 5)


def test_asking_for_the_end_is_seen_at_the_next_look(group: Group) -> None:
    group.start("web", python("import signal; signal.pause()"), {})
    looks: list[Callable[[], None]] = [lambda: None, group.ask_to_end]
    with pytest.raises(Ended):
        group.watch(lambda: looks.pop(0)())
    group.end(())


def test_a_pipe_that_nobody_reads_holds_nothing_up() -> None:
    """`make run | less`, and then the end."""
    code = "from readinglist.supervised import Group\nfrom pathlib import Path\ngroup = Group(Path())\n"
    code += "group.is_ending = True\ngroup.say('x' * 1_000_000)"
    reader, writer = os.pipe()
    try:
        subprocess.run([sys.executable, "-c", code], cwd=PROJECT, stdout=writer, timeout=20, check=True)
    finally:
        os.close(reader)
        os.close(writer)


def is_process(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
