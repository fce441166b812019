"""Hosts that mean ill, or are broken: each ends in a status that says what happened, and the others never notice."""

import asyncio
import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import brotli
import pytest
from aiohttp import web

from feeds import decoding, fetch
from feeds.fetch import MEGABYTE, Limits, Target
from feeds.models import Outcome
from tests.feeds.fetching import fetch_all, fetch_one, fetch_urls, run_aside
from tests.fixtures.far import Far
from tests.fixtures.memory import memory_of_at_most

FEED = "<rss/>"
LONG = 20  # seconds that nothing here takes on the busiest machine, and whoever holds others up would exceed
QUICK = Limits(seconds=2, connect_seconds=1, idle_seconds=1, body_bytes=MEGABYTE, large_bytes=MEGABYTE // 4)
OK = b"HTTP/1.1 200 OK\r\n"


# --------------------------------------------------------------------- bodies
def twice(encode: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda body: encode(encode(body))


@pytest.mark.parametrize(
    ("encoding", "encode", "outcome"),
    [
        ("gzip", gzip.compress, Outcome.TOO_LARGE),
        ("br", lambda body: brotli.compress(body, quality=1), Outcome.TOO_LARGE),
        ("gzip, gzip", twice(gzip.compress), Outcome.BROKEN),
        ("gzip", twice(gzip.compress), Outcome.FETCHED),  # a small file, which the parser will not take for a feed
    ],
)
def test_a_bomb_ends_at_the_cap(far: Far, encoding: str, encode: Callable[[bytes], bytes], outcome: Outcome) -> None:
    bomb = encode(bytes(20 * MEGABYTE))
    assert len(bomb) < MEGABYTE
    far.serve("/bomb", bomb, headers={"Content-Encoding": encoding})
    with memory_of_at_most(4 * MEGABYTE):
        answer = fetch_one(far.url("/bomb"), QUICK)
    assert answer.outcome == outcome
    assert len(answer.body) < MEGABYTE


def test_a_body_that_stands_for_nothing_ends_at_the_cap_too(far: Far) -> None:
    empty_blocks = b"\x00\x00\x00\xff\xff" * 13_000
    answer = fetch_one(far.stream("/nothing", empty_blocks, headers={"Content-Encoding": "deflate"}), QUICK)
    assert answer.outcome == Outcome.TOO_LARGE


@pytest.mark.parametrize("headers", [{}, {"Content-Length": str(100 * MEGABYTE)}], ids=["chunked", "announced"])
def test_a_hundred_megabytes_are_not_read(far: Far, headers: dict[str, str]) -> None:
    chunk = bytes(65536)
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        while sent < 100 * MEGABYTE:
            await response.write(chunk)
            sent += len(chunk)
        return response

    with memory_of_at_most(4 * MEGABYTE):
        failed = fetch_one(far.handle("/huge", answer), QUICK)
    assert (failed.outcome, failed.http_status, failed.body) == (Outcome.TOO_LARGE, 200, b"")
    assert "1 MB" in failed.error
    assert sent < 20 * MEGABYTE  # what the kernel's buffers took


def test_a_body_of_just_the_cap_is_read(far: Far) -> None:
    assert len(fetch_one(far.serve("/feed.xml", bytes(MEGABYTE)), QUICK).body) == MEGABYTE
    assert fetch_one(far.serve("/feed.xml", bytes(MEGABYTE + 1)), QUICK).outcome == Outcome.TOO_LARGE


def test_many_large_bodies_are_not_held_at_once(far: Far) -> None:
    limits = Limits(per_host=100, body_bytes=4 * MEGABYTE, large_bytes=MEGABYTE // 4, large_at_once=2)
    urls = [far.stream(f"/{number}", bytes(MEGABYTE // 8), count=32) for number in range(12)]

    async def sizes() -> list[int]:
        return [
            len(answer.body) async for answer in fetch.fetch([Target(i, url) for i, url in enumerate(urls)], limits)
        ]

    # Two whole, one of them twice while it is put together; a quarter and the buffers of the others.
    with memory_of_at_most(28 * MEGABYTE):
        assert run_aside(sizes()) == [4 * MEGABYTE] * 12


def test_an_endless_stream_ends(far: Far) -> None:
    assert fetch_one(far.stream("/feed.xml", b"<item/>" * 1000), QUICK).outcome == Outcome.TOO_LARGE


def test_a_compressed_stream_of_nothing_ends(far: Far) -> None:
    empty_block = b"\0\0\0\xff\xff"
    url = far.stream("/feed.xml", empty_block * 100, pause=0.001, headers={"Content-Encoding": "deflate"})
    assert fetch_one(url, QUICK).outcome == Outcome.TIMEOUT


# ------------------------------------------------------------------------ time
DRIPS: dict[str, tuple[tuple[bytes, ...], float]] = {
    "body": ((OK + b"Content-Length: 1000\r\n\r\n", *[b"x"] * 1000), 0.02),
    "chunks": ((OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"1\r\nx\r\n"] * 1000), 0.02),
    "headers": ((OK, *[b"X-A: b\r\n"] * 90), 0.02),
    "header": ((OK + b"X-A: ", *[b"b"] * 1000), 0.02),
    "status": ((b"HTTP/1.1 200 O", *[b"K"] * 1000), 0.02),
    "informational": ((*[b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000,), 0.02),
    "silence": ((), 0),
    "silence-in-the-body": ((OK + b"Content-Length: 10\r\n\r\n<rss",), 0),
}


def test_whoever_drips_ends_at_the_deadline_and_the_others_are_there_long_before(far: Far) -> None:
    slow = [
        far.write(f"/{name.replace(' ', '-')}", *pieces, pause=pause, then="held")
        for name, (pieces, pause) in DRIPS.items()
    ]
    quick = [far.serve(f"/{number}", FEED) for number in range(50)]
    urls = slow + quick
    limits = Limits(seconds=2, idle_seconds=1, per_host=len(urls))
    started = time.monotonic()
    answers = fetch_all([Target(number, url) for number, url in enumerate(urls)], limits)
    assert time.monotonic() - started < LONG
    assert [answer.outcome for answer in answers] == [Outcome.FETCHED] * 50 + [Outcome.TIMEOUT] * len(slow)
    assert {answer.feed_id for answer in answers[50:]} == set(range(len(slow)))
    assert all(answer.error and answer.ms < 1000 * LONG for answer in answers[50:])


def test_a_flood_of_informational_answers_ends(far: Far) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        transport = request.transport
        while transport is not None and not transport.is_closing():
            if transport.get_write_buffer_size() < MEGABYTE:
                transport.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
            await asyncio.sleep(0.001)
        return web.Response()  # to nobody

    urls = [far.handle("/flood", answer), far.serve("/feed.xml", FEED)]
    started = time.monotonic()
    answers = fetch_urls(urls, QUICK)
    assert time.monotonic() - started < LONG
    assert [answers[url].outcome for url in urls] == [Outcome.TIMEOUT, Outcome.FETCHED]


def test_a_host_that_takes_no_connection_is_given_up(far: Far) -> None:
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # after the first of these the kernel lets nobody in
            client = opened.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        answer = fetch_one(f"http://127.0.0.1:{listener.getsockname()[1]}/", QUICK)
    assert answer.outcome == Outcome.TIMEOUT
    assert "did not take the connection" in answer.error


def test_a_name_that_is_looked_up_for_ever_holds_nobody_up(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    real = socket.getaddrinfo

    def look_up(host: str, *rest: Any, **options: Any) -> Any:
        if host == "stuck.test":
            answered.wait(3 * LONG)
            raise socket.gaierror(socket.EAI_AGAIN, "for ever")
        return real(host, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    try:
        urls = ["http://stuck.test/", "http://stuck.test/2", far.serve("/feed.xml", FEED)]
        started = time.monotonic()
        answers = fetch_urls(urls, QUICK)
        assert time.monotonic() - started < LONG
        assert [answers[url].outcome for url in urls] == [Outcome.TIMEOUT, Outcome.TIMEOUT, Outcome.FETCHED]
    finally:
        answered.set()


# ------------------------------------------------------------------------ HTTP
@pytest.mark.parametrize(
    ("pieces", "then", "outcome"),
    [
        ([b"<rss>no status at all</rss>"], "close", Outcome.SERVER_ERROR),
        ([b"SSH-2.0-OpenSSH_9.6\r\n"], "close", Outcome.SERVER_ERROR),
        ([b"\x15\x03\x01\x00\x02\x02\x50"], "close", Outcome.SERVER_ERROR),
        ([b"HTTP/9.9 200 OK\r\n\r\n"], "close", Outcome.SERVER_ERROR),
        ([b"HTTP/1.1 999999 OK\r\n\r\n"], "close", Outcome.SERVER_ERROR),
        ([OK + b"X" * 200_000], "held", Outcome.SERVER_ERROR),
        ([OK + b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n"], "held", Outcome.SERVER_ERROR),
        ([OK + b"".join(b"X-%d: x\r\n" % number for number in range(10_000)) + b"\r\n"], "held", Outcome.SERVER_ERROR),
        ([OK + b"No colon\r\n\r\n"], "close", Outcome.SERVER_ERROR),
        ([OK + b"Content-Length: -5\r\n\r\n"], "close", Outcome.SERVER_ERROR),
        ([OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n<rss/>"], "close", Outcome.SERVER_ERROR),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n<rss/>\r\n0\r\n\r\n"], "close", Outcome.TIMEOUT),
        ([OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n"], "close", Outcome.UNREACHABLE),
        ([OK + b"Content-Length: 100\r\n\r\n<rss/>"], "close", Outcome.UNREACHABLE),
        ([OK + b"Content-Length: 100\r\n\r\n<rss/>"], "reset", Outcome.UNREACHABLE),
        ([OK], "close", Outcome.UNREACHABLE),
        ([], "close", Outcome.UNREACHABLE),
        ([], "reset", Outcome.UNREACHABLE),
        ([OK + b"Content-Length: 6\r\n\r\n<rss/>and more than it says"], "close", Outcome.SERVER_ERROR),
        ([b"HTTP/1.0 200 OK\r\n\r\n<rss/>"], "close", Outcome.FETCHED),
        ([b"HTTP/1.1 101 Another\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"], "close", Outcome.SERVER_ERROR),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_a_failure_of_that_feed(
    far: Far, pieces: list[bytes], then: str, outcome: Outcome, caplog: pytest.LogCaptureFixture
) -> None:
    urls = [far.write("/odd", *pieces, pause=0.02, then=then), far.serve("/feed.xml", FEED)]
    answers = fetch_urls(urls, QUICK)
    assert answers[urls[1]].outcome == Outcome.FETCHED
    odd = answers[urls[0]]
    assert odd.outcome == outcome
    assert bool(odd.error) == (outcome != Outcome.FETCHED)
    assert [record for record in caplog.records if record.name == "feeds.fetch"] == []


def test_answers_meant_for_nobody_are_not_taken_for_the_next_one(far: Far) -> None:
    answer = OK + b"Content-Length: 6\r\n\r\n"
    far.write("/first", answer + b"<one/>" + answer + b"<own/>", pause=0.02, then="held")
    far.serve("/second", "<two/>")
    answers = fetch_all([Target(1, far.url("/first")), Target(2, far.url("/second"))], Limits(per_host=1))
    assert [answer.body for answer in answers] == [b"<one/>", b"<two/>"]


# ------------------------------------------------------------------ connections
def test_where_no_server_runs_the_feed_is_unreachable(far: Far) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        answer = fetch_one(f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert answer.outcome == Outcome.UNREACHABLE
    assert "accepts no connections" in answer.error


@pytest.mark.parametrize(
    ("code", "words"), [(socket.EAI_NONAME, "Check the spelling"), (socket.EAI_AGAIN, "at the moment")]
)
def test_a_name_that_nobody_knows_is_unreachable(monkeypatch: pytest.MonkeyPatch, code: int, words: str) -> None:
    def look_up(*given: Any, **options: Any) -> Any:
        raise socket.gaierror(code, "no")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    answer = fetch_one("https://nobody.test/feed.xml")
    assert answer.outcome == Outcome.UNREACHABLE
    assert "nobody.test" in answer.error
    assert words in answer.error


def test_a_certificate_that_nobody_vouches_for_is_not_accepted(far_tls: Far) -> None:
    answer = fetch_one(far_tls.serve("/feed.xml", FEED))
    assert (answer.outcome, answer.body) == (Outcome.INSECURE, b"")
    assert "certificate of 127.0.0.1 is not valid" in answer.error
    assert far_tls.requests == []


def test_a_host_that_does_not_speak_tls_is_not_asked_without(far: Far) -> None:
    answer = fetch_one(far.serve("/feed.xml", FEED).replace("http:", "https:"))
    assert answer.outcome == Outcome.INSECURE
    assert far.requests == []


# ---------------------------------------------------------------------- faults
@pytest.mark.parametrize("error", [ZeroDivisionError("nobody foresaw this"), asyncio.CancelledError("nor this")])
def test_what_nobody_foresaw_is_logged_and_ends_one_visit(
    far: Far, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    def decoder_of(encoding: str) -> decoding.Decoder:
        if encoding == "odd":
            raise error
        return decoding.decoder_of(encoding)

    monkeypatch.setattr(fetch, "decoder_of", decoder_of)
    urls = [far.serve(f"/{number}", FEED) for number in range(3)]
    urls.insert(1, far.serve("/odd", FEED, headers={"Content-Encoding": "odd"}))
    answers = fetch_urls(urls, Limits(at_once=1))
    fault = answers.pop(urls[1])
    assert (fault.outcome, fault.http_status) == (Outcome.FAULT, 200)
    assert "Its log says which" in fault.error
    assert {answer.outcome for answer in answers.values()} == {Outcome.FETCHED}
    (record,) = [record for record in caplog.records if record.name == "feeds.fetch"]
    assert record.exc_info is not None
    assert record.exc_info[1] is error
