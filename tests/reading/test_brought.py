"""Where an address stands in what is handed over, and which are refused."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from readinglist.catalog.models import EntryLink, Identifier
from readinglist.reading import brought, follows
from readinglist.reading.brought import AddressRefused, Brought, Known, read
from tests.fixtures.cast import make_person
from tests.fixtures.effort import examples
from tests.fixtures.posts import SEEN, make_feed, make_post, make_source
from tests.fixtures.works import make_entry

URL = "https://example.org/a"


def known(address: str, user: User) -> Known:
    return brought.recognise(address, user=user, now=SEEN)


# ------------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("handed", "found"),
    [
        (("", "", ""), Brought("", "", "")),
        ((f" {URL} ", " A  title ", "said\nof it"), Brought(URL, "A title", "said of it")),
        (("", "A title", URL), Brought(URL, "A title", "")),
        (("", "", f"A title {URL}"), Brought(URL, "A title", "")),
        (("", "A title", f"A title\n{URL}"), Brought(URL, "A title", "")),
        (("", "A title", f"“Read this!” {URL} It is good."), Brought(URL, "A title", "“Read this!” It is good.")),
        (("", f"A title {URL}", ""), Brought(URL, "A title", "")),
        (("", "", "nothing of the kind"), Brought("", "", "nothing of the kind")),
        (("", "A title", "arXiv:1706.03762"), Brought("arXiv:1706.03762", "A title", "")),
        (("javascript:alert(1)", "", URL), Brought("javascript:alert(1)", "", URL)),
        (("", "", "javascript:alert(1)"), Brought("", "", "javascript:alert(1)")),
    ],
)
def test_an_address_is_found_where_it_stands(handed: tuple[str, str, str], found: Brought) -> None:
    assert read(*handed) == found


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://example.org/a.", "https://example.org/a"),
        ("(https://example.org/a)", "https://example.org/a"),
        ("(see https://example.org/a), or not", "https://example.org/a"),
        ("<https://example.org/a>", "https://example.org/a"),
        ("“https://example.org/a”, she said", "https://example.org/a"),
        ("https://example.org/Mercury_(planet)", "https://example.org/Mercury_(planet)"),
        ("HTTPS://example.org/a?b=c&d=e#f!", "HTTPS://example.org/a?b=c&d=e#f"),
        ("看https://example.org/a，很好", "https://example.org/a"),
        ("https://example.org/a https://example.org/b", "https://example.org/a"),
        ("https://…", ""),
    ],
)
def test_the_punctuation_of_a_sentence_is_none_of_its_address(text: str, address: str) -> None:
    assert read("", "", text).address == address


_WORDS = st.lists(st.text("abcdefgh,.!", min_size=1, max_size=6), max_size=4).map(" ".join)


@settings(max_examples=examples(50), deadline=None)
@given(before=_WORDS, after=_WORDS, path=st.text("abc/_-=?&", max_size=12))
def test_an_address_between_words_is_found_whole_and_the_words_stay(before: str, after: str, path: str) -> None:
    address = f"https://example.org/{path}x"
    found = read("", "A title of its own", f"{before} {address} {after}")
    assert found.address == address
    assert found.words.split() == [*before.split(), *after.split()]


# --------------------------------------------------------------- recognising


def test_a_work_is_known_by_each_way_to_write_its_identifier(reader: User) -> None:
    entry = make_entry("Attention", url="https://example.com/attention")
    Identifier.objects.create(entry=entry, key="arxiv:1706.03762")
    Identifier.objects.create(entry=entry, key="url:https://example.org/attention")
    for address in (
        "https://arxiv.org/pdf/1706.03762v7",
        "arXiv:1706.03762",
        "http://www.example.org/attention/?utm_source=mail#top",
        "https://example.com/attention",
    ):
        assert known(address, reader).entries == [entry]
    assert not known("https://example.com/attention/2", reader).is_anything


def test_a_work_that_only_links_there_is_no_work_of_that_address(reader: User) -> None:
    entry = make_entry()
    EntryLink.objects.create(entry=entry, kind="code", url="https://example.org/code")
    found = known("https://example.org/code", reader)
    assert (found.entries, found.linking, found.is_in_catalogue) == ([], [entry], False)


@pytest.mark.parametrize("written", ["https://example.org/code", "http://www.example.org/code/?utm_source=mail"])
def test_a_link_is_known_however_its_address_is_written(reader: User, written: str) -> None:
    entry = make_entry()
    for url in ("https://example.org/code", "http://www.example.org/code/?utm_source=mail"):
        EntryLink.objects.create(entry=entry, kind="code", url=url)
    assert known(written, reader).linking == [entry]
    assert known("https://example.org/code/#top", reader).linking == [entry]


def test_drafts_leave_the_works_that_readers_may_open_their_room(reader: User, curator: User) -> None:
    drafts = [make_entry(status="draft", url=URL) for _ in range(brought.MOST)]
    live = make_entry(url=URL)
    assert known(URL, reader).entries == [live]
    assert known(URL, curator).entries == [live, *drafts[:-1]]


def test_a_draft_is_known_to_curators_alone(reader: User, curator: User) -> None:
    draft = make_entry("Draft", status="draft", url=URL)
    assert not known(URL, reader).is_anything
    assert known(URL, curator).entries == [draft]
    assert not known(URL, curator).is_in_catalogue


def test_a_post_is_known_by_its_key_and_shown_as_the_reader_has_it(reader: User) -> None:
    hidden = make_post(make_feed(make_source(status="draft")), key="arxiv:2401.00001")
    assert known("arXiv:2401.00001", reader).post is None
    first, mine = (make_post(key="arxiv:2401.00001") for _ in range(2))
    assert first.lead == hidden
    assert known("https://arxiv.org/abs/2401.00001", reader).post == first
    follows.follow(mine.feed.source, user=reader, now=SEEN)
    assert known("https://arxiv.org/abs/2401.00001", reader).post == mine


@pytest.mark.parametrize("written", ["https://blog.example/", "http://www.blog.example", "https://blog.example"])
def test_a_source_is_known_by_its_address_and_by_its_feed_however_they_are_written(reader: User, written: str) -> None:
    by_address, by_feed = make_source(url=written), make_feed(url=f"{written.rstrip('/')}/feed.xml").source
    make_source(url="https://blog.example/other")
    make_source(url="https://blog.example/", status="draft")
    assert known("https://www.blog.example/?utm_campaign=x", reader).sources == [by_address]
    assert known("http://blog.example/feed.xml", reader).sources == [by_feed]


# ------------------------------------------------------------------ refusing


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("javascript:alert(1)", "is no arXiv id, DOI, ISBN or web address"),
        ("data:text/html,<script>alert(1)</script>", "is no arXiv id, DOI, ISBN or web address"),
        ("file:///etc/passwd", "is no arXiv id, DOI, ISBN or web address"),
        ("//example.org/a", "is no arXiv id, DOI, ISBN or web address"),
        ("https://[::1", "is no arXiv id, DOI, ISBN or web address"),
        ("https://example.org:99999999/", "is no arXiv id, DOI, ISBN or web address"),
        ("https://example.org/" + "a" * 600, "longer than 500 characters"),
        ("https://me:secret@example.org/", "holds a user name or a password"),
        ("url: https://me:secret@example.org/", "holds a user name or a password"),
        ("URL:http://127.0.0.1/a", "127.0.0.1 is no public address"),
        ("doi:http://10.1.2.3/", "10.1.2.3 is no public address"),
        ("http://localhost/a", "localhost is no public address"),
        ("http://localhost./a", "localhost. is no public address"),
        ("http://intranet/a", "intranet is no public address"),
        ("http://wiki.corp/a", "wiki.corp is no public address"),
        ("http://printer.local:631/", "printer.local is no public address"),
        ("http://127.0.0.1/a", "127.0.0.1 is no public address"),
        ("http://127.1/", "127.1 is no public address"),
        ("http://2130706433/", "2130706433 is no public address"),
        ("http://0x7f.1/", "0x7f.1 is no public address"),
        ("http://10.1.2.3/", "10.1.2.3 is no public address"),
        ("http://169.254.169.254/latest/meta-data", "169.254.169.254 is no public address"),
        ("http://[::1]/", "::1 is no public address"),
        ("http://[::ffff:127.0.0.1]/", "::ffff:127.0.0.1 is no public address"),
    ],
)
def test_what_others_could_not_or_should_not_open_is_refused_in_words(reader: User, address: str, says: str) -> None:
    with pytest.raises(AddressRefused, match=says.replace("[", r"\[").replace("(", r"\(")):
        known(address, reader)


def test_what_is_here_is_known_wherever_it_stands(reader: User) -> None:
    post = make_post(url="http://10.1.2.3/post", key="url:https://10.1.2.3/post")
    assert known("http://10.1.2.3/post", reader).post == post


@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60))
def test_any_text_is_known_or_refused(db: None, text: str) -> None:
    user = User.objects.first() or make_person("ada@example.org", "Ada Reader")
    with suppress(AddressRefused):
        assert not known(f"https://{text}", user).is_anything
