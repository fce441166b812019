"""Whatever curators did between two editions: the load goes through, keeps what they did, and is final."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, models, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from readinglist.catalog import lists, supersession
from readinglist.catalog.models import (
    Category,
    Entry,
    EntryLink,
    Feed,
    Identifier,
    Post,
    ReadingList,
    Source,
    Step,
    StepEntry,
)
from readinglist.curation.catalogue_files import CatalogueError, read_catalogue
from readinglist.curation.models import Shipped
from readinglist.curation.report import Report
from readinglist.week.models import CadenceRule, ContributionPath, Duty
from tests.curation.conftest import FOLDER, NOW, Edition
from tests.fixtures.effort import examples

pytestmark = pytest.mark.django_db
WRITTEN = (Category, Source, Feed, Entry, Identifier, EntryLink, ReadingList, Step, StepEntry)
PRACTICE = (CadenceRule, Duty, ContributionPath, Shipped)


def entry(slug: str) -> Entry:
    row: Entry = Entry.objects.get(slug=slug)
    return row


def delete_category(slug: str) -> None:
    category = Category.objects.get(slug=slug)
    category.children.update(parent=None)
    category.delete()


def add_namesake(slug: str, key: str) -> None:
    Identifier.objects.create(entry=Entry.objects.create(slug=slug, title="Mine", kind="book"), key=key)


def put_another_in_its_place() -> None:
    entry("opticks").step_entries.all().delete()
    entry("opticks").delete()
    add_namesake("opticks", "doi:10.5555/other")


def give_feed_posts() -> None:
    Post.objects.create(
        feed=Feed.objects.get(source__slug="transactions"), guid_hash="1", key="guid:1", first_seen_at=NOW
    )


def turn_list_round() -> None:
    reading_list = ReadingList.objects.get(slug="classics")
    lists.reorder(reading_list, list(reading_list.steps.order_by("-position").values_list("pk", flat=True)))


def add_step() -> None:
    step = lists.insert_step(ReadingList.objects.get(slug="classics"), "fleas", position=1)
    step.step_entries.create(list=step.list, entry=entry("lost-book"))


CURATOR: dict[str, Callable[[], object]] = {
    "minutes": lambda: Entry.objects.filter(slug="opticks").update(minutes=1),
    "status": lambda: Entry.objects.filter(slug="opticks-2").update(status="retired"),
    "slug": lambda: Category.objects.filter(slug="heavens").update(slug="skies"),
    "source slug": lambda: Source.objects.filter(slug="letters").update(slug="notes"),
    "delete entry": lambda: entry("lost-book").delete(),
    "delete identifiers": lambda: entry("opticks").identifiers.all().delete(),
    "delete source": lambda: Source.objects.get(slug="letters").delete(),
    "delete feed": lambda: Feed.objects.filter(source__slug="transactions").delete(),
    "delete list": lambda: ReadingList.objects.get(slug="classics").delete(),
    "delete duty": lambda: Duty.objects.all().delete(),
    "delete light": lambda: delete_category("light"),
    "delete heavens": lambda: delete_category("heavens"),
    "remove step": lambda: lists.remove_step(Step.objects.get(slug="lenses")),
    "add step": add_step,
    "turn round": turn_list_round,
    "take out a work": lambda: StepEntry.objects.get(entry__slug="micrographia").delete(),
    "no companion": lambda: StepEntry.objects.filter(required=False).update(required=True),
    "categories": lambda: entry("opticks").categories.set(Category.objects.all()),
    "parent": lambda: Category.objects.filter(slug="light").update(parent=Category.objects.get(slug="heavens")),
    "part": lambda: Entry.objects.filter(slug="micrographia").update(part_of=entry("opticks")),
    "supersede": lambda: supersession.supersede(entry("opticks"), entry("principia"), now=NOW),
    "supersede again": lambda: supersession.supersede(entry("principia"), entry("almagest"), now=NOW),
    "supersede by a companion": lambda: supersession.supersede(entry("principia"), entry("micrographia-flea"), now=NOW),
    "no address": lambda: Entry.objects.filter(slug="almagest").update(url=None),
    "undo": lambda: supersession.undo(entry("opticks")),
    "add namesake": lambda: add_namesake("elements", "doi:10.5555/elements"),
    "add alike": lambda: add_namesake("opticks-mine", "doi:10.5555/opticks"),
    "add other": put_another_in_its_place,
    "add flea": lambda: add_namesake("flea", "doi:10.5555/flea"),
    "posts": give_feed_posts,
    "other feed": lambda: Feed.objects.create(source=Source.objects.get(slug="letters"), url="https://example.org/new"),
    "cadence": lambda: CadenceRule.objects.update(per_period=3),
}

FILES: dict[str, Callable[[Edition], object]] = {
    "minutes": lambda e: e.rewrite("minutes = 600", "minutes = 500"),
    "heavens": lambda e: e.rewrite('name = "The heavens"', 'name = "The heavens"\nparent = "light"'),
    "part": lambda e: e.rewrite(
        'kind = "book"\nyear = 1704', 'kind = "book"\npart_of = "micrographia-flea"\nyear = 1704'
    ),
    "identifier": lambda e: e.rewrite(
        'part_of = "micrographia"\n', 'part_of = "micrographia"\nidentifiers = ["doi:10.5555/flea"]\n'
    ),
    "moved identifier": lambda e: e.rewrite(', "doi:10.5555/opticks"]', "]").rewrite(
        "arxiv:1687.01234", "doi:10.5555/opticks"
    ),
    "feed": lambda e: e.rewrite("https://transactions.example.org/feed.xml", "https://example.org/new"),
    "no feed": lambda e: e.rewrite('feeds = ["', '# feeds = ["'),
    "new work": lambda e: e.append(
        '[[entry]]\nslug = "elements"\ntitle = "Elements"\nkind = "book"\nidentifiers = ["doi:10.5555/elements"]'
    ),
    "new step": lambda e: e.append('[[list.step]]\nslug = "fleas"\nentries = ["lost-book"]', to="30-lists.toml"),
    "renamed step": lambda e: e.rewrite('slug = "lenses"\nentries', 'slug = "glass"\nentries'),
    "moved work": lambda e: e.rewrite('["opticks", "micrographia"]', '["micrographia"]').rewrite(
        '["principia"]', '["principia", "opticks"]'
    ),
    "required": lambda e: e.rewrite('companions = ["micrographia-flea"]', "").rewrite(
        '["almagest"]', '["almagest", "micrographia-flea"]'
    ),
    "no list": lambda e: (e.folder / "30-lists.toml").write_text(""),
    "no duty": lambda e: e.rewrite("[[duty]]", "[[cadence]]\nslug = 'x'\nwhat = 'X'\nfrequency = 'daily'\n[[duty]]"),
    "superseded": lambda e: e.rewrite("year = 1704", 'superseded_by = "almagest"').rewrite('["opticks", ', "["),
    "renamed": lambda e: e.rewrite('slug = "micrographia-flea"', 'slug = "of-a-flea"').rewrite(
        '= ["micrographia-flea"]', '= ["of-a-flea"]'
    ),
}


def everything() -> list[Any]:
    rows = [list(model._default_manager.order_by("pk").values()) for model in (*WRITTEN, *PRACTICE)]
    rows += [model.history.count() for model in WRITTEN if hasattr(model, "history")]
    rows += [sorted(through.objects.values_list()) for through in (Entry.categories.through, Source.categories.through)]
    return rows


def attempt(action: Callable[[], object]) -> None:
    """What a curator cannot do in this state, the database or the product refuses."""
    try:
        with transaction.atomic():
            action()
    except (ObjectDoesNotExist, models.ProtectedError, IntegrityError, supersession.SupersessionError):
        pass


def play(before: Sequence[str], files: Sequence[str]) -> tuple[Report, Report]:
    with tempfile.TemporaryDirectory() as folder:
        edition = Edition(Path(shutil.copytree(FOLDER, Path(folder) / "edition")))
        edition.load()
        for name in before:
            attempt(CURATOR[name])
        for name in files:
            kept = {path: path.read_text() for path in edition.folder.iterdir()}
            try:
                FILES[name](edition)
                read_catalogue(edition.folder)
            except (AssertionError, CatalogueError):  # two rewritings that do not go together
                for path, text in kept.items():
                    path.write_text(text)
        curated = Entry.objects.filter(minutes=1).count()
        first = edition.load()
        assert Entry.objects.filter(minutes=1).count() == curated
        for reading_list in ReadingList.objects.all():
            positions = list(reading_list.steps.values_list("position", flat=True))
            assert len(positions) == len(set(positions))
        written = everything()
        second = edition.load()
        assert everything() == written
        return first, second


@settings(max_examples=examples(25), deadline=None)
@given(
    st.lists(st.sampled_from(sorted(CURATOR)), max_size=6, unique=True),
    st.lists(st.sampled_from(sorted(FILES)), max_size=6, unique=True),
)
def test_a_load_is_final_whatever_curators_did(before: list[str], files: list[str]) -> None:
    with transaction.atomic():
        _first, second = play(before, files)
        assert (second.total("added"), second.total("updated")) == (0, 0)
        assert not Entry.objects.filter(superseded_by__superseded_by__isnull=False).exists()
        transaction.set_rollback(True)
