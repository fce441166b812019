"""Homes of their own for the tests of the ground."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ground.running import ORDINARY, Home

# An ordinary user's tests run as that user; root's tests run as root and as an ordinary user.
ACCOUNTS = [0, ORDINARY] if os.geteuid() == 0 else [os.geteuid()]


@pytest.fixture
def home() -> Iterator[Home]:
    """A home of whoever runs the tests."""
    yield from make_home(os.geteuid())


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
