"""What `fetch` yields, for code that is not asynchronous: the network runs in a thread of its own."""

import asyncio
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress

from feeds.fetch import LIMITS, Answer, Limits, Target, fetch

# While so much lies there that nobody has taken, the network waits.
ROOM_ANSWERS = 64
ROOM_BYTES = 4_000_000


class Answers:
    """The answers of one run of `fetch`, in the event loop of another thread; several threads may take them."""

    def __init__(self, targets: Sequence[Target], limits: Limits) -> None:
        self._arrived: deque[Answer] = deque()
        self._bytes = 0
        self._error: Exception | None = None
        self._left = len(targets)  # answers that have not come; of the network's thread
        self._is_closing = False  # of the same
        self._is_over = False
        self._changed = threading.Condition()
        self._has_room = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._take(targets, limits))
        self._thread = threading.Thread(target=self._run, name="feeds-network", daemon=True)
        self._thread.start()

    def next(self, seconds: float) -> Answer | None:
        """The next answer; None when none came within `seconds`, or the end did."""
        with self._changed:
            self._changed.wait_for(lambda: self._arrived or self._is_over, seconds)
            if self._arrived:
                answer = self._arrived.popleft()
                self._bytes -= len(answer.body)
                if not self._is_over:
                    self._loop.call_soon_threadsafe(self._has_room.set)
                return answer
            if self._error is not None:
                raise self._error
        return None

    def close(self) -> None:
        """Ends what is under way; who waits for an answer goes on without one."""
        with suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._stop)
        self._thread.join()

    def _stop(self) -> None:
        self._is_closing = True
        self._has_room.set()
        if self._left:  # else it is at its end, and is let come to it: it closes connections
            self._task.cancel()

    def _run(self) -> None:
        try:
            with suppress(asyncio.CancelledError):
                self._loop.run_until_complete(self._task)
        except Exception as error:
            self._error = error
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._loop.close()

    async def _take(self, targets: Sequence[Target], limits: Limits) -> None:
        async with aclosing(fetch(targets, limits)) as answers:
            async for answer in answers:
                self._left -= 1
                with self._changed:
                    self._arrived.append(answer)
                    self._bytes += len(answer.body)
                    self._changed.notify()
                    is_full = self._is_full()
                del answer
                while is_full and not self._is_closing:
                    await self._has_room.wait()
                    with self._changed:
                        self._has_room.clear()
                        is_full = self._is_full()

    def _is_full(self) -> bool:
        return len(self._arrived) >= ROOM_ANSWERS or self._bytes >= ROOM_BYTES


@contextmanager
def answers_of(targets: Sequence[Target], limits: Limits = LIMITS) -> Iterator[Answers]:
    """The network's answers: it goes on whatever the caller is at, and at the end nothing is left running."""
    answers = Answers(targets, limits)
    try:
        yield answers
    finally:
        answers.close()
