"""The feeds of a page: what an address leads to is fetched and read, and only what is a feed is proposed."""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import monotonic
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from feeds import addresses, guesses, page_links, parse
from feeds.answers import answers_of
from feeds.fetch import Answer, Limits, Target
from feeds.models import Outcome
from feeds.page_links import PageLinks
from feeds.parsed import ParsedFeed
from readinglist.catalog import identifiers
from readinglist.catalog.choices import SourceKind

logger = logging.getLogger(__name__)

# Somebody waits for all of it, so it is short: what has not come by then is not waited for.
SECONDS = 9.0
MAX_REQUESTS = 12
LIMITS = Limits(at_once=MAX_REQUESTS, per_host=4, seconds=5, connect_seconds=3, idle_seconds=4)
NEWEST = 3
_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# The host answers, but not with this page; its feeds may be open all the same.
_WORTH_A_GUESS = {Outcome.NOT_FOUND, Outcome.GONE, Outcome.DENIED, Outcome.REFUSED, Outcome.TOO_LARGE}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_FEED_SCHEME = re.compile(r"feed:(?://)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Headline:
    """One of the newest posts."""

    title: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A feed that was there and could be read just now."""

    url: str
    title: str
    kind: SourceKind
    post_count: int
    newest: tuple[Headline, ...]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What came of an address: its feeds, the best first, or in words why there are none."""

    address: str
    proposals: tuple[Proposal, ...] = ()
    problem: str = ""
    page_url: str = ""  # where the page is; empty where the address is a feed itself
    page_title: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is at an address: the feed that was read there, or why there is none."""

    answer: Answer
    feed: ParsedFeed | None = None
    error: str = ""
    page: PageLinks | None = None

    @property
    def is_worth_a_guess(self) -> bool:
        return self.page is not None or self.answer.outcome in _WORTH_A_GUESS


def discover(address: str, *, now: datetime) -> Discovery:
    """The feeds of a page or site whose address somebody pasted, fetched to see that they are there.

    It takes SECONDS at most, and never fails: what is wrong is said in `problem`.
    """
    search = _Search(now)
    url, found = _ask(search, address)
    if found is None:
        return Discovery(address, problem=_("The address did not answer in time. Try again later."))
    if found.feed is not None:
        return Discovery(address, search.propose([url]))
    page = found.page or PageLinks()
    named = _led(url, found, [*page.named, *guesses.known_feeds(page.canonical)])
    proposals = search.propose([*guesses.known_feeds(url), *named])
    if not proposals and found.is_worth_a_guess:
        proposals = search.propose(_led(url, found, [*page.alike, *guesses.usual_feeds(found.answer.url)]))
    problem = "" if proposals else _why_none(found)
    page_url = found.answer.url if found.page is not None else url
    return Discovery(address, proposals, problem, page_url=page_url, page_title=page.title)


def _ask(search: "_Search", address: str) -> tuple[str, _Found | None]:
    """Looks at the pasted address, and at once at its known feeds; with the address that it was in the end."""
    url, found = "", None
    for url in _meant(address):
        found = search.look([url, *guesses.known_feeds(url)]).get(url)
        if found is None or found.answer.outcome not in (Outcome.UNREACHABLE, Outcome.INSECURE):
            break
    return url, found


def _meant(text: str) -> list[str]:
    """The addresses that somebody may have meant, to be tried in turn: few people write the scheme."""
    text = _FEED_SCHEME.sub("", text.strip(), count=1)
    if _SCHEME.match(text):
        return [text]
    text = text.lstrip("/")
    return [f"https://{text}", f"http://{text}"]


def _led(asked: str, found: _Found, urls: Iterable[str]) -> list[str]:
    """Of the addresses that came of a page those that it may send this program to."""
    return [url for url in urls if _may_lead(asked, found.answer.url, url)]


def _may_lead(asked: str, page: str, to: str) -> bool:
    """Whether a page may send this program there: into the own network only from a page that is trusted itself."""
    try:
        if not addresses.is_trusted(addresses.parse(to)):
            return True
        return all(addresses.is_trusted(addresses.parse(url)) for url in (asked, page))
    except addresses.Forbidden:
        return False


def _why_none(found: _Found) -> str:
    outcome = found.answer.outcome
    if outcome == Outcome.FETCHED:
        if "html" not in found.answer.content_type.lower():
            return found.error  # says what it is instead
        words = _(
            "No feed was found: the page names none, and there is none at the usual addresses of %(host)s."
            " If the site has one, paste its own address."
        )
    # The pipeline's words for these say that it will try again, which nobody does here.
    elif outcome in (Outcome.TIMEOUT, Outcome.BUSY, Outcome.SERVER_ERROR):
        words = _("%(host)s has no time for an answer just now. Try again later.")
    elif outcome == Outcome.UNREACHABLE:
        words = _("%(host)s cannot be reached. Check the spelling; if it is right, try again later.")
    else:
        return found.answer.error
    return words % {"host": urlsplit(found.answer.url).netloc}


class _Search:
    """What has been asked and found so far, within a number of requests and until a time."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._end = monotonic() + SECONDS
        self._asked: set[str] = set()
        self._found: dict[str, _Found] = {}

    def look(self, urls: Iterable[str]) -> dict[str, _Found]:
        """Fetches and reads those that were not asked for yet, as many as are left; all that has been found so far."""
        new = [url for url in dict.fromkeys(urls) if url not in self._asked][: MAX_REQUESTS - len(self._asked)]
        self._asked.update(new)
        if not new or self._left() <= 0:
            return self._found
        with answers_of([Target(number, url) for number, url in enumerate(new)], LIMITS) as answers:
            for _number in new:
                answer = answers.next(max(self._left(), 0))
                if answer is None:
                    break
                self._found[new[answer.feed_id]] = _read(answer, self._now)
        return self._found

    def propose(self, urls: Sequence[str]) -> tuple[Proposal, ...]:
        """The feeds at those addresses, in their order but empty ones last, each once whatever its addresses."""
        self.look(urls)
        proposals: list[Proposal] = []
        places: set[str] = set()
        contents: set[frozenset[str]] = set()
        for url in urls:
            found = self._found.get(url)
            if found is None or found.feed is None:
                continue
            place = identifiers.normal_url(found.answer.url) or found.answer.url
            content = frozenset(post.url or post.guid_hash for post in found.feed.posts)
            if place in places or (content and content in contents):
                continue
            places.add(place)
            contents.add(content)
            proposals.append(_proposal(url, found.answer, found.feed))
        return tuple(sorted(proposals, key=lambda proposal: proposal.post_count == 0))

    def _left(self) -> float:
        return self._end - monotonic()


def _read(answer: Answer, now: datetime) -> _Found:
    """What an answer holds: a feed, or a page and what it says of feeds."""
    if answer.outcome != Outcome.FETCHED:
        return _Found(answer, error=answer.error)
    bare = replace(answer, body=b"")
    try:
        feed = parse.parse(answer.body, url=answer.url, content_type=answer.content_type, now=now)
    except parse.NotAFeed as refusal:
        page = page_links.read(answer.body, url=answer.url, content_type=answer.content_type)
        return _Found(bare, error=str(refusal), page=page)
    except parse.BrokenFeed as refusal:
        return _Found(bare, error=str(refusal))
    except Exception:
        logger.exception("What came from %s could not be read", answer.url)
        return _Found(bare, error=_("This program failed over what is there. Its log says more."))
    return _Found(bare, feed=feed)


def _proposal(url: str, answer: Answer, feed: ParsedFeed) -> Proposal:
    """With the address that the host asks to be used from now on, where it says so."""
    dated = sorted(feed.posts, key=lambda post: post.published_at or _LONG_AGO, reverse=True)
    newest = tuple(Headline(post.title or post.url, post.published_at) for post in dated[:NEWEST])
    url = answer.moved_to or str(addresses.parse(url))
    return Proposal(url, feed.title, guesses.kind_of(url), len(feed.posts), newest)
