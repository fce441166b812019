"""The page that says what an address is here: for phones, for the bookmark, and for what is pasted."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.conf import settings as instance
from django.test import Client
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Identifier
from readinglist.reading import follows, marks, stages
from readinglist.reading.models import PostState, ReadState
from tests.fixtures.cast import PASSWORD
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
URL = "https://example.org/a"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def suggestion_of(page: str) -> dict[str, list[str]]:
    """What the link that suggests it hands on."""
    (address,) = re.findall(r'href="(/suggest/\?[^"]*)"', page)
    return parse_qs(urlsplit(unescape(address)).query)


def pressed(page: str, label: str) -> tuple[str, dict[str, str]]:
    """Where a button of the page sends its form, and what."""
    (attributes,) = re.findall(rf"<button ([^>]*)>{label}</button>", page)
    named = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
    (way_back,) = set(re.findall(r'name="next" value="([^"]*)"', page))
    return named["formaction"], {named["name"]: named["value"], "next": unescape(way_back)}


def test_a_work_is_queued_from_it_and_the_page_stays(reader_client: Client, reader: User) -> None:
    entry = make_entry("Attention")
    Identifier.objects.create(entry=entry, key="arxiv:1706.03762")
    here = "/add/?title=%5B1706.03762%5D+Attention&text=https%3A%2F%2Farxiv.org%2Fabs%2F1706.03762v5"
    page = text_of(reader_client.get(here))
    assert "In the catalogue" in page
    assert "Suggest it for the canon" not in page
    assert not ReadState.objects.exists()
    action, fields = pressed(page, "Queue it")
    answer = reader_client.post(action, fields, follow=True)
    assert answer.redirect_chain == [(here, 302)]
    assert "<b>queued</b>" in text_of(answer)
    assert "Queue it" not in text_of(answer)
    assert ReadState.objects.get().stage == "queued"


@pytest.mark.parametrize(
    ("act", "says", "can_be_queued"),
    [(stages.start, "reading", False), (stages.finish, "read", False), (stages.skip, "skipped", True)],
)
def test_it_says_how_far_one_is(reader_client: Client, reader: User, act: Any, says: str, can_be_queued: bool) -> None:
    entry = make_entry(url=URL)
    act(entry, user=reader, now=NOW)
    page = text_of(reader_client.get("/add/", {"url": URL}))
    assert f"<b>{says}</b>" in page
    assert ("Queue it" in page) is can_be_queued


def test_a_superseded_work_leads_to_what_took_its_place(reader_client: Client, db: None) -> None:
    new = make_entry("Second try", url="https://example.org/b")
    make_entry("First try", url=URL, superseded_by=new)
    page = text_of(reader_client.get("/add/", {"url": URL}))
    assert "Its place has been taken by" in page
    assert f'href="{new.get_absolute_url()}"' in page


def test_what_took_its_place_is_not_named_while_it_is_a_draft(reader_client: Client, db: None) -> None:
    new = make_entry("Second try", url="https://example.org/b", status="draft")
    make_entry("First try", url=URL, superseded_by=new)
    page = text_of(reader_client.get("/add/", {"url": URL}))
    assert "First try" in page
    assert "Second try" not in page
    assert new.get_absolute_url() not in page


def test_a_retired_work_is_shown_and_may_be_suggested(reader_client: Client, db: None) -> None:
    make_entry("Old", url=URL, status="retired")
    page = text_of(reader_client.get("/add/", {"url": URL}))
    assert "retired" in page
    assert suggestion_of(page) == {"url": [URL]}


def test_a_post_is_opened_saved_and_suggested_from_it(reader_client: Client, reader: User) -> None:
    post = make_post(make_feed(make_source("The Blog")), "A post", url=URL)
    page = text_of(reader_client.get("/add/", {"url": URL}))
    assert f'href="/posts/{post.pk}/"' in page
    assert suggestion_of(page) == {"post": [str(post.pk)]}
    assert not PostState.objects.exists()
    action, fields = pressed(page, "Save it")
    page = text_of(reader_client.post(action, fields, follow=True))
    assert "<b>saved</b>" in page
    assert "Save it" not in page
    assert PostState.objects.get(user=reader, post=post).saved_at


def test_a_source_is_followed_from_it(reader_client: Client, reader: User) -> None:
    source = make_feed(make_source("The Blog", slug="the-blog", url="https://blog.example/")).source
    page = text_of(reader_client.get("/add/?url=http://www.blog.example"))
    assert 'aria-label="Follow The Blog"' in page
    assert "Suggest it for the canon" not in page
    action, fields = pressed(page, "Follow")
    answer = reader_client.post(action, fields, follow=True)
    assert answer.redirect_chain == [("/add/?url=http://www.blog.example", 302)]
    assert 'aria-label="Unfollow The Blog"' in text_of(answer)
    assert follows.unfollow(source, user=reader)


def test_what_is_not_here_is_suggested_with_all_that_came_along(reader_client: Client, db: None) -> None:
    handed = {"title": "A & B", "text": f"It is whole. {URL}?a=b&c=d"}
    page = text_of(reader_client.get("/add/", handed))
    assert "Nothing here has this address yet" in page
    assert "Look for its feeds" not in page
    asked = suggestion_of(page)
    assert asked == {"url": [f"{URL}?a=b&c=d"], "title": ["A & B"], "why": ["It is whole."]}
    form = text_of(reader_client.get("/suggest/", {name: value[0] for name, value in asked.items()}))
    assert f'value="{URL}?a=b&amp;c=d"' in form
    assert 'value="A &amp; B"' in form
    assert "It is whole." in form


def test_a_curator_may_look_for_the_feeds_of_what_is_not_here(curator_client: Client) -> None:
    page = text_of(curator_client.get("/add/", {"url": f"{URL}?a=b&c"}))
    (address,) = re.findall(r'href="(/curation/feeds/find/[^"]*)"', page)
    assert f'value="{URL}?a=b&amp;c"' in text_of(curator_client.get(address))


@pytest.mark.parametrize(
    ("handed", "says"),
    [
        ({"url": "javascript:alert(1)"}, "is no arXiv id, DOI, ISBN or web address"),
        ({"url": "data:text/html,<script>alert(1)</script>"}, "is no arXiv id, DOI, ISBN or web address"),
        ({"url": "http://192.168.0.1/admin"}, "192.168.0.1 is no public address of the Internet"),
        ({"url": "https://example.org/\x00"}, "No address has such characters"),
        ({"url": "https://example.org/" + "a" * 2000}, "An address has room for 2000 characters"),
        ({"text": "<b>no address</b> at all"}, "What was handed over holds no address. Paste it here."),
    ],
)
def test_what_is_no_address_is_refused_in_words_and_stays(
    reader_client: Client, handed: dict[str, str], says: str
) -> None:
    answer = reader_client.get("/add/", {"title": "A <i>title</i>", **handed})
    page = text_of(answer)
    assert answer.status_code == 200
    assert says in page
    assert all(f'name="{name}" value="{escape(value)}"' in page for name, value in handed.items())
    assert 'name="title" value="A &lt;i&gt;title&lt;/i&gt;"' in page
    assert "Suggest it for the canon" not in page
    assert not re.search(r'href="(?!/|#|javascript:\(\(\)=)', page)
    assert "<script>alert" not in page
    assert "<b>no address" not in page


def test_without_an_address_it_says_how_to_bring_one(reader_client: Client) -> None:
    page = text_of(reader_client.get("/add/"))
    assert 'name="url"' in page
    assert 'class="error">' not in page
    (bookmark,) = re.findall(r'href="(javascript:[^"]*)" data-bookmarklet', page)
    script = unquote(unescape(bookmark))
    assert f'"{instance.SITE_URL}/add/"' in script
    assert unescape(re.findall(r'class="citebox mt2">(.*?)</p>', page)[0]) == unescape(bookmark)
    blank = text_of(reader_client.get("/add/", {"url": " ", "title": "", "text": ""}))
    assert "data-bookmarklet" in blank
    assert 'class="error">' not in blank


def test_whoever_is_signed_out_comes_back_with_the_address(reader: User, outsider: Client) -> None:
    here = "/add/?url=https%3A%2F%2Fexample.org%2Fa%3Fb%3Dc%26d%3De&title=A+%26+B&text="
    door = outsider.get(here, follow=True)
    (way_back,) = set(re.findall(r'name="next" value="([^"]*)"', text_of(door)))
    credentials = {"login": reader.email, "password": PASSWORD, "next": unescape(way_back)}
    answer = outsider.post(door.redirect_chain[-1][0], credentials, follow=True)
    assert answer.redirect_chain[-1][0] == here
    assert suggestion_of(text_of(answer)) == {"url": ["https://example.org/a?b=c&d=e"], "title": ["A & B"]}


@pytest.mark.parametrize("address", ["/accounts/settings/", "/inbox/", "/sources/"])
def test_it_is_linked_from_where_one_looks_for_it(reader_client: Client, address: str) -> None:
    page = text_of(reader_client.get(address))
    main = page[page.index("<main") : page.index("</main>")]
    assert 'href="/add/"' in main


def test_it_asks_few_queries_whatever_it_finds(
    reader_client: Client, reader: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        entry = make_entry(f"Work {number}", url=URL)
        stages.queue(entry, user=reader, now=NOW)
        feed = make_feed(make_source(url=URL))
        follows.follow(feed.source, user=reader, now=NOW)
        make_source(url=f"{URL}/")
        marks.save(make_post(feed, url=URL), user=reader, now=NOW)
    with django_assert_max_num_queries(12):
        page = text_of(reader_client.get("/add/", {"url": URL}))
    assert page.count('class="sourceline"') == 3 + 1 + 5
