"""Feeds of a page: found by its head, by rules and by guesses, and proposed only where they are really there."""

import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from unittest.mock import ANY

import pytest

from feeds import discovery, parse
from feeds.discovery import MAX_REQUESTS, Discovery, Headline, Proposal
from readinglist.catalog.choices import SourceKind
from tests.feeds.making import rss
from tests.fixtures.far import HOSTS, Far, Gate

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HTML = "text/html; charset=utf-8"


def page_of(*feeds: str, title: str = "A site") -> str:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{feed}">' for feed in feeds)
    return f"<!doctype html><html><head><title>{title}</title>{links}</head><body>Words.</body></html>"


def discover(address: str) -> Discovery:
    return discovery.discover(address, now=NOW)


def found(address: str) -> list[str]:
    return [proposal.url for proposal in discover(address).proposals]


# ------------------------------------------------------------ what is proposed
def test_a_feed_is_its_own_proposal(far: Far) -> None:
    url = far.serve("/feed.xml", rss("a", "b", "c", "d"))
    assert discover(url) == Discovery(url, (Proposal(url, "A blog", SourceKind.BLOG, 4, ANY),))
    assert discover(url).proposals[0].newest == (
        Headline("Post a", datetime(2026, 11, 1, 0, tzinfo=UTC)),
        Headline("Post b", datetime(2026, 10, 31, 23, tzinfo=UTC)),
        Headline("Post c", datetime(2026, 10, 31, 22, tzinfo=UTC)),
    )
    assert len(far.requests) == 2


def test_the_feeds_that_a_page_names_are_proposed_in_its_order(far: Far) -> None:
    page = far.serve("/blog/", page_of("comments.xml", "/feed.xml", "/gone.xml", "/other.html"), content_type=HTML)
    comments = far.serve("/blog/comments.xml", rss("c1", title="Comment"))
    feed = far.serve("/feed.xml", rss("a", "b"))
    far.serve("/other.html", page_of(), content_type=HTML)
    came = discover(page)
    assert [(proposal.url, proposal.post_count) for proposal in came.proposals] == [(comments, 1), (feed, 2)]
    assert (came.page_url, came.page_title, came.problem) == (page, "A site", "")


def test_nobody_needs_to_write_the_scheme(far: Far) -> None:
    feed = far.serve("/feed.xml", rss("a"))
    bare = feed.removeprefix("http://")
    for written in (bare, f"//{bare}", f"feed://{bare}", f"feed:{feed}", f"  {feed}  ", f"HTTP://{bare}#newest"):
        assert found(written) == [feed], written


def test_a_link_in_the_text_will_do_where_the_head_names_none(far: Far) -> None:
    page = far.serve("/", f"<!doctype html><html><body><a href='{far.url('/x/rss')}'>RSS</a>", content_type=HTML)
    feed, other = far.serve("/x/rss", rss("a")), far.serve("/blog.xml", rss("b"))
    assert found(page) == [feed]
    head = page_of("/blog.xml").replace("Words.", f"<a href='{feed}'>RSS</a>")
    assert found(far.serve("/head", head, content_type=HTML)) == [other]


def test_without_any_link_the_usual_addresses_are_tried(far: Far) -> None:
    page = far.serve("/notes/one", page_of(), content_type=HTML)
    feed = far.serve("/notes/index.xml", rss("a"))
    assert found(page) == [feed]
    assert len(far.requests) == 11


def test_they_are_tried_as_well_where_the_page_itself_is_closed(far: Far) -> None:
    page = far.serve("/", "Programs are not welcome.", status=403)
    feed = far.serve("/rss.xml", rss("a"))
    assert found(page) == [feed]


def test_a_host_gets_a_few_requests_and_no_more(far: Far) -> None:
    page = far.serve("/", page_of(*(f"/{number}.xml" for number in range(100))), content_type=HTML)
    assert found(page) == []
    assert len(far.requests) == MAX_REQUESTS


def test_a_handle_of_mastodon_leads_to_its_feed(far: Far) -> None:
    page = far.serve("/@someone", page_of(), content_type=HTML)
    feed = far.serve("/@someone.rss", rss("a"))
    (proposal,) = discover(page).proposals
    assert (proposal.url, proposal.kind) == (feed, "person")


def test_the_page_of_a_handle_says_which_channel_it_is(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    feed = far.serve("/videos.xml", rss("a"))

    def known_feeds(address: str) -> list[str]:
        return [feed] if address.endswith("/channel/UC1") else []

    monkeypatch.setattr("feeds.guesses.known_feeds", known_feeds)
    head = '<link rel="canonical" href="/channel/UC1">'
    assert found(far.serve("/@someone", f"<!doctype html><head>{head}", content_type=HTML)) == [feed]


# --------------------------------------------------------------- each feed once
def test_a_feed_with_several_addresses_is_proposed_once(far: Far) -> None:
    names = ["/feed", "/feed/", "/same.xml", "/empty", "/empty.xml", "/empty2.xml"]
    page = far.serve("/", page_of(*names), content_type=HTML)
    far.redirect("/feed", "/feed/", status=302)
    far.serve("/feed/", rss("a", "b"))
    far.serve("/same.xml", rss("b", "a"))
    far.redirect("/empty", "/empty.xml", status=302)
    for name in names[4:]:
        far.serve(name, rss())
    assert found(page) == [far.url("/feed"), far.url("/empty"), far.url("/empty2.xml")]


def test_where_a_feed_has_moved_for_good_its_new_address_is_proposed(far: Far) -> None:
    new = far.serve("/new.xml", rss("a"))
    assert found(far.redirect("/old.xml", "/new.xml", status=308)) == [new]
    assert found(far.redirect("/now.xml", "/new.xml", status=307)) == [far.url("/now.xml")]


def test_empty_feeds_come_last(far: Far) -> None:
    page = far.serve("/", page_of("/empty.xml", "/full.xml"), content_type=HTML)
    empty, full = far.serve("/empty.xml", rss()), far.serve("/full.xml", rss("a"))
    assert found(page) == [full, empty]


# ------------------------------------------------------------------- failures
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "alone: the address begins with https:// and a host"),
        ("ftp://files.example/feed", "fetched by http and https alone"),
        ("https://ada:secret@blog.example/", "user name or a password"),
        ("https://[", "cannot be read as an address"),
        ("http://10.0.0.1/feed", "no public address of the Internet"),
        ("localhost:5432", "ports 80 and 443 alone"),
        ("http://[::ffff:127.0.0.1]/", "no public address of the Internet"),
        ("https://blog.example:22/", "ports 80 and 443 alone"),
        ("x" * 3000, "longer than"),
    ],
)
def test_an_address_that_is_not_allowed_is_refused_in_words(address: str, words: str) -> None:
    came = discover(address)
    assert came.proposals == ()
    assert words in came.problem


def test_a_private_address_is_not_asked_at_all(far_forbidden: Far) -> None:
    came = discover(far_forbidden.serve("/feed.xml", rss("a")))
    assert came.proposals == ()
    assert came.problem
    assert far_forbidden.requests == []


def test_a_page_of_a_stranger_leads_nobody_into_the_own_network(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, outside = far.url("/feed"), "https://blog.example/"
    assert discovery._may_lead(inside, inside, inside)
    assert discovery._may_lead(outside, outside, "https://other.example/feed")
    assert not discovery._may_lead(outside, outside, inside)
    assert not discovery._may_lead(inside, outside, inside)
    assert not discovery._may_lead(outside, inside, inside)
    assert not discovery._may_lead(inside, inside, "gopher://x")

    page = far.serve("/", page_of("/in.xml", "/out.xml"), content_type=HTML)
    far.serve("/in.xml", rss("a"))
    feed = far.serve("/out.xml", rss("b"))
    monkeypatch.setattr(discovery, "_may_lead", lambda asked, page, to: not to.endswith("/in.xml"))
    assert found(page) == [feed]
    assert not far.asked("/in.xml")


def test_a_page_without_feeds_is_told_from_other_documents(far: Far) -> None:
    page = far.serve("/", page_of(), content_type=HTML)
    assert "No feed was found: the page names none" in discover(page).problem
    opml = far.serve("/list.opml", "<opml><body/></opml>", content_type="text/xml")
    assert "a list of feeds (OPML)" in discover(opml).problem
    broken = far.serve("/broken.xml", "<rss><channel><item></item></channel></rss>")
    before = len(far.requests)
    assert "None of the entries of this feed says anything" in discover(broken).problem
    assert len(far.requests) == before + 1


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "There is nothing at this address"), (500, "Try again later"), (503, "Try again later"), (410, "for good")],
)
def test_what_the_host_says_no_with_is_said(far: Far, status: int, words: str) -> None:
    assert words in discover(far.serve("/", "No.", status=status)).problem


def test_a_host_that_is_not_there_is_said_so_after_both_schemes(far: Far) -> None:
    with socket.create_server((HOSTS[0], 0)) as server:
        nobody = f"{HOSTS[0]}:{server.getsockname()[1]}"
    assert (
        discover(nobody).problem == f"{nobody} cannot be reached. Check the spelling; if it is right, try again later."
    )


def test_a_slow_feed_takes_the_others_nothing_and_time_is_bounded(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "SECONDS", 2)
    gate = Gate()
    page = far.serve("/", page_of("/slow.xml", "/feed.xml"), content_type=HTML)
    far.serve("/slow.xml", rss("s"), gate=gate)
    feed = far.serve("/feed.xml", rss("a"))
    started = monotonic()
    assert found(page) == [feed]
    slow_page = far.serve("/slow", page_of(), content_type=HTML, gate=gate)
    assert discover(slow_page).problem == "The address did not answer in time. Try again later."
    assert monotonic() - started < 20
    gate.release()


def test_a_mistake_of_this_program_is_said_and_logged(
    far: Far, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*args: Sequence[object], **options: object) -> None:
        raise RecursionError

    monkeypatch.setattr(parse, "parse", fail)
    assert "This program failed" in discover(far.serve("/feed.xml", rss("a"))).problem
    assert "could not be read" in caplog.text
