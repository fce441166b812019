"""The first visit: three questions, each of which may be skipped."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from accounts.welcoming import landing
from readinglist.catalog.models import ReadingList, Source
from readinglist.reading import follows, paths
from readinglist.reading.models import Follow, Path
from readinglist.week.models import CadenceRule
from tests.fixtures.posts import make_feed, make_source
from tests.fixtures.works import make_entry, make_list

pytestmark = pytest.mark.django_db

PAGES = ["/welcome/zone/", "/welcome/budget/", "/welcome/follow/"]


@pytest.fixture
def newcomer(reader: User) -> User:
    User.objects.filter(pk=reader.pk).update(welcomed_at=None)
    return User.objects.get(pk=reader.pk)


@pytest.fixture
def sources(db: None) -> dict[str, Source]:
    """Four blogs: two that a rule of each reader's week names, one that a rule of the team's names, and one more."""
    made = {name: make_source(name) for name in ("Leaned on", "Leaned on too", "For the team", "Another")}
    for source in made.values():
        make_feed(source)
    made["Without a feed"] = make_source("Without a feed")
    rule = CadenceRule.objects.create(slug="posts", what="A post a day", frequency="daily")
    rule.sources.set([made["Leaned on"], made["Leaned on too"], made["Without a feed"]])
    team = CadenceRule.objects.create(slug="team", what="A look", frequency="weekly", audience="team")
    team.sources.set([made["For the team"]])
    return made


def text_of(response: Any) -> str:
    return str(response.content.decode())


def is_ticked(page: str, name: str) -> bool:
    """Whether the box before these words is."""
    before = page[: page.index(f"<span>{name}</span>")]
    return " checked" in before[before.rindex("<input") :]


def followed_by(user: User) -> set[str]:
    return set(Follow.objects.of(user).values_list("source__name", flat=True))


# ----------------------------------------------------------------- who lands here


def test_newcomers_land_at_the_questions_and_all_others_at_home(newcomer: User, teammate: User) -> None:
    assert landing(newcomer) == "/welcome/"
    assert landing(teammate) == "/"


def test_the_questions_begin_with_the_first(reader_client: Client, newcomer: User) -> None:
    assert reader_client.get("/welcome/", follow=True).redirect_chain == [("/welcome/zone/", 302)]


def test_no_page_is_barred_before_they_are_answered(reader_client: Client, newcomer: User, canon: ReadingList) -> None:
    for address in ("/", "/canon/", "/inbox/", "/accounts/settings/"):
        assert reader_client.get(address).status_code == 200


# ------------------------------------------------------------------ the questions


def test_answers_are_kept_and_each_leads_to_the_next(
    reader_client: Client, newcomer: User, canon: ReadingList, sources: dict[str, Source]
) -> None:
    short = make_list("short", [[make_entry()]])
    answers: list[tuple[str, dict[str, Any], str]] = [
        ("/welcome/zone/", {"zone": "Asia/Tokyo"}, "/welcome/budget/"),
        ("/welcome/budget/", {"amount": "another", "minutes": "200"}, "/welcome/follow/"),
        ("/welcome/follow/", {"lists": [canon.pk, short.pk], "sources": [sources["Another"].pk]}, "/"),
    ]
    for address, answer, following in answers:
        assert reader_client.post(address, answer)["Location"] == following
    newcomer.refresh_from_db()
    assert (newcomer.zone, newcomer.weekly_minutes) == ("Asia/Tokyo", 200)
    assert [leg.reading_list for leg in paths.path_of(newcomer).path] == [canon, short]
    assert followed_by(newcomer) == {"Another"}
    assert newcomer.welcomed_at is not None
    assert "That is all." in text_of(reader_client.get("/"))


def test_each_can_be_skipped_and_nothing_is_made_of_it(
    reader_client: Client, newcomer: User, canon: ReadingList, sources: dict[str, Source]
) -> None:
    assert 'href="/welcome/budget/">Skip this question' in text_of(reader_client.get("/welcome/zone/"))
    assert 'href="/welcome/follow/">Skip this question' in text_of(reader_client.get("/welcome/budget/"))
    assert 'action="/welcome/end/"' in text_of(reader_client.get("/welcome/follow/"))
    before = User.objects.values("zone", "weekly_minutes").get(pk=newcomer.pk)
    assert reader_client.post("/welcome/end/")["Location"] == "/"
    newcomer.refresh_from_db()
    assert newcomer.welcomed_at is not None
    assert User.objects.values("zone", "weekly_minutes").get(pk=newcomer.pk) == before
    assert not Follow.objects.exists()
    assert not Path.objects.exists()


def test_going_back_shows_what_was_answered(reader_client: Client, newcomer: User) -> None:
    reader_client.post("/welcome/zone/", {"zone": "Asia/Tokyo"})
    reader_client.post("/welcome/budget/", {"amount": "270"})
    assert '<option value="Asia/Tokyo" selected>' in text_of(reader_client.get("/welcome/zone/"))
    assert is_ticked(text_of(reader_client.get("/welcome/budget/")), "4 hours 30")
    reader_client.post("/welcome/budget/", {"amount": "another", "minutes": "200"})
    page = text_of(reader_client.get("/welcome/budget/"))
    assert is_ticked(page, "Another amount")
    assert 'name="minutes" value="200"' in page


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ({}, "Choose an amount, or skip the question."),
        ({"amount": "150"}, "is not one of the available choices"),
        ({"amount": "another"}, "Write how many minutes a week"),
        ({"amount": "another", "minutes": "10"}, "Write a whole number of minutes from 15 to 2400."),
        ({"amount": "another", "minutes": "much"}, "Write a whole number of minutes from 15 to 2400."),
        ({"amount": "180", "minutes": "200"}, "Choose “Another amount” to use these minutes"),
    ],
)
def test_a_budget_that_is_none_is_told_and_stays_as_typed(
    reader_client: Client, newcomer: User, answer: dict[str, str], told: str
) -> None:
    response = reader_client.post("/welcome/budget/", answer)
    page = text_of(response)
    assert response.status_code == 422
    assert told in page
    if minutes := answer.get("minutes"):
        assert f'name="minutes" value="{minutes}"' in page
    newcomer.refresh_from_db()
    assert newcomer.weekly_minutes == 180


def test_minutes_of_before_do_not_stand_in_the_way_of_a_usual_amount(reader_client: Client, newcomer: User) -> None:
    User.objects.filter(pk=newcomer.pk).update(weekly_minutes=200)
    assert reader_client.post("/welcome/budget/", {"amount": "120", "minutes": "200"}).status_code == 302
    newcomer.refresh_from_db()
    assert newcomer.weekly_minutes == 120


def test_a_zone_that_is_none_is_told(reader_client: Client, newcomer: User) -> None:
    response = reader_client.post("/welcome/zone/", {"zone": "Mars/Olympus"})
    assert response.status_code == 422
    assert 'id="id_zone_error"' in text_of(response)
    newcomer.refresh_from_db()
    assert newcomer.zone == "UTC"


def test_the_browsers_zone_is_proposed_only_to_who_has_chosen_none(
    reader_client: Client, newcomer: User, settings: Settings
) -> None:
    assert "data-guesses" in text_of(reader_client.get("/welcome/zone/"))
    reader_client.post("/welcome/zone/", {"zone": "Asia/Tokyo"})
    assert "data-guesses" not in text_of(reader_client.get("/welcome/zone/"))


# ------------------------------------------------------------- reading and following


def test_what_the_week_leans_on_is_ticked_and_the_rest_can_be(
    reader_client: Client, newcomer: User, canon: ReadingList, sources: dict[str, Source]
) -> None:
    make_list("short", [[make_entry()]], title="A short list")
    page = text_of(reader_client.get("/welcome/follow/"))
    ticked = {
        name: is_ticked(page, name)
        for name in ("The canon", "A short list", "Leaned on", "Leaned on too", "For the team", "Another")
    }
    assert [name for name, is_so in ticked.items() if is_so] == ["The canon", "Leaned on", "Leaned on too"]
    assert "Blogs: 2 more" in page
    assert "Without a feed" not in page


def test_leaving_the_canon_ticked_makes_no_rows(reader_client: Client, newcomer: User, canon: ReadingList) -> None:
    reader_client.post("/welcome/follow/", {"lists": [canon.pk]})
    assert not Path.objects.exists()


def test_who_unticks_all_lists_begins_with_the_canon(
    reader_client: Client, newcomer: User, canon: ReadingList, sources: dict[str, Source]
) -> None:
    reader_client.post("/welcome/follow/", {})
    assert not Path.objects.exists()
    assert not Follow.objects.exists()
    newcomer.refresh_from_db()
    assert newcomer.welcomed_at is not None


def test_what_is_followed_already_is_counted_and_stays(
    reader_client: Client, newcomer: User, sources: dict[str, Source]
) -> None:
    follows.follow(sources["Another"], user=newcomer, now=timezone.now())
    page = text_of(reader_client.get("/welcome/follow/"))
    assert "You follow one source already" in page
    assert "<span>Another</span>" not in page
    reader_client.post("/welcome/follow/", {"sources": [sources["Leaned on"].pk]})
    assert followed_by(newcomer) == {"Another", "Leaned on"}


def test_at_a_later_visit_nothing_is_ticked_by_itself(
    reader_client: Client, reader: User, sources: dict[str, Source]
) -> None:
    assert not is_ticked(text_of(reader_client.get("/welcome/follow/")), "Leaned on")


def test_the_first_visit_ends_once(reader_client: Client, newcomer: User) -> None:
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    User.objects.filter(pk=newcomer.pk).update(welcomed_at=long_ago)
    reader_client.post("/welcome/end/")
    newcomer.refresh_from_db()
    assert newcomer.welcomed_at == long_ago


@pytest.mark.parametrize("field", ["lists", "sources"])
def test_what_is_gone_meanwhile_is_told_and_the_ticks_stay(
    reader_client: Client, newcomer: User, canon: ReadingList, sources: dict[str, Source], field: str
) -> None:
    answer: dict[str, list[Any]] = {"lists": [canon.pk], "sources": [sources["Another"].pk]}
    answer[field] = [*answer[field], 987654321]
    response = reader_client.post("/welcome/follow/", answer)
    page = text_of(response)
    assert response.status_code == 422
    assert "gone in the meantime" in page
    assert (is_ticked(page, "Another"), is_ticked(page, "Leaned on")) == (True, False)
    assert not Follow.objects.exists()


@pytest.mark.parametrize("wrong", ["x", "-1", "9" * 40, "\0"])
def test_hostile_ticks_are_refused(reader_client: Client, newcomer: User, canon: ReadingList, wrong: str) -> None:
    for field in ("lists", "sources"):
        assert reader_client.post("/welcome/follow/", {field: [wrong]}).status_code == 422


def test_without_lists_and_sources_the_page_says_so(reader_client: Client, newcomer: User) -> None:
    page = text_of(reader_client.get("/welcome/follow/"))
    assert "There is no list yet." in page
    assert "There is no source to follow yet." in page


def test_many_sources_ask_no_more_queries(
    reader_client: Client, newcomer: User, canon: ReadingList, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(30):
        make_feed(make_source())
    with django_assert_max_num_queries(6):
        assert reader_client.get("/welcome/follow/").status_code == 200


@pytest.mark.parametrize("address", ["/welcome/", *PAGES])
def test_an_outsider_is_asked_to_sign_in(outsider: Client, address: str) -> None:
    assert outsider.get(address)["Location"].startswith("/accounts/login/?next=")
