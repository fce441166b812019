"""Loading editions of a catalogue over what curators did in between."""

from datetime import date

import pytest
from django.test import override_settings

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
from readinglist.curation.fields import CHANGE_REASON
from readinglist.curation.models import Shipped
from readinglist.curation.report import OUTCOMES, Report
from readinglist.week.models import CadenceRule, ContributionPath, Duty
from tests.curation.conftest import NOW, Edition

pytestmark = pytest.mark.django_db
ROWS = 19


def numbers(report: Report) -> dict[str, int]:
    return {outcome: report.total(outcome) for outcome in OUTCOMES if report.total(outcome)}


def said(report: Report) -> list[tuple[str, str, object, object]]:
    return [(conflict.key, conflict.field, conflict.curator, conflict.files) for conflict in report.conflicts]


# ---------------------------------------------------------- the first and the second
def test_a_first_load_adds_every_row_with_all_its_fields(edition: Edition) -> None:
    assert numbers(edition.load()) == {"added": ROWS}
    opticks = Entry.objects.get(slug="opticks")
    assert (opticks.title, opticks.authors, opticks.year, opticks.minutes) == ("Opticks", ["Isaac Newton"], 1704, 600)
    assert opticks.source == Source.objects.get(slug="transactions")
    assert [category.slug for category in opticks.categories.all()] == ["light", "lenses"]
    assert [identifier.key for identifier in opticks.identifiers.all()] == [
        "url:https://example.org/opticks",
        "doi:10.5555/opticks",
    ]
    assert list(EntryLink.objects.values_list("entry__slug", "kind")) == [("opticks", "pdf")]
    assert Entry.objects.get(slug="micrographia-flea").part_of == Entry.objects.get(slug="micrographia")
    assert Category.objects.get(slug="lenses").parent == Category.objects.get(slug="light")
    assert list(Category.objects.values_list("slug", "position")) == [("light", 1), ("lenses", 2), ("heavens", 3)]
    assert Feed.objects.get().source.parent == Source.objects.get(slug="royal-society")
    assert CadenceRule.objects.get().sources.get().slug == "letters"
    assert Duty.objects.get().sources.get().slug == "transactions"
    assert ContributionPath.objects.get().target_sources.get().slug == "letters"


def test_a_second_load_writes_nothing(edition: Edition) -> None:
    edition.load()
    before = [list(model.history.values()) for model in (Category, Source, Feed, Entry, Identifier, ReadingList, Step)]
    memory = list(Shipped.objects.values())
    report = edition.load()
    assert numbers(report) == {"unchanged": ROWS}
    assert list(report.sentences()) == ["Starting catalogue: nothing changed."]
    assert before == [
        list(model.history.values()) for model in (Category, Source, Feed, Entry, Identifier, ReadingList, Step)
    ]
    assert memory == list(Shipped.objects.values())


def test_each_row_that_is_added_has_one_historical_row_with_its_categories(edition: Edition) -> None:
    edition.load()
    for model in (Category, Source, Feed, Entry, Identifier, ReadingList, Step):
        assert model.history.count() == model._default_manager.count()
        assert set(model.history.values_list("history_type", "history_change_reason")) == {("+", CHANGE_REASON)}
    then = Entry.objects.get(slug="opticks").history.get()
    assert {link.category.slug for link in then.categories.all()} == {"light", "lenses"}
    assert Category.objects.get(slug="lenses").history.get().parent.slug == "light"


def test_a_row_that_is_changed_has_one_further_historical_row(edition: Edition) -> None:
    edition.load()
    edition.rewrite('categories = ["lenses"]\nidentifiers', 'categories = ["light"]\nyear = 1665\nidentifiers')
    report = edition.load()
    assert numbers(report) == {"updated": 1, "unchanged": ROWS - 1}
    latest, first = Entry.objects.get(slug="micrographia").history.all()
    assert (latest.history_type, latest.history_change_reason) == ("~", CHANGE_REASON)
    assert (latest.year, first.year) == (1665, None)
    assert [[link.category.slug for link in then.categories.all()] for then in (latest, first)] == [
        ["light"],
        ["lenses"],
    ]


def test_nothing_is_new_on_the_first_load_and_later_rows_have_the_instances_date(edition: Edition) -> None:
    edition.load()
    assert not Entry.objects.exclude(added_on=None).exists()
    edition.append('[[entry]]\nslug = "elements"\ntitle = "Elements"\nkind = "book"')
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        edition.load()
    assert Entry.objects.get(slug="elements").added_on == date(2026, 11, 21)


def test_a_dry_run_tells_and_changes_nothing(edition: Edition) -> None:
    assert numbers(edition.load(dry_run=True)) == {"added": ROWS}
    assert not Entry.objects.exists()
    assert not Shipped.objects.exists()


# ------------------------------------------------------------- what curators changed
def test_a_curators_change_is_kept_and_the_files_change_the_rest(edition: Edition) -> None:
    edition.load()
    Entry.objects.filter(slug="opticks").update(minutes=300)
    edition.rewrite('title = "Opticks"\nshort', 'title = "Opticks, or a Treatise"\nshort')
    report = edition.load()
    assert numbers(report) == {"updated": 1, "kept": 1, "unchanged": ROWS - 1}
    assert not report.conflicts
    opticks = Entry.objects.get(slug="opticks")
    assert (opticks.minutes, opticks.title) == (300, "Opticks, or a Treatise")


def test_what_both_changed_is_a_conflict_that_is_told_once(edition: Edition) -> None:
    edition.load()
    Entry.objects.filter(slug="opticks").update(minutes=300)
    report = edition.rewrite("minutes = 600", "minutes = 500").load()
    assert said(report) == [("opticks", "minutes", 300, 500)]
    assert "In conflict, and kept: entry opticks, minutes: here 300, in the files 500" in list(report.sentences())
    again = edition.load()
    assert (numbers(again), again.conflicts) == ({"kept": 1, "unchanged": ROWS - 1}, [])
    assert Entry.objects.get(slug="opticks").minutes == 300


def test_a_curators_change_to_several_things_at_once_is_kept(edition: Edition) -> None:
    edition.load()
    opticks = Entry.objects.get(slug="opticks")
    opticks.categories.set([Category.objects.get(slug="heavens")])
    opticks.identifiers.get(key="doi:10.5555/opticks").delete()
    CadenceRule.objects.get().sources.clear()
    report = edition.rewrite('categories = ["light", "lenses"]', 'categories = ["light"]').load()
    assert said(report) == [("opticks", "categories", ["heavens"], ["light"])]
    assert report.total("kept") == 2
    assert [category.slug for category in opticks.categories.all()] == ["heavens"]
    assert [identifier.key for identifier in opticks.identifiers.all()] == ["url:https://example.org/opticks"]


def test_what_a_curator_changed_as_the_files_do_is_nobodys_conflict(edition: Edition) -> None:
    edition.load()
    Entry.objects.filter(slug="opticks").update(minutes=500)
    assert numbers(edition.rewrite("minutes = 600", "minutes = 500").load()) == {"unchanged": ROWS}
    assert Entry.objects.get(slug="opticks").history.count() == 1


def test_a_slug_that_a_curator_changed_is_still_the_same_row(edition: Edition) -> None:
    edition.load()
    Category.objects.filter(slug="heavens").update(slug="skies")
    report = edition.rewrite("What moves above.", "What moves.").load()
    assert numbers(report) == {"updated": 1, "unchanged": ROWS - 1}
    assert Category.objects.get(slug="skies").description == "What moves."


# ------------------------------------------------------------- what curators deleted
def test_what_a_curator_deleted_stays_deleted(edition: Edition) -> None:
    edition.load()
    Entry.objects.get(slug="lost-book").delete()
    report = edition.load()
    assert numbers(report) == {"kept": 1, "unchanged": ROWS - 1}
    assert not Entry.objects.filter(slug="lost-book").exists()
    assert Shipped.objects.get(key="lost-book").deleted_by_curator_at == NOW
    assert numbers(edition.load()) == {"kept": 1, "unchanged": ROWS - 1}


def test_a_change_to_what_a_curator_deleted_is_told_once(edition: Edition) -> None:
    edition.load()
    Entry.objects.get(slug="lost-book").delete()
    edition.rewrite("The Lost Book", "The Found Book")
    assert said(edition.load()) == [("lost-book", "row", "deleted", "changed")]
    assert not edition.load().conflicts


def test_what_referred_to_a_deleted_row_is_not_taken_for_a_curators_change(edition: Edition) -> None:
    edition.load()
    Category.objects.get(slug="heavens").delete()
    Source.objects.get(slug="letters").delete()
    report = edition.load()
    assert numbers(report) == {"kept": 2, "unchanged": ROWS - 2}
    edition.rewrite('slug = "principia"', 'slug = "principia"\nyear = 1687').load()
    assert Entry.objects.get(slug="principia").year == 1687


# --------------------------------------------------------------- what curators added
def test_what_a_curator_added_with_the_same_identifier_is_adopted(edition: Edition) -> None:
    mine = Entry.objects.create(slug="newton-opticks", title="My Opticks", kind="book", added_on=date(2026, 1, 1))
    Identifier.objects.create(entry=mine, key="doi:10.5555/opticks")
    report = edition.load()
    assert numbers(report) == {"added": ROWS - 1, "updated": 1, "kept": 1}
    assert ("opticks", "title", "My Opticks", "Opticks") in said(report)
    mine.refresh_from_db()
    assert (mine.slug, mine.title, mine.year, mine.added_on) == ("newton-opticks", "My Opticks", 1704, date(2026, 1, 1))
    assert [category.slug for category in mine.categories.all()] == ["light", "lenses"]
    assert [identifier.key for identifier in mine.identifiers.all()] == ["doi:10.5555/opticks"]
    assert Shipped.objects.get(key="opticks").adopted
    assert Step.objects.get(slug="lenses").entries.filter(pk=mine.pk).exists()
    assert numbers(edition.load()) == {"kept": 1, "unchanged": ROWS - 1}


def test_what_a_curator_added_with_the_same_slug_or_feed_is_adopted(edition: Edition) -> None:
    heavens = Category.objects.create(slug="heavens", name="Sky")
    mine = Source.objects.create(slug="phil-trans", name="Phil. Trans.", kind="venue")
    Feed.objects.create(source=mine, url="https://transactions.example.org/feed.xml")
    report = edition.load()
    assert report.total("added") == ROWS - 2
    heavens.refresh_from_db()
    mine.refresh_from_db()
    assert (heavens.name, heavens.description) == ("Sky", "What moves above.")
    assert (mine.slug, mine.url) == ("phil-trans", "https://transactions.example.org/")
    assert Entry.objects.get(slug="opticks").source == mine


def test_another_work_with_the_same_slug_is_not_adopted(edition: Edition) -> None:
    mine = Entry.objects.create(slug="opticks", title="Optics", kind="paper")
    Identifier.objects.create(entry=mine, key="arxiv:2009.06732")
    before = Entry.objects.values().get()
    for _load in range(2):
        assert ("opticks", "slug", "another row has this slug", "opticks") in said(edition.load())
    assert Entry.objects.values().get(slug="opticks") == before
    assert [identifier.key for identifier in mine.identifiers.all()] == ["arxiv:2009.06732"]
    assert not Shipped.objects.filter(key="opticks").exists()
    # A curator who sees that it is the same work after all says so by an identifier.
    Identifier.objects.create(entry=mine, key="doi:10.5555/opticks")
    edition.load()
    assert Shipped.objects.get(key="opticks").object_id == mine.pk


@pytest.mark.parametrize(
    ("slug", "mine"),
    [
        ("opticks", []),
        ("opticks", ["isbn:9780262035613", "doi:10.5555/opticks"]),
        ("almagest", ["isbn:9780262035613"]),
    ],
)
def test_a_work_with_the_same_slug_is_adopted_where_no_identifier_speaks_against_it(
    edition: Edition, slug: str, mine: list[str]
) -> None:
    work = Entry.objects.create(slug=slug, title="Mine", kind="book")
    for key in mine:
        Identifier.objects.create(entry=work, key=key)
    edition.load()
    assert Shipped.objects.get(key=slug, model="entry").object_id == work.pk


def test_a_deleted_work_is_not_taken_for_another_one_with_its_slug(edition: Edition) -> None:
    edition.load()
    StepEntry.objects.get(entry__slug="opticks").delete()
    Entry.objects.get(slug="opticks").delete()
    mine = Entry.objects.create(slug="opticks", title="Optics", kind="paper")
    Identifier.objects.create(entry=mine, key="arxiv:2009.06732")
    assert edition.load().total("added") == 0
    mine.refresh_from_db()
    assert (mine.title, mine.year, mine.categories.count()) == ("Optics", None, 0)
    assert Shipped.objects.get(key="opticks").deleted_by_curator_at == NOW


def test_a_deleted_work_that_a_curator_adds_again_is_adopted(edition: Edition) -> None:
    edition.load()
    Entry.objects.get(slug="lost-book").delete()
    edition.load()
    again = Entry.objects.create(slug="lost-book", title="Found", kind="book")
    edition.load()
    memory = Shipped.objects.get(key="lost-book")
    assert (memory.object_id, memory.deleted_by_curator_at, memory.adopted) == (again.pk, None, True)


def test_an_identifier_of_another_row_is_a_conflict_until_it_is_free(edition: Edition) -> None:
    edition.load()
    mine = Entry.objects.create(slug="mine", title="Mine", kind="book")
    taken = Identifier.objects.create(entry=mine, key="doi:10.5555/flea")
    edition.rewrite('part_of = "micrographia"', 'part_of = "micrographia"\nidentifiers = ["doi:10.5555/flea"]')
    for _load in range(2):
        report = edition.load()
        assert numbers(report) == {"unchanged": ROWS}
        assert said(report) == [("micrographia-flea", "identifiers", "mine has it", ["doi:10.5555/flea"])]
    taken.delete()
    assert numbers(edition.load()) == {"updated": 1, "unchanged": ROWS - 1}


def test_a_feed_of_another_source_is_a_conflict(edition: Edition) -> None:
    edition.load()
    mine = Source.objects.create(slug="mine", name="Mine", kind="blog")
    Feed.objects.create(source=mine, url="https://letters.example.org/feed")
    edition.rewrite('rhythm = "weekly"', 'rhythm = "weekly"\nfeeds = ["https://letters.example.org/feed"]')
    assert said(edition.load()) == [("letters", "feeds", "mine has it", ["https://letters.example.org/feed"])]


def test_a_slug_that_another_shipped_row_took_is_a_conflict(edition: Edition) -> None:
    edition.load()
    Category.objects.filter(slug="heavens").update(slug="skies")
    report = edition.append('[[category]]\nslug = "skies"\nname = "Skies"').load()
    assert said(report) == [("skies", "slug", "another row has this slug", "skies")]
    assert Category.objects.count() == 3


# -------------------------------------------------------------- what the files change
def test_identifiers_may_move_from_one_row_to_another(edition: Edition) -> None:
    edition.load()
    edition.rewrite(', "doi:10.5555/opticks"]', "]").rewrite('["arxiv:1687.01234"]', '["doi:10.5555/opticks"]')
    assert numbers(edition.load()) == {"updated": 2, "unchanged": ROWS - 2}
    assert Identifier.objects.get(key="doi:10.5555/opticks").entry.slug == "principia"


def test_a_feed_that_moves_keeps_its_row_and_its_posts(edition: Edition) -> None:
    edition.load()
    feed = Feed.objects.get()
    Post.objects.create(feed=feed, guid_hash="1", key="guid:1", first_seen_at=NOW)
    edition.rewrite("org/feed.xml", "org/atom.xml").load()
    feed.refresh_from_db()
    assert feed.url == "https://transactions.example.org/atom.xml"
    assert list(feed.history.values_list("history_change_reason", flat=True)) == [CHANGE_REASON] * 2


def test_a_feed_with_posts_stays_though_the_files_lose_it(edition: Edition) -> None:
    edition.load()
    Post.objects.create(feed=Feed.objects.get(), guid_hash="1", key="guid:1", first_seen_at=NOW)
    report = edition.rewrite('feeds = ["https://transactions.example.org/feed.xml"]', "").load()
    assert [(key, name) for key, name, *_values in said(report)] == [("transactions", "feeds")]
    assert Feed.objects.exists()


def test_a_feed_with_posts_stays_though_its_new_address_is_taken(edition: Edition) -> None:
    edition.load()
    feed = Feed.objects.get()
    Post.objects.create(feed=feed, guid_hash="1", key="guid:1", first_seen_at=NOW)
    Feed.objects.create(source=Source.objects.get(slug="letters"), url="https://example.org/new")
    report = edition.rewrite("https://transactions.example.org/feed.xml", "https://example.org/new").load()
    assert [values for _key, _name, *values in said(report)] == [
        ["posts came from https://transactions.example.org/feed.xml", "without it"],
        ["letters has it", ["https://example.org/new"]],
    ]
    assert feed in Source.objects.get(slug="transactions").feeds.all()


def test_two_feeds_may_exchange_their_sources(edition: Edition) -> None:
    edition.rewrite('rhythm = "weekly"', 'rhythm = "weekly"\nfeeds = ["https://letters.example.org/feed"]').load()
    edition.rewrite("https://letters.example.org/feed", "https://transactions.example.org/two")
    edition.rewrite("https://transactions.example.org/feed.xml", "https://letters.example.org/feed")
    edition.rewrite("https://transactions.example.org/two", "https://transactions.example.org/feed.xml").load()
    assert set(Feed.objects.values_list("source__slug", "url")) == {
        ("transactions", "https://letters.example.org/feed"),
        ("letters", "https://transactions.example.org/feed.xml"),
    }


def test_a_row_that_is_no_longer_shipped_stays(edition: Edition) -> None:
    edition.load()
    lost_book = '[[entry]]\nslug = "lost-book"\ntitle = "The Lost Book"\nkind = "book"\nstatus = "draft"\n'
    edition.rewrite(f'{lost_book}url = "https://example.org/lost"\n', "")
    report = edition.load()
    assert (numbers(report), report.gone) == ({"unchanged": ROWS - 1}, ["entry lost-book"])
    assert Entry.objects.filter(slug="lost-book").exists()
    assert "1 rows are no longer shipped and stay." in list(report.sentences(verbose=True))


def test_a_row_that_is_shipped_under_a_new_key_is_the_same_row(edition: Edition) -> None:
    edition.load()
    principia = Entry.objects.get(slug="principia")
    Entry.objects.filter(pk=principia.pk).update(minutes=900)
    edition.rewrite('slug = "principia"\n', 'slug = "newton-principia"\nyear = 1687\nminutes = 800\n')
    edition.rewrite('entries = ["principia"]', 'entries = ["newton-principia"]')
    report = edition.load()
    assert numbers(report) == {"updated": 1, "kept": 1, "unchanged": ROWS - 1}
    principia.refresh_from_db()
    assert (principia.slug, principia.year, principia.minutes) == ("principia", 1687, 900)


def test_a_parent_that_would_close_a_circle_is_refused(edition: Edition) -> None:
    edition.load()
    heavens = Category.objects.get(slug="heavens")
    Category.objects.filter(slug="light").update(parent=heavens)
    report = edition.rewrite('name = "The heavens"', 'name = "The heavens"\nparent = "light"').load()
    assert said(report) == [("heavens", "parent", None, "light")]
    heavens.refresh_from_db()
    assert heavens.parent is None


def test_a_parent_that_would_stand_too_deep_is_refused(edition: Edition) -> None:
    edition.load()
    mine = Category.objects.create(slug="mine", name="Mine", parent=Category.objects.get(slug="lenses"))
    report = edition.rewrite('name = "Light"', 'name = "Light"\nparent = "heavens"').load()
    assert said(report) == [("light", "parent", None, "heavens")]
    assert mine.parent is not None


def test_two_rows_of_a_tree_may_change_places(edition: Edition) -> None:
    edition.load()
    edition.rewrite('name = "Light"', 'name = "Light"\nparent = "lenses"').rewrite('parent = "light"', "")
    assert not edition.load().conflicts
    assert Category.objects.get(slug="light").parent == Category.objects.get(slug="lenses")
