"""Turns: everybody's comes, and never more than so many of one host."""

import asyncio
from collections import Counter
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.turns import Turns
from tests.feeds.fetching import run_aside
from tests.fixtures.effort import examples


@settings(max_examples=examples(100))
@given(st.lists(st.sampled_from("abc"), max_size=20), st.integers(1, 3), st.randoms(use_true_random=False))
def test_all_are_taken_once_in_their_order_within_the_limit(hosts: list[str], per_host: int, random: Random) -> None:
    async def run() -> list[tuple[str, int]]:
        turns: Turns[int] = Turns(per_host)
        for number, host in enumerate(hosts):
            turns.add(host, number)
        taken: list[tuple[str, int]] = []
        under_way: Counter[str] = Counter()
        while len(taken) < len(hosts):
            # What can be taken is taken at once: one of a host that is not full, if any waits.
            left = Counter(hosts) - Counter(host for host, _ in taken)
            can_be_taken = any(under_way[host] < per_host for host in left)
            if can_be_taken and (not under_way.total() or random.random() < 0.6):
                host, number = await asyncio.wait_for(turns.take(), 1)
                taken.append((host, number))
                under_way[host] += 1
                assert under_way[host] <= per_host
            else:
                host = random.choice(sorted(under_way.elements()))
                under_way[host] -= 1
                turns.done(host)
        return taken

    taken = run_aside(run())
    for host in set(hosts):
        assert [number for at, number in taken if at == host] == [n for n, at in enumerate(hosts) if at == host]
