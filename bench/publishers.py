"""The publishers: a web server, each feed at an address of its own; a program (`programs.answer`).

As little as serves the bench, since it shares the machine with what is measured: bodies are compressed beforehand, and
a request costs a look at its headers. It keeps connections open, and honours validators unless told not to.
"""

import asyncio
import socket
import sys
import threading
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from bench.corpus import NEWEST_AT, Feed, host_of, make_feeds
from bench.phases import Edition, Phase
from bench.programs import answer

LEVEL = 1  # nginx's own
GZIP = 16 + zlib.MAX_WBITS
BACKLOG = 64
HEADERS_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Page:
    """What a publisher has: the body, compressed, under its validators."""

    body: bytes
    size: int
    media_type: bytes
    etag: bytes
    modified: bytes
    honours_validators: bool = True

    def answer(self, headers: Mapping[bytes, bytes]) -> bytes:
        shared = b"ETag: %s\r\nLast-Modified: %s\r\nVary: Accept-Encoding\r\n" % (self.etag, self.modified)
        if self.honours_validators and self._is_known(headers):
            return b"HTTP/1.1 304 Not Modified\r\n%s\r\n" % shared
        body = self.body
        if b"gzip" in headers.get(b"accept-encoding", b""):
            shared += b"Content-Encoding: gzip\r\n"
        else:
            body = zlib.decompress(body, GZIP)
        kind = b"Content-Type: %s\r\nContent-Length: %d\r\n" % (self.media_type, len(body))
        return b"HTTP/1.1 200 OK\r\n%s%s\r\n%s" % (shared, kind, body)

    def _is_known(self, headers: Mapping[bytes, bytes]) -> bool:
        """If-None-Match decides where it is given, as RFC 9110 has it."""
        if (etag := headers.get(b"if-none-match")) is not None:
            return etag == self.etag
        return headers.get(b"if-modified-since") == self.modified


class Publishers:
    """All feeds in their present edition."""

    def __init__(self, feeds: int) -> None:
        self._feeds = make_feeds(feeds)
        self._pages = {feed.host: _page(feed, Edition()) for feed in self._feeds}
        self.shown = dict(self._pages)

    def show(self, phase: str, round: int = 0) -> dict[str, Any]:
        """Changes the edition; returns how many posts and bytes all feeds have in it."""
        edition = Edition(Phase(phase), round)
        for feed in self._feeds:
            page = self._pages[feed.host]
            if edition.phase == Phase.DATE or edition.has_news(feed.number):
                page = _page(feed, edition)
            elif edition.phase == Phase.SAME:
                page = Page(page.body, page.size, page.media_type, b'"again"', page.modified, honours_validators=False)
            self.shown[feed.host] = page
        posts = sum(feed.count for feed in self._feeds)
        return {"posts": posts, "bytes": sum(page.size for page in self.shown.values())}


def _page(feed: Feed, edition: Edition) -> Page:
    document = feed.document(edition)
    packer = zlib.compressobj(LEVEL, wbits=GZIP)
    return Page(
        body=packer.compress(document) + packer.flush(),
        size=len(document),
        media_type=feed.media_type.encode(),
        etag=b'"%s-%d"' % (edition.phase.encode(), edition.round),
        modified=format_datetime(NEWEST_AT, usegmt=True).encode(),
    )


class Connection(asyncio.Protocol):
    """Answers one request after the other; whatever the path, it is for the feed of the address it came to."""

    def __init__(self, pages: Mapping[str, Page], latency: float) -> None:
        self._pages = pages
        self._latency = latency
        self._read = b""
        self._host = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._host = transport.get_extra_info("sockname")[0]

    def data_received(self, data: bytes) -> None:
        self._read += data
        while HEADERS_END in self._read:
            head, _end, self._read = self._read.partition(HEADERS_END)
            lines = (line.partition(b":") for line in head.split(b"\r\n")[1:])
            headers = {name.lower(): value.strip() for name, _colon, value in lines}
            if self._latency:
                asyncio.get_running_loop().call_later(self._latency, self._answer, headers)
            else:
                self._answer(headers)

    def _answer(self, headers: Mapping[bytes, bytes]) -> None:
        with suppress(OSError):  # who asked may have gone
            self._transport.write(self._pages[self._host].answer(headers))
        if headers.get(b"connection", b"").lower() == b"close":
            self._transport.close()


def _listen(feeds: int) -> tuple[list[socket.socket], int]:
    """A socket for each feed, all of one port that is free everywhere."""
    while True:
        sockets = [socket.create_server((host_of(0), 0), backlog=BACKLOG)]
        port: int = sockets[0].getsockname()[1]
        try:
            sockets += [socket.create_server((host_of(number), port), backlog=BACKLOG) for number in range(1, feeds)]
        except OSError:
            for each in sockets:
                each.close()
        else:
            return sockets, port


async def _serve(sockets: list[socket.socket], pages: Mapping[str, Page], latency: float) -> None:
    loop = asyncio.get_running_loop()
    for each in sockets:
        await loop.create_server(lambda: Connection(pages, latency), sock=each)
    await asyncio.Event().wait()


def main(feeds: str, latency_ms: str) -> None:
    publishers = Publishers(int(feeds))
    sockets, port = _listen(int(feeds))
    serving = _serve(sockets, publishers.shown, int(latency_ms) / 1000)
    threading.Thread(target=asyncio.run, args=[serving], daemon=True).start()

    def tell_addresses() -> dict[str, Any]:
        return {"urls": [f"http://{host_of(number)}:{port}/feed.xml" for number in range(int(feeds))]}

    answer({"tell_addresses": tell_addresses, "show": publishers.show})


if __name__ == "__main__":
    main(*sys.argv[1:])
