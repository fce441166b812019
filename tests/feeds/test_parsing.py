"""Documents are parsed in processes of their own: what one does to its process is its own affair."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.db import connection

from feeds import parse, parsing, update
from feeds.models import FeedState
from feeds.parse import BrokenFeed, NotAFeed, NothingNew, ParsedFeed
from feeds.parsing import ParserFailed, Parsers
from readinglist import embedded_processes
from readinglist.catalog.models import Post
from tests.feeds.making import rss
from tests.feeds.writing import NOW, URL
from tests.fixtures.far import Far, Gate
from tests.fixtures.posts import make_feed

SECONDS = 20
GOOD = rss("a", "b").encode()
GIVEN: dict[str, Any] = {"url": URL, "content_type": "", "now": NOW}


def misbehave(body: bytes, **given: Any) -> ParsedFeed:
    """In place of `parse.parse`, in the process: does what the document says."""
    if b"die" in body:
        os.kill(os.getpid(), signal.SIGKILL)
    if b"hang" in body:
        with suppress(OSError):
            Path(given["url"]).touch()
        time.sleep(2 * SECONDS)
    if b"fill" in body:
        bytearray(2 * parsing.DOCUMENT_MEMORY)
    if b"keep" in body:
        _kept.append(bytearray(2 * parsing.KEPT_MEMORY))
    if b"raise" in body:
        raise ZeroDivisionError
    if b"query" in body:
        connection.cursor().execute("SELECT 1")
    return _true_parse(body, **given)


_true_parse = parse.parse
_kept: list[bytearray] = []


@pytest.fixture(autouse=True)
def others() -> set[int]:
    """The processes of this one that the tests' servers are."""
    return children()


@pytest.fixture
def parsers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Parsers]:
    """One process, so that each document meets what the last has left."""
    monkeypatch.setattr(parse, "parse", misbehave)
    with closing(Parsers(1)) as parsers:
        yield parsers


def test_they_say_what_the_parser_says(parsers: Parsers) -> None:
    parsed = parsers.parse(GOOD, **GIVEN)
    assert parsed == _true_parse(GOOD, **GIVEN)
    with pytest.raises(NothingNew):
        parsers.parse(GOOD, known=parsed.known, **GIVEN)
    for body, refusal in ((b"<html>", NotAFeed), (b"<rss><channel", BrokenFeed)):
        with pytest.raises(refusal, match=r"\w{4}"):
            parsers.parse(body, **GIVEN)


@pytest.mark.parametrize(
    ("body", "refusal", "words"),
    [
        (b"die", ParserFailed, "ended over the document"),
        (b"hang", BrokenFeed, "more than 0 seconds"),
        (b"fill", BrokenFeed, "more memory than a feed may take"),
        (b"raise", ParserFailed, "ZeroDivisionError"),
    ],
)
def test_whatever_a_document_does_the_next_is_parsed(
    parsers: Parsers,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    body: bytes,
    refusal: type[Exception],
    words: str,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(parsing, "DOCUMENT_SECONDS", 0.5 if b"hang" in body else SECONDS)
        with pytest.raises(refusal, match=words):
            parsers.parse(body, **GIVEN | {"url": str(tmp_path / "sign")})
    assert len(parsers.parse(GOOD, **GIVEN).posts) == 2


def test_a_process_that_has_taken_much_ends_with_the_document(parsers: Parsers, others: set[int]) -> None:
    first = children()
    parsers.parse(GOOD, **GIVEN)
    assert children() == first > others
    assert len(parsers.parse(rss("keep").encode(), **GIVEN).posts) == 1
    assert children() == others
    assert len(parsers.parse(GOOD, **GIVEN).posts) == 2


@pytest.mark.django_db(transaction=True)
def test_they_cannot_touch_what_they_inherit(parsers: Parsers) -> None:
    def parse_beside_a_connection() -> None:
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            with closing(Parsers(2)) as others:
                with pytest.raises(ParserFailed, match="OperationalError"):
                    others.parse(b"query", **GIVEN)
                others.parse(GOOD, **GIVEN)
            before = cursor.fetchone()
            cursor.execute("SELECT pg_backend_pid()")
            assert cursor.fetchone() == before

    # In a thread: where a browser's loop runs in this one, Django gives a forked process other connections.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(parse_beside_a_connection).result()


def test_they_end_with_their_parent() -> None:
    parent = os.fork()
    if not parent:
        Parsers(2)
        signal.pause()
    of_it = Path(f"/proc/{parent}/task/{parent}/children")
    assert embedded_processes.wait_until(lambda: len(of_it.read_text().split()) == 2, SECONDS)
    pids = [int(pid) for pid in of_it.read_text().split()]
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    assert embedded_processes.wait_until(lambda: not any(map(is_running, pids)), SECONDS)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


def children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()}


def test_an_interruption_ends_what_is_under_way(parsers: Parsers, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        sign = tmp_path / "hangs"
        waiting = pool.submit(parsers.parse, b"hang", **GIVEN | {"url": str(sign)})
        assert embedded_processes.wait_until(sign.exists, SECONDS)
        parsers.interrupt()
        assert isinstance(waiting.exception(SECONDS), ParserFailed)
    assert len(parsers.parse(GOOD, **GIVEN).posts) == 2


# ------------------------------------------------------------- a whole visit
@pytest.fixture
def feeds(far: Far, db: None) -> list[int]:
    return [make_feed(url=far.serve(f"/{number}", rss(f"{number}"))).pk for number in range(update.MANY)]


def test_many_new_feeds_are_read_at_once_and_one_that_kills_is_one_feeds_fault(
    feeds: list[int], others: set[int], far: Far, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(parse, "parse", misbehave)
    poison = make_feed(url=far.serve("/poison", rss("die")))
    odd = make_feed(url=far.serve("/odd", "<html>"))

    summary = update.visit(now=NOW, random=Random(1))

    assert (summary.feeds, summary.failed, summary.new_posts) == (len(feeds) + 2, 2, len(feeds))
    states = dict(FeedState.objects.exclude(status="fetched").values_list("feed", "status"))
    assert states == {poison.pk: "fault", odd.pk: "not_a_feed"}
    assert "ended over the document" in caplog.text
    assert children() == others


def test_a_run_that_is_broken_off_leaves_no_process(
    feeds: list[int], others: set[int], far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "SLICE_SECONDS", 0.05)
    monkeypatch.setattr(parse, "parse", misbehave)
    gate = Gate()
    make_feed(url=far.serve("/slow", rss("slow"), gate=gate))
    make_feed(url=far.serve("/hangs", rss("hang")))

    def stop(progress: update.Progress) -> None:
        if Post.objects.exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        update.visit(now=datetime(2026, 11, 20, 9, tzinfo=UTC), on_progress=stop)
    gate.release()
    assert children() == others
