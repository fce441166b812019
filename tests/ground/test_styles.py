"""The style sheets hold no rule that no page needs, none twice, and only colours that can be read."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from readinglist.curation.samples.ground import COLOURS

ROOT = Path(settings.BASE_DIR)
SHEETS = sorted(path for path in (ROOT / "static/css").glob("*.css") if path.name != "admin.css")
LAYERS = ["reset", "tokens", "base", "layout", "components", "pages", "utilities"]
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
CLASS = re.compile(r"\.(-?[a-zA-Z_][\w-]*)")
WORD = re.compile(r"[\w#-]+")
FIGURE = re.compile(r"(?<=[\w-])\{\{.*?\}\}")  # in a class that ends on a number
NUMBER = re.compile(r"\d+$")
IN_TEMPLATES = re.compile(r'\bclass="((?:\{%.*?%\}|\{\{.*?\}\}|[^"{]|\{(?![%{]))*)"', re.DOTALL)
IN_BLOCKS = re.compile(r"\{% block \w+_class %\}(.*?)\{% endblock")
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
IN_INCLUDES = re.compile(r'\{% include [^%]*\bsize="([\w-]*)"')
IN_PYTHON = re.compile(r"""\bclass["']?\s*[:=]\s*[\\]?["']([^"']*)""")
IN_SCRIPTS = re.compile(r"""["'`]([^"'`\n]*)["'`]""")
MADE_BY_PYTHON = {  # by shelves.py and feeds/embeds.py
    *(f"h{height}" for height in range(1, 9)),
    *("is-read", "is-reading", "is-skipped", "is-next", "is-quiet", "multi", "shelf--s", "shelf--xs", "image"),
}


def rules(text: str, around: str = "") -> Iterator[tuple[str, str, str]]:
    """Each rule of a sheet: what stands around it, its selector, its declarations."""
    text = COMMENT.sub("", text)
    at = 0
    while (brace := text.find("{", at)) != -1:
        head = text[at:brace].rsplit(";", 1)[-1].strip()
        depth, end = 1, brace + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        inner = text[brace + 1 : end - 1]
        if head.startswith("@"):
            yield from rules(inner, f"{around} {head}".strip())
        else:
            yield around, re.sub(r"\s+", " ", head), inner.strip()
        at = end


def classes_of_pages() -> set[str]:
    """What stands in an attribute `class` of a template or of what Python writes, and all that scripts name."""
    found = {*MADE_BY_PYTHON, *(swatch for swatch, _, _ in COLOURS)}
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        for wanted in (IN_TEMPLATES, IN_BLOCKS, IN_INCLUDES):
            for part in wanted.findall(text):
                found.update(WORD.findall(TAG.sub(" ", FIGURE.sub("#", part))))
    for room in ("accounts", "feeds", "readinglist"):
        for path in (ROOT / room).rglob("*.py"):
            for part in IN_PYTHON.findall(path.read_text()):
                found.update(WORD.findall(part))
    for path in (ROOT / "static/js").glob("*.js"):
        for part in IN_SCRIPTS.findall(path.read_text()):
            found.update([part] if WORD.fullmatch(part) else CLASS.findall(part))
    return found


@pytest.fixture(scope="module")
def classes() -> set[str]:
    return classes_of_pages()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.stem)
def test_every_class_of_a_sheet_stands_on_some_page(sheet: Path, classes: set[str]) -> None:
    named = {name for _, selector, _ in rules(sheet.read_text()) for name in CLASS.findall(selector)}
    assert sorted(name for name in named - classes if NUMBER.sub("#", name) not in classes) == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.stem)
def test_no_selector_is_written_twice_in_one_place(sheet: Path) -> None:
    written_ones = Counter((around, selector) for around, selector, _ in rules(sheet.read_text()))
    assert [where for where, count in written_ones.items() if count > 1] == []


def test_every_rule_lies_in_a_layer() -> None:
    for sheet in SHEETS:
        for around, selector, _ in rules(sheet.read_text()):
            assert re.match(rf"@layer ({'|'.join(LAYERS)})\b", around), f"{sheet.name}: {selector}"


def test_every_token_is_used_and_every_used_one_is_defined() -> None:
    texts = {path.name: path.read_text() for path in (ROOT / "static/css").glob("*.css")}
    defined = set(re.findall(r"(?<![\w(-])(--[\w-]+)\s*:", texts["tokens.css"]))
    everywhere = set(re.findall(r"(?<![\w(-])(--[\w-]+)\s*:", "\n".join(texts.values())))
    used = set(re.findall(r"var\((--[\w-]+)", "\n".join(texts.values())))
    assert defined - used == set()
    assert used - everywhere == set()
