"""The worker's heartbeat: a file whose age tells a health check that it is alive."""

from pathlib import Path

import pytest
from celery.signals import heartbeat_sent
from pytest_django import Settings

from readinglist import celery


def test_each_heartbeat_touches_the_file(settings: Settings, tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    settings.WORKER_HEARTBEAT = str(alive)
    assert celery.show_life in [receiver() for _, receiver in heartbeat_sent.receivers]
    heartbeat_sent.send(sender=None)
    assert alive.exists()


def test_without_one_nothing_is_touched(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WORKER_HEARTBEAT = ""
    monkeypatch.chdir(tmp_path)
    before = tmp_path.stat().st_mtime_ns
    heartbeat_sent.send(sender=None)
    assert tmp_path.stat().st_mtime_ns == before
