"""The page of search: with and without htmx, what it says of filters, its marks, its bounds, and hostile words."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from feeds.indexing import index_posts
from readinglist.catalog.models import Category, Entry, Post
from readinglist.reading.models import Note
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def page_of(client: Client, typed: str, **more: Any) -> str:
    response = client.get(f"/search/?{urlencode({'q': typed} | more)}")
    assert response.status_code == 200
    return str(response.content.decode())


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.fixture
def shelf(reader: User, teammate: User) -> Category:
    """One of everything, in a category and of a source."""
    category = Category.objects.create(slug="training", name="Training")
    blog = make_source("Training weekly", slug="weekly", kind="newsletter")
    blog.categories.add(category)
    entry = make_entry("Training at scale", authors=["Tri Dao"], source=blog, year=2024)
    entry.categories.add(category)
    make_post(make_feed(blog), "On training", body="<p>About <em>training</em></p>")
    for author in (reader, teammate):
        Note.objects.create(
            author=author, entry=entry, text="On training", is_shared=True, created_at=NOW, updated_at=NOW
        )
    index_posts(batches=1)
    return category


@pytest.fixture
def full_shelf(shelf: Category) -> None:
    """With enough works and posts to be cut and paged."""
    Entry.objects.bulk_create(
        Entry(slug=f"training-{number}", title=f"Training {number}", kind="paper") for number in range(119)
    )
    post = make_post(title="More on training")
    Post.objects.bulk_create(
        Post(
            feed=post.feed,
            guid_hash=f"{number}",
            key=f"guid:{number}",
            title=f"On training {number}",
            content_hash="",
            first_seen_at=NOW,
        )
        for number in range(118)
    )
    index_posts(batches=1)


# ----------------------------------------------------------------- the page


@pytest.mark.usefixtures("full_shelf")
def test_each_type_has_its_count_its_first_hits_and_a_page_of_its_own(reader_client: Client) -> None:
    page = page_of(reader_client, "training")
    assert "99+ works, 1 source, 99+ posts and 2 notes found." in text_of(page)
    assert page.count("More of these works") == page.count("More of these posts") == 1
    assert "More of these notes" not in page
    assert 'href="/search/?q=training+type%3Awork"' in page
    works = page_of(reader_client, "training type:work", page=3)
    assert works.count('class="item"') == 20
    assert "120 works found." in text_of(works)
    assert 'rel="prev"' in works
    assert 'rel="next"' not in works


def test_filters_are_spelled_out_and_can_be_taken_away(reader_client: Client, shelf: Category) -> None:
    page = page_of(
        reader_client, 'training kind:paper year:2020..2024 -is:read by:"tri dao" in:train from:weekly type:work'
    )
    text = text_of(page)
    for label in (
        "Paper",
        "2020 to 2024",
        "Not: Read",
        "By “tri dao”",
        "In Training",
        "From Training weekly",
        "Works only",
    ):
        assert f"{label} × , take it away" in text, label
    assert "q=training+year%3A2020..2024+-is%3Aread" in page  # without the kind


SAID = [
    ("training colour:red", "There is no filter “colour:”, so “colour:red” was searched as words."),
    ("training kind:poem", "“kind:poem” is no filter, so it was searched as words. “kind:” takes paper, report,"),
    ("training year:soon", "“year:” takes a year, as 2024, or two of them, as 2020..2024."),
    ("training is:", "Something has to follow “is:”. “is:” takes unread, queued, reading, read, skipped, saved."),
    ("training in:nowhere", "No category is called “nowhere”. All categories"),
    ("training from:nobody", "No source is called “nobody”. All sources"),
    ("train " * 30, "That is longer than 500 characters or 24 words; so much of it was searched."),
]


def test_what_was_not_understood_is_said(reader_client: Client, shelf: Category) -> None:
    for typed, said in SAID:
        assert said in text_of(page_of(reader_client, typed)), typed


def test_before_anything_is_typed_the_page_says_what_can_be(reader_client: Client) -> None:
    page = page_of(reader_client, "  ")
    assert "your notes and those that teammates share" in text_of(page)
    for example in re.findall(r'href="(/search/\?q=[^"]+)"', page):
        assert reader_client.get(example).context["answer"].asked.misfits == ()
    assert "autofocus" in page


def test_where_nothing_is_found_the_page_says_what_to_do(reader_client: Client, shelf: Category) -> None:
    assert "No work, source, post or note has “zzzzqqqq”. Try fewer or shorter words" in text_of(
        page_of(reader_client, "zzzzqqqq")
    )
    page = page_of(reader_client, "zzzzqqqq is:saved")
    assert "Nothing that the filters leave has “zzzzqqqq”." in text_of(page)
    assert 'href="/search/?q=zzzzqqqq"' in page
    assert "Nothing fits all these filters." in text_of(page_of(reader_client, "is:skipped type:work"))
    assert "Nothing has “trainang”. Something like it:" in text_of(page_of(reader_client, "trainang"))


def test_htmx_gets_what_is_below_the_box_with_the_pages_title(reader_client: Client, shelf: Category) -> None:
    response = reader_client.get("/search/?q=training", headers={"HX-Request": "true"})
    page = response.content.decode()
    assert "<html" not in page
    assert re.search(r"<title>\s*training · Search\s*· Readinglist\s*</title>", page)
    assert 'data-said="1 work, 1 source, 1 post and 2 notes found."' in page
    assert "HX-Request" in response["Vary"]
    assert "no-store" in response["Cache-Control"]
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    whole = reader_client.get("/search/?q=training", headers=restored).content.decode()
    assert "<html" in whole
    assert whole.count("<title>") == 1


def test_a_work_is_marked_as_read_from_where_it_was_found(reader_client: Client, shelf: Category) -> None:
    page = page_of(reader_client, "training type:work")
    work = Entry.objects.order_by("title", "pk")[0]
    back = re.search(r'name="next"\s+value="([^"]+)"', page)[1]  # type: ignore[index]
    answer = reader_client.post(f"/entries/{work.slug}/stage/", {"stage": "read", "next": unescape(back)})
    assert answer["Location"] == "/search/?q=training+type%3Awork"


@pytest.mark.usefixtures("full_shelf")
def test_a_search_asks_at_most_twelve_queries(
    reader_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for typed in (
        "training",
        "training type:post",
        "training in:training from:weekly kind:newsletter kind:paper",
        "trainang",
        "trainang in:training from:weekly year:2024",
        "training -is:read",
    ):
        with django_assert_max_num_queries(12, info=typed):
            page_of(reader_client, typed)


# -------------------------------------------------------------------- marks


def test_found_words_are_marked_in_titles_authors_and_texts(reader_client: Client, shelf: Category) -> None:
    make_entry("Other", authors=["A", "B", "C", "D", "Zoë Doe"], description="Long. " * 40 + "A zebra stands here.")
    page = page_of(reader_client, "zoe zebra")
    assert "A, B, <mark>Zoë</mark> Doe, 2 others" in page
    assert "<mark>zebra</mark> stands here" in page
    assert "About <mark>training</mark>" in page_of(reader_client, '"training" type:post')


def test_hostile_texts_are_shown_as_text(reader_client: Client, reader: User) -> None:
    marks = "\ue000\ue001"
    entry = make_entry(
        f"Zebra <script>alert(1)</script> & <b>bold</b> {marks}x", description="zebra <img src=x onerror=y>"
    )
    make_post(make_feed(), "Zebra </mark><script>", body="<p>zebra &lt;script&gt;alert(2)&lt;/script&gt; AT&amp;T</p>")
    Note.objects.create(author=reader, entry=entry, text="zebra <svg onload=z>", created_at=NOW, updated_at=NOW)
    index_posts(batches=1)
    for typed in ("zebra", "type:work", "type:post", "zebra or script or alert or amp or lt or mark", "zebrra"):
        page = page_of(reader_client, typed)
        for bad in ("<script>alert", "<b>bold", "<img src=x", "<svg onload", "</mark><script"):
            assert bad not in page, f"{typed}: {bad}"
    page = page_of(reader_client, "zebra")
    assert "<mark>Zebra</mark> &lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;bold&lt;/b&gt; x" in page
    assert "<mark>zebra</mark> &lt;script&gt;alert(2)" in page


# ------------------------------------------------------------ hostile words


HOSTILE = [
    "x" * 100_000,
    "\x00" * 50_000 + "training",
    "-" * 500,
    "- " * 250,
    '-""' * 160,
    '"' * 499,
    "&|!():*<->\\'",
    "or or or",
    "-training",
    "the",
    "kind: year: is: by: in: from: type:",
    'by:" in:" from:"',
    "by:\\d+ in:.* from:(",
    "<script>alert(1)</script>",
    "year:0000 year:9999..1000",
    "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 9,
]


@pytest.mark.usefixtures("shelf")
def test_whatever_is_typed_gets_an_answer(reader_client: Client) -> None:
    for typed in HOSTILE:
        page = page_of(reader_client, typed)
        assert "<script>alert" not in page
        assert reader_client.get(f"/entries/?{urlencode({'q': typed})}").status_code == 200


def test_what_was_typed_stays_in_the_box(reader_client: Client, shelf: Category) -> None:
    assert 'value="training &lt;b&gt; kind:paper &quot;x"' in page_of(reader_client, 'training <b>  kind:paper "x')


@pytest.mark.usefixtures("shelf")
def test_a_page_that_is_none_is_the_nearest(reader_client: Client) -> None:
    for page in ("x", "-1", "0", "99999999999999999999", ""):
        assert 'class="item"' in page_of(reader_client, "training type:work", page=page)


def test_private_notes_of_others_are_not_found(reader_client: Client, teammate: User) -> None:
    entry = make_entry("A work")
    Note.objects.create(author=teammate, entry=entry, text="zebra hidden", created_at=NOW, updated_at=NOW)
    Note.objects.create(author=None, entry=entry, text="zebra seen", is_shared=True, created_at=NOW, updated_at=NOW)
    page = page_of(reader_client, "zebra")
    assert "zebra hidden" not in text_of(page)
    assert "Note by a former member" in text_of(page)
