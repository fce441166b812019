"""What `fetch` yields, for code that is not asynchronous: the network runs in a thread of its own."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager

from feeds.fetch import LIMITS, Answer, Limits, Target, fetch


class Answers:
    """The answers of one run of `fetch`, in the event loop of another thread."""

    def __init__(self, targets: Sequence[Target], limits: Limits, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._answers = fetch(targets, limits)
        self._wait: Future[Answer] | None = None
        self._task: asyncio.Task[Answer] | None = None

    def next(self, seconds: float) -> Answer | None:
        """The next answer; None when none came within `seconds`, while the wait for it goes on."""
        if self._wait is None:
            self._wait = asyncio.run_coroutine_threadsafe(self._take(), self._loop)
        # Not by `result(seconds)`: of an answer that comes just then it would be unknown whose time is out.
        wait([self._wait], seconds)
        if not self._wait.done():
            return None
        arrived, self._wait = self._wait, None
        return arrived.result()

    async def _take(self) -> Answer:
        self._task = asyncio.current_task()
        return await anext(self._answers)

    async def close(self) -> None:
        """Ends what is under way, the wait for an answer first: a generator that runs cannot be closed."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait([self._task])
        await self._answers.aclose()


@contextmanager
def answers_of(targets: Sequence[Target], limits: Limits = LIMITS) -> Iterator[Answers]:
    """The network's answers: it goes on whatever the caller is at, and at the end nothing is left running."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="feeds-network", daemon=True)
    thread.start()
    answers = Answers(targets, limits, loop)
    try:
        yield answers
    finally:
        asyncio.run_coroutine_threadsafe(answers.close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
