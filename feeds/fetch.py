"""The network alone: bytes, validators and where they came from; many feeds at once, failures are values."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO

import aiohttp
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext
from yarl import URL

from feeds import addresses, failures
from feeds.addresses import Forbidden, Resolver
from feeds.decoding import Undecodable, decoder_of
from feeds.failures import Failed
from feeds.freshness import read_max_age
from feeds.models import Outcome
from feeds.turns import Turns
from readinglist import VERSION

logger = logging.getLogger(__name__)

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"
)
ACCEPT_ENCODING = "gzip, deflate, br"
WITH_A_BODY = (200, 203)
REDIRECTS = (301, 302, 303, 307, 308)
PERMANENT = (301, 308)
NOT_MODIFIED = 304
LONGEST_VALUE = 1000  # of a header that is kept

FETCH_PER_HOST = 2
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a host may take from us: of time, of memory, and of patience."""

    at_once: int = 64
    per_host: int = FETCH_PER_HOST
    seconds: float = 30  # of a feed's own requests in all; waiting for a turn does not count
    connect_seconds: float = 10
    idle_seconds: float = 15  # without a byte
    redirects: int = 5
    headers: int = 100
    header_bytes: int = 16 * 1024  # of one header
    body_bytes: int = 10 * MEGABYTE  # decoded
    # Of bodies larger than this, so many may be under way or not yet consumed: all at once would not fit into memory.
    large_bytes: int = MEGABYTE // 2
    large_at_once: int = 2
    waiting: int = 32  # answers that nobody has consumed yet


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Target:
    """A feed to visit, with what the last visit left behind."""

    feed_id: int
    url: str
    etag: str = ""
    last_modified: str = ""

    def validators(self) -> dict[str, str]:
        """The headers that ask for the feed only if it has changed since."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one visit: FETCHED with a body, UNCHANGED (a 304), or a failure with `error` in words."""

    feed_id: int
    outcome: Outcome
    error: str = ""
    http_status: int | None = None
    url: str = ""  # the final address, after redirects
    moved_to: str = ""  # the final address too, where every redirect to it was a permanent one
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""
    retry_after: int | None = None  # seconds, where the host asked to wait
    max_age: int | None = None  # seconds for which the answer stays fresh, where it says so
    ms: int = 0


async def fetch(targets: Sequence[Target], limits: Limits = LIMITS) -> AsyncGenerator[Answer, None]:
    """Visits all targets, many at once, and yields each answer as it arrives; exactly one for each target.

    Who may stop before the last closes it, with `contextlib.aclosing`.
    """
    run = _Run(limits)
    try:
        refused = run.start(targets)
        for answer in refused:
            yield answer
        for _ in range(len(targets) - len(refused)):
            visit, answer = await run.arrived.get()
            yield answer
            del answer
            run.forget(visit)
    finally:
        await run.close()


@dataclass(slots=True)
class _Visit:
    """A target on its way: where it stands now, and what it has used up."""

    target: Target
    url: URL
    is_trusted: bool
    redirects: int = 0
    is_permanent: bool = True
    status: int | None = None
    seconds: float = 0
    is_large: bool = False  # and has one of the few places of large bodies


class _Run:
    """The visits of one call of `fetch`: a few workers take them in turn, a request at a time."""

    def __init__(self, limits: Limits) -> None:
        self.arrived: asyncio.Queue[tuple[_Visit, Answer]] = asyncio.Queue(limits.waiting)
        self._limits = limits
        self._turns: Turns[_Visit] = Turns(limits.per_host)
        self._large = asyncio.Semaphore(limits.large_at_once)
        self._threads = ThreadPoolExecutor(limits.at_once, thread_name_prefix="names")
        self._public = _open_session(
            limits, Resolver(self._threads, public_only=True), socket_factory=addresses.public_socket
        )
        self._trusted = _open_session(limits, Resolver(self._threads, public_only=False))
        self._workers: list[asyncio.Task[None]] = []
        self._asked_to_wait: dict[str, int] = {}  # seconds, by host

    def start(self, targets: Sequence[Target]) -> list[Answer]:
        """Sets the visits off; returns the answers to those whose very address is refused."""
        refused = []
        for target in targets:
            try:
                url, is_trusted = _admit(target.url)
            except Forbidden as error:
                refused.append(Answer(target.feed_id, Outcome.FORBIDDEN, str(error), url=target.url))
            else:
                self._turns.add(_host(url), _Visit(target, url, is_trusted))
        count = min(self._limits.at_once, len(targets) - len(refused))
        self._workers = [asyncio.create_task(self._work()) for _ in range(count)]
        return refused

    def forget(self, visit: _Visit) -> None:
        """Its answer has been consumed, and takes no more room."""
        if visit.is_large:
            self._large.release()

    async def close(self) -> None:
        for worker in self._workers:
            worker.cancel()
        await asyncio.gather(*self._workers, return_exceptions=True)
        await self._public.close()
        await self._trusted.close()
        self._threads.shutdown(wait=False, cancel_futures=True)  # names that are still looked up interest nobody

    async def _work(self) -> None:
        while True:
            await self._go_on()

    async def _go_on(self) -> None:
        """One step of the visit whose turn it is; a function of its own, so that nothing keeps its body afterwards."""
        host, visit = await self._turns.take()
        answer = self._spare(host, visit) or await self._hop(visit)
        self._turns.done(host)
        if answer is None:
            self._turns.add(_host(visit.url), visit)
        else:
            await self.arrived.put((visit, answer))

    def _spare(self, host: str, visit: _Visit) -> Answer | None:
        """The answer to a visit whose host asked another one to wait: it is not asked again. Else None."""
        wait = self._asked_to_wait.get(host)
        if wait is None:
            return None
        visit.status = None
        return replace(_failure(visit, failures.asked_to_wait(wait)), ms=round(visit.seconds * 1000))

    async def _hop(self, visit: _Visit) -> Answer | None:
        """One request of a visit: its answer, or None where it goes on at another address."""
        clock = asyncio.get_running_loop().time
        started = clock()
        answer: Answer | None
        try:
            async with asyncio.timeout(self._limits.seconds - visit.seconds) as alarm:
                answer = await self._ask(visit, alarm)
        except (Exception, asyncio.CancelledError) as error:
            # Whatever it is, it ends this visit and no other; even a cancellation, unless it is the worker's own.
            worker = asyncio.current_task()
            if worker is not None and worker.cancelling():
                raise
            answer = _failure(visit, error)
            if answer.retry_after:
                self._asked_to_wait[_host(visit.url)] = answer.retry_after
        visit.seconds += clock() - started
        return answer and replace(answer, ms=round(visit.seconds * 1000))

    async def _ask(self, visit: _Visit, alarm: asyncio.Timeout) -> Answer | None:
        session = self._trusted if visit.is_trusted else self._public
        headers = visit.target.validators()
        if self._turns.is_last(_host(visit.url)):
            headers["Connection"] = "close"  # kept open, it would cost a socket here and one there
        visit.status = None
        async with session.get(visit.url, headers=headers, allow_redirects=False) as response:
            visit.status = response.status
            if response.status in REDIRECTS:
                self._redirect(visit, response)
                return None
            if response.status == NOT_MODIFIED and visit.target.validators():
                return _answer(visit, Outcome.UNCHANGED, response)
            if response.status not in WITH_A_BODY:
                raise failures.of_status(response.status, response.headers, timezone.now())
            return _answer(visit, Outcome.FETCHED, response, await self._read(visit, response, alarm))

    def _redirect(self, visit: _Visit, response: aiohttp.ClientResponse) -> None:
        """Sends the visit on to the address that the response names, which has to be allowed as well."""
        location = response.headers.get("Location")
        if not location:
            raise Failed(
                Outcome.SERVER_ERROR, gettext("The host redirects without saying where. Look for another address.")
            )
        if visit.redirects == self._limits.redirects:
            raise Failed(
                Outcome.REDIRECTS,
                gettext(
                    "The address redirects again and again. Open it in a browser, and take the address it ends at."
                ),
            )
        try:
            visit.url, visit.is_trusted = _admit(location, base=visit.url, trusting=visit.is_trusted)
        except Forbidden as error:
            reason = gettext("The address redirects to one that is not allowed. %(why)s") % {"why": error}
            raise Failed(Outcome.FORBIDDEN, reason) from error
        visit.redirects += 1
        visit.is_permanent = visit.is_permanent and response.status in PERMANENT

    async def _read(self, visit: _Visit, response: aiohttp.ClientResponse, alarm: asyncio.Timeout) -> bytes:
        """The body, decoded; how much that is counts while it arrives."""
        limits = self._limits
        if (response.content_length or 0) > limits.body_bytes:
            raise _too_large(limits)
        decoder = decoder_of(", ".join(response.headers.getall("Content-Encoding", [])))
        body = BytesIO()
        async for chunk in response.content.iter_any():
            if response.content.total_bytes > limits.body_bytes:  # encodings can also stand for nothing
                raise _too_large(limits)
            for piece in decoder.decode(chunk):
                size = body.tell() + len(piece)
                if size > limits.body_bytes:
                    raise _too_large(limits)
                if size > limits.large_bytes and not visit.is_large:
                    await self._make_room(visit, alarm)
                body.write(piece)
        if response.content.total_bytes and not decoder.is_whole():
            raise Undecodable
        if not body.tell():
            raise Failed(
                Outcome.NOT_A_FEED,
                gettext("The address answers with an empty page. Look for the feed's address on the site."),
            )
        return body.getvalue()

    async def _make_room(self, visit: _Visit, alarm: asyncio.Timeout) -> None:
        """Waits for one of the places of large bodies, and the clock of the visit stands still meanwhile."""
        clock = asyncio.get_running_loop().time
        started, due = clock(), alarm.when() or 0
        alarm.reschedule(None)
        await self._large.acquire()
        visit.is_large = True
        waited = clock() - started
        alarm.reschedule(due + waited)
        visit.seconds -= waited


def _open_session(
    limits: Limits, resolver: Resolver, socket_factory: aiohttp.SocketFactoryType | None = None
) -> aiohttp.ClientSession:
    """Without cookies, without the environment's proxies and passwords, and with certificates verified."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=True, resolver=resolver, socket_factory=socket_factory),
        headers={
            "User-Agent": f"Readinglist/{VERSION} (+{settings.SITE_URL})",
            "Accept": ACCEPT,
            "Accept-Encoding": ACCEPT_ENCODING,
        },
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_seconds, sock_read=limits.idle_seconds),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        max_line_size=limits.header_bytes,
        max_field_size=limits.header_bytes,
        max_headers=limits.headers,
    )


def _admit(text: str, *, base: URL | None = None, trusting: bool = True) -> tuple[URL, bool]:
    """The address, and whether it is trusted wherever it leads: not where a host that is not trusted led to it."""
    url = addresses.parse(text, base=base)
    is_trusted = trusting and addresses.is_trusted(url)
    if not is_trusted:
        addresses.check_public(url)
    return url, is_trusted


def _host(url: URL) -> str:
    return url.raw_host or ""


def _answer(visit: _Visit, outcome: Outcome, response: aiohttp.ClientResponse, body: bytes = b"") -> Answer:
    target, url = visit.target, str(visit.url)
    is_known = outcome == Outcome.UNCHANGED
    return Answer(
        target.feed_id,
        outcome,
        http_status=visit.status,
        url=url,
        moved_to=url if visit.redirects and visit.is_permanent else "",
        body=body,
        content_type=_plain(response, "Content-Type"),
        etag=_plain(response, "ETag") or (target.etag if is_known else ""),
        last_modified=_plain(response, "Last-Modified") or (target.last_modified if is_known else ""),
        max_age=_max_age(response),
    )


def _failure(visit: _Visit, error: BaseException) -> Answer:
    """The answer that a visit failed; what nobody foresaw is logged, as a fault of this program."""
    failed = failures.of_error(error, _host(visit.url))
    if failed is None:
        logger.error("Feed %s at %s: %r", visit.target.feed_id, visit.url, error, exc_info=error)
        failed = Failed(
            Outcome.FAULT, gettext("This program made a mistake. Its log says which; the feed is tried again later.")
        )
    return Answer(
        visit.target.feed_id,
        failed.outcome,
        failed.error,
        http_status=visit.status,
        url=str(visit.url),
        retry_after=failed.retry_after,
    )


def _too_large(limits: Limits) -> Failed:
    size = limits.body_bytes // MEGABYTE
    return Failed(
        Outcome.TOO_LARGE,
        gettext("The feed is larger than %(size)s MB. Look for a shorter one on the site.") % {"size": size},
    )


def _max_age(response: aiohttp.ClientResponse) -> int | None:
    cache_control = ", ".join(response.headers.getall("Cache-Control", []))
    return read_max_age(response.headers, cache_control, timezone.now())


def _plain(response: aiohttp.ClientResponse, name: str) -> str:
    """A header that can be stored and sent back, or nothing."""
    value = response.headers.get(name, "")
    return value if value.isascii() and value.isprintable() and len(value) <= LONGEST_VALUE else ""
