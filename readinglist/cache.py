"""The cache that all processes share; with Redis away each goes on with its own memory.

What is kept there may be lost at any time. The limits on sign-in are counted in it: people come in without Redis too,
and who tries passwords is then counted by each process for itself.
"""

import logging
import time
from typing import Any

from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

AWAY_SECONDS = 5  # before Redis is asked again: nobody waits for it at every question
MOST_ENTRIES = 100_000

_away_until: dict[str, float] = {}  # by address, for all threads of this process


class SharedCache(RedisCache):
    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._server = server
        self._own = LocMemCache(server, {"OPTIONS": {"MAX_ENTRIES": MOST_ENTRIES}})

    def ping(self) -> None:
        """Raises RedisError where Redis does not answer."""
        self._cache.get_client().ping()

    def _ask(self, what: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= _away_until.get(self._server, 0):
            try:
                return getattr(super(), what)(*args, **kwargs)
            except RedisError as error:
                _away_until[self._server] = time.monotonic() + AWAY_SECONDS
                logger.warning("Redis does not answer; what it would keep stays in this process: %s", error)
        return getattr(self._own, what)(*args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("add", *args, **kwargs)

    def get(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get", *args, **kwargs)

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set", *args, **kwargs)

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("touch", *args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete", *args, **kwargs)

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("get_many", *args, **kwargs)

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("has_key", *args, **kwargs)

    def incr(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("incr", *args, **kwargs)

    def set_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("set_many", *args, **kwargs)

    def delete_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._ask("delete_many", *args, **kwargs)

    def clear(self) -> None:
        self._own.clear()
        self._ask("clear")
