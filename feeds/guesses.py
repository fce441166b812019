"""Where sites have their feeds, as far as an address alone tells it; what is guessed here is not yet known to exist."""

import re
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, parse_qs, urlsplit

from readinglist.catalog.choices import SourceKind

# What stands in a path or query goes into another address only where it is nothing but a name.
_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
_HANDLE = re.compile(r"@[\w.-]{1,100}(?:@[\w.-]{1,100})?", re.ASCII)
_CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
_ARXIV_CATEGORIES = re.compile(r"[A-Za-z-]{2,20}(?:\.[A-Za-z-]{2,20})?(?:\+[A-Za-z.-]{2,40}){0,5}")
_REDDIT_ORDERS = {"top", "new", "hot", "rising"}
_REDDIT_TIMES = {"hour", "day", "week", "month", "year", "all"}
# First parts of GitHub's paths that belong to nobody.
_GITHUB_OWN = {"about", "collections", "explore", "features", "marketplace", "search", "settings", "sponsors", "topics"}

# Most programs that write feeds put them at one of these, the commonest first.
_AT_THE_ROOT = ("feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss")
_IN_A_SECTION = ("feed", "feed.xml", "rss.xml", "index.xml")
_SECTION = "blog"

# A host of many: how much of the path says whose pages they are.
_OF_MANY = {
    "arxiv.org": 2,
    "feedburner.com": 1,
    "github.com": 2,
    "gitlab.com": 2,
    "huggingface.co": 1,
    "medium.com": 1,
    "reddit.com": 2,
    "substack.com": 1,
    "youtube.com": 2,
}
_KINDS = {
    "arxiv.org": SourceKind.REPORT_SERIES,
    "github.com": SourceKind.PROJECT,
    "gitlab.com": SourceKind.PROJECT,
    "reddit.com": SourceKind.COMMUNITY,
    "substack.com": SourceKind.NEWSLETTER,
    "youtube.com": SourceKind.CHANNEL,
}
_OTHER_NAMES = {
    "feeds.feedburner.com": "feedburner.com",
    "listings.arxiv.org": "arxiv.org",
    "m.youtube.com": "youtube.com",
    "new.reddit.com": "reddit.com",
    "old.reddit.com": "reddit.com",
    "rss.arxiv.org": "arxiv.org",
}


def known_feeds(address: str) -> list[str]:
    """The feeds of a page on a site whose addresses are known; the page need not be asked for them."""
    url = _split(address)
    host = _host(url)
    parts = _parts(url)
    if rule := _RULES.get(host):
        return rule(parts, url)
    if host.endswith(".substack.com") or host.endswith(".medium.com"):
        return [f"https://{host}/feed"]
    if parts and _HANDLE.fullmatch(parts[0]):  # Mastodon and its kin
        return [f"{url.scheme}://{url.netloc}/{parts[0]}.rss"]
    return []


def usual_feeds(address: str) -> list[str]:
    """Where most sites have their feed: at the root, and in the section that the page is in."""
    url = _split(address)
    root = f"{url.scheme}://{url.netloc}"
    first = next(iter(_parts(url)), _SECTION)
    section = first if _NAME.fullmatch(first) and "." not in first else _SECTION
    at_root = [f"{root}/{name}" for name in _AT_THE_ROOT]
    return at_root + [f"{root}/{section}/{name}" for name in _IN_A_SECTION]


def kind_of(address: str) -> SourceKind:
    """What sort of source publishes there, as far as its host tells it; else a blog."""
    url = _split(address)
    host = _host(url)
    if host == "github.com" and _parts(url)[2:3] == ["issues"]:
        return SourceKind.ISSUE_TRACKER
    if host.endswith(".substack.com"):
        return SourceKind.NEWSLETTER
    if host not in _OF_MANY and any(_HANDLE.fullmatch(part) for part in _parts(url)[:1]):
        return SourceKind.PERSON
    return _KINDS.get(host, SourceKind.BLOG)


def site_of(address: str) -> str:
    """Whose pages an address is one of, as it is compared: the host, and on a host of many the path's beginning."""
    url = _split(address)
    host = _host(url)
    parts = _parts(url)[: _OF_MANY.get(host, 0)]
    if parts and parts[0].startswith("@"):
        parts = parts[:1]
    return "/".join([host, *parts]).lower()


def home_of(address: str) -> str:
    """The root of the site that a feed is on; empty where the host's root is nobody's in particular."""
    url = _split(address)
    host = _host(url)
    return "" if not host or host in _OF_MANY else f"{url.scheme}://{url.netloc}/"


def _youtube(parts: Sequence[str], url: SplitResult) -> list[str]:
    feeds = "https://www.youtube.com/feeds/videos.xml"
    found = []
    for playlist in parse_qs(url.query, max_num_fields=20).get("list", [])[:1]:
        if _NAME.fullmatch(playlist):
            found.append(f"{feeds}?playlist_id={playlist}")
    match parts:
        case ["channel", channel, *_] if _CHANNEL.fullmatch(channel):
            found.append(f"{feeds}?channel_id={channel}")
        case ["user", name, *_] if _NAME.fullmatch(name):
            found.append(f"{feeds}?user={name}")
    return found


def _github(parts: Sequence[str], url: SplitResult) -> list[str]:
    match parts:
        case ["orgs", owner, *_] if _NAME.fullmatch(owner):
            return [f"https://github.com/{owner}.atom"]
        case [owner] if _NAME.fullmatch(owner) and owner not in _GITHUB_OWN and not owner.endswith(".atom"):
            return [f"https://github.com/{owner}.atom"]
        case [owner, name, *rest] if _NAME.fullmatch(owner) and _NAME.fullmatch(name) and owner not in _GITHUB_OWN:
            if rest and rest[0].endswith(".atom"):
                return []
            repository = f"https://github.com/{owner}/{name.removesuffix('.git')}"
            return [f"{repository}/{feed}.atom" for feed in ("releases", "tags", "commits")]
    return []


def _reddit(parts: Sequence[str], url: SplitResult) -> list[str]:
    match parts:
        case ["r", name, order, *_] if _NAME.fullmatch(name) and order in _REDDIT_ORDERS:
            asked = parse_qs(url.query, max_num_fields=20).get("t", [""])[0]
            time = f"?t={asked}" if asked in _REDDIT_TIMES else ""
            return [f"https://www.reddit.com/r/{name}/{order}/.rss{time}"]
        case ["r", name, *_] if _NAME.fullmatch(name):
            return [f"https://www.reddit.com/r/{name}/.rss"]
        case ["u" | "user", name, *_] if _NAME.fullmatch(name):
            return [f"https://www.reddit.com/user/{name}/.rss"]
    return []


def _arxiv(parts: Sequence[str], url: SplitResult) -> list[str]:
    match parts:
        case ["list" | "archive" | "rss" | "atom", categories, *_] if _ARXIV_CATEGORIES.fullmatch(categories):
            return [f"https://rss.arxiv.org/rss/{categories}"]
    return []


def _substack(parts: Sequence[str], url: SplitResult) -> list[str]:
    """Of somebody's page on Substack's own host, which leads to a newsletter of the same name."""
    match parts:
        case [handle, *_] if _HANDLE.fullmatch(handle) and "." not in handle and "_" not in handle:
            return [f"https://{handle[1:].partition('@')[0].lower()}.substack.com/feed"]
    return []


def _medium(parts: Sequence[str], url: SplitResult) -> list[str]:
    match parts:
        case ["feed", *_]:
            return []
        case ["tag", tag, *_] if _NAME.fullmatch(tag):
            return [f"https://medium.com/feed/tag/{tag}"]
        case [whose, *_] if _NAME.fullmatch(whose) or _HANDLE.fullmatch(whose):
            return [f"https://medium.com/feed/{whose}"]
    return []


_RULES: dict[str, Callable[[Sequence[str], SplitResult], list[str]]] = {
    "arxiv.org": _arxiv,
    "github.com": _github,
    "medium.com": _medium,
    "reddit.com": _reddit,
    "substack.com": _substack,
    "youtube.com": _youtube,
}


def _split(address: str) -> SplitResult:
    """The parts of an address; of nothing where it is none."""
    try:
        url = urlsplit(address)
        return url if url.hostname else urlsplit("")
    except ValueError:
        return urlsplit("")


def _host(url: SplitResult) -> str:
    host = (url.hostname or "").rstrip(".").removeprefix("www.")
    return _OTHER_NAMES.get(host, host)


def _parts(url: SplitResult) -> list[str]:
    return [part for part in url.path.split("/") if part]
