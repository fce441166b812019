"""Names of authors are taken apart as citations want them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readinglist.catalog.names import Name, authors_of, letters, name_of, one_line

NAMES = {
    "Ashish Vaswani": Name("Vaswani", "Ashish"),
    "Daniel Y. Fu": Name("Fu", "Daniel Y."),
    "Laurens van der Maaten": Name("Maaten", "Laurens", "van der"),
    "Diego de Las Casas": Name("Las Casas", "Diego", "de"),
    "Harm de Vries": Name("Vries", "Harm", "de"),
    "Martin Luther King Jr.": Name("King", "Martin Luther", suffix="Jr."),
    "Guy Steele, Jr.": Name("Steele", "Guy", suffix="Jr."),
    "King, Jr., Martin Luther": Name("King", "Martin Luther", suffix="Jr."),
    "van Rossum, Guido": Name("Rossum", "Guido", "van"),
    "Knuth, Donald E.": Name("Knuth", "Donald E."),
    "Ai Weiwei": Name("Weiwei", "Ai"),
    "DeepSeek-AI": Name("DeepSeek-AI", is_group=True),
    "Meta AI": Name("Meta AI", is_group=True),
    "The Authors": Name("The Authors", is_group=True),
    "Mosaic Research Team": Name("Mosaic Research Team", is_group=True),
    "Gemini Team, Google": Name("Gemini Team, Google", is_group=True),
    "Procter & Gamble": Name("Procter & Gamble", is_group=True),
    "OpenAI": Name("OpenAI", is_group=True),
}


@pytest.mark.parametrize(("written", "name"), NAMES.items())
def test_a_name_is_taken_apart(written: str, name: Name) -> None:
    assert name_of(written) == name


@pytest.mark.parametrize(
    "written",
    [
        ["Tri Dao", "et al."],
        ["Tri Dao et al."],
        ["Tri Dao, et al."],
        ["Tri Dao", "and others"],
        ["Tri Dao and others"],
        ["Tri Dao", "", "  ", "others"],
    ],
)
def test_et_al_is_no_author(written: list[str]) -> None:
    authors = authors_of(written)
    assert authors.names == (Name("Dao", "Tri"),)
    assert authors.has_more


@pytest.mark.parametrize(
    ("text", "plain"),
    [("Müller", "muller"), ("Søren Łuksza", "sorenluksza"), ("Straße", "strasse"), ("李", ""), ("GPT-4", "gpt")],
)
def test_letters_are_plain(text: str, plain: str) -> None:
    assert letters(text) == plain


@given(st.lists(st.text(max_size=40), max_size=5))
def test_any_text_makes_names_of_its_words(written: list[str]) -> None:
    whole = one_line(" ".join(written))
    for name in authors_of(written).names:
        assert name.family
        for part in (name.given, name.particle, name.family, name.suffix):
            assert part == one_line(part)
            assert all(word in whole for word in part.split())
