"""A small catalogue that changes from edition to edition."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from readinglist.curation import loading
from readinglist.curation.catalogue_files import read_catalogue
from readinglist.curation.report import Report

FOLDER = Path(__file__).parent / "catalogue"
NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)


class Edition:
    """A copy of the test catalogue that can be rewritten and loaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rewrite(self, old: str, new: str) -> "Edition":
        """Replaces text that stands once in one of the files."""
        found = [path for path in self.folder.glob("*.toml") if old in path.read_text()]
        assert len(found) == 1, f"{old!r} is in {len(found)} files"
        text = found[0].read_text()
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        found[0].write_text(text.replace(old, new))
        return self

    def append(self, text: str, *, to: str = "50-more.toml") -> "Edition":
        with (self.folder / to).open("a") as file:
            file.write(f"\n{text}\n")
        return self

    def load(self, *, now: datetime = NOW, dry_run: bool = False) -> Report:
        return loading.load(read_catalogue(self.folder), now=now, dry_run=dry_run)


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    return Edition(Path(shutil.copytree(FOLDER, tmp_path / "edition")))
