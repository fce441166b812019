"""Markup that means harm, through the parser and the sanitiser: what is left is known to be harmless."""

import pytest

from feeds.parse import parse
from feeds.sanitise import clean
from tests.feeds.vectors import Document, cases, documents
from tests.feeds.watching import SCHEMES, assert_harmless
from tests.feeds.writing import NOW, URL

DOCUMENTS = list(documents(cases()))


def test_there_are_more_than_a_thousand_cases() -> None:
    assert len({case.html for case in cases()}) > 1500


@pytest.mark.parametrize("document", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_of_every_vector_in_every_context_and_field_nothing_is_left_that_acts(document: Document) -> None:
    found = parse(document.body, url=URL, content_type=document.content_type, now=NOW)
    for case, post in zip(document.cases, found.posts, strict=True):
        assert case.name in post.title
        assert_harmless(post.body)
        assert post.url == "" or post.url.startswith(SCHEMES[:2])


@pytest.mark.parametrize(
    "address", ["https:/accounts/logout/", "https:x", "HTTP:/x", "https:\\x", "http:///x", "https:///"]
)
def test_a_link_without_a_host_does_not_lead_into_the_site_that_shows_it(address: str) -> None:
    for html in (
        f'<a href="{address}">x</a>',
        f'<a class="image" lang="en" href="{address}">x</a>',
        f'<img src="{address}">',
    ):
        assert "href" not in clean(html, base="https://site.example/")
    text = '&lt;a href="https:x"'
    assert clean(text, base="") == text
