"""What pages cost: each beside a plain view, the inbox and a search with more and more posts, marks, what is sent.

`python -m bench --pages`; it takes minutes, most of them to make the posts.
"""

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Any, Protocol

from bench import database
from bench import report as section
from bench.machine import this_machine
from bench.pages import report
from bench.pages.results import BASELINE, Costs, Results
from bench.programs import Program

SECTION = "Pages"
POSTS = {"few": 1_000, "many": 100_000, "most": 1_000_000}
READERS, ENTRIES = 100, 2000
REPETITIONS = 21
INBOX = "inbox"


class Asked(Protocol):
    """What answers questions: a program, or the same functions here."""

    def ask(self, command: str, **values: Any) -> dict[str, Any]: ...


def run(given: Namespace) -> Results:
    """Measures everything, in databases of its own."""
    with database.own_services(), Program("bench.pages.asked") as asked:
        machine = this_machine(database.version())
        results = Results(machine, given.repeat or REPETITIONS, READERS, ENTRIES, POSTS)
        _make(asked, results)
        machine.look_at_load()
        measure_pages(asked, results, "many")
        measure_sizes(asked, results, "many")
        measure_inbox(asked, results, ("few", "many"))
        measure_marks(asked, results, "many")
        measure_searches(asked, results, ("many", "most"))
        machine.look_at_load()
        return results


def main(given: Namespace) -> None:
    results = run(given)
    text = report.markdown(results)
    print(report.as_json(results) if given.json else text)
    if given.repeat is None:
        section.write(text, section=SECTION)


def _make(asked: Asked, results: Results) -> None:
    """A database for each number of posts, and of two of them another, for who is far behind."""
    database.keep("bare")
    for name, posts in results.posts.items():
        database.restore("bare")
        asked.ask("make", posts=posts, readers=results.readers, entries=results.entries)
        database.tidy(database.MEASURED)
        database.keep(name)
        if name != "most":
            database.keep(_behind(name), of=name)
        tell(f"{posts:,} posts made")


def measure_pages(asked: Asked, results: Results, name: str) -> None:
    """Each page by turns with the baseline, so that both meet what else the machine is at."""
    pages = asked.ask("sit_down", database=name, behind=False)["pages"]
    address = pages.pop(BASELINE)
    for page, its_address in pages.items():
        turns = [address, its_address]
        asked.ask("warm", database=name, behind=False, pages=turns)
        found = asked.ask("view", database=name, behind=False, pages=turns * results.repetitions)["requests"]
        results.pages[page] = Costs.of(found[1::2])
        results.baselines[page] = Costs.of(found[::2])
        again = [its_address] * results.repetitions
        anew = asked.ask("view", database=name, behind=False, pages=again, anew=True)["requests"]
        results.anew[page] = Costs.of(anew)
    tell(f"median page: {results.median_ratio():.2f} times the baseline")


def measure_sizes(asked: Asked, results: Results, name: str) -> None:
    pages = asked.ask("sit_down", database=name, behind=False)["pages"]
    del pages[BASELINE]
    results.sizes = asked.ask("weigh", database=name, behind=False, pages=pages)


def measure_inbox(asked: Asked, results: Results, names: Sequence[str]) -> None:
    """Full of unread posts, by turns with few and with many."""
    for name in names:
        found = asked.ask("sit_down", database=_behind(name), behind=True)
        results.unread[name] = found["unread"]
    for number in range(results.repetitions + 1):
        for name in names:
            pages = [found["pages"][INBOX]] * 2  # the first one meets a new connection
            requests = asked.ask("view", database=_behind(name), behind=True, pages=pages)["requests"]
            if number:
                results.inbox.setdefault(name, Costs()).add(requests[1])


def measure_marks(asked: Asked, results: Results, name: str) -> None:
    for number in range(results.repetitions + 1):
        for what in ("all", "last", "one"):
            request = asked.ask("mark", database=_behind(name), behind=True, what=what)
            if number:
                results.marks.setdefault(what, Costs()).add(request)


def measure_searches(asked: Asked, results: Results, names: Sequence[str]) -> None:
    for name in names:
        asked.ask("sit_down", database=name, behind=False)
        searches = asked.ask("find", database=name, behind=False)
        asked.ask("warm", database=name, behind=False, pages=list(searches.values()))
        by_words = results.searches.setdefault(name, {})
        for _ in range(results.repetitions):
            found = asked.ask("view", database=name, behind=False, pages=list(searches.values()))
            for what, request in zip(searches, found["requests"], strict=True):
                by_words.setdefault(what, Costs()).add(request)


def _behind(name: str) -> str:
    return f"{name}_unread"


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
