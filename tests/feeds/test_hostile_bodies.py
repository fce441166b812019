"""What hosts may send, all in one batch: each ends in time in words of its own, and the good feeds are stored."""

import asyncio
import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

import brotli
import pytest
from aiohttp import web
from django.db.models import Q

from feeds.fetch import MEGABYTE
from feeds.models import FeedState, Fetch, Outcome
from feeds.parsed import MAX_POSTS, MAX_TITLE
from readinglist.catalog.models import Feed, Post
from tests.feeds.making import rss as good_rss
from tests.feeds.visiting import visit_aside
from tests.feeds.writing import rss
from tests.fixtures.far import HOSTS, SELF_SIGNED, Far
from tests.fixtures.posts import make_feed

SECONDS = 2.0  # that a host is given here; the product gives it thirty
RUN_SECONDS = 30  # also where others want the machine; three or four by itself
MEMORY = 300_000_000  # of the whole process, Django and all
SECRET, SECRET_WORDS = SELF_SIGNED, "PRIVATE KEY"
TEXT = "Grüße, 日本 €"


Put = Callable[[Far, str], object]  # at a path


@dataclass(frozen=True)
class Case:
    """What a host does, and what is said of it: the outcome, words of its sentence, the titles of what is stored."""

    put: Put
    outcome: Outcome
    words: str = ""
    titles: tuple[str, ...] = ()


def body(document: str | bytes, *, encoding: str = "", content_type: str = "application/rss+xml") -> Put:
    """A page; in its text `FAR` stands for the address of the host, and `SECRET` for that of a file."""
    headers = {"Content-Encoding": encoding} if encoding else {}

    def put(far: Far, path: str) -> object:
        written = document
        if isinstance(written, str):
            written = written.replace("FAR", far.url("")).replace("SECRET", SECRET.as_uri())
        return far.serve(path, written, content_type=content_type, headers=headers)

    return put


def stream(chunk: bytes, *, count: int | None = None, pause: float = 0) -> Put:
    return lambda far, path: far.stream(path, chunk, count=count, pause=pause)


def flood(far: Far, path: str) -> None:
    """Headers without end."""

    async def answer(request: web.Request) -> web.StreamResponse:
        transport = request.transport
        if transport is not None:
            transport.write(b"HTTP/1.1 200 OK\r\n")
        while transport is not None and not transport.is_closing():
            if transport.get_write_buffer_size() < MEGABYTE:
                transport.write(b"".join(b"X-%d: x\r\n" % number for number in range(1000)))
            await asyncio.sleep(0.005)
        return web.Response()  # to nobody

    far.handle(path, answer)


def loop(far: Far, path: str) -> None:
    far.redirect(path, f"{path}?again", status=302)
    far.redirect(f"{path}?again", path)


def labelled(document: str, *, encoding: str, label: str, content_type: str) -> Put:
    document = document.replace('<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{label}"?>')
    return body(document.encode(encoding), content_type=content_type)


def item(title: str, rest: str = "") -> str:
    return f"<item><title>{title}</title>{rest}</item>"


def with_entity(declaration: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE rss [{declaration}]><rss><channel>{item("&x;")}</channel></rss>'


LAUGHS = '<!ENTITY l0 "ha">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
CHARACTERS = [{"id": "1", "title": "a\x00b\ud800c", "content_text": "\udfff\x00"}, {"id": "2", "title": "\ud83d\ude00"}]


def too_much() -> dict[str, Case]:
    """What is more than anybody may send."""
    zeros = bytes(64 * MEGABYTE)
    packed, packed_twice = gzip.compress(zeros, 1), gzip.compress(gzip.compress(zeros, 1))
    return {
        "gzip-bomb": Case(body(packed, encoding="gzip"), Outcome.TOO_LARGE, "larger than 10 MB"),
        "brotli-bomb": Case(body(brotli.compress(zeros, quality=1), encoding="br"), Outcome.TOO_LARGE, "10 MB"),
        "gzip-twice": Case(body(packed_twice, encoding="gzip, gzip"), Outcome.BROKEN, "compressed"),
        "gzip-in-gzip": Case(body(packed_twice, encoding="gzip"), Outcome.NOT_A_FEED, "no feed"),
        "100-megabytes": Case(stream(b" " * MEGABYTE, count=100), Outcome.TOO_LARGE, "10 MB"),
        "endless": Case(stream(b"<item/>" * 10_000), Outcome.TOO_LARGE, "10 MB"),
        "drip": Case(stream(b"<", pause=1), Outcome.TIMEOUT, "sends too slowly"),
        "headers": Case(flood, Outcome.SERVER_ERROR, "not valid HTTP"),
        "redirects": Case(loop, Outcome.REDIRECTS, "redirects again and again"),
    }


def mislabelled() -> dict[str, Case]:
    """What is not what it says."""
    return {
        "login": Case(
            body("<!DOCTYPE html><html><head><title>Sign in</title></head><form>", content_type="application/rss+xml"),
            Outcome.NOT_A_FEED,
            "a web page, not a feed",
        ),
        "label-utf-16": Case(
            labelled(rss(item(TEXT)), encoding="utf-8", label="utf-16", content_type="text/xml; charset=utf-32"),
            Outcome.FETCHED,
            titles=(TEXT,),
        ),
        "label-utf-8": Case(
            labelled(rss(item("“Café”")), encoding="cp1252", label="utf-8", content_type="text/xml; charset=utf-8"),
            Outcome.FETCHED,
            titles=("“Café”",),
        ),
        "label-none": Case(
            labelled(rss(item(TEXT)), encoding="utf-16", label="x-none", content_type="text/html; charset=utf-7"),
            Outcome.FETCHED,
            titles=(TEXT,),
        ),
    }


def attacks() -> dict[str, Case]:
    """What a parser could be brought to."""
    return {
        "laughs": Case(
            body(with_entity(LAUGHS + '<!ENTITY x "&l9;">')), Outcome.BROKEN, "declares entities of its own"
        ),
        "external-dtd": Case(
            body(f'<!DOCTYPE rss SYSTEM "FAR/dtd">{rss(item("kept"))[21:]}'), Outcome.FETCHED, titles=("kept",)
        ),
        "entity-of-a-file": Case(
            body(with_entity('<!ENTITY x SYSTEM "SECRET">')), Outcome.BROKEN, "declares entities of its own"
        ),
        "entity-of-a-host": Case(
            body(with_entity('<!ENTITY % p SYSTEM "FAR/entity"> %p;')), Outcome.BROKEN, "declares entities of its own"
        ),
        "included": Case(
            body(
                rss(
                    item(
                        "x",
                        "<description xmlns:xi='http://www.w3.org/2001/XInclude'>"
                        "<xi:include parse='text' href='SECRET'/><xi:include href='FAR/included'/></description>",
                    )
                )
            ),
            Outcome.FETCHED,
            titles=("x",),
        ),
        "unclosed": Case(body(rss("<item><title>t</title>" + "<b>" * 100_000)), Outcome.FETCHED, titles=("t",)),
        "nested": Case(
            body(rss("<item>" + "<b>" * 50_000 + "</b>" * 50_000 + "</item>")), Outcome.BROKEN, "None of the entries"
        ),
        "nested-in-a-text": Case(
            body(rss(item("t", f"<description><![CDATA[{'<div>' * 50_000}{'</div>' * 50_000}]]></description>"))),
            Outcome.FETCHED,
            titles=("t",),
        ),
        "characters": Case(
            body(json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": CHARACTERS})),
            Outcome.FETCHED,
            titles=("abc", "\U0001f600"),
        ),
        "character-references": Case(
            body(rss(item(f"{TEXT} a&#0;b&#xD800;c\x00d~")).encode().replace(b"~", b"\xed\xa0\x80")),
            Outcome.FETCHED,
            titles=(f"{TEXT} abcd\ufffd\ufffd\ufffd",),
        ),
    }


def much() -> dict[str, Case]:
    """What is merely much."""
    return {
        "entries": Case(
            body(rss("".join(item(f"{n}", f"<link>https://e.example/{n}</link>") for n in range(10_000)))),
            Outcome.FETCHED,
            titles=tuple(str(n) for n in range(MAX_POSTS)),
        ),
        "title": Case(
            body(rss(item("x" * (10 * MEGABYTE - 2000)))), Outcome.FETCHED, titles=("x" * (MAX_TITLE - 1) + "…",)
        ),
    }


@pytest.mark.django_db(transaction=True)
def test_each_bad_body_ends_in_words_of_its_own_and_the_good_feeds_of_the_batch_are_stored(far: Far) -> None:
    bad: dict[str, Feed] = {}
    cases = too_much() | mislabelled() | attacks() | much()
    for number, (name, case) in enumerate(cases.items()):
        case.put(far, f"/{name}")
        bad[name] = make_feed(url=far.url(f"/{name}", host=HOSTS[number % len(HOSTS)]))
    good = [make_feed(url=far.url("/good", host=host)) for host in HOSTS]
    far.serve("/good", good_rss("a", "b"))

    run = visit_aside(seconds=SECONDS, hosts=HOSTS)

    assert run.feeds == len(bad) + len(good)
    assert run.seconds < RUN_SECONDS
    assert run.memory < MEMORY
    assert Post.objects.filter(feed__in=good).count() == 2 * len(good)
    for name, feed in bad.items():
        check(name, cases[name], feed)
    assert not Post.objects.filter(Q(title__contains=SECRET_WORDS) | Q(body__contains=SECRET_WORDS)).exists()
    known = {f"/{name}" for name in [*bad, "good", "redirects?again"]}
    assert {asked.path for asked in far.requests} == known


def check(name: str, case: Case, feed: Feed) -> None:
    """What stands of the feed is what should."""
    state, fetch = FeedState.objects.get(feed=feed), Fetch.objects.get(feed=feed)
    assert (name, state.status, fetch.status) == (name, case.outcome, case.outcome)
    assert case.words in state.error
    assert bool(state.error) == bool(case.words)
    assert fetch.ms < 2000 * SECONDS
    titles = Post.objects.filter(feed=feed).values_list("title", flat=True)
    assert (name, sorted(titles)) == (name, sorted(case.titles))
