"""The admin of the catalogue: who may open it, what it shows, and that nothing typed is lost."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from readinglist.catalog.models import Category, Entry, Feed, Identifier, Source
from readinglist.reading.models import ReadState, Stage
from tests.catalog.making import entry_form, make_entry, make_source, source_form

pytestmark = pytest.mark.django_db

CHANGELISTS = [
    "catalog_category",
    "catalog_entry",
    "catalog_readinglist",
    "catalog_source",
    "catalog_step",
    "week_cadencerule",
    "week_contributionpath",
    "week_duty",
]


@pytest.fixture
def attention() -> Entry:
    entry = make_entry(
        "Attention Is All You Need", authors=["Ashish Vaswani", "Noam Shazeer"], url="https://arxiv.org/abs/1706.03762"
    )
    Identifier.objects.create(entry=entry, key="arxiv:1706.03762")
    return entry


@pytest.mark.parametrize("name", ["index", *(f"{stem}_changelist" for stem in CHANGELISTS)])
def test_a_curator_opens_it_a_reader_may_not_and_a_stranger_signs_in(
    name: str, curator_client: Client, reader_client: Client, outsider: Client
) -> None:
    address = reverse(f"admin:{name}")

    assert curator_client.get(address).status_code == 200
    assert reader_client.get(address).status_code == 403
    refused = outsider.get(address, follow=True)
    assert refused.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_what_readers_did_is_not_in_the_admin() -> None:
    registered = {model._meta.label for model in admin.site._registry}

    shown = {label for label in registered if label.split(".")[0] not in ("accounts", "auth", "feeds", "reminders")}
    assert shown == {
        "catalog.Category",
        "catalog.Entry",
        "catalog.ReadingList",
        "catalog.Source",
        "catalog.Step",
        "week.CadenceRule",
        "week.ContributionPath",
        "week.Duty",
    }


def test_a_curator_sees_the_catalogue_and_the_week_and_not_the_people(curator_client: Client) -> None:
    page = curator_client.get(reverse("admin:index"))

    assert {app["app_label"] for app in page.context["app_list"]} == {"catalog", "week"}
    assert "Works that can be finished" in page.text
    assert curator_client.get(reverse("admin:accounts_user_changelist")).status_code == 403


@pytest.mark.parametrize(
    "words", ["attention", "vaswani", "arxiv:1706", "https://arxiv.org/pdf/1706.03762v7", '"all you"']
)
def test_entries_are_found_by_title_author_identifier_and_pasted_address(
    words: str, curator_client: Client, attention: Entry
) -> None:
    make_entry("Another work")

    page = curator_client.get(reverse("admin:catalog_entry_changelist"), {"q": words})

    assert list(page.context["cl"].queryset) == [attention]


@pytest.mark.parametrize("words", ["\x00", "%", "'", '"', "a" * 5000, "arxiv:", "\\"])
def test_the_search_stands_hostile_words(words: str, curator_client: Client, attention: Entry) -> None:
    assert curator_client.get(reverse("admin:catalog_entry_changelist"), {"q": words}).status_code == 200


def test_the_lists_filter_by_what_is_missing(curator_client: Client, attention: Entry) -> None:
    bare = make_entry("Bare", description="", url=None, status="draft")
    make_entry("Gone", description="", url=None, status="retired")
    address = reverse("admin:catalog_entry_changelist")

    for lack in ("description", "address"):
        page = curator_client.get(address, {"missing": lack})
        assert list(page.context["cl"].queryset) == [bare]
    assert set(curator_client.get(address, {"missing": "category"}).context["cl"].queryset) == {attention, bare}


def test_a_category_filter_takes_what_stands_inside_it_too(curator_client: Client, attention: Entry) -> None:
    top = Category.objects.create(slug="top", name="Top")
    below = Category.objects.create(slug="below", name="Below", parent=top)
    attention.categories.add(below)
    make_entry("Elsewhere")

    page = curator_client.get(reverse("admin:catalog_entry_changelist"), {"category": top.pk})

    assert list(page.context["cl"].queryset) == [attention]


def test_superseded_and_reviewed_are_filters(curator_client: Client, attention: Entry) -> None:
    old = make_entry("Old", superseded_by=attention, reviewed_at=timezone.now())
    address = reverse("admin:catalog_entry_changelist")

    assert list(curator_client.get(address, {"superseded": "yes"}).context["cl"].queryset) == [old]
    assert list(curator_client.get(address, {"reviewed": "quarter"}).context["cl"].queryset) == [old]
    assert list(curator_client.get(address, {"reviewed": "never"}).context["cl"].queryset) == [attention]


@pytest.mark.parametrize(
    "query", ["category=x", "missing=x", "superseded=x", "reviewed=x", "category=99999999999999999999", "feeds=x"]
)
def test_a_made_up_filter_breaks_no_page(query: str, curator_client: Client) -> None:
    for model in ("entry", "source"):
        page = curator_client.get(f"{reverse(f'admin:catalog_{model}_changelist')}?{query}", follow=True)
        assert page.status_code == 200


def test_a_list_of_entries_costs_the_same_however_long(
    curator_client: Client, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    category = Category.objects.create(slug="c", name="C")
    for number in range(30):
        make_entry(f"Work {number}").categories.add(category)

    with django_assert_max_num_queries(14):
        curator_client.get(reverse("admin:catalog_entry_changelist"))


def test_adding_an_entry_makes_slug_date_and_identifier(curator_client: Client, settings: Any) -> None:
    form = entry_form(
        title="ZeRO: Memory Optimizations",
        authors="Samyam Rajbhandari\n\n  Jeff   Rasley ",
        url="https://arxiv.org/abs/1910.02054v3",
    )

    answer = curator_client.post(reverse("admin:catalog_entry_add"), form)

    assert answer.status_code == 302
    entry = Entry.objects.get()
    assert entry.slug == "zero-memory-optimizations"
    assert entry.authors == ["Samyam Rajbhandari", "Jeff Rasley"]
    assert entry.added_on == timezone.localdate(timezone=timezone.get_default_timezone())
    assert [identifier.key for identifier in entry.identifiers.all()] == ["arxiv:1910.02054"]


def test_a_second_work_of_the_same_name_gets_a_slug_of_its_own_and_a_word_about_it(curator_client: Client) -> None:
    make_entry("Scaling Laws")

    page = curator_client.post(reverse("admin:catalog_entry_add"), entry_form(title="Scaling Laws"), follow=True)

    assert Entry.objects.filter(slug="scaling-laws-2").exists()
    assert "Looks like a work that is here already" in page.text


def test_a_title_without_latin_letters_still_gets_a_slug(curator_client: Client) -> None:
    curator_client.post(reverse("admin:catalog_entry_add"), entry_form(title="注意力机制"))

    assert Entry.objects.get().slug == "entry"


def test_a_slug_successor_and_date_cannot_be_changed_in_the_form(curator_client: Client, attention: Entry) -> None:
    other = make_entry("Other")
    form = entry_form(attention, slug="changed", superseded_by=other.pk, added_on="2001-01-01", title="New title")

    curator_client.post(reverse("admin:catalog_entry_change", args=[attention.pk]), form)

    attention.refresh_from_db()
    assert (attention.title, attention.slug) == ("New title", "attention-is-all-you-need")
    assert attention.superseded_by is None
    assert attention.added_on is None


@pytest.mark.parametrize(
    "pasted", ["https://arxiv.org/pdf/1706.03762v5", "arXiv:1706.03762", "https://doi.org/10.48550/arXiv.1706.03762"]
)
def test_a_pasted_duplicate_is_refused_with_a_link_and_nothing_typed_is_lost(
    pasted: str, curator_client: Client, attention: Entry
) -> None:
    form = entry_form(title="My long description", description="Typed for an hour", keys=[pasted])

    page = curator_client.post(reverse("admin:catalog_entry_add"), form)

    assert page.status_code == 200
    assert Entry.objects.count() == 1
    assert f'<a href="{reverse("admin:catalog_entry_change", args=[attention.pk])}">' in page.text.replace("'", '"')
    assert "Typed for an hour" in page.text
    assert pasted in page.text


def test_an_address_that_names_a_work_that_is_here_is_refused(curator_client: Client, attention: Entry) -> None:
    page = curator_client.post(
        reverse("admin:catalog_entry_add"), entry_form(title="Again", url="https://arxiv.org/pdf/1706.03762")
    )

    assert page.status_code == 200
    assert "which is here already" in page.text


def test_an_identifier_is_normalised_on_saving(curator_client: Client) -> None:
    curator_client.post(
        reverse("admin:catalog_entry_add"),
        entry_form(title="Megatron", keys=["https://dl.acm.org/doi/abs/10.1145/3458817.3476209"]),
    )

    assert Identifier.objects.get().key == "doi:10.1145/3458817.3476209"


def test_nonsense_as_an_identifier_is_refused_in_words(curator_client: Client) -> None:
    page = curator_client.post(reverse("admin:catalog_entry_add"), entry_form(title="X", keys=["no such thing"]))

    assert "is no arXiv id, DOI, ISBN or web address" in page.text


def test_saving_an_entry_unchanged_changes_nothing_but_its_history(curator_client: Client) -> None:
    source = make_source("NeurIPS")
    whole = make_entry("Whole")
    category = Category.objects.create(slug="c", name="C")
    entry = make_entry("Part", authors=["A, B", "C"], source=source, part_of=whole, year=2020, minutes=30)
    entry.categories.add(category)
    before = Entry.objects.filter(pk=entry.pk).values().get()

    answer = curator_client.post(reverse("admin:catalog_entry_change", args=[entry.pk]), entry_form(entry))

    assert answer.status_code == 302
    assert Entry.objects.filter(pk=entry.pk).values().get() == before
    assert list(entry.categories.all()) == [category]


def test_a_source_can_be_chosen_by_name_slug_or_label(curator_client: Client) -> None:
    source = make_source("NeurIPS proceedings")
    for number, written in enumerate(["neurips PROCEEDINGS", source.slug, f"NeurIPS proceedings [{source.slug}]"]):
        entry = make_entry(f"Work {number}")
        curator_client.post(reverse("admin:catalog_entry_change", args=[entry.pk]), entry_form(entry, source=written))
        entry.refresh_from_db()
        assert entry.source == source


def test_an_unknown_source_is_refused_with_the_nearest(curator_client: Client) -> None:
    make_source("NeurIPS proceedings")

    page = curator_client.post(reverse("admin:catalog_entry_add"), entry_form(title="X", source="neurips procedings"))

    assert "Did you mean: NeurIPS proceedings" in page.text


def test_the_identify_view_knows_whose_an_identifier_is(curator_client: Client, attention: Entry) -> None:
    address = reverse("admin:catalog_entry_identify")

    answer = curator_client.get(address, {"text": "https://arxiv.org/abs/1706.03762v2"}).json()
    own = curator_client.get(address, {"text": "1706.03762", "entry": str(attention.pk)}).json()

    assert answer["key"] == "arxiv:1706.03762"
    assert answer["taken"]["title"] == attention.title
    assert own["taken"] is None


def test_the_identify_view_names_titles_that_look_alike(curator_client: Client, attention: Entry) -> None:
    address = reverse("admin:catalog_entry_identify")

    answer = curator_client.get(address, {"title": "Attention is all you needed"}).json()

    assert [work["title"] for work in answer["similar"]] == [attention.title]
    assert curator_client.get(address, {"title": "Something else altogether"}).json()["similar"] == []


@pytest.mark.parametrize("text", ["", "\x00", "x" * 6000, "https://[", "arxiv:9", "<script>"])
def test_the_identify_view_stands_hostile_text(text: str, curator_client: Client) -> None:
    answer = curator_client.get(reverse("admin:catalog_entry_identify"), {"text": text, "entry": "x"})

    assert answer.status_code == 200
    assert json.loads(answer.text)["key"] is None


def test_the_identify_and_names_views_are_for_curators(reader_client: Client, curator: User, attention: Entry) -> None:
    for name in ("catalog_entry_identify", "catalog_entry_names", "catalog_source_names"):
        answer = reader_client.get(reverse(f"admin:{name}"), {"q": "a"}, follow=True)
        assert answer.status_code == 403
        assert attention.title not in answer.text


def test_the_identify_view_asks_the_database_the_same_few_times(
    curator_client: Client, attention: Entry, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    with django_assert_max_num_queries(6):
        curator_client.get(
            reverse("admin:catalog_entry_identify"), {"text": "https://arxiv.org/abs/1706.03762", "title": "Attention"}
        )


def test_names_complete_while_one_types(curator_client: Client, attention: Entry) -> None:
    answer = curator_client.get(reverse("admin:catalog_entry_names"), {"q": "all you"})

    assert answer.json() == {"names": ["Attention Is All You Need [attention-is-all-you-need]"]}


def test_a_source_is_saved_with_its_feeds(curator_client: Client) -> None:
    answer = curator_client.post(
        reverse("admin:catalog_source_add"), source_form(name="Some Blog", feeds=["https://example.org/feed.xml"])
    )

    assert answer.status_code == 302
    assert Feed.objects.get().source.slug == "some-blog"
    assert Feed.history.get().history_type == "+"


def test_a_feed_of_another_source_is_refused_with_a_link(curator_client: Client) -> None:
    source = make_source("First")
    Feed.objects.create(source=source, url="https://example.org/feed.xml")

    page = curator_client.post(
        reverse("admin:catalog_source_add"), source_form(name="Second", feeds=["https://example.org/feed.xml"])
    )

    assert page.status_code == 200
    assert reverse("admin:catalog_source_change", args=[source.pk]) in page.text


def test_sources_filter_by_having_a_feed(curator_client: Client) -> None:
    fed, bare = make_source("Fed"), make_source("Bare")
    Feed.objects.create(source=fed, url="https://example.org/f")
    address = reverse("admin:catalog_source_changelist")

    assert list(curator_client.get(address, {"feeds": "yes"}).context["cl"].queryset) == [fed]
    assert list(curator_client.get(address, {"feeds": "no"}).context["cl"].queryset) == [bare]


def test_categories_stand_in_the_order_of_their_tree(curator_client: Client) -> None:
    second = Category.objects.create(slug="b", name="B", position=2)
    first = Category.objects.create(slug="a", name="A", position=1)
    inside = Category.objects.create(slug="c", name="C", position=9, parent=first)
    innermost = Category.objects.create(slug="d", name="D", position=1, parent=inside)
    make_entry("Work").categories.add(inside)

    page = curator_client.get(reverse("admin:catalog_category_changelist"))

    shown = list(page.context["cl"].result_list)
    assert shown == [first, inside, innermost, second]
    assert [category.depth for category in shown] == [1, 2, 3, 1]
    assert [category.entry_count for category in shown] == [0, 1, 0, 0]


def test_a_category_four_deep_is_refused(curator_client: Client) -> None:
    parent = None
    for slug in ("a", "b", "c"):
        parent = Category.objects.create(slug=slug, name=slug, parent=parent)
    assert parent is not None

    page = curator_client.post(
        reverse("admin:catalog_category_add"),
        {"name": "d", "parent": parent.pk, "position": 0, "description": "", "review_days": 91},
    )

    assert "at most three deep" in page.text


def test_what_readers_have_marked_is_retired_not_deleted_and_no_reader_is_named(
    curator_client: Client, attention: Entry, reader: User
) -> None:
    now = timezone.now()
    ReadState.objects.create(user=reader, entry=attention, stage=Stage.READ, percent=100, started_at=now, read_at=now)
    address = reverse("admin:catalog_entry_delete", args=[attention.pk])

    page = curator_client.get(address)
    curator_client.post(address, {"post": "yes"})

    assert "Retire it instead" in page.text
    assert reader.name not in page.text
    assert reader.email not in page.text
    assert Entry.objects.filter(pk=attention.pk).exists()


def test_deleting_leaves_a_history_with_user_and_reason(
    curator_client: Client, curator: User, attention: Entry
) -> None:
    curator_client.post(reverse("admin:catalog_entry_delete", args=[attention.pk]), {"post": "yes"})

    record = Entry.history.filter(history_type="-").get()
    assert record.history_user == curator
    assert record.history_change_reason
    assert Identifier.history.filter(history_type="-").get().history_user == curator


def test_marking_as_reviewed_writes_history(curator_client: Client, curator: User, attention: Entry) -> None:
    address = reverse("admin:catalog_entry_review", args=[attention.pk])

    assert curator_client.get(address).status_code == 405
    curator_client.post(address)

    attention.refresh_from_db()
    assert attention.reviewed_at is not None
    record = attention.history.first()
    assert (record.history_user, record.history_change_reason) == (curator, "reviewed")


def test_a_date_is_added_by_the_clock_of_the_instance(curator: User, curator_client: Client) -> None:
    curator.zone = "Pacific/Kiritimati"
    curator.save()

    curator_client.post(reverse("admin:catalog_entry_add"), entry_form(title="Late"))

    expected: date = timezone.localdate(timezone=timezone.get_default_timezone())
    assert Entry.objects.get().added_on == expected


def test_a_text_beyond_measure_is_refused(curator_client: Client) -> None:
    for field in ("description", "authors"):
        page = curator_client.post(reverse("admin:catalog_entry_add"), entry_form(title="X") | {field: "word " * 5000})
        assert "at most 20000 characters" in page.text.replace("20,000", "20000")


def test_the_source_of_a_slug_never_moves(curator_client: Client) -> None:
    source = make_source("Blog")

    curator_client.post(reverse("admin:catalog_source_change", args=[source.pk]), source_form(source, name="Renamed"))

    assert Source.objects.get().slug == "blog"
    assert Source.objects.get().name == "Renamed"


def test_parts_stand_in_no_circle(curator_client: Client) -> None:
    whole = make_entry("Whole")
    part = make_entry("Part", part_of=whole)
    outer = make_source("Outer")
    inner = make_source("Inner", parent=outer)

    entry_page = curator_client.post(
        reverse("admin:catalog_entry_change", args=[whole.pk]), entry_form(whole, part_of="Part [part]")
    )
    own_page = curator_client.post(
        reverse("admin:catalog_entry_change", args=[part.pk]), entry_form(part, part_of="Part [part]")
    )
    source_page = curator_client.post(
        reverse("admin:catalog_source_change", args=[outer.pk]), source_form(outer, parent=inner.slug)
    )

    assert "“Part” is itself a part of this" in entry_page.text
    assert "“Part” is no part of itself" in own_page.text
    assert "“Inner” is itself a part of this" in source_page.text
    whole.refresh_from_db()
    assert whole.part_of is None


def test_a_version_that_would_close_a_circle_does_not_come_back(curator_client: Client) -> None:
    one = make_entry("One")
    two = make_entry("Two", part_of=one)
    version = two.history.first()
    two.part_of = None
    two.save()
    one.part_of = two
    one.save()

    page = curator_client.post(reverse("admin:catalog_entry_simple_history", args=[two.pk, version.pk]))

    assert "“One” is itself a part of this" in page.text
    two.refresh_from_db()
    assert two.part_of is None


@pytest.mark.parametrize(
    "query",
    ["notes=1", "notes__isnull=0", "notes__id__gt=0", "read_states__isnull=0", "activities=1", "read_states__user=1"],
)
def test_the_lists_do_not_tell_what_readers_did(query: str, curator_client: Client, attention: Entry) -> None:
    for model in ("entry", "source"):
        address = reverse(f"admin:catalog_{model}_changelist")
        page = curator_client.get(f"{address}?{query}", follow=True)
        # What the model does not know at all goes back to the whole list.
        assert page.status_code == 400 or page.redirect_chain
    assert curator_client.get(f"{reverse('admin:catalog_entry_changelist')}?{query}").status_code == 400


def test_the_lists_are_called_what_they_hold(admin_client: Client) -> None:
    assert admin_client.get(reverse("admin:accounts_user_changelist")).context["title"] == "People"
    assert admin_client.get(reverse("admin:catalog_entry_changelist")).context["title"] == "Entries"
