"""Dockerfile and .dockerignore: what goes into the image, and what stays out.

No container engine is needed: the steps are read, and those that can go wrong by a change elsewhere are looked at.
"""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

from tests.ground.running import Home

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
IGNORED = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
INCLUDED = {line.removeprefix("!") for line in IGNORED if line.startswith("!")}
# What a clone holds that the running program does without.
LEFT_OUT = {
    *("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "docs", "tests", "bench"),
    *("Caddyfile", "Dockerfile", "docker-compose.yml", "Makefile", "pyproject.toml", "requirements-dev.txt"),
}
# What comes to be there, and is nobody else's.
PRIVATE = {"var", "secrets", "backups"}


def steps() -> list[list[tuple[str, str]]]:
    """Instruction and argument, by stage."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    stages: list[list[tuple[str, str]]] = []
    for line in filter(str.strip, text.splitlines()):
        instruction, _, argument = line.partition(" ")
        if instruction == "FROM":
            stages.append([])
        stages[-1].append((instruction, " ".join(argument.split())))
    return stages


def arguments(stage: int, instruction: str) -> list[str]:
    return [argument for name, argument in steps()[stage] if name == instruction]


def test_only_what_is_named_goes_in() -> None:
    assert IGNORED[0] == "*"
    assert not INCLUDED & (PRIVATE | LEFT_OUT)
    assert {"**/__pycache__", "**/*.py[cod]"} <= set(IGNORED[IGNORED.index("!templates") :])


def test_everything_here_was_decided_about() -> None:
    """A new folder belongs into the image, or into LEFT_OUT."""
    here = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert here - PRIVATE - {"__pycache__", "build", "dist"} <= INCLUDED | LEFT_OUT
    assert here >= INCLUDED


def test_what_is_copied_is_there() -> None:
    copied = [argument.split() for stage in (0, 1) for argument in arguments(stage, "COPY")]
    for *options, source, _ in copied:
        assert options or source == "." or source in INCLUDED
    assert ["--from=build", "/opt/venv", "/opt/venv"] in copied


def test_packages_are_those_of_the_lock_and_nothing_is_built() -> None:
    (install,) = [argument for argument in arguments(0, "RUN") if "pip install" in argument]
    assert {"--require-hashes", "--no-deps", "--only-binary=:all:"} <= set(shlex.split(install))
    assert not re.search(r"\b(apt-get|pip|gcc)\b", " ".join(arguments(1, "RUN")))


def test_it_runs_as_the_user_of_the_compose_file() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    (user,) = arguments(1, "USER")
    assert {compose["services"][name]["user"] for name in ("prepare", "web", "worker", "beat", "manage")} == {user}
    made = " ".join(arguments(1, "RUN"))
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            folder = volume.split(":")[1]
            if folder.startswith("/var/lib/readinglist/"):
                assert f"$READINGLIST_HOME/{Path(folder).name}" in made


def test_the_bases_have_a_version_of_python_that_is_supported() -> None:
    bases = [stage[0][1].split()[0] for stage in steps()]
    assert bases[0] == bases[1]
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", bases[0])


def test_its_static_files_can_be_collected_without_anything_else(home: Home) -> None:
    """The step of the image, as it stands, here."""
    (step,) = [argument for argument in arguments(1, "RUN") if "collectstatic" in argument]
    command = shlex.split(step.partition("&&")[2])
    assert command[0] == "SECRET_KEY=of-this-step-alone"
    done = subprocess.run(
        ["env", command[0], sys.executable, *command[2:], "--dry-run", "--verbosity=0"],
        cwd=ROOT,
        env=home.variables(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert not home.path.exists()
    assert home.processes() == {}
