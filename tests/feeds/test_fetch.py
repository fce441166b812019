"""Visits to feeds: what is asked, what comes back, and how many at once."""

import asyncio
import gzip
import socket
import tomllib
import zlib
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

import brotli
import pytest
from aiohttp import web

from feeds.fetch import LIMITS, MEGABYTE, Answer, Limits, Target, fetch
from feeds.models import Outcome
from readinglist import VERSION
from tests.feeds.fetching import fetch_all, fetch_one, fetch_urls, run_aside
from tests.fixtures.far import HOSTS, Far, Gate

FEED = b"<rss><channel><title>Far away</title></channel></rss>" * 50
MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"


def test_a_feed_comes_with_all_that_is_known_of_it(far: Far) -> None:
    url = far.serve("/feed.xml?a=1", FEED, content_type="application/atom+xml", etag='W/"1"', last_modified=MODIFIED)
    answer = fetch_one(f"{url}#newest")
    assert 0 < answer.ms < 5_000
    assert answer == Answer(
        1,
        Outcome.FETCHED,
        http_status=200,
        url=url,
        body=FEED,
        content_type="application/atom+xml",
        etag='W/"1"',
        last_modified=MODIFIED,
        ms=answer.ms,
    )


def test_a_request_says_who_asks_and_what_for(far: Far) -> None:
    fetch_one(far.serve("/feed.xml", FEED))
    (asked,) = far.requests
    assert asked.method == "GET"
    assert asked.headers["User-Agent"] == f"Readinglist/{VERSION} (+http://localhost:8000)"
    assert "application/atom+xml" in asked.headers["Accept"]
    assert asked.headers["Accept-Encoding"] == "gzip, deflate, br"
    assert not {"If-None-Match", "If-Modified-Since", "Cookie", "Authorization", "Referer"} & set(asked.headers)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert project["version"] == VERSION


@pytest.mark.parametrize("validators", [{"etag": '"1"'}, {"last_modified": MODIFIED}])
def test_what_has_not_changed_is_not_sent_again(far: Far, validators: dict[str, Any]) -> None:
    url = far.serve("/feed.xml", FEED, **validators)
    answer = fetch_one(url, **validators)
    assert (answer.outcome, answer.http_status, answer.body) == (Outcome.UNCHANGED, 304, b"")
    assert {name: getattr(answer, name) for name in validators} == validators
    far.serve("/feed.xml", FEED + b" ", etag='"2"', last_modified="Thu, 22 Oct 2015 07:28:00 GMT")
    assert fetch_one(url, **validators).etag == '"2"'


def test_validators_that_a_304_does_not_repeat_are_kept(far: Far) -> None:
    answer = fetch_one(far.serve("/feed.xml", status=304), etag='"1"', last_modified=MODIFIED)
    assert (answer.outcome, answer.etag, answer.last_modified) == (Outcome.UNCHANGED, '"1"', MODIFIED)


def test_a_304_that_nobody_asked_for_is_a_failure(far: Far) -> None:
    answer = fetch_one(far.serve("/feed.xml", status=304))
    assert (answer.outcome, answer.http_status) == (Outcome.SERVER_ERROR, 304)


@pytest.mark.parametrize("value", ['"caf\xe9"', '"' + "x" * 2000 + '"'])
def test_validators_that_cannot_be_sent_back_are_forgotten(far: Far, value: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nETag: {value}\r\nContent-Length: 4\r\n\r\n<a/>"
    answer = fetch_one(far.write("/feed.xml", head.encode("latin-1")))
    assert (answer.outcome, answer.etag) == (Outcome.FETCHED, "")


@pytest.mark.parametrize(
    ("encoding", "encode"),
    [("gzip", gzip.compress), ("GZIP", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)],
)
def test_compressed_feeds_arrive_as_they_were(far: Far, encoding: str, encode: Callable[[bytes], bytes]) -> None:
    assert fetch_one(far.serve("/feed.xml", encode(FEED), headers={"Content-Encoding": encoding})).body == FEED


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", FEED),
        ("br", FEED),
        ("deflate", b"\0\1\2"),
        ("gzip", gzip.compress(FEED)[:40] + b"\xff" * 100),
        ("gzip", gzip.compress(FEED)[:-1]),
        ("zstd", FEED),
        ("gzip, gzip", gzip.compress(gzip.compress(FEED))),
        ("anything", FEED),
    ],
)
def test_what_cannot_be_decompressed_is_broken(far: Far, encoding: str, body: bytes) -> None:
    answer = fetch_one(far.serve("/feed.xml", body, headers={"Content-Encoding": encoding}))
    assert (answer.outcome, answer.body) == (Outcome.BROKEN, b"")
    assert "compressed" in answer.error


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_empty_page_is_no_feed(far: Far, encoding: str) -> None:
    answer = fetch_one(far.serve("/feed.xml", headers={"Content-Encoding": encoding}))
    assert answer.outcome == Outcome.NOT_A_FEED


# ------------------------------------------------------------------ redirects
@pytest.mark.parametrize(
    ("statuses", "is_moved"),
    [((301,), True), ((308,), True), ((301, 308), True), ((302,), False), ((307, 301), False), ((301, 303), False)],
)
def test_redirects_are_followed_and_permanent_ones_reported(
    far: Far, statuses: tuple[int, ...], is_moved: bool
) -> None:
    final = far.url("/new/feed.xml", host="127.0.0.2")
    far.serve("/new/feed.xml", FEED, etag='"1"')
    far.redirect("/feed.xml", "/next" if len(statuses) > 1 else final, status=statuses[0])
    far.redirect("/next", final, status=statuses[-1])
    answer = fetch_one(far.url("/feed.xml"))
    assert (answer.outcome, answer.url, answer.moved_to) == (Outcome.FETCHED, final, final if is_moved else "")
    again = fetch_one(far.url("/feed.xml"), etag='"1"')
    assert (again.outcome, again.moved_to) == (Outcome.UNCHANGED, final if is_moved else "")


def test_a_feed_that_did_not_move_says_so(far: Far) -> None:
    assert fetch_one(far.serve("/feed.xml", FEED)).moved_to == ""


def test_five_redirects_are_followed_and_no_more(far: Far) -> None:
    for number in range(6):
        far.redirect(f"/{number}", f"{number + 1}")
    far.serve("/6", FEED)
    assert fetch_one(far.url("/1")).outcome == Outcome.FETCHED
    answer = fetch_one(far.url("/0"))
    assert (answer.outcome, answer.http_status, answer.moved_to) == (Outcome.REDIRECTS, 301, "")


def test_a_redirect_to_nowhere_is_the_hosts_error(far: Far) -> None:
    assert fetch_one(far.serve("/feed.xml", status=302)).outcome == Outcome.SERVER_ERROR


def test_a_redirect_to_where_no_server_runs_has_no_status(far: Far) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{unused.getsockname()[1]}/feed.xml"
        answer = fetch_one(far.redirect("/feed.xml", away))
    assert (answer.outcome, answer.http_status, answer.url) == (Outcome.UNREACHABLE, None, away)


def test_cookies_are_not_kept(far: Far) -> None:
    far.serve("/a", status=302, headers={"Location": "/b", "Set-Cookie": "reader=1; Path=/"})
    far.serve("/b", FEED)
    assert fetch_one(far.url("/a")).outcome == Outcome.FETCHED
    assert all("Cookie" not in asked.headers for asked in far.requests)


# ------------------------------------------------------------------- statuses
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, Outcome.SERVER_ERROR),
        (206, Outcome.SERVER_ERROR),
        (300, Outcome.SERVER_ERROR),
        (400, Outcome.REFUSED),
        (401, Outcome.DENIED),
        (403, Outcome.DENIED),
        (404, Outcome.NOT_FOUND),
        (410, Outcome.GONE),
        (418, Outcome.REFUSED),
        (429, Outcome.BUSY),
        (500, Outcome.SERVER_ERROR),
        (502, Outcome.SERVER_ERROR),
        (503, Outcome.BUSY),
        (599, Outcome.SERVER_ERROR),
    ],
)
def test_every_status_has_its_outcome_and_a_sentence(far: Far, status: int, outcome: Outcome) -> None:
    answer = fetch_one(far.serve("/feed.xml", FEED, status=status))
    assert (answer.outcome, answer.http_status, answer.body) == (outcome, status, b"")
    assert answer.error.endswith(".")
    assert answer.retry_after is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_names_a_time_is_heard(far: Far, status: int) -> None:
    answer = fetch_one(far.serve("/feed.xml", status=status, headers={"Retry-After": "120"}))
    assert (answer.outcome, answer.retry_after) == (Outcome.BUSY, 120)
    assert "2 minutes" in answer.error


# ----------------------------------------------------------------- many at once
def test_every_target_has_one_answer(far: Far) -> None:
    urls = [far.serve(f"/{number}", FEED) for number in range(30)]
    urls += [far.url("/nothing"), "http://10.0.0.1/", "nonsense", far.redirect("/away", "/3")]
    answers = fetch_urls(urls)
    outcomes = [answers[url].outcome for url in urls]
    assert outcomes == [Outcome.FETCHED] * 30 + [
        Outcome.NOT_FOUND, Outcome.FORBIDDEN, Outcome.FORBIDDEN, Outcome.FETCHED,
    ]  # fmt: skip


def test_no_targets_have_no_answers() -> None:
    assert fetch_all([]) == []


def test_a_slow_feed_comes_last_and_holds_nobody_up(far: Far) -> None:
    gate = Gate()
    urls = [far.serve("/slow", FEED, gate=gate), *(far.serve(f"/{number}", FEED) for number in range(50))]
    targets = [Target(number, url) for number, url in enumerate(urls)]

    async def collect() -> list[int]:
        arrived = []
        async for answer in fetch(targets):
            assert answer.outcome == Outcome.FETCHED
            arrived.append(answer.feed_id)
            if len(arrived) == 50:
                gate.release()
        return arrived

    arrived = run_aside(asyncio.wait_for(collect(), 10))
    assert arrived[-1] == 0
    assert sorted(arrived) == list(range(51))


class Counting:
    """A page that counts how many requests for it are under way."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        return web.Response(body=FEED)


def test_a_host_is_asked_by_two_at_once_and_others_meanwhile(far: Far) -> None:
    counts = [Counting() for _ in HOSTS]
    together = Counting()
    for number in range(6):
        for host, count in zip(HOSTS, counts, strict=True):

            async def answer(request: web.Request, count: Counting = count) -> web.StreamResponse:
                _, response = await asyncio.gather(together.answer(request), count.answer(request))
                return response

            far.handle(f"/{host}/{number}", answer)
    urls = [far.url(f"/{host}/{number}", host=host) for host in HOSTS for number in range(6)]
    assert {answer.outcome for answer in fetch_urls(urls).values()} == {Outcome.FETCHED}
    assert [count.most for count in counts] == [2] * len(HOSTS)
    assert together.most > 2


def test_a_host_that_others_redirect_to_is_asked_by_two_at_once_too(far: Far) -> None:
    count = Counting()
    far.handle("/feed.xml", count.answer)
    for host in HOSTS[1:]:
        far.redirect(f"/{host}", far.url("/feed.xml"), status=302)
    answers = fetch_urls([far.url(f"/{host}", host=host) for host in HOSTS[1:]])
    assert {answer.outcome for answer in answers.values()} == {Outcome.FETCHED}
    assert count.most == 2


def test_only_so_many_are_under_way(far: Far) -> None:
    count = Counting()
    urls = []
    for number in range(12):
        urls.append(far.handle(f"/{number}", count.answer))
    fetch_urls(urls, Limits(at_once=3, per_host=100))
    assert count.most == 3


def test_connections_of_a_host_are_used_again_and_closed_after_its_last_feed(far: Far) -> None:
    urls = [far.serve(f"/{number}", FEED) for number in range(6)]
    fetch_urls(urls, Limits(per_host=1))
    assert [asked.headers.get("Connection") for asked in far.requests] == [None] * 5 + ["close"]


def test_the_clock_of_a_feed_stands_while_it_waits_for_its_turn(far: Far) -> None:
    urls = [far.serve(f"/{number}", FEED, delay=0.5) for number in range(4)]
    started = monotonic()
    answers = fetch_urls(urls, Limits(per_host=1, seconds=1.9))
    assert monotonic() - started > 1.9
    assert {answer.outcome for answer in answers.values()} == {Outcome.FETCHED}
    assert all(500 <= answer.ms < 1900 for answer in answers.values())


def test_the_clock_of_a_feed_runs_on_through_its_redirects(far: Far) -> None:
    for number in range(4):
        far.serve(f"/{number}", status=302, headers={"Location": f"/{number + 1}"}, delay=0.15)
    far.serve("/4", FEED)
    answer = fetch_one(far.url("/0"), Limits(seconds=0.4))
    assert answer.outcome == Outcome.TIMEOUT
    assert answer.ms >= 400


def test_the_clock_of_a_large_feed_stands_while_there_is_no_room_for_it(far: Far) -> None:
    gate = Gate()

    async def in_halves(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(bytes(2000))
        await gate.wait()
        await response.write(bytes(2000))
        return response

    limits = Limits(seconds=0.8, per_host=1, large_bytes=1000, large_at_once=1)
    targets = [Target(1, far.serve("/whole", bytes(4000))), Target(2, far.handle("/in-halves", in_halves))]

    async def collect() -> list[Answer]:
        collected = []
        async for answer in fetch(targets, limits):
            collected.append(answer)
            await asyncio.sleep(1)  # with the first in hand there is no room for the second
            gate.release()
        return collected

    answers = run_aside(collect())
    assert [answer.outcome for answer in answers] == [Outcome.FETCHED] * 2
    assert all(answer.ms < 800 for answer in answers)


def test_large_feeds_that_fail_leave_their_room(far: Far) -> None:
    limits = Limits(per_host=1, body_bytes=MEGABYTE, large_bytes=MEGABYTE // 2, large_at_once=1)
    urls = [far.stream(f"/endless/{number}", b"x" * 65536) for number in range(3)]
    urls.append(far.serve("/feed.xml", bytes(MEGABYTE)))
    answers = fetch_urls(urls, limits)
    assert [answer.outcome for answer in answers.values()] == [Outcome.TOO_LARGE] * 3 + [Outcome.FETCHED]


def test_no_more_is_fetched_than_is_consumed(far: Far) -> None:
    limits = Limits(at_once=4, waiting=2, per_host=100)
    targets = [Target(number, far.serve(f"/{number}", FEED)) for number in range(20)]

    async def consume() -> None:
        async with aclosing(fetch(targets, limits)) as answers:
            await anext(answers)
            # One is consumed, two wait, and each of the four at work holds one that has no place.
            while len(far.requests) < 7:
                await asyncio.sleep(0.001)
            for _ in range(3):  # there and back again is time enough for an eighth
                await anext(fetch([Target(0, far.url("/elsewhere", host="127.0.0.2"))]))
            assert len([asked for asked in far.requests if asked.path != "/elsewhere"]) == 7
            assert len([answer async for answer in answers]) == 19

    run_aside(asyncio.wait_for(consume(), 10))


def test_who_stops_early_leaves_nothing_running(far: Far) -> None:
    gate = Gate()
    targets = [Target(1, far.serve("/quick", FEED)), Target(2, far.serve("/slow", FEED, gate=gate))]

    async def first() -> tuple[Answer, set[asyncio.Task[None]]]:
        async with aclosing(fetch(targets)) as answers:
            answer = await anext(answers)
        return answer, asyncio.all_tasks() - {asyncio.current_task()}

    answer, left = run_aside(first())
    gate.release()
    assert answer.feed_id == 1
    assert left == set()


def test_who_is_cancelled_leaves_nothing_running(far: Far) -> None:
    gate = Gate()
    url = far.serve("/slow", FEED, gate=gate)

    async def cancelled() -> set[asyncio.Task[None]]:
        answers = fetch([Target(1, url)])
        waiting = asyncio.ensure_future(anext(answers))
        while not far.requests:
            await asyncio.sleep(0.001)
        waiting.cancel()
        await asyncio.wait([waiting])
        return asyncio.all_tasks() - {asyncio.current_task()}

    assert run_aside(cancelled()) == set()
    gate.release()


def test_limits_are_what_the_house_promises() -> None:
    promised = Limits(seconds=30, redirects=5, body_bytes=10 * 1024 * 1024, per_host=2)
    assert replace(LIMITS) == promised
