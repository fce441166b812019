"""What the work costs at least: fetching alone, reading alone, COPY alone; a program (`programs.answer`).

Nothing here is kept, claimed, checked or resumed; it is what an engine is compared with.
"""

import asyncio
import gc
import io
import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from time import perf_counter
from types import TracebackType
from typing import Any

import aiohttp
import feedparser
import nh3
import psycopg

from bench.programs import answer

AT_ONCE = 64
KEEP_SECONDS = 3600
NOT_MODIFIED = 304
POSTS = "SELECT feed_id, guid_hash, key, url, title, body, published_at, content_hash FROM catalog_post"


class Floors(AbstractContextManager["Floors"]):
    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._kept: aiohttp.ClientSession | None = None
        self._validators: dict[str, dict[str, str]] = {}
        self._asked_with: dict[str, dict[str, str]] = {}
        self._bodies: dict[str, bytes] = {}

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._kept is not None:
            self._runner.run(self._kept.close())
        self._runner.close()

    def fetch(self, urls: Sequence[str], keep: bool, known: bool) -> dict[str, Any]:
        """Every address once; `keep`: by connections that are open already; `known`: with validators."""
        self._bodies = {}
        self._asked_with = self._validators if known else {}
        gc.collect()
        return self._runner.run(self._fetch_kept(urls) if keep else self._fetch_anew(urls))

    async def _fetch_kept(self, urls: Sequence[str]) -> dict[str, Any]:
        self._kept = self._kept or _open_session()
        return await self._fetch(self._kept, urls)

    async def _fetch_anew(self, urls: Sequence[str]) -> dict[str, Any]:
        async with _open_session() as session:
            return await self._fetch(session, urls)

    async def _fetch(self, session: aiohttp.ClientSession, urls: Sequence[str]) -> dict[str, Any]:
        started = perf_counter()
        waiting = iter(urls)
        await asyncio.gather(*(self._take_turns(session, waiting) for _ in range(AT_ONCE)))
        return {"seconds": perf_counter() - started, "fetched": len(self._bodies)}

    async def _take_turns(self, session: aiohttp.ClientSession, waiting: Iterator[str]) -> None:
        for url in waiting:
            async with session.get(url, headers=self._asked_with.get(url)) as response:
                if response.status != NOT_MODIFIED:
                    self._bodies[url] = await response.read()

    def remember(self, urls: Sequence[str]) -> dict[str, Any]:
        """Keeps the validators that the addresses have now, and connections to all."""
        self._runner.run(self._remember(urls))
        return {}

    async def _remember(self, urls: Sequence[str]) -> None:
        self._kept = self._kept or _open_session()
        for url in urls:
            async with self._kept.get(url) as response:
                await response.read()
                known = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
                self._validators[url] = {asked: response.headers[told] for asked, told in known.items()}

    def read(self, cores: int, clean: bool) -> dict[str, Any]:
        """feedparser on all bodies that were fetched last, on so many cores; `clean`: then nh3 on every text."""
        global _bodies
        _bodies = list(self._bodies.values())
        gc.collect()
        # Forked, so that every process has the bodies; all are up before the clock starts.
        forking = multiprocessing.get_context("fork")
        barrier = forking.Barrier(cores + 1)
        with forking.Pool(cores, barrier.wait) as pool:
            barrier.wait()
            started = perf_counter()
            texts = sum(pool.imap_unordered(_read_clean if clean else _read, range(len(_bodies))))
            seconds = perf_counter() - started
        return {"seconds": seconds, "texts": texts}

    def copy(self, database: dict[str, Any]) -> dict[str, Any]:
        """COPY of every post into an empty table without indexes."""
        with psycopg.connect(**database) as connection, connection.cursor() as cursor:
            rows = cursor.execute(POSTS).fetchall()
            cursor.execute(f"CREATE TABLE floor AS {POSTS} WITH NO DATA")
            connection.commit()
            started = perf_counter()
            with cursor.copy("COPY floor FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.commit()
            return {"seconds": perf_counter() - started, "posts": len(rows)}

    def read_hashes(self, database: dict[str, Any]) -> dict[str, Any]:
        with psycopg.connect(**database) as connection:
            started = perf_counter()
            rows = connection.execute("SELECT feed_id, guid_hash, content_hash FROM catalog_post").fetchall()
            return {"seconds": perf_counter() - started, "posts": len(rows)}


def _open_session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_SECONDS)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


_bodies: list[bytes] = []


def _read(place: int) -> int:
    return len(_parse(place))


def _read_clean(place: int) -> int:
    texts = _parse(place)
    for text in texts:
        nh3.clean(text)
    return len(texts)


def _parse(place: int) -> list[str]:
    """The text of each entry: its content, or its summary."""
    document = feedparser.parse(io.BytesIO(_bodies[place]), sanitize_html=False, resolve_relative_uris=False)
    return [entry.content[0].value if "content" in entry else entry.summary for entry in document.entries]


def main() -> None:
    with Floors() as floors:
        commands = (floors.fetch, floors.remember, floors.read, floors.copy, floors.read_hashes)
        answer({command.__name__: command for command in commands})


if __name__ == "__main__":
    main()
