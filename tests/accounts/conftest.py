"""What the tests of this room share."""

import socket

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def forgotten_attempts() -> None:
    """Rate limits count in the cache, which no rollback empties."""
    cache.clear()


@pytest.fixture
def unused_tcp_port() -> int:
    """A port of the loopback where nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
