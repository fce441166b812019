"""The bench of pages runs: on few rows, in this process; and it believes no request that did not do what was asked."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.http import HttpResponse

from accounts.models import User
from bench.machine import Machine
from bench.pages import asked, report, run
from bench.pages.results import Results
from bench.pages.transfer import bytes_of
from feeds.indexing import index_posts
from readinglist.catalog.models import Category, ReadingList
from readinglist.reading import stages
from readinglist.reading.models import Follow
from tests.fixtures.posts import make_feed, make_post

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
POSTS = 12


class Here:
    """The program's functions in this process; there is one database, whatever name is asked for."""

    def ask(self, command: str, **values: Any) -> dict[str, Any]:
        if "database" in values:
            values["database"] = connection.settings_dict["NAME"]
        found: dict[str, Any] = asked.COMMANDS[command](**values)
        return found


@pytest.fixture
def results(transactional_db: None, canon: ReadingList, reader: User, monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.setattr(asked, "BEFORE", 0)
    monkeypatch.setattr("gc.collect", lambda: 0)  # here it would look through all that the tests have made
    Category.objects.create(slug="training", name="Training", position=1)
    feed = make_feed()
    for number in range(POSTS):
        make_post(feed, f"Sharding optimisers between clusters without bandwidth, {number}", published_at=NOW)
    Follow.objects.create(user=reader, source=feed.source, followed_at=NOW, caught_up_to=0)
    stages.finish(canon.steps.get(position=1).entries.get(), user=reader, now=NOW)
    index_posts(batches=1)
    machine = Machine(2, "a processor", 8_000_000_000, "3.11", "18.6", "2026-11-20", [0.0, 0.0])
    return Results(machine, 1, 1, 20, {"few": POSTS, "many": POSTS})


@pytest.mark.urls("bench.pages.baseline")
def test_a_small_bench_measures_pages_marks_and_searches(results: Results) -> None:
    run.measure_pages(Here(), results, "many")
    run.measure_inbox(Here(), results, ["few", "many"])
    run.measure_marks(Here(), results, "many")
    run.measure_searches(Here(), results, ["many"])
    assert {"home", "inbox", "search, found"} < set(results.pages)
    assert all(results.ratio(name) > 0 for name in results.pages)
    assert results.unread == {"few": POSTS, "many": POSTS}
    assert set(results.marks) == {"all", "last", "one"}
    found = json.loads(report.as_json(results))
    assert [bar["measured"] > 0 for bar in found["bars"]] == [True] * 3
    assert set(found["ratios"]) == set(results.pages)
    assert f"| {POSTS} unread posts |" in report.markdown(results)


@pytest.mark.urls("bench.pages.baseline")
def test_a_mark_that_marks_nothing_is_no_measure(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Here()
    here.ask("sit_down", database="", behind=True)
    monkeypatch.setattr(asked.Desk, "post", lambda *_args, **_headers: None)
    with pytest.raises(RuntimeError, match="Nothing was marked"):
        here.ask("mark", database="", behind=True, what="one")


@pytest.mark.urls("bench.pages.baseline")
def test_a_page_that_is_not_there_is_no_measure(results: Results) -> None:
    here = Here()
    here.ask("sit_down", database="", behind=False)
    with pytest.raises(RuntimeError, match="/nowhere/ answers 404"):
        here.ask("view", database="", behind=False, pages=["/nowhere/"])


def test_a_page_weighs_what_it_links_and_what_that_names(tmp_path: Path, settings: LazySettings) -> None:
    settings.STATIC_ROOT = tmp_path
    files = {
        "a.css": "@font-face { src: url('fonts/f.woff2') }",
        "fonts/f.woff2": "f" * 50,
        "a.js": 'import { b } from "./b.js"; import "./a.js";',
        "b.js": "b" * 70,
        "unused.css": "u" * 9,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "a.css.gz").write_bytes(b"packed")
    page = (
        '<link rel="stylesheet" href="/static/a.css"><script src="/static/a.js"></script><a href="/static/unused.css">'
    )
    sizes = bytes_of(HttpResponse(page))
    assert sizes.pop("") < len(page) + 30
    assert sizes == {
        "/static/a.css": len("packed"),
        "/static/fonts/f.woff2": 50,
        "/static/a.js": len(files["a.js"]),
        "/static/b.js": 70,
    }
