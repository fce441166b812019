"""What a work is known by, in one normal form: `arxiv:1706.03762`, `doi:10.…`, `isbn:…`, `url:https://…`.

arXiv: https://info.arxiv.org/help/arxiv_identifier.html (old and new style). DOI: the handbook's `10.NNNN/suffix`; it
ignores case. ISBN: ISO 2108, always as 13 digits.
"""

import re
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from django.utils.translation import gettext

_FLAGS = re.IGNORECASE | re.ASCII
_ARXIV_NEW = r"\d{4}\.\d{4,5}"
_ARXIV_OLD = r"[a-z][a-z-]*(?:\.[A-Z]{2})?/\d{7}"
_ARXIV = re.compile(rf"(?:arxiv:\s*)?({_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d+)?(?:\.pdf)?", _FLAGS)
_ARXIV_HOSTS = {
    "arxiv.org",
    "export.arxiv.org",
    "browse.arxiv.org",
    "ar5iv.org",
    "ar5iv.labs.arxiv.org",
    "alphaxiv.org",
}
_ARXIV_PATH = re.compile(
    rf"^/(?:abs|pdf|html|format|src|e-print)/({_ARXIV_NEW}|{_ARXIV_OLD})(?:v\d+)?(?:\.pdf)?/*$", _FLAGS
)
# A registrant may have subdivisions, as in `10.1000.10/…`.
_DOI = re.compile(r"10\.[0-9]{4,9}(?:\.[0-9]+)*/[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_ARXIV_DOI = "10.48550/arxiv."
_DOI_HOSTS = {"doi.org", "dx.doi.org"}
# Publishers whose addresses carry the DOI itself as the end of the path.
_DOI_PATH = re.compile(
    r"^/(?:doi|content|article|chapter)/(?:(?:abs|pdf|epdf|full|fullHtml|book)/)?(10\.[0-9.]+/[^?#]+)$", re.I
)
_ISBN = re.compile(r"(?:isbn(?:-1[03])?:?\s*)?((?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx])", _FLAGS)
_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]+")
_TRACKING = re.compile(r"^(?:utm_\w+|fbclid|gclid|mc_cid|mc_eid|ref|ref_src|source)$", re.IGNORECASE)
_PATH_SAFE = "/:@!$&'()*+,;=~"
_ESCAPE = re.compile(r"%[0-9a-f]{2}", _FLAGS)
MAX_LENGTH = 500


class NotAnIdentifier(ValueError):
    """The text names no work in a form that is known; its message says what is accepted."""


def key_of(text: str) -> str:
    """The identifier that a pasted address, number or finished identifier stands for.

    Raises NotAnIdentifier with a message for the person who pasted it.
    """
    text = " ".join(text.split())
    prefix, _, rest = text.partition(":")
    if prefix.lower() in ("doi", "url", "isbn") and rest:
        text = rest.strip()
    key = _arxiv_key(text) or _doi_key(text) or _url_key(text) or _isbn_key(text)
    if key is None:
        raise NotAnIdentifier(gettext("“%(text)s” is no arXiv id, DOI, ISBN or web address.") % {"text": text[:80]})
    if len(key) > MAX_LENGTH:
        long = gettext("This address is longer than %(count)d characters. Shorten it, or bring a DOI.")
        raise NotAnIdentifier(long % {"count": MAX_LENGTH})
    return key


def url_of(key: str) -> str:
    """Where an identifier leads."""
    kind, _, rest = key.partition(":")
    match kind:
        case "arxiv":
            return f"https://arxiv.org/abs/{rest}"
        case "doi":
            return f"https://doi.org/{quote(rest, safe=_PATH_SAFE)}"
        case "isbn":
            return f"https://search.worldcat.org/search?q=bn%3A{rest}"
        case _:
            return rest


def normal_url(address: str) -> str | None:
    """A web address as it is compared: https, host without `www.`, no fragment, tracking or trailing slash."""
    parts = _web_parts(address)
    if parts is None:
        return None
    host = _bare_host(parts)
    if not _HOST.fullmatch(host):
        return None
    try:
        netloc = host if parts.port in (None, 80, 443) else f"{host}:{parts.port}"
        path = quote(parts.path.rstrip("/"), safe=f"{_PATH_SAFE}%")
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        query = urlencode([(name, value) for name, value in pairs if not _TRACKING.match(name)])
    except ValueError:  # a port that is none, or text that is no Unicode
        return None
    path = _ESCAPE.sub(lambda match: match[0].upper(), path)
    return urlunsplit(("https", netloc, path, query, ""))


def _arxiv_key(text: str) -> str | None:
    if match := _ARXIV.fullmatch(text):
        return f"arxiv:{match[1].lower() if '/' in match[1] else match[1]}"
    parts = _web_parts(text)
    if parts and _bare_host(parts) in _ARXIV_HOSTS and (match := _ARXIV_PATH.match(parts.path)):
        return f"arxiv:{match[1].lower() if '/' in match[1] else match[1]}"
    return None


def _doi_key(text: str) -> str | None:
    if _DOI.fullmatch(text):
        return _key_of_doi(text)
    parts = _web_parts(text)
    if parts is None:
        return None
    path = unquote(parts.path)
    if _bare_host(parts) in _DOI_HOSTS:
        return _key_of_doi(path.strip("/"))
    match = _DOI_PATH.match(path)
    return _key_of_doi(match[1].rstrip("/")) if match else None


def _key_of_doi(doi: str) -> str | None:
    """None for what only looks like one. arXiv's own DOIs name the preprint: they are its arXiv id."""
    doi = doi.lower().rstrip(".,;")
    if doi.startswith(_ARXIV_DOI) and (match := _ARXIV.fullmatch(doi.removeprefix(_ARXIV_DOI))):
        return f"arxiv:{match[1]}"
    return f"doi:{doi}" if _DOI.fullmatch(doi) else None


def _url_key(text: str) -> str | None:
    url = normal_url(text)
    return f"url:{url}" if url else None


def _isbn_key(text: str) -> str | None:
    match = _ISBN.fullmatch(text)
    if not match:
        return None
    digits = re.sub(r"[- ]", "", match[1]).upper()
    if len(digits) == 10:
        if sum((10 - i) * (10 if c == "X" else int(c)) for i, c in enumerate(digits)) % 11:
            return None
        digits = _with_check_digit("978" + digits[:9])
    return f"isbn:{digits}" if digits.isdecimal() and digits == _with_check_digit(digits[:12]) else None


def _with_check_digit(twelve: str) -> str:
    total = sum(int(c) * (3 if i % 2 else 1) for i, c in enumerate(twelve))
    return twelve + str(-total % 10)


def _web_parts(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        return parts if parts.scheme.lower() in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def _bare_host(parts: SplitResult) -> str:
    """The host without `www.` and the root's dot, as often as they are there, but never less than a domain."""
    host = (parts.hostname or "").rstrip(".")
    while host.startswith("www.") and "." in host.removeprefix("www."):
        host = host.removeprefix("www.")
    return host
