"""What the tests of the network share: whole runs of `fetch`, and answers for names in place of the name servers'."""

import asyncio
import socket
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from feeds.fetch import LIMITS, Answer, Limits, Target, fetch

PATIENCE_SECONDS = 20


Result = TypeVar("Result")


def run_aside(work: Coroutine[Any, Any, Result]) -> Result:
    """In a thread of its own: a browser's test may have left its loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def fetch_all(targets: Sequence[Target], limits: Limits = LIMITS) -> list[Answer]:
    """All answers, in the order in which they arrived."""

    async def collect() -> list[Answer]:
        return [answer async for answer in fetch(targets, limits)]

    return run_aside(asyncio.wait_for(collect(), PATIENCE_SECONDS))


def fetch_one(url: str, limits: Limits = LIMITS, **validators: str) -> Answer:
    (answer,) = fetch_all([Target(1, url, **validators)], limits)
    return answer


def fetch_urls(urls: Sequence[str], limits: Limits = LIMITS) -> dict[str, Answer]:
    """The answer to each address."""
    answers = fetch_all([Target(number, url) for number, url in enumerate(urls)], limits)
    assert sorted(answer.feed_id for answer in answers) == list(range(len(urls)))
    return {urls[answer.feed_id]: answer for answer in answers}


def answer_names(monkeypatch: pytest.MonkeyPatch, **answers: Sequence[Sequence[str]]) -> None:
    """Each look-up of a name (`turncoat` stands for turncoat.test) gives its next answer, the last one for ever.

    What is no such name is read as the system reads numbers, and nobody's name servers are asked.
    """
    left = {f"{name}.test": list(map(list, given)) for name, given in answers.items()}
    left["localhost"] = [["127.0.0.1", "::1"]]
    real = socket.getaddrinfo

    def look_up(host: str, port: Any, *rest: Any, **options: Any) -> list[Any]:
        if host not in left:
            return real(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        found = left[host].pop(0) if len(left[host]) > 1 else left[host][0]
        return [info for address in found for info in real(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
