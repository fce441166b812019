"""Whose turn it is: visits wait by host, so that no host is asked by many at once and none holds the others up."""

import asyncio
from collections import defaultdict, deque
from typing import Generic, TypeVar

Visit = TypeVar("Visit")


class Turns(Generic[Visit]):
    """Gives out visits in the order they came, at most `per_host` of one host until `done` says that one has ended."""

    def __init__(self, per_host: int) -> None:
        self._per_host = per_host
        self._ready: asyncio.Queue[tuple[str, Visit]] = asyncio.Queue()
        self._waiting: defaultdict[str, deque[Visit]] = defaultdict(deque)
        self._taken: defaultdict[str, int] = defaultdict(int)  # places of a host, by visits ready or under way

    def add(self, host: str, visit: Visit) -> None:
        if self._taken[host] < self._per_host:
            self._taken[host] += 1
            self._ready.put_nowait((host, visit))
        else:
            self._waiting[host].append(visit)

    async def take(self) -> tuple[str, Visit]:
        """The next visit and its host, as soon as there is one whose turn has come."""
        return await self._ready.get()

    def done(self, host: str) -> None:
        """One of the host's visits has ended, or goes on elsewhere: the next of the host has its place."""
        if waiting := self._waiting[host]:
            self._ready.put_nowait((host, waiting.popleft()))
        else:
            self._taken[host] -= 1

    def is_last(self, host: str) -> bool:
        """Whether nobody waits for this host."""
        return not self._waiting[host]
