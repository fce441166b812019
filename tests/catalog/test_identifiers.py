"""What a work is known by, in one normal form."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from readinglist.catalog import identifiers
from readinglist.catalog.identifiers import MAX_LENGTH, NotAnIdentifier, key_of, normal_url, url_of


@pytest.mark.parametrize(
    ("pasted", "key"),
    [
        ("1706.03762", "arxiv:1706.03762"),
        ("arXiv:1706.03762v7", "arxiv:1706.03762"),
        (" https://arxiv.org/abs/1706.03762 ", "arxiv:1706.03762"),
        ("http://www.arxiv.org/pdf/1706.03762v5.pdf", "arxiv:1706.03762"),
        ("https://arxiv.org/abs/cs.CL/0001001v2", "arxiv:cs.cl/0001001"),
        ("https://ar5iv.labs.arxiv.org/html/1706.03762//", "arxiv:1706.03762"),
        ("https://doi.org/10.48550/arXiv.1706.03762v2", "arxiv:1706.03762"),
        ("10.48550/arXiv.1706.03762", "arxiv:1706.03762"),
        ("doi:10.1145/3600006.3613145", "doi:10.1145/3600006.3613145"),
        ("https://dl.acm.org/doi/abs/10.1145/3600006.3613145", "doi:10.1145/3600006.3613145"),
        ("https://dx.doi.org/10.1109%2FSC41405.2020.00024", "doi:10.1109/sc41405.2020.00024"),
        ("10.1000.10/ABC.", "doi:10.1000.10/abc"),
        ("978-0-262-03561-3", "isbn:9780262035613"),
        ("ISBN 0262035618", "isbn:9780262035613"),
        ("isbn:9780262035613", "isbn:9780262035613"),
        ("http://www.Example.org:80/A/?utm_source=x&b=1#c", "url:https://example.org/A?b=1"),
        ("https://example.org:8443/", "url:https://example.org:8443"),
        ("https://example.org/a b/ü%2f", "url:https://example.org/a%20b/%C3%BC%2F"),
    ],
)
def test_what_is_pasted_becomes_one_key(pasted: str, key: str) -> None:
    assert key_of(pasted) == key
    assert key_of(key) == key
    assert key_of(url_of(key)) == key or key.startswith("isbn:")


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        "Attention Is All You Need",
        "10.1234/",
        "10.1234/.,",
        "978-0-262-03561-4",
        "isbn:٩٧٨٠٢٦٢٠٣٥٦١٣",
        "١٧٠٦.٠٣٧٦٢",
        "ftp://example.org/a",
        "javascript:alert(1)",
        "https://localhost/a",
        "https://a b.org/",
        "https://[::1]/a",
        "https://example.org:99999/",
        "https://example.org/\ud800",
        "https://example.org/" + "a" * MAX_LENGTH,
    ],
)
def test_what_names_no_work_is_refused(pasted: str) -> None:
    with pytest.raises(NotAnIdentifier):
        key_of(pasted)


def test_what_is_refused_is_said_in_the_readers_language(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = {
        "“%(text)s” is no arXiv id, DOI, ISBN or web address.": "„%(text)s“ ist keine Kennung.",
        "This address is longer than %(count)d characters. Shorten it, or bring a DOI.": "Länger als %(count)d.",
    }
    monkeypatch.setattr(identifiers, "gettext", spoken.__getitem__, raising=False)
    with pytest.raises(NotAnIdentifier, match="„100 % Attention“ ist keine Kennung"):
        key_of("100 % Attention")
    with pytest.raises(NotAnIdentifier, match=f"Länger als {MAX_LENGTH}"):
        key_of("https://example.org/" + "a" * MAX_LENGTH)


_HOSTS = [
    "arxiv.org",
    "www.arxiv.org",
    "doi.org",
    "www.www.arxiv.org",
    "dl.acm.org",
    "example.org.",
    "www.com",
    "a.b:80",
]
_PATHS = [
    "/abs/",
    "/pdf/",
    "1706.03762",
    "v2",
    "/doi/",
    "10.1234/",
    "//",
    "%2F",
    "%",
    "%25",
    "a",
    " ",
    ".",
    "?",
    "#",
    "é",
]
addresses = st.builds(
    lambda scheme, host, parts: scheme + host + "/" + "".join(parts),
    st.sampled_from(["https://", "http://", "HTTP://u@", "url:https://", "doi:"]),
    st.sampled_from(_HOSTS) | st.text(max_size=12),
    st.lists(st.sampled_from(_PATHS) | st.text(max_size=3), max_size=8),
)
texts = (
    st.text()
    | addresses
    | st.from_regex(r"(doi:|isbn:|arxiv:|url:)?10\.\d{4}/.*")
    | st.from_regex(r"(isbn:)?[\dX -]{9,20}")
)


@given(texts)
@example("https://www.www.arxiv.org/abs/1706.03762")
@example("https://doi.org/10.48550/arxiv.nothing")
@example("10.1234/\x00")
def test_a_key_is_its_own_key_and_nothing_else_is_raised(text: str) -> None:
    with contextlib.suppress(NotAnIdentifier):
        key = key_of(text)
        assert key_of(key) == key
        assert len(key) <= MAX_LENGTH
        assert "\x00" not in key
        key.encode()


@given(texts)
def test_the_normal_form_of_an_address_is_stable(text: str) -> None:
    normal = normal_url(text)
    assert normal is None or normal_url(normal) == normal
