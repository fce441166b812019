"""Reading a folder of TOML: whole and right, or every problem together with its file, its row and what to do."""

import os
from pathlib import Path

import pytest

from readinglist.curation import catalogue_files
from readinglist.curation.catalogue_files import CatalogueError, read_catalogue
from tests.curation.conftest import FOLDER, Edition


def problems(folder: Path) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(folder)
    assert str(caught.value) == "\n".join(caught.value.problems)
    return caught.value.problems


def test_every_row_has_a_value_for_every_field() -> None:
    catalogue = read_catalogue(FOLDER)
    letters = next(row for row in catalogue.rows["source"] if row.key == "letters")
    assert letters.fields == {
        "name": "Letters",
        "kind": "newsletter",
        "url": None,
        "rhythm": "weekly",
        "status": "live",
        "origin": "",
        "access": "free",
        "caution": "",
        "description": "",
        "pick_when": "",
        "parent": None,
        "categories": [],
        "feeds": [],
    }
    assert [row.key for row in catalogue.rows["step"]] == ["classics/heavens", "classics/lenses", "classics/motion"]
    assert [row.fields["position"] for row in catalogue.rows["category"]] == [1, 2, 3]
    assert catalogue.rows["list"][0].fields["steps"] == ["heavens", "lenses", "motion"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("minutes = 600", "minutes = 0", ["minutes has to be at least 1"]),
        ("minutes = 600", 'minutes = "600"', ["minutes has to be a whole number, without quotes"]),
        ("minutes = 600", "minutes = true", ["minutes has to be a whole number, without quotes"]),
        ("minutes = 600", f"minutes = {10**30}", ["minutes is refused"]),
        ("minutes = 600", "pages = 600", ["the key 'pages' is unknown; take it out or write one of slug, title"]),
        ("year = 1704", "year = 1704-01-01", ["year has to be a whole number"]),
        ('title = "Opticks"\nshort', "short", ["title is missing; add it"]),
        ('title = "Opticks"\nshort', 'title = " "\nshort', ["title is refused: This field cannot be blank"]),
        ('title = "Opticks"\nshort', "title = 5\nshort", ["title has to be text in quotes"]),
        ('short_title = "Opticks"', f'short_title = "{"x" * 19}"', ["short_title is refused", "at most 18"]),
        ('title = "Opticks"\nshort', 'title = "a\\u0000b"\nshort', ["title holds control characters; take them out"]),
        ('rhythm = "monthly"', 'rhythm = "hourly"', ["rhythm is refused", "Write one of daily, weekly"]),
        ('kind = "venue"', "", ["kind is missing; add it"]),
        ('authors = ["Robert Hooke"]', 'authors = "Robert Hooke"', ["authors has to be a list in brackets"]),
        ('authors = ["Robert Hooke"]', 'authors = ["Robert Hooke", 1]', ["authors has to be text in quotes"]),
        ('authors = ["Robert Hooke"]', 'authors = [""]', ["authors holds an empty text"]),
        ('categories = ["lenses"]', 'categories = ["lenses", "lenses"]', ["categories names lenses twice; leave one"]),
        (
            'categories = ["lenses"]',
            'categories = ["glass"]',
            ["categories names 'glass', and there is no such category"],
        ),
        ('source = "transactions"', 'source = "the-times"', ["source names 'the-times', and there is no such source"]),
        ('"arxiv:1687.01234"', '"https://arxiv.org/abs/1687.01234"', ["write 'arxiv:1687.01234'"]),
        ('"arxiv:1687.01234"', '"something"', ["identifiers holds no identifier: “something” is no arXiv id"]),
        (
            '"arxiv:1687.01234"',
            '"doi:10.5555/opticks"',
            ["doi:10.5555/opticks is also in 10-works.toml, entry 1 (opticks)"],
        ),
        ('url = "https://example.org/almagest"', 'url = "javascript:alert(1)"', ["starts with https:// or http://"]),
        ('url = "https://example.org/almagest"', 'url = "https://"', ["url is refused"]),
        ('kind = "pdf"', 'kind = "smell"', ["links has a link of the kind 'smell'; write one of pdf"]),
        ('kind = "pdf", ', "", ["links has a link that is not made of kind and url"]),
        ('parent = "light"', 'parent = "lenses"', ["category 2 (lenses): parent leads back to the row itself"]),
        ('name = "Light"', 'name = "Light"\nparent = "lenses"', ["parent leads back to the row itself"]),
        ('part_of = "micrographia"', 'part_of = "micrographia-flea"', ["part_of leads back to the row itself"]),
        ("year = 1704", 'superseded_by = "lost-book"', ["not live; make it live", "opticks is superseded; put its"]),
        ('entries = ["principia"]', "", ["step 3 (motion): entries is missing"]),
        ('entries = ["principia"]', "entries = []", ["step 3 (motion): entries is empty"]),
        (
            'url = "https://example.org/almagest"',
            "",
            ["step 1 (heavens): almagest has no address and cannot be required; give it a url or make it a companion"],
        ),
        ('url = "https://example.org/almagest"', 'url = " "', ["step 1 (heavens): almagest has no address"]),
        (
            'entries = ["principia"]',
            'entries = ["opticks"]',
            ["opticks is also in 30-lists.toml, list 1 (classics), step 2"],
        ),
        ('slug = "motion"', 'slug = "lenses"', ["classics/lenses is also in 30-lists.toml"]),
        ('slug = "almagest"', 'slug = "opticks"', ["entry 5 (opticks): opticks is also in 10-works.toml, entry 1"]),
        ('slug = "almagest"', 'slug = "Al Magest"', ["slug is refused"]),
        ('slug = "almagest"', "slug = 5", ["slug has to be text in quotes"]),
        ('slug = "lost-book"', "", ["entry 6 (without slug): slug is missing; add it"]),
        ('streams = ["blogs"]', 'streams = ["rumours"]', ["streams names rumours; choose from venues, papers"]),
        ("weekday = 0", "weekday = 7", ["weekday is refused", "Write one of 0, 1"]),
        ("weekday = 0", "", ["weekday is missing; add it"]),
        ("[[duty]]", "[duty]", ["40-practice.toml has duty as something else than a table; write [[duty]]"]),
        ("[[duty]]", "[[chore]]", ["40-practice.toml has the unknown table 'chore'; write one of category"]),
    ],
)
def test_what_is_wrong_is_named_with_what_to_do(edition: Edition, old: str, new: str, says: list[str]) -> None:
    found = problems(edition.rewrite(old, new).folder)
    for words in says:
        assert any(words in problem for problem in found), found


def test_all_problems_come_together_and_a_bad_row_is_told_once(edition: Edition) -> None:
    edition.rewrite("minutes = 600", "minutes = 0").rewrite('kind = "venue"', 'kind = "rumour"')
    edition.append("[[entry]\n", to="99-broken.toml")
    found = problems(edition.folder)
    assert len(found) == 3
    assert found[0].startswith("10-works.toml, entry 1 (opticks): minutes ")
    assert found[1].startswith("20-sources.toml, source 2 (transactions): kind ")
    assert found[2].startswith("99-broken.toml is no TOML: ")
    assert "line 2" in found[2]


def test_categories_stand_at_most_three_deep(edition: Edition) -> None:
    for slug, parent in (("glasses", "lenses"), ("monocles", "glasses")):
        edition.append(f'[[category]]\nslug = "{slug}"\nname = "{slug}"\nparent = "{parent}"')
    assert problems(edition.folder) == [
        "50-more.toml, category 2 (monocles): stands 4 deep of 3; choose a parent further up"
    ]


def test_a_successor_is_not_superseded_itself(edition: Edition) -> None:
    edition.rewrite('url = "https://example.org/almagest"', 'superseded_by = "micrographia-flea"')
    edition.rewrite('part_of = "micrographia"', 'superseded_by = "principia"')
    assert any("names an entry that is superseded itself; name the newest" in said for said in problems(edition.folder))


def test_a_companion_needs_no_address(edition: Edition) -> None:
    read_catalogue(edition.rewrite('url = "https://example.org/micrographia/flea"\n', "").folder)


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    assert "No such file or directory; name a folder" in problems(tmp_path / "nowhere")[0]
    assert "holds no TOML files" in problems(tmp_path)[0]
    (tmp_path / "a.toml").write_text("")
    assert "Not a directory; name a folder" in problems(tmp_path / "a.toml")[0]


def test_files_that_are_none_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_files, "MAX_BYTES", 20_000)
    (tmp_path / "a.toml").mkdir()
    os.mkfifo(tmp_path / "b.toml")
    (tmp_path / "c.toml").write_bytes(b'name = "\xff"')
    (tmp_path / "d.toml").write_text("a = " + "[" * 9_000)
    (tmp_path / "e.toml").write_text("#" * 20_001)
    (tmp_path / "f.toml").symlink_to(tmp_path / "nowhere")
    found = problems(tmp_path)
    assert [said.split(" ", 1)[0] for said in found] == [f"{name}.toml" for name in "abcdef"]
    assert "is not written in UTF-8; save it so" in found[2]
    assert "nested too deeply" in found[3]
