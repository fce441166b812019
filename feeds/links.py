"""Addresses as feeds write them, made into ones that can be followed."""

import re
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

MAX_URL = 2000
# What is written on links in texts of strangers, and on those of them that stand for pictures.
REL = "noopener noreferrer nofollow"
PICTURE_CLASS = "image"
# What only tells the publisher where a reader came from. `ref` and `source` may mean something to the page itself.
_TRACKER = re.compile(
    r"(?:utm_\w+|at_(?:medium|campaign)|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|_hs(?:enc|mi)|mkt_tok)=.*"
    r"|(?:source|ref)=rss(?:[-_].*)?",
    re.IGNORECASE | re.DOTALL,
)
_UNFIT = re.compile(r"""[\x00-\x20\x7f-\xa0"<>\\^`{|}\ud800-\udfff\u2028\u2029]""")
# Most addresses are of this kind, and there is nothing to do for them.
_FIT = re.compile(r"https?://[a-z0-9.-]+/[a-z0-9/._~%+-]*", re.IGNORECASE | re.ASCII)


def absolute(address: str, base: str = "") -> str:
    """The address as a web address without trackers, resolved against `base`; empty for what is none."""
    address = address.strip()
    if not address or len(address) > 2 * MAX_URL:
        return ""
    if len(address) <= MAX_URL and address.startswith("http") and _FIT.fullmatch(address):
        return address
    try:
        given = urlsplit(address)
        if given.scheme and not given.netloc:  # it would be taken for the base
            return ""
        parts = urlsplit(urljoin(base, address))
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return ""
        url = urlunsplit(_plain(parts))
    except ValueError:  # a host in broken brackets, a port that is none
        return ""
    url = _UNFIT.sub(lambda match: quote(match[0], errors="replace"), url)
    return url if len(url) <= MAX_URL else ""


def _plain(parts: SplitResult) -> SplitResult:
    """Without trackers, and without the name and password that could pass for a host."""
    query = "&".join(pair for pair in parts.query.split("&") if not _TRACKER.fullmatch(pair))
    fragment = "" if _TRACKER.fullmatch(parts.fragment) else parts.fragment
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query=query, fragment=fragment)
