"""The export of the starting catalogue against an inventory of what it must hold.

A few things stand in inventory.json beside this file and are always looked at; `READINGLIST_TESTDATA` may name a folder
with a longer one.
"""

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

INVENTORIES = [Path(__file__).parent / "inventory.json"]
if os.environ.get("READINGLIST_TESTDATA"):
    INVENTORIES.append(Path(os.environ["READINGLIST_TESTDATA"]) / "inventory.json")


@pytest.fixture
def exported(db: None) -> dict[str, list[dict[str, Any]]]:
    """The exported lines by id; what is both entry and source has a line each."""
    call_command("loadcatalog", stdout=StringIO())
    output = StringIO()
    call_command("exportcatalog", stdout=output)
    lines: dict[str, list[dict[str, Any]]] = {}
    for line in output.getvalue().splitlines():
        row = json.loads(line)
        lines.setdefault(row["id"], []).append(row)
    return lines


@pytest.mark.parametrize("path", INVENTORIES, ids=lambda path: path.parent.name)
def test_everything_in_the_inventory_is_exported_with_its_facts(
    exported: dict[str, list[dict[str, Any]]], path: Path
) -> None:
    wrong = []
    for thing in json.loads(path.read_text()):
        lines = exported.get(thing["id"], [])
        if not lines:
            wrong.append(f"{thing['id']} is missing")
        if thing["arxiv"] and thing["arxiv"] not in {line["arxiv"] for line in lines}:
            wrong.append(f"{thing['id']} lacks arXiv {thing['arxiv']}")
        if thing["feed_url"] and not any(thing["feed_url"] in line["feeds"] for line in lines):
            wrong.append(f"{thing['id']} lacks the feed {thing['feed_url']}")
        if thing["kind"] == "contribution" and {line["type"] for line in lines} != {"contribution"}:
            wrong.append(f"{thing['id']} is no contribution")
    assert wrong == []


@pytest.mark.parametrize("path", INVENTORIES, ids=lambda path: path.parent.name)
def test_the_canon_holds_what_has_a_rank(exported: dict[str, list[dict[str, Any]]], path: Path) -> None:
    drafts = {"bloom-book-chapters"}  # names nothing that can be found
    ranked = {thing["id"] for thing in json.loads(path.read_text()) if thing["canon_rank"]} - drafts
    assert all("canon" in line["lists"] for name in ranked for line in exported[name])
