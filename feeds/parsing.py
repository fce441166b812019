"""Parsing in processes of their own: on all cores, and whatever a document does to its process, to no other.

They are forked of the one that visits, know what it knows, and touch nothing of it: every connection that they inherit
is closed in them before anything else.
"""

import gc
import os
import pickle
import resource
import signal
import threading
import traceback
from contextlib import suppress
from datetime import datetime
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn, TypedDict

from django.utils.translation import gettext as _

from feeds import parse
from feeds.parsed import BrokenFeed, NotAFeed, NothingNew, ParsedFeed
from readinglist.embedded_processes import end_with_parent

DOCUMENT_SECONDS = 60.0
DOCUMENT_MEMORY = 140_000_000  # bytes that a process may take beyond what it begins with
# What a process has once taken it does not give back. One that has taken more than this ends with the document.
KEPT_MEMORY = 40_000_000
# Documents of more bytes or tags than this are parsed one at a time: all at once would not fit into memory.
LARGE, MANY_TAGS = 500_000, 20_000
MOST_FILES = 65_536  # that are open, where the system names no limit
COLLECT_AFTER = 100_000  # objects: rubbish that refers to itself is rare here


class ParserFailed(Exception):
    """A fault of this program, or the end of the process; the message says more."""


class Given(TypedDict):
    """What `parse.parse` is given beside the document."""

    url: str
    content_type: str
    now: datetime
    known: bytes


class Parsers:
    """As many processes as there are cores. `parse` does what `parse.parse` does; several threads may call it."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1
        self._large = threading.Lock()
        self._idle: SimpleQueue[_Parser] = SimpleQueue()
        self._all = [_Parser() for _number in range(self.count)]
        for parser in self._all:
            self._idle.put(parser)

    def parse(self, body: bytes, *, url: str, content_type: str, now: datetime, known: bytes = b"") -> ParsedFeed:
        """Raises ParserFailed beside what `parse.parse` raises."""
        given = Given(url=url, content_type=content_type, now=now, known=known)
        if len(body) <= LARGE and body.count(b"<") <= MANY_TAGS:
            return self._parse(body, given)
        with self._large:
            return self._parse(body, given, is_large=True)

    def _parse(self, body: bytes, given: Given, *, is_large: bool = False) -> ParsedFeed:
        parser = self._idle.get()
        try:
            if is_large:
                parser.end()  # what others have left in it is not to be missed by this one
            answer = parser.ask(body, given)
        finally:
            self._idle.put(parser)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def interrupt(self) -> None:
        """Ends what is under way; it fails."""
        for parser in self._all:
            parser.kill()

    def close(self) -> None:
        """Called when nothing is under way."""
        for parser in self._all:
            parser.end()

    def tidy(self) -> None:
        """The same for those that threads have started which are gone: the system ends them at a time of its own."""
        for parser in self._all:
            if not parser.starter.is_alive():
                parser.end()


class _Parser:
    """A process, and the next one when it has ended."""

    def __init__(self) -> None:
        self._pid = 0
        self._ending = threading.Lock()
        self._start()

    def ask(self, body: bytes, given: Given) -> ParsedFeed | Exception:
        if self._pid and self._connection.poll():  # it was not asked anything: this is its end
            self.end()
        if not self._pid:
            self._start()
        is_well = False
        try:
            self._connection.send_bytes(pickle.dumps(given))
            self._connection.send_bytes(body)
            if not self._connection.poll(DOCUMENT_SECONDS):
                return BrokenFeed(
                    _("To read this document takes more than %(seconds)d seconds. Look for a shorter feed on the site.")
                    % {"seconds": DOCUMENT_SECONDS}
                )
            answer: ParsedFeed | Exception
            answer, is_well = pickle.loads(self._connection.recv_bytes())  # noqa: S301 - of our own
        except (EOFError, OSError):
            return ParserFailed("The process that parses ended over the document")
        finally:
            if not is_well:
                self.end()
        return answer

    def kill(self) -> None:
        """Who waits for its answer sees it end."""
        with self._ending:
            if self._pid:
                os.kill(self._pid, signal.SIGKILL)

    def end(self) -> None:
        """Called by who would ask it."""
        self.kill()
        with self._ending:
            if self._pid:
                os.waitpid(self._pid, 0)
                self._pid = 0
                self._connection.close()

    def _start(self) -> None:
        self.starter = threading.current_thread()
        self._connection, theirs = Pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if not self._pid:
            _serve(theirs, parent)
        theirs.close()


def _serve(connection: "Connection[bytes, bytes]", parent: int) -> NoReturn:
    """The whole life of a process. It ends without a farewell to anything that it inherited."""
    try:
        end_with_parent(signal.SIGKILL, parent)
        for number in signal.valid_signals():
            if callable(signal.getsignal(number)):
                signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the parent, which ends its children
        os.closerange(3, connection.fileno())
        os.closerange(connection.fileno() + 1, max(os.sysconf("SC_OPEN_MAX"), MOST_FILES))
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER)
        taken = _memory()
        if taken:
            resource.setrlimit(resource.RLIMIT_DATA, (taken + DOCUMENT_MEMORY, taken + DOCUMENT_MEMORY))
        while True:
            given = pickle.loads(connection.recv_bytes())  # noqa: S301 - from the parent
            answer = _answer(connection, given)
            connection.send_bytes(pickle.dumps((answer, _memory() - taken <= KEPT_MEMORY)))
            del answer
    finally:
        os._exit(0)


def _memory() -> int:
    """Bytes of this process's own, as Linux counts them for RLIMIT_DATA; 0 elsewhere."""
    with suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    return 0


def _answer(connection: "Connection[bytes, bytes]", given: Given) -> ParsedFeed | Exception:
    try:
        return parse.parse(connection.recv_bytes(), **given)
    except (NotAFeed, BrokenFeed, NothingNew) as answer:
        return answer
    except MemoryError:
        return BrokenFeed(
            _("To read this document takes more memory than a feed may take. Look for a shorter one on the site.")
        )
    except Exception:
        return ParserFailed(traceback.format_exc())
