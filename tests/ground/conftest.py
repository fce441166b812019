"""Homes of their own for the tests of the ground."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.effort import FACTOR
from tests.ground.running import ORDINARY, Home

# An ordinary user's tests run as that user; root's run as an ordinary user, which is the rule, and in the soak as both.
ACCOUNTS = [os.geteuid()] if os.geteuid() else [ORDINARY, 0] if FACTOR > 1 else [ORDINARY]


@pytest.fixture
def home() -> Iterator[Home]:
    """A home of whoever runs the tests."""
    yield from make_home(os.geteuid())


@pytest.fixture(scope="session")
def used_home() -> Iterator[Home]:
    """A home whose services have run once."""
    for home in make_home(os.geteuid()):
        home.run("embedded.start(); embedded.stop()")
        yield home


@pytest.fixture
def was_used(home: Home, used_home: Home) -> None:
    """`home` has run its services before: to copy a cluster costs a tenth of making it."""
    subprocess.run(["cp", "-a", used_home.path, home.path], check=True)


@pytest.fixture(params=ACCOUNTS, ids=["root" if uid == 0 else "ordinary" for uid in ACCOUNTS])
def any_home(request: pytest.FixtureRequest) -> Iterator[Home]:
    """A home of each kind of account in turn."""
    yield from make_home(request.param)


def make_home(uid: int) -> Iterator[Home]:
    # Not pytest's own folder, which is closed to others.
    folder = Path(tempfile.mkdtemp(prefix="rl-"))
    os.chown(folder, uid, -1)
    folder.chmod(0o755)
    home = Home(folder / "home", uid)
    yield home
    home.clear()
    shutil.rmtree(folder)
