"""Suggestions: a reader suggests a post or an address, a curator accepts or declines it, and the reader sees which."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from readinglist.catalog.models import Entry, Identifier
from readinglist.curation import suggestions
from readinglist.curation.models import Suggestion
from tests.catalog.making import entry_form
from tests.fixtures.cast import make_person
from tests.fixtures.posts import make_feed, make_post, make_source
from tests.fixtures.threads import at_once
from tests.fixtures.works import make_entry

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SUGGEST, MINE, ALL = reverse("curation:suggest"), reverse("curation:my_suggestions"), reverse("curation:suggestions")
ADDRESS = "https://example.org/a-work"


def made(person: User | None, *, key: str = "url:https://example.org/a-work", **fields: Any) -> Suggestion:
    words: dict[str, Any] = {"url": ADDRESS, "title": "A work", "made_at": NOW}
    return Suggestion.objects.create(**(words | {"person": person, "key": key} | fields))


def judge_page(suggestion: Suggestion) -> str:
    return reverse("curation:judge", args=[suggestion.pk])


def state_of(suggestion: Suggestion) -> tuple[str, Entry | None, str]:
    row = Suggestion.objects.get(pk=suggestion.pk)
    return row.state, row.entry, row.answer


# ---------------------------------------------------------------- suggesting


def test_a_post_is_suggested_with_its_title_and_leads_back_to_it(reader_client: Client, reader: User) -> None:
    post = make_post(make_feed(make_source("The Blog")), "The post", key="arxiv:2401.00001")
    page = reader_client.get(f"{SUGGEST}?post={post.pk}")
    assert f'href="{SUGGEST}?post={post.pk}"' in reader_client.get(f"/posts/{post.pk}/").text
    assert 'value="The post"' in page.text
    assert 'name="address"' not in page.text
    fields = {"post": post.pk, "title": "A better title", "why": "It is whole.", "next": page.context["next"]}
    answer = reader_client.post(SUGGEST, fields, follow=True)
    assert answer.redirect_chain == [(f"/posts/{post.pk}/", 302)]
    assert "Suggested: A better title. The curators see it now." in answer.text
    row = Suggestion.objects.get()
    assert (row.person, row.post, row.key, row.url) == (reader, post, "arxiv:2401.00001", post.url)
    assert (row.title, row.why, row.state) == ("A better title", "It is whole.", "open")


def test_an_address_fills_the_form_and_is_suggested(reader_client: Client) -> None:
    page = reader_client.get(SUGGEST, {"url": ADDRESS, "title": "A work"})
    assert f'value="{ADDRESS}"' in page.text
    answer = reader_client.post(SUGGEST, {"address": f" {ADDRESS}?utm_source=x ", "title": "A work"}, follow=True)
    assert answer.redirect_chain == [(MINE, 302)]
    assert Suggestion.objects.get().key == "url:https://example.org/a-work"
    assert "waits for the curators" in reader_client.get(MINE).text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"address": "", "title": "T"}, "Paste the address of the work"),
        ({"address": "javascript:alert(1)", "title": "T"}, "is no arXiv id, DOI, ISBN or web address"),
        ({"address": "no address", "title": "T"}, "is no arXiv id, DOI, ISBN or web address"),
        ({"address": "https://example.org/" + "a" * 600, "title": "T"}, "longer than 500 characters"),
        ({"address": "https://example.org/" + "a" * 3000, "title": "T"}, "An address has room for 2000 characters"),
        ({"address": ADDRESS, "title": " "}, "Write the title of the work."),
        ({"address": ADDRESS, "title": "T" * 301}, "A title has room for 300 characters; this is 301."),
        ({"address": ADDRESS, "title": "T", "why": "w" * 1001}, "There is room for 1000 characters; this is 1001."),
        ({"address": ADDRESS, "title": "a\x00b"}, "Null characters are not allowed."),
    ],
    ids=["nothing", "script", "words", "long-key", "long", "untitled", "long-title", "long-why", "null"],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    reader_client: Client, fields: dict[str, str], says: str
) -> None:
    answer = reader_client.post(SUGGEST, {"why": "Because", **fields})
    assert answer.status_code == 422
    assert says in answer.text
    assert fields.get("why", "Because") in answer.text
    assert not Suggestion.objects.exists()


@pytest.mark.parametrize("post", ["0", "x", "-1", "9" * 30, "\x00", "٣"])
def test_a_post_that_is_not_there_is_not_found(reader_client: Client, post: str) -> None:
    assert reader_client.get(SUGGEST, {"post": post}).status_code == 404
    assert reader_client.post(SUGGEST, {"post": post, "title": "T"}).status_code == 404


def test_a_post_of_a_draft_is_not_found(reader_client: Client) -> None:
    hidden = make_post(make_feed(make_source(status="draft")))
    assert reader_client.get(SUGGEST, {"post": hidden.pk}).status_code == 404


@pytest.mark.parametrize("url", ["\x00", "http://[x", "x" * 5000, "javascript:alert(1)", "<script>"])
def test_any_address_may_stand_in_the_link_to_the_form(reader_client: Client, url: str) -> None:
    page = reader_client.get(SUGGEST, {"url": url, "title": url})
    assert page.status_code == 200
    assert "<script>" not in page.text.replace('<script type="module"', "").replace("<script src", "")


def test_what_the_catalogue_has_is_shown_instead_of_the_form(reader_client: Client) -> None:
    known, by_address = make_entry("Attention"), make_entry("By address", url=ADDRESS)
    Identifier.objects.create(entry=known, key="arxiv:1706.03762")
    post = make_post(key="arxiv:1706.03762")
    for query, entry in (
        ({"url": "https://arxiv.org/pdf/1706.03762v5"}, known),
        ({"post": str(post.pk)}, known),
        ({"url": ADDRESS}, by_address),
    ):
        page = reader_client.get(SUGGEST, query)
        assert f'href="{entry.get_absolute_url()}"' in page.text
        assert "Suggest it" not in page.text
    answer = reader_client.post(SUGGEST, {"address": "1706.03762", "title": "T"})
    assert (answer.status_code, Suggestion.objects.count()) == (409, 0)
    assert "This is in the catalogue already:" in answer.text
    assert "Suggest for the canon" not in reader_client.get(f"/posts/{post.pk}/").text


def test_a_draft_of_the_catalogue_is_no_secret_that_the_form_tells(reader_client: Client) -> None:
    make_entry("Secret plan", status="draft", url=ADDRESS)
    page = reader_client.get(SUGGEST, {"url": ADDRESS})
    assert "Secret plan" not in page.text
    assert "Suggest it" in page.text


def test_one_work_waits_once_whoever_suggests_it(
    reader_client: Client, teammate_client: Client, teammate: User
) -> None:
    made(teammate)
    page = reader_client.get(SUGGEST, {"url": ADDRESS})
    assert "Somebody has suggested this already" in page.text
    assert "You have suggested this" in teammate_client.get(SUGGEST, {"url": ADDRESS}).text
    answer = reader_client.post(SUGGEST, {"address": ADDRESS, "title": "Again"}, follow=True)
    assert "Nothing to change: A work waits for the curators already." in answer.text
    assert Suggestion.objects.get().title == "A work"


def test_what_was_declined_can_be_suggested_again_with_the_answer_at_hand(
    reader_client: Client, reader: User, curator: User
) -> None:
    suggestions.decline(made(reader), "Too short.", by=curator, now=NOW)
    page = reader_client.get(SUGGEST, {"url": ADDRESS})
    assert "It was declined on 20 November 2026: Too short." in page.text
    reader_client.post(SUGGEST, {"address": ADDRESS, "title": "Again"})
    assert Suggestion.objects.open().count() == 1


def test_nobody_floods_the_curators(reader_client: Client, reader: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggestions, "MOST_OPEN", 2)
    for number in range(2):
        made(reader, key=f"url:{number}")
    answer = reader_client.post(SUGGEST, {"address": ADDRESS, "title": "One more"})
    assert answer.status_code == 409
    assert "2 of your suggestions wait for the curators." in answer.text
    assert 'value="One more"' in answer.text


@pytest.mark.django_db(transaction=True)
def test_a_double_click_and_two_readers_at_once_leave_one_suggestion() -> None:
    people = [make_person(f"{name}@example.org", name) for name in ("ada", "ben")]
    work = suggestions.work_at(ADDRESS)
    calls = [
        lambda person=person: suggestions.suggest(work, title="A work", why="", person=person, now=NOW)[1]
        for person in (*people, *people)
    ]
    assert sorted(at_once(*calls)) == [False, False, False, True]
    assert Suggestion.objects.count() == 1


def test_each_sees_ones_own_alone(reader_client: Client, reader: User, teammate: User) -> None:
    made(reader, title="Mine")
    made(teammate, key="url:other", title="Theirs")
    page = reader_client.get(MINE).text
    assert "Mine" in page
    assert "Theirs" not in page


def test_who_suggested_nothing_is_told_what_will_be_there(reader_client: Client) -> None:
    assert "Nothing suggested yet" in reader_client.get(MINE).text


# ------------------------------------------------------------------- judging


def test_the_pages_of_judging_are_for_curators(reader_client: Client, curator_client: Client, reader: User) -> None:
    row = made(reader)
    for address in (ALL, judge_page(row)):
        assert reader_client.get(address).status_code == 403
        assert curator_client.get(address).status_code == 200
    assert reader_client.post(judge_page(row), {"action": "decline", "answer": "No"}).status_code == 403
    assert state_of(row)[0] == "open"


def test_what_waits_stands_on_the_curators_home(curator_client: Client, reader: User) -> None:
    row = made(reader, title="Waiting")
    page = curator_client.get(reverse("curation:home"))
    assert f'href="{judge_page(row)}"' in page.text
    assert "Waiting" in curator_client.get(ALL).text


def test_a_curator_adds_the_work_and_comes_back_to_accept_it(
    curator_client: Client, reader_client: Client, reader: User
) -> None:
    post = make_post(key="arxiv:2401.00001", published_at=NOW)
    row = made(reader, key=post.key, post=post, url=post.url, title="A work & more")
    add = curator_client.get(judge_page(row)).context["add"]
    form = curator_client.get(add)
    assert 'value="A work &amp; more"' in form.text
    assert 'value="https://arxiv.org/abs/2401.00001"' in form.text
    assert 'value="2026"' in form.text
    fields = entry_form(title="A work & more", url="https://arxiv.org/abs/2401.00001")
    answer = curator_client.post(add, fields)
    entry = Entry.objects.get()
    assert answer["Location"] == f"{judge_page(row)}?entry={entry.pk}"
    assert curator_client.get(answer["Location"]).context["candidates"] == [entry]
    done = curator_client.post(judge_page(row), {"action": "accept", "entry": entry.pk}, follow=True)
    assert "Accepted: A work &amp; more." in done.text
    assert state_of(row) == ("accepted", entry, "")
    assert f'href="{entry.get_absolute_url()}"' in reader_client.get(MINE).text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_admins_form_leads_to_no_other_site(curator_client: Client, target: str) -> None:
    address = reverse("admin:catalog_entry_add", query={"next": target})
    answer = curator_client.post(address, entry_form(title="A work"))
    assert answer["Location"] == reverse("admin:catalog_entry_changelist")


def test_a_suggestion_is_declined_with_a_word_that_its_reader_sees(
    curator_client: Client, curator: User, reader_client: Client, reader: User
) -> None:
    row = made(reader)
    refused = curator_client.post(judge_page(row), {"action": "decline", "answer": " "})
    assert refused.status_code == 422
    assert "Say in a word why not" in refused.text
    curator_client.post(judge_page(row), {"action": "decline", "answer": "Too short."})
    assert state_of(row) == ("declined", None, "Too short.")
    assert Suggestion.objects.get().judged_by == curator
    assert "declined: Too short." in reader_client.get(MINE).text
    assert "Too short." in curator_client.get(f"{ALL}?state=judged").text
    assert "Decline it" not in curator_client.get(judge_page(row)).text


def test_of_two_curators_the_first_word_counts(curator_client: Client, admin_client: Client, reader: User) -> None:
    row, entry = made(reader), make_entry()
    curator_client.post(judge_page(row), {"action": "accept", "entry": entry.pk})
    late = admin_client.post(judge_page(row), {"action": "decline", "answer": "No"}, follow=True)
    assert "Nothing to change: A work was judged already." in late.text
    assert state_of(row) == ("accepted", entry, "")


@pytest.mark.parametrize("entry", ["", "0", "x", "9" * 30, "\x00"])
def test_only_an_entry_that_is_there_can_be_what_it_became(curator_client: Client, reader: User, entry: str) -> None:
    row = made(reader)
    assert curator_client.get(judge_page(row), {"entry": entry}).status_code == 200
    answer = curator_client.post(judge_page(row), {"action": "accept", "entry": entry}, follow=True)
    assert "That entry is not here any more." in answer.text
    assert state_of(row)[0] == "open"


def test_an_accepted_draft_is_named_and_leads_nowhere_for_readers(
    reader_client: Client, reader: User, curator: User
) -> None:
    draft = make_entry("Secret plan", status="draft")
    suggestions.accept(made(reader), draft, by=curator, now=NOW)
    page = reader_client.get(MINE).text
    assert "accepted" in page
    assert "Secret plan" not in page


def test_what_a_former_member_suggested_stays(curator_client: Client, reader: User) -> None:
    row = made(reader)
    reader.delete()
    assert "a former member" in curator_client.get(ALL).text
    assert "suggested by a former member" in curator_client.get(judge_page(row)).text


@pytest.mark.parametrize("count", [2, 30])
@pytest.mark.parametrize("address", [MINE, ALL, f"{ALL}?state=judged"])
def test_pages_ask_as_few_queries_for_many_suggestions_as_for_few(
    curator_client: Client,
    curator: User,
    address: str,
    count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(count):
        made(curator, key=f"url:{number}", post=make_post())
        row = made(curator, key=f"url:judged-{number}")
        suggestions.accept(row, make_entry(f"Work {number}"), by=curator, now=NOW)
    with django_assert_max_num_queries(12):
        assert curator_client.get(address).status_code == 200
