"""Search: what it finds of works, sources, posts and notes, in which order, and what each filter leaves."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from feeds.indexing import index_posts
from readinglist.catalog.models import Category, Entry, Identifier, Post, Source
from readinglist.reading import follows, marks, search, stages
from readinglist.reading.models import Note
from readinglist.reading.search import posts as searched_posts
from tests.fixtures.effort import examples
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.works import make_entry

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def works(db: None) -> dict[str, Entry]:
    flash = make_entry(
        "FlashAttention: Fast and Memory-Efficient Exact Attention",
        authors=["Tri Dao", "Christopher Ré"],
        year=2022,
        description="Tiles the computation so that the large matrix never leaves the chip.",
    )
    Identifier.objects.create(entry=flash, key="arxiv:2205.14135")
    Identifier.objects.create(entry=flash, key="doi:10.5555/flash")
    book = make_entry("Deep Learning", kind="book", authors=["Ian Goodfellow"], year=2016)
    article = make_entry("Making training go brrr", kind="article", year=2022)
    make_entry("A secret draft", status="draft")
    return {"flash": flash, "book": book, "article": article}


@pytest.fixture
def desk(reader: User, teammate: User, works: dict[str, Entry]) -> User:
    """A reader in a catalogue that has some of everything about kernels."""
    training = Category.objects.create(slug="training", name="Training systems")
    inner = Category.objects.create(slug="kernels", name="Kernels", parent=training)
    works["flash"].categories.add(inner)
    blog = make_source("Systems Blog", slug="systems", description="Kernels every week.")
    blog.categories.add(inner)
    works["flash"].source = blog
    works["flash"].save()
    feed, forum = make_feed(blog), make_feed(make_source("The Forum", kind="community", slug="forum"))
    follows.follow(blog, user=reader, now=NOW)
    for title, its, when in (
        ("Kernels today", feed, 2026),
        ("Old kernels", feed, 2024),
        ("Kernels, they say", forum, 2026),
    ):
        make_post(its, title, published_at=datetime(when, 5, 1, tzinfo=UTC), byline="Zoë Doe" if its is feed else "")
    for author, text, shared in (
        (reader, "My kernels", False),
        (teammate, "Shared kernels", True),
        (teammate, "Private kernels", False),
    ):
        Note.objects.create(
            author=author, entry=works["flash"], text=text, is_shared=shared, created_at=NOW, updated_at=NOW
        )
    index_posts(batches=1)
    return reader


def found(user: User, typed: str, *, near: bool = False) -> dict[str, list[str]]:
    """What is shown, by type: titles, and of notes the text."""
    answer = search.answer(typed, user=user, now=timezone.now())
    return {
        group.type: [hit.thing.text if isinstance(hit.thing, Note) else str(hit.thing) for hit in group.hits]
        for group in (answer.near if near else answer.groups)
        if group.hits
    }


def titles(user: User, typed: str) -> list[str]:
    return found(user, f"{typed} type:work").get("work", [])


# -------------------------------------------------------------------- words


def test_works_are_found_by_words_names_and_identifiers(reader: User, works: dict[str, Entry]) -> None:
    for words in (
        "attention",
        "flash",  # the beginning of a word
        "FLASHATTENTION",
        "Ré",
        "re chip",  # without its accent
        '"exact attention"',
        "attention -goodfellow",
        "zebra or tiles -brrr",
        "2205.14135",
        "arxiv:2205.14135",
        "https://arxiv.org/pdf/2205.14135v2",
        "https://doi.org/10.5555/flash",
    ):
        assert titles(reader, words)[:1] == [works["flash"].title], words


def test_what_is_to_be_left_out_is_left_out(reader: User, works: dict[str, Entry]) -> None:
    assert titles(reader, "attention -dao") == []
    assert titles(reader, '"attention exact"') == []


def test_a_hit_in_the_title_comes_before_one_in_the_text(reader: User, works: dict[str, Entry]) -> None:
    make_entry("Something else", description="About brrr, brrr and brrr.")
    assert titles(reader, "brrr")[0] == works["article"].title


def test_drafts_and_what_stands_in_them_are_never_found(reader: User, works: dict[str, Entry]) -> None:
    draft = Entry.objects.get(status="draft")
    hidden = make_feed(make_source("Secret source", status="draft"))
    make_post(hidden, "Secret post")
    Note.objects.create(author=reader, entry=draft, text="A secret note", created_at=NOW, updated_at=NOW)
    index_posts(batches=1)
    assert found(reader, "secret") == {}


def test_everything_that_has_the_words_is_found_by_type(desk: User) -> None:
    assert found(desk, "kernels") == {
        "source": ["Systems Blog"],
        "post": ["Kernels, they say", "Old kernels", "Kernels today"],
        "note": ["Shared kernels", "My kernels"],
    }


def test_posts_are_found_by_their_address(desk: User) -> None:
    post = Post.objects.get(title="Kernels today")
    assert found(desk, post.url)["post"] == ["Kernels today"]


def test_of_a_work_that_came_twice_the_post_of_the_inbox_is_found(desk: User) -> None:
    """And without a follow the one that came first."""
    forum, blog = Source.objects.get(slug="forum").feeds.get(), Source.objects.get(slug="systems").feeds.get()
    first = make_post(forum, "A rare zebra", key="arxiv:2211.01234")
    copy = make_post(blog, "A rare zebra", key="arxiv:2211.01234")
    index_posts(batches=1)
    ids = [hit.thing.pk for group in search.answer("zebra", user=desk, now=NOW).groups for hit in group.hits]
    assert ids == [copy.pk]
    follows.unfollow(blog.source, user=desk)
    ids = [hit.thing.pk for group in search.answer("zebra", user=desk, now=NOW).groups for hit in group.hits]
    assert ids == [first.pk]


def test_a_post_that_is_a_work_of_the_catalogue_leads_to_it(desk: User, works: dict[str, Entry]) -> None:
    make_post(make_feed(), "Announcing tiles", key="arxiv:2205.14135")
    index_posts(batches=1)
    (group,) = search.answer("announcing", user=desk, now=NOW).groups
    assert group.hits[0].thing.work == works["flash"].slug  # type: ignore[union-attr] # of rows_of


# ------------------------------------------------------------------ filters


FILTERED: list[tuple[str, dict[str, list[str]]]] = [
    ("kernels type:post", {"post": ["Kernels, they say", "Old kernels", "Kernels today"]}),
    ("kernels -type:post -type:note", {"source": ["Systems Blog"]}),
    ("kernels kind:blog", {"source": ["Systems Blog"], "post": ["Old kernels", "Kernels today"]}),
    ("kernels kind:community kind:podcast", {"post": ["Kernels, they say"]}),
    ("kernels kind:paper", {"note": ["Shared kernels", "My kernels"]}),
    ("kernels -kind:blog type:post", {"post": ["Kernels, they say"]}),
    ("kernels year:2024", {"post": ["Old kernels"]}),
    ("kernels year:2025.. type:post", {"post": ["Kernels, they say", "Kernels today"]}),
    ("kernels -year:2026", {"source": ["Systems Blog"], "post": ["Old kernels"]}),
    (
        "kernels from:systems",
        {
            "source": ["Systems Blog"],
            "post": ["Old kernels", "Kernels today"],
            "note": ["Shared kernels", "My kernels"],
        },
    ),
    ("from:forum", {"source": ["The Forum"], "post": ["Kernels, they say"]}),
    ("kernels in:kernels type:post", {"post": ["Old kernels", "Kernels today"]}),
    ("kernels in:train -type:source -type:post", {"note": ["Shared kernels", "My kernels"]}),
    ("kernels -in:training type:post", {"post": ["Kernels, they say"]}),
    ("kernels by:ben", {"note": ["Shared kernels"]}),
    ("by:zoe", {"post": ["Old kernels", "Kernels today"]}),
    ("kernels by:nobody", {}),
    ("kernels from:nowhere", {}),
    ("kernels -from:nowhere type:source", {"source": ["Systems Blog"]}),
]


def test_filters_leave_what_they_say(desk: User) -> None:
    for typed, expected in FILTERED:
        assert found(desk, typed) == expected, typed


WORKS: list[tuple[str, list[str]]] = [
    ("kind:book", ["book"]),
    ("year:2022", ["article", "flash"]),
    ("-year:2022", ["book"]),
    ("by:dao by:re", ["flash"]),
    ("by:dao by:goodfellow", []),
    ('by:"tri dao"', ["flash"]),
    ("by:deep", []),  # a word of the title is no author
    ("in:training", ["flash"]),
    ('from:"systems blog"', ["flash"]),
    ("is:read", ["book"]),
    ("is:unread", ["article", "flash"]),
    ("-is:unread", ["book"]),
    ("is:saved", []),
    ("-is:saved kind:book", ["book"]),
]


def test_filters_of_works_need_no_words(desk: User, works: dict[str, Entry]) -> None:
    stages.finish(works["book"], user=desk, now=NOW)
    for typed, names in WORKS:
        assert sorted(titles(desk, typed)) == sorted(works[name].title for name in names), typed


def test_marks_of_posts_are_ones_own(desk: User, teammate: User) -> None:
    today, old = (Post.objects.get(title=title) for title in ("Kernels today", "Old kernels"))
    marks.mark_read(today, user=desk, now=NOW)
    marks.save(old, user=desk, now=NOW)
    for mark, expected in (("read", ["Kernels today"]), ("saved", ["Old kernels"]), ("unread", ["Old kernels"])):
        for words in ("", "kernels "):
            assert found(desk, f"{words}is:{mark}").get("post", []) == expected, words + mark
            assert found(teammate, f"{words}is:{mark}").get("post", []) == []
    assert found(desk, "kernels -is:read type:post")["post"] == ["Kernels, they say", "Old kernels"]


TOKENS = ["kind:paper", "kind:book", "kind:article", "year:2020", "year:2021..", "is:unread", "is:read", "is:queued"]


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(TOKENS)), max_size=5, unique=True))
def test_filters_are_a_plain_loop(
    variety: list[tuple[Entry, str]], reader: User, tokens: list[tuple[bool, str]]
) -> None:
    """Of kinds and years any will do, of all other filters each has to hold, and what is turned round must not."""

    def fits(work: Entry, stage: str, token: str) -> bool:
        name, _, value = token.partition(":")
        if name == "year":
            return work.year is not None and (work.year >= 2021 if value.endswith("..") else work.year == int(value))
        return value == (work.kind if name == "kind" else stage)

    expected = []
    for work, stage in variety:
        wanted = [token for is_not, token in tokens if not is_not]
        for name in ("kind:", "year:"):
            of_name = [token for token in wanted if token.startswith(name)]
            if of_name and not any(fits(work, stage, token) for token in of_name):
                break
        else:
            has_all = all(fits(work, stage, token) for token in wanted if token.startswith("is:"))
            if has_all and not any(fits(work, stage, token) for is_not, token in tokens if is_not):
                expected.append(work.title)
    typed = " ".join(f"-{token}" if is_not else token for is_not, token in tokens)
    assert sorted(titles(reader, f"variety {typed}")) == sorted(expected)


@pytest.fixture
def variety(reader: User) -> list[tuple[Entry, str]]:
    """Works of two kinds, of three years or none, each with the reader's stage."""
    made = []
    for number, year in enumerate((2019, 2020, 2021, None)):
        work = make_entry(f"Variety {number}", kind=("paper", "book")[number % 2], year=year)
        stage = ("unread", "queued", "read", "read")[number]
        if stage != "unread":
            (stages.queue if stage == "queued" else stages.finish)(work, user=reader, now=NOW)
        made.append((work, stage))
    return made


# --------------------------------------------------- common words, in bounds


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bounds so low that five posts are many."""
    monkeypatch.setattr(searched_posts, "_COMMON", 4)
    monkeypatch.setattr(searched_posts, "_LOOKED_AT", 3)


@pytest.mark.usefixtures("few")
def test_of_common_words_the_newest_posts_are_found_and_what_was_left_unseen_is_said(desk: User) -> None:
    forum = Source.objects.get(slug="forum").feeds.get()
    for number in range(5):
        make_post(forum, f"More kernels {number}")
    index_posts(batches=1)
    (group,) = search.answer("kernels year:2024 type:post", user=desk, now=NOW).groups
    assert (list(group.hits), group.is_partial) == ([], True)
    (group,) = search.answer("kernels type:post", user=desk, now=NOW).groups
    assert (str(group.hits[0].thing), group.is_partial) == ("More kernels 4", False)


# -------------------------------------------------------------- near misses


def test_a_typo_finds_what_looks_like_it(desk: User, works: dict[str, Entry]) -> None:
    assert found(desk, "flashatention") == {}
    assert works["flash"].title in found(desk, "flashatention", near=True)["work"]
    assert found(desk, "sistems blog", near=True)["source"] == ["Systems Blog"]
    assert "Kernels today" in found(desk, "kernles today", near=True)["post"]


@pytest.mark.parametrize("typed", ['"flashatention"', "2205.99999", "zzzzqqqq", "systems", "kernels"])
def test_nothing_is_guessed_where_words_are_exact_or_were_found(desk: User, typed: str) -> None:
    assert found(desk, typed, near=True) == {}


def test_near_misses_obey_the_filters(desk: User) -> None:
    assert found(desk, "flashatention kind:book", near=True) == {}
    assert "source" not in found(desk, "flashatention type:work", near=True)


# ------------------------------------------------------------ hostile words


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=60),
        st.text(alphabet="ab'\":*&|!()<>-\\ \x00%_é", max_size=30),
        st.sampled_from(
            ["𝔘" * 500, "ﷺ" * 500, "ⅷ" * 500, "a " * 250, "or " * 160, '"' * 499, "-" * 500, "in:a " * 100]
        ),
    )
)
def test_no_words_break_the_search(desk: User, typed: str) -> None:
    answer = search.answer(typed, user=desk, now=NOW)
    assert len(answer.asked.text) <= search.MAX_LENGTH
