"""`manage.py loadcatalog` and `exportcatalog`, as they are typed."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readinglist.catalog.models import Entry, Source
from readinglist.curation.models import Shipped
from tests.curation.conftest import Edition
from tests.curation.test_loading import ROWS

pytestmark = pytest.mark.django_db


def run(*arguments: object) -> str:
    output = StringIO()
    call_command(*map(str, arguments), stdout=output)
    return output.getvalue()


def test_a_load_tells_its_numbers(edition: Edition) -> None:
    said = run("loadcatalog", edition.folder)
    assert said.splitlines()[:2] == [
        f"Starting catalogue: {ROWS} added, 0 updated, 0 kept, 0 in conflict.",
        "  category: 3 added",
    ]
    assert run("loadcatalog", edition.folder) == "Starting catalogue: nothing changed.\n"


def test_json_is_alone_on_standard_output(edition: Edition) -> None:
    run("loadcatalog", edition.folder)
    Entry.objects.filter(slug="opticks").update(minutes=1)
    edition.rewrite("minutes = 600", "minutes = 500")
    assert json.loads(run("loadcatalog", edition.folder, "--json")) == {
        "added": 0,
        "updated": 0,
        "kept": 1,
        "unchanged": ROWS - 1,
        "conflicts": [{"shape": "entry", "key": "opticks", "field": "minutes", "curator": 1, "files": 500}],
    }


def test_a_dry_run_says_so(edition: Edition) -> None:
    assert run("loadcatalog", edition.folder, "--dry-run").startswith("Only tried, nothing was changed.\n")
    assert not Shipped.objects.exists()


def test_what_is_wrong_is_told_and_nothing_is_loaded(edition: Edition, tmp_path: Path) -> None:
    edition.rewrite("minutes = 600", "minutes = 0")
    with pytest.raises(CommandError, match=r"(?s)Nothing was loaded; 1 to mend:\n10-works.toml, entry 1 \(opticks\)"):
        run("loadcatalog", edition.folder)
    with pytest.raises(CommandError, match="No such file or directory; name a folder"):
        run("loadcatalog", tmp_path / "nowhere")
    assert not Entry.objects.exists()


def test_into_an_empty_instance_only(edition: Edition) -> None:
    run("loadcatalog", edition.folder, "--if-empty")
    assert Entry.objects.count() == 6
    edition.rewrite("minutes = 600", "minutes = 500")
    with CaptureQueriesContext(connection) as queries:
        assert run("loadcatalog", edition.folder, "--if-empty") == ""
    assert len(queries) == 1
    assert Entry.objects.get(slug="opticks").minutes == 600


@pytest.mark.parametrize("model", [Entry, Source])
def test_an_instance_in_which_something_was_entered_is_not_empty(model: type, edition: Edition) -> None:
    if model is Entry:
        Entry.objects.create(slug="mine", title="Mine", kind="book")
    else:
        Source.objects.create(slug="mine", name="Mine", kind="blog")
    assert run("loadcatalog", edition.folder, "--if-empty") == ""
    assert not Shipped.objects.exists()


def test_the_export_goes_to_standard_output_or_into_a_file(edition: Edition, tmp_path: Path) -> None:
    run("loadcatalog", edition.folder)
    printed = run("exportcatalog")
    assert json.loads(printed.splitlines()[0])["id"] == "almagest"
    assert "Philosophiæ" in printed
    file = tmp_path / "out.jsonl"
    assert run("exportcatalog", "--output", file) == ""
    assert file.read_text() == printed
    with pytest.raises(CommandError, match="cannot be written"):
        run("exportcatalog", "--output", tmp_path / "nowhere" / "out.jsonl")
