"""Lists of feeds in and out: what other readers export, what is wrong with it, and the way back."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from readinglist.catalog.models import Category, Feed, Source
from readinglist.curation.opml import MAX_BYTES, MAX_DEPTH, MAX_FEEDS, OpmlError, Outline, read_opml, write_opml
from readinglist.curation.opml_import import CHANGE_REASON, Report, import_outlines
from tests.fixtures.effort import examples

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<!-- as feed readers write it -->
<opml version="1.0">
  <head><title>Subscriptions</title></head>
  <body>
    <outline text="Reading">
      <outline text="engineering BLOGS" title="engineering BLOGS">
        <outline type="rss" text="A &amp; B" title="A &amp; B" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/"/>
        <outline type="rss" text="Comments" xmlUrl="https://a.example/comments" htmlUrl="http://www.a.example"/>
      </outline>
      <outline text="Nobody's">
        <outline type="rss" text="  Second\tname  " xmlUrl="https://b.example/atom.xml"/>
      </outline>
    </outline>
    <outline type="rss" text="" xmlUrl="http://c.example/rss" htmlUrl="javascript:alert(1)"/>
    <outline text="a link" type="link" url="https://d.example/"/>
  </body>
</opml>
"""


@pytest.fixture
def blogs(db: None) -> Category:
    return Category.objects.create(slug="engineering", name="Engineering blogs", position=4)


@pytest.fixture
def listed(tmp_path: Path) -> Callable[[str], Path]:
    """A file with this text."""

    def write(text: str) -> Path:
        file = tmp_path / "list.opml"
        file.write_text(text)
        return file

    return write


def run(*arguments: object) -> str:
    output = StringIO()
    call_command(*map(str, arguments), stdout=output)
    return output.getvalue()


def load(text: str = LIST) -> Report:
    return import_outlines(read_opml(text.encode()))


def standing() -> set[tuple[str, str | None, str, str]]:
    """Name, site and category of each source, with its feeds."""
    return {
        (source.name, source.url, category.name, feed.url)
        for source in Source.objects.all()
        for category in source.categories.all()
        for feed in source.feeds.all()
    }


# --------------------------------------------------------------------------- in
def test_each_feed_becomes_a_live_blog_in_the_category_that_its_folder_names(blogs: Category) -> None:
    load()
    assert standing() == {
        ("A & B", "https://a.example/", "Engineering blogs", "https://a.example/feed"),
        ("A & B", "https://a.example/", "Engineering blogs", "https://a.example/comments"),
        ("Second name", None, "Imported", "https://b.example/atom.xml"),
        ("c.example", None, "Imported", "http://c.example/rss"),
    }
    assert set(Source.objects.values_list("kind", "status")) == {("blog", "live")}
    assert Source.objects.get(name="A & B").slug == "a-b"
    assert Category.objects.get(slug="imported").position == 5


def test_the_same_list_again_changes_nothing(blogs: Category) -> None:
    load()
    before, history = standing(), Source.history.count() + Feed.history.count() + Category.history.count()
    report = load()
    assert (report.feeds, report.sources, report.kept) == (0, [], 4)
    assert standing() == before
    assert Source.history.count() + Feed.history.count() + Category.history.count() == history


def test_history_tells_that_a_list_was_imported(blogs: Category) -> None:
    load()
    for model in (Source, Feed):
        assert model.history.count() == model.objects.count()
        assert set(model.history.values_list("history_type", "history_change_reason")) == {("+", CHANGE_REASON)}
    then = Source.objects.get(name="A & B").history.get()
    assert [link.category for link in then.categories.all()] == [blogs]
    assert Category.objects.get(slug="imported").history.get().history_change_reason == CHANGE_REASON


def test_a_feed_that_is_here_stays_however_its_address_is_written(blogs: Category) -> None:
    mine = Source.objects.create(slug="mine", name="Mine", kind="newsletter", status="draft")
    Feed.objects.create(source=mine, url="http://www.a.example/feed/")
    report = load()
    assert (report.feeds, report.kept) == (3, 1)
    assert list(mine.feeds.values_list("url", flat=True)) == ["http://www.a.example/feed/"]


def test_a_feed_of_a_site_that_is_here_goes_to_its_source_as_a_curator_left_it(blogs: Category) -> None:
    mine = Source.objects.create(slug="mine", name="Mine", kind="podcast", url="http://a.example")
    retired = Source.objects.create(slug="old", name="Old", kind="blog", url="https://a.example/", status="retired")
    report = load()
    assert report.joined == 2
    assert mine.feeds.count() == 2
    assert not mine.categories.exists()
    assert not retired.feeds.exists()
    assert Source.objects.get(slug="mine").name == "Mine"


def test_a_feed_in_two_folders_stands_in_both_categories(blogs: Category) -> None:
    papers = Category.objects.create(slug="papers", name="Papers")
    outlines = [Outline("A", "https://a.example/feed", None, (folder,)) for folder in ("Papers", "Engineering blogs")]
    import_outlines(outlines)
    assert set(Source.objects.get().categories.all()) == {blogs, papers}


def test_of_nested_folders_the_innermost_that_is_known_counts(blogs: Category) -> None:
    papers = Category.objects.create(slug="papers", name="Papers")
    import_outlines([Outline("A", "https://a.example/feed", None, ("Engineering blogs", "PAPERS", "else"))])
    assert Source.objects.get().categories.get() == papers


def test_sources_of_one_name_have_slugs_of_their_own(blogs: Category) -> None:
    import_outlines([Outline("Ünï 日本", f"https://{host}.example/f", None) for host in "abc"])
    import_outlines([Outline("日本", "https://d.example/f", None)])
    assert set(Source.objects.values_list("slug", flat=True)) == {"uni", "uni-2", "uni-3", "source"}


def test_the_category_for_what_is_imported_is_found_again_under_another_name(blogs: Category) -> None:
    renamed = Category.objects.create(slug="imported", name="To sort")
    load()
    assert Source.objects.get(name="Second name").categories.get() == renamed
    assert not Category.objects.filter(name="Imported").exists()


# --------------------------------------------------------------- what is refused
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Line 1: this is no XML"),
        ("<opml><body>\n<outline", "Line 2: this is no XML"),
        ("<rss/>", "begins with <rss>, not with <opml>"),
        ("<opml><body><outline text='a'/></body></opml>", "no <outline> in it has an xmlUrl"),
        ('<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', "take the <!DOCTYPE …> out"),
        ('<!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml/>', "take the <!DOCTYPE …> out"),
        ("<?xml version='1.0' encoding='nonsense'?><opml/>", "no XML (unknown encoding: nonsense)"),
        ("<opml>" + "<outline text='x'>" * (MAX_DEPTH + 1), f"more than {MAX_DEPTH} deep"),
        ("<opml>&lol;</opml>", "Line 1: this is no XML"),
        (" " * (MAX_BYTES + 1), "larger than 5 MB"),
        ("<opml>" + "<outline xmlUrl='https://a.example/'/>" * (MAX_FEEDS + 1), f"more than {MAX_FEEDS} feeds"),
        ("<opml>" + "<outline xmlUrl='x'/>" * (MAX_FEEDS + 1), f"more than {MAX_FEEDS} feeds"),
    ],
)
def test_a_file_that_is_no_list_says_what_to_do(text: str, said: str) -> None:
    with pytest.raises(OpmlError) as refusal:
        read_opml(text.encode())
    assert said in str(refusal.value)


def test_names_are_one_line_of_what_can_be_seen() -> None:
    names = ["\u202eevil\u202c", "\u200b", "word " * 100]
    outlines = "".join(f"<outline text='{name}' xmlUrl='https://a.example/'/>" for name in names)
    first, second, third = (outline.name for outline in read_opml(f"<opml>{outlines}</opml>".encode()))
    assert (first, second) == ("evil", "a.example")
    assert len(third) <= 200
    assert third.endswith("word…")


def test_every_wrong_address_is_told_with_its_line_and_nothing_is_imported(
    blogs: Category, listed: Callable[[str], Path]
) -> None:
    text = LIST.replace("https://a.example/feed", "feed://a.example/feed").replace("http://c.", "javascript:c.")
    with pytest.raises(CommandError) as refusal:
        run("importopml", listed(text))
    said = str(refusal.value).splitlines()
    assert said[0] == "Nothing was imported; 2 to mend:"
    assert said[1].startswith(
        "Line 8: xmlUrl holds 'feed://a.example/feed'; write an address that starts with https://"
    )
    assert said[2].startswith("Line 15: xmlUrl holds 'javascript:c.example/rss'")
    assert not Source.objects.exists()


def test_an_address_too_long_for_its_column_is_refused(blogs: Category) -> None:
    with pytest.raises(OpmlError, match="Line 1: xmlUrl is refused"):
        read_opml(f"<opml><outline text='a' xmlUrl='https://a.example/{'x' * 500}'/></opml>".encode())


def test_a_file_that_is_not_there_is_named(blogs: Category, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file or directory"):
        run("importopml", tmp_path / "nowhere.opml")


# ------------------------------------------------------------------ as commands
def test_the_import_tells_what_it_did(blogs: Category, listed: Callable[[str], Path]) -> None:
    assert run("importopml", listed(LIST)).splitlines() == [
        "4 feeds and 3 sources added.",
        "The category “Imported” is new; in it is what was in no folder that is called as a category.",
    ]
    assert run("importopml", listed(LIST)).splitlines() == [
        "Nothing was new.",
        "4 feeds of the list were here already.",
    ]


def test_a_dry_run_tells_and_changes_nothing(blogs: Category, listed: Callable[[str], Path]) -> None:
    said = run("importopml", listed(LIST), "--dry-run").splitlines()
    assert said[:2] == ["Only tried, nothing was changed.", "4 feeds and 3 sources added."]
    assert "  A & B in Engineering blogs" in said
    assert not Source.objects.exists()
    assert not Category.objects.filter(slug="imported").exists()


# -------------------------------------------------------------------------- out
def test_live_sources_go_out_in_folders_by_their_first_category(blogs: Category, tmp_path: Path) -> None:
    load()
    Source.objects.filter(name="Second name").update(status="retired")
    Source.objects.get(name="c.example").categories.clear()
    file = tmp_path / "out.opml"
    assert run("exportopml", file) == ""
    assert read_opml(file.read_bytes()) == [
        Outline("A & B", "https://a.example/feed", "https://a.example/", ("Engineering blogs",)),
        Outline("A & B", "https://a.example/comments", "https://a.example/", ("Engineering blogs",)),
        Outline("c.example", "http://c.example/rss", None),
    ]
    assert run("exportopml").startswith('<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n')
    with pytest.raises(CommandError, match="cannot be written"):
        run("exportopml", tmp_path / "nowhere" / "out.opml")


def test_what_went_out_comes_back_into_an_empty_instance(blogs: Category) -> None:
    load()
    before = standing()
    text = write_opml(title="Ours", now=NOW)
    Feed.objects.all().delete()
    Source.objects.all().delete()
    Category.objects.get(slug="imported").delete()
    load(text)
    assert standing() == before


_names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Cn", "Zl", "Zp", "Zs"]), min_size=1, max_size=30)


@pytest.mark.django_db
@settings(max_examples=examples(15))
@given(names=st.lists(_names, min_size=1, max_size=4), folder=_names)
def test_whatever_names_hold_they_go_out_and_come_back(names: list[str], folder: str) -> None:
    Feed.objects.all().delete()
    Source.objects.all().delete()
    Category.objects.all().delete()
    category = Category.objects.create(slug="folder", name=folder)
    for number, name in enumerate(names):
        source = Source.objects.create(slug=f"s{number}", name=name, kind="blog", url=f"https://e{number}.example/")
        source.categories.add(category)
        Feed.objects.create(source=source, url=f"https://e{number}.example/?a=1&b='\"<>")
    before = standing()
    text = write_opml(title=folder, now=NOW)
    Feed.objects.all().delete()
    Source.objects.all().delete()
    load(text)
    assert standing() == before


@settings(max_examples=examples(200))
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<opml>{text}</opml>".encode("utf-8", "replace"))
)
def test_no_file_does_more_than_be_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(OpmlError):
        assert read_opml(data)
