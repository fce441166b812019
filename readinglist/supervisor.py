"""`make run`: services, web server, worker and beat in one terminal, ended together and in order.

`make demo` does the same in a home of its own, which a made-up team has used for half a year.

Ctrl-C, SIGTERM, a closed terminal and the death of the parent each end all of it. Everything that it starts is tied to
it by the kernel, so that even its own sudden death leaves nothing behind.
"""

import errno
import http.client
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import environ

from readinglist import embedded, embedded_processes
from readinglist.supervised import Ended, Group, RunError

PROJECT = Path(__file__).resolve().parent.parent
SERVICES_SECONDS = 1.0  # until a stubborn server is made to end; together with the group's grace below 9 s
CLAIM_SECONDS = 0.5
CELERY = [sys.executable, "-m", "celery", "--quiet", "-A", "readinglist"]
GUNICORN = [sys.executable, "-m", "gunicorn"]
DEMO_HOME = PROJECT / "var" / "demo"
# What leads from a home to the data of a real team, to its people, and to its address.
OUTSIDE = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "SECRET_KEY")
ENDING_ORDER = ("beat", "web", "worker")
WORKER_PROCESSES = 2
WEB_PROCESSES = 2
WEB_THREADS = 4
LONGEST_REQUEST_LINE = 8190  # gunicorn's most: addresses that are brought to "Add an address" hold another one


def main() -> int:
    """Run until somebody ends it (0) or something fails (1)."""
    if sys.argv[1:] == ["demo"]:
        stand_apart()
    environ.Env.read_env(PROJECT / ".env")
    group = Group(PROJECT)
    embedded_processes.end_with_parent(signal.SIGTERM, int(os.environ.pop("MAKE_PID", "") or os.getppid()))
    os.umask(0o077)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Under nohup the end of the terminal is meant to be survived.
        if not (sign == signal.SIGHUP and signal.getsignal(sign) == signal.SIG_IGN):
            signal.signal(sign, lambda *_: group.ask_to_end())
    status = 1
    try:
        port = read_port()
        claim_home(port)
        check_port(port)
        try:
            run(group, port)
        finally:
            group.end(ENDING_ORDER)
            end_services(group)
    except Ended:
        group.say("Everything has ended; what was read is kept.")
        status = 0
    except (RunError, embedded.EmbeddedError) as error:
        if group.is_serving:
            group.say(f"Everything has ended, for {error} What was read is kept; make run starts it again.")
        else:
            group.say(f"Cannot run: {error}")
    return status


def stand_apart() -> None:
    """The demo has a home, servers, mail and address of its own, whatever the shell or .env say of a real instance."""
    os.environ["READINGLIST_HOME"] = os.environ.get("READINGLIST_HOME") or str(DEMO_HOME)
    for name in OUTSIDE:
        os.environ[name] = os.environ[f"{name}_FILE"] = ""  # empty is unset, and .env does not change it


def run(group: Group, port: int) -> None:
    """Start all in order, say where it is, and watch over it."""
    services = embedded.used()
    if services:
        group.say(f"Starting {' and '.join(embedded.TITLES[name] for name in services)}")
        try:
            embedded.start(owned=True, give_up=lambda: group.is_ending)
        except embedded.EmbeddedError:
            group.check_ending()  # given up because somebody asked for the end
            raise
    preparation = [sys.executable, "-m", "readinglist.preparation", *sys.argv[1:]]
    said = group.run_to_end("preparation", preparation, {"PORT": str(port)})
    address, *way_in = said.splitlines()
    group.say("Starting the web server")
    start_web(group, port)

    def check_services() -> None:
        for name in set(services) - set(embedded.running()):
            raise RunError(f"{embedded.TITLES[name]} has ended; {embedded.home() / 'log'} may tell why.")

    group.watch(check_services, until=lambda: is_healthy(port), failure="The web server does not answer")
    start_worker_and_beat(group, port)  # afterwards: they would hold up the first page
    group.say(banner(address, way_in))
    group.is_serving = True
    group.watch(check_services)


def end_services(group: Group) -> None:
    try:
        embedded.stop(seconds=SERVICES_SECONDS)
    except embedded.EmbeddedError as error:  # the kernel ends with this process what it has started
        group.say(str(error))


def start_web(group: Group, port: int) -> None:
    options = [f"--bind=127.0.0.1:{port}", "--worker-class=gthread", f"--workers={WEB_PROCESSES}"]
    options += [f"--threads={WEB_THREADS}", "--graceful-timeout=4", "--no-control-socket"]
    options += [f"--limit-request-line={LONGEST_REQUEST_LINE}"]
    environment = {"PORT": str(port), "DATABASE_POOL_SIZE": str(WEB_THREADS)}
    group.start("web", [*GUNICORN, *options, "readinglist.wsgi"], environment)


def start_worker_and_beat(group: Group, port: int) -> None:
    environment = {"PORT": str(port)}
    worker = ["worker", "--loglevel=INFO", f"--concurrency={WORKER_PROCESSES}", "--without-gossip", "--without-mingle"]
    # A soft shutdown of the worker's own: short tasks end, long ones go back to the queue.
    soft = {"REMAP_SIGTERM": "SIGQUIT", "PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
    group.start("worker", [*CELERY, *worker], environment | soft)
    group.start("beat", [*CELERY, "beat", "--loglevel=WARNING", "--pidfile="], environment)


def read_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise RunError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def claim_home(port: int) -> None:
    """Be the only one that runs this home; the kernel ends the claim with this process."""
    path = embedded.home() / embedded.SUPERVISOR_LOCK
    with embedded.explained():
        embedded.make_home()
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    # For a moment it may also be held by somebody who only looks.
    if not embedded_processes.wait_until(lambda: embedded_processes.take_lock(descriptor), CLAIM_SECONDS):
        holder = path.read_text().strip() or "another process"
        raise RunError(
            f"Readinglist already runs here ({holder}). End that one first, or choose another folder with "
            "READINGLIST_HOME and another PORT."
        )
    os.truncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()}, port {port}".encode())


def check_port(port: int) -> None:
    """Refuse a taken port before anything is started; `localhost` may mean either loopback address."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except PermissionError:
            raise RunError(f"Port {port} is not for ordinary users. Choose another: make run PORT=8001") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise RunError(f"Port {port} is taken. Choose another: make run PORT={port + 1}") from None


def is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def banner(address: str, way_in: Sequence[str]) -> str:
    lines = [f"Readinglist is at {address}", *way_in, "Ctrl-C ends it; everything is kept."]
    rule = "─" * max(map(len, lines))
    return "\n".join(["", rule, *lines, rule, ""])


if __name__ == "__main__":
    sys.exit(main())
