"""A work is cited in four styles; what a title or a name holds never ends the field it stands in."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readinglist.catalog import citations
from readinglist.catalog.models import Entry
from readinglist.catalog.names import one_line
from tests.fixtures.works import make_entry

ATTENTION: dict[str, Any] = {
    "title": "Attention Is All You Need",
    "authors": ["Ashish Vaswani", "Noam Shazeer", "Laurens van der Maaten"],
    "year": 2017,
    "venue": "NeurIPS 2017",
    "url": "https://arxiv.org/abs/1706.03762",
}


def work(*identifiers: str, **fields: Any) -> citations.Work:
    entry = Entry(**{"pk": 1, "slug": "a-work", "kind": "paper", "title": "A Work"} | fields)
    return citations.work_of(entry, identifiers, key=citations.base_key(entry))


# ------------------------------------------------------------ reading it back


def parse_bibtex(text: str) -> tuple[str, str, dict[str, str]]:
    """Type, key and fields of one record, as strictly as BibTeX reads it: braces are counted, escaped or not."""
    head = re.match(r"@([a-z]+)\{([a-z0-9]+),\n", text)
    assert head, text
    place, fields = head.end(), {}
    while text[place] != "}":
        name = re.compile(r"  ([A-Za-z]+) = \{").match(text, place)
        assert name, text[place:]
        place = start = name.end()
        depth = 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[place], 0)
            place += 1
        assert name[1] not in fields
        fields[name[1]] = text[start : place - 1]
        assert re.compile(r",\n|\n(?=\})").match(text, place), text[place:]
        place += 2 if text[place] == "," else 1
    assert text[place:] == "}\n"
    return head[1], head[2], fields


def from_tex(value: str) -> str:
    """What a typesetter shows of a value; fails on a character that is not escaped."""
    words = {"textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}"}
    words |= {"textasciitilde": "~", "textasciicircum": "^"}
    shown = ""
    for token in re.finditer(r"\\(text[a-z]+)\{\}|\\([$&%#_])|([{}])|([^\\{}$&%#_~^])|(.)", value):
        assert token[5] is None, f"{token[5]} is not escaped in {value}"
        shown += words[token[1]] if token[1] else token[2] or token[4] or ""
    return shown


def parse_ris(text: str) -> list[tuple[str, str]]:
    lines = text.split("\r\n")
    assert lines.pop() == ""
    assert lines[-1] == "ER  - "
    assert "".join(text.splitlines(keepends=True)) == text
    assert len(text.splitlines()) == len(lines)
    found = [re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line) for line in lines]
    assert all(found), text
    return [(match[1], match[2]) for match in found if match]


# -------------------------------------------------------------------- styles


def test_a_paper_of_a_conference_in_bibtex() -> None:
    kind, key, fields = parse_bibtex(citations.bibtex(work("arxiv:1706.03762", **ATTENTION)))
    assert (kind, key) == ("inproceedings", "vaswani2017attention")
    assert fields == {
        "title": "Attention Is All You Need",
        "author": "Vaswani, Ashish and Shazeer, Noam and van der Maaten, Laurens",
        "booktitle": "NeurIPS",
        "year": "2017",
        "eprint": "1706.03762",
        "archivePrefix": "arXiv",
        "url": "https://arxiv.org/abs/1706.03762",
    }


def test_the_same_in_ris() -> None:
    assert parse_ris(citations.ris(work("arxiv:1706.03762", "doi:10.1/x", **ATTENTION))) == [
        ("TY", "CPAPER"),
        ("ID", "vaswani2017attention"),
        ("TI", "Attention Is All You Need"),
        ("AU", "Vaswani, Ashish"),
        ("AU", "Shazeer, Noam"),
        ("AU", "van der Maaten, Laurens"),
        ("PY", "2017"),
        ("T2", "NeurIPS"),
        ("DO", "10.1/x"),
        ("AN", "arXiv:1706.03762"),
        ("UR", "https://arxiv.org/abs/1706.03762"),
        ("ER", ""),
    ]


def test_the_same_in_csl_json() -> None:
    assert json.loads(citations.csl_json(work("arxiv:1706.03762", **ATTENTION))) == [
        {
            "id": "vaswani2017attention",
            "type": "paper-conference",
            "title": "Attention Is All You Need",
            "author": [
                {"family": "Vaswani", "given": "Ashish"},
                {"family": "Shazeer", "given": "Noam"},
                {"family": "Maaten", "given": "Laurens", "non-dropping-particle": "van der"},
            ],
            "issued": {"date-parts": [[2017]]},
            "container-title": "NeurIPS",
            "archive": "arXiv",
            "number": "arXiv:1706.03762",
            "URL": "https://arxiv.org/abs/1706.03762",
        }
    ]


def test_the_same_in_plain_text() -> None:
    assert citations.plain(work("arxiv:1706.03762", **ATTENTION)) == (
        "Ashish Vaswani, Noam Shazeer, Laurens van der Maaten (2017). Attention Is All You Need. NeurIPS. "
        "arXiv:1706.03762. https://arxiv.org/abs/1706.03762\n"
    )


KINDS = [
    ({"kind": "paper", "venue": "JMLR 2023"}, (), ("article", "JOUR", "article-journal")),
    ({"kind": "paper", "venue": "arXiv"}, ("arxiv:2401.00001",), ("misc", "UNPB", "article")),
    ({"kind": "paper"}, (), ("misc", "GEN", "document")),
    ({"kind": "survey", "venue": "Transactions of Things"}, (), ("article", "JOUR", "article-journal")),
    ({"kind": "report", "venue": "xAI"}, (), ("techreport", "RPRT", "report")),
    ({"kind": "book", "venue": "MIT Press"}, ("isbn:9780262035613",), ("book", "BOOK", "book")),
    ({"kind": "course", "venue": "Stanford"}, (), ("misc", "ELEC", "webpage")),
    ({"kind": "tutorial"}, (), ("misc", "ELEC", "webpage")),
    ({"kind": "article", "venue": "PyTorch blog"}, (), ("misc", "BLOG", "post-weblog")),
    ({"kind": "logbook"}, (), ("misc", "ELEC", "webpage")),
    ({"kind": "framework"}, (), ("misc", "COMP", "software")),
    ({"kind": "tool"}, (), ("misc", "COMP", "software")),
]


@pytest.mark.parametrize(("fields", "identifiers", "types"), KINDS)
def test_the_type_follows_what_the_work_is(
    fields: dict[str, Any], identifiers: tuple[str, ...], types: tuple[str, str, str]
) -> None:
    cited = work(*identifiers, **fields)
    kind, _key, _fields = parse_bibtex(citations.bibtex(cited))
    assert (kind, parse_ris(citations.ris(cited))[0][1], json.loads(citations.csl_json(cited))[0]["type"]) == types


def test_a_book_names_its_publisher_and_isbn() -> None:
    _kind, _key, fields = parse_bibtex(citations.bibtex(work("isbn:9780262035613", kind="book", venue="MIT Press")))
    assert (fields["publisher"], fields["isbn"]) == ("MIT Press", "9780262035613")


def test_what_is_published_later_than_posted_has_the_year_of_the_venue() -> None:
    cited = work(title="ZeRO: Memory", authors=["Samyam Rajbhandari"], year=2019, venue="SC 2020")
    _kind, key, fields = parse_bibtex(citations.bibtex(cited))
    assert key == "rajbhandari2020zero"
    assert (fields["booktitle"], fields["year"], fields["title"]) == ("SC", "2020", "{ZeRO}: Memory")


@pytest.mark.parametrize(
    ("written", "venue"),
    [("Nature 2021, vol. 3", "Nature, vol. 3"), ("2021 Workshop", "Workshop"), ("SC 2020 Tutorials", "SC Tutorials")],
)
def test_a_venue_reads_on_without_its_year(written: str, venue: str) -> None:
    assert work(venue=written).venue == venue


def test_groups_stand_in_braces_and_et_al_is_others() -> None:
    cited = work(authors=["DeepSeek-AI", "Rock and Roll", "Tri Dao", "et al."], title="On GPT-4")
    _kind, key, fields = parse_bibtex(citations.bibtex(cited))
    assert fields["author"] == "{DeepSeek-AI} and {Rock and Roll} and Dao, Tri and others"
    assert key == "deepseekaindgpt"
    assert citations.plain(cited).startswith("DeepSeek-AI, Rock and Roll, Tri Dao, et al.")
    assert json.loads(citations.csl_json(cited))[0]["author"][-1] == {"literal": "et al."}


def test_a_work_of_which_little_is_known_is_cited_all_the_same() -> None:
    bare = work(title="中文", authors=[], slug="2-x")
    assert parse_bibtex(citations.bibtex(bare)) == ("misc", "anonndwork", {"title": "中文"})
    assert citations.plain(bare) == "中文.\n"


# ---------------------------------------------------------------------- keys


def test_keys_are_unique_and_the_earlier_work_keeps_the_plain_one(db: None) -> None:
    same: dict[str, Any] = {"title": "Attention, again", "authors": ["Anna Vaswani"], "year": 2017}
    first, second, third = (make_entry(slug=f"attention-{number}", **same) for number in range(3))
    other = make_entry("Attention of another year", authors=["Anna Vaswani"], year=2018)
    posted_earlier = make_entry("Attention", slug="x", authors=["Bo Vaswani"], year=2016, venue="NeurIPS 2017")
    keys = {
        entry.pk: citations.keys_of(citations.namesakes(entry))[entry.pk]
        for entry in (posted_earlier, third, other, second, first)
    }
    assert [keys[entry.pk] for entry in (first, second, third, posted_earlier, other)] == [
        "vaswani2017attention",
        "vaswani2017attentionb",
        "vaswani2017attentionc",
        "vaswani2017attentiond",
        "vaswani2018attention",
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from(["Ann Li", "Bo Li", "Al Lib"]), st.sampled_from([None, 2017]), st.sampled_from("ab")),
        max_size=25,
    )
)
def test_no_two_works_have_one_key(rows: list[tuple[str, int | None, str]]) -> None:
    entries = [
        Entry(pk=pk, slug="s", title=word * 2, authors=[author], year=year)
        for pk, (author, year, word) in enumerate(rows, start=1)
    ]
    keys = citations.keys_of(entries)
    assert len(set(keys.values())) == len(entries)
    for entry in entries:  # whoever comes later changes nothing
        assert citations.keys_of(entries[: entry.pk])[entry.pk] == keys[entry.pk]


# ------------------------------------------------------------------- hostile

HOSTILE = st.one_of(
    st.text(max_size=60),
    st.text(alphabet='\\{}%$&#_~^"@=,\n\r\t\x00\x0b\x1c\x85\u2028 aA1', max_size=40),
    st.sampled_from(["}\n}\n@book{evil, title = {x}", "x\r\nER  - \r\nTY  - BOOK", "\\", "{", "}", "a} and {b"]),
)


@given(title=HOSTILE, author=HOSTILE, venue=HOSTILE, url=HOSTILE, doi=HOSTILE, kind=st.sampled_from(["paper", "book"]))
def test_no_text_ends_its_field(title: str, author: str, venue: str, url: str, doi: str, kind: str) -> None:
    cited = work(f"doi:{doi}", title=title, authors=[author, "Tri Dao"], venue=venue, url=url, kind=kind)
    _kind, _key, fields = parse_bibtex(citations.bibtex(cited))
    allowed = {"title", "author", "journal", "booktitle", "publisher", "howpublished", "year", "doi", "url"}
    assert set(fields) <= allowed
    assert from_tex(fields.get("title", "")) == one_line(title)
    assert from_tex(fields["author"]).endswith("Dao, Tri")
    tags = [tag for tag, _value in parse_ris(citations.ris(cited))]
    assert tags.count("TY") == tags.count("ER") == 1
    assert set(tags) <= {"TY", "ID", "TI", "AU", "PY", "T2", "JO", "PB", "DO", "UR", "ER"}
    (item,) = json.loads(citations.csl_json(cited))
    assert item["title"] == one_line(title)
    assert len(citations.plain(cited).splitlines()) == 1
