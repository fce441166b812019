"""The Makefile and a .venv that it did not make."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.ground.running import PROJECT, clean_environment


def make_venv(folder: Path) -> subprocess.CompletedProcess[str]:
    shutil.copy(PROJECT / "Makefile", folder)
    command = ["make", ".venv/made", f"PYTHON={sys.executable}"]
    return subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=60)


def test_one_that_works_is_used(tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    assert make_venv(tmp_path).returncode == 0
    assert sorted(path.name for path in (tmp_path / ".venv").iterdir()) == ["bin", "made"]


def test_one_that_does_not_work_is_left_alone_and_said(tmp_path: Path) -> None:
    precious = tmp_path / ".venv" / "precious"
    precious.parent.mkdir()
    precious.touch()
    refused = make_venv(tmp_path)
    assert refused.returncode == 2
    assert "move it away, or remove it by: make clean" in refused.stdout
    assert list((tmp_path / ".venv").iterdir()) == [precious]
