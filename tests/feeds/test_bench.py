"""The bench runs: with a few feeds, on real parts, and it believes no visit that did less than it had to."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import report
from bench.corpus import make_feeds
from bench.phases import Edition, Phase
from bench.programs import ProgramError
from bench.run import check_visit
from feeds.parse import ParsedFeed, parse
from tests.fixtures.effort import FACTOR
from tests.operations.instances import NOW

PROJECT = Path(__file__).parents[2]
FEEDS = 6
MEASURED_FEEDS = 4


def test_a_small_bench_measures_the_phases_and_says_what_was_promised() -> None:
    found = run_bench(
        f"--feeds={MEASURED_FEEDS}", "--repeat=1", "--phases=304,new", "--only=floors,flat", "--stored=200,2000"
    )
    for what in ("ours", "fetch", "fetch_anew"):
        assert list(found[what]) == ["cold", "304", "new"]
        assert all(runs["wall"] > 0 and runs["memory"] > 0 for runs in found[what].values())
    assert MEASURED_FEEDS * 20 <= found["posts"] <= MEASURED_FEEDS * 40
    for phase in (Phase.NOT_MODIFIED, Phase.NEW):
        assert [runs["wall"] > 0 for runs in found["flat"][phase.value].values()] == [True, True]
    assert len([bar for bar in found["bars"] if bar["measured"] > 0]) == 6


if FACTOR > 1:  # far too much for `make test`, which measures the same with few posts above

    @pytest.mark.soak
    def test_a_poll_costs_the_same_with_five_million_posts_stored() -> None:
        found = run_bench("--only=ours,flat", "--stored=10000,5000000", "--repeat=3")
        flat = [bar for bar in found["bars"] if "5,000,000 posts stored" in bar["what"]]
        assert len(flat) == 2
        assert all(bar["is_held"] for bar in flat), flat


def run_bench(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench", "--json", *arguments]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_corpus_is_the_same_each_time_and_changes_as_its_phases_say() -> None:
    feed, again = make_feeds(FEEDS)[0], make_feeds(FEEDS)[0]
    first = feed.document(Edition())
    assert first == again.document(Edition()) == feed.document(Edition(Phase.SAME)) == feed.document(Edition())
    posts, dated, later = (_read(document) for document in (first, *map(feed.document, _CHANGED)))
    assert feed.document(_CHANGED[0]) != first
    assert dated.posts == posts.posts
    assert later.posts[6:] == posts.posts[:-6]


_CHANGED = (Edition(Phase.DATE), Edition(Phase.NEW, round=2))


def _read(document: bytes) -> ParsedFeed:
    return parse(document, url="http://feed.example/", content_type="", now=NOW)


def test_a_visit_that_brings_less_than_it_had_to_is_no_measure() -> None:
    edition = Edition(Phase.NEW, round=1)
    whole = {"feeds": 6, "failed": 0, "new_posts": 3}
    check_visit(edition, whole, feeds=6, posts=3)
    for wrong in ({"feeds": 5}, {"failed": 1}, {"new_posts": 2}):
        with pytest.raises(ProgramError, match="6 feeds bring 3 new posts"):
            check_visit(edition, whole | wrong, feeds=6, posts=3)


def test_results_of_others_stay_beside_those_of_the_bench(tmp_path: Path) -> None:
    file = tmp_path / "RESULTS.md"
    report.write("First.", file=file)
    report.write("Long.", section="A soak", file=file)
    report.write("Second.\n\nAnd more.", file=file)
    assert file.read_text() == "# Results\n\n## A soak\n\nLong.\n\n## The feed engine\n\nSecond.\n\nAnd more.\n"
