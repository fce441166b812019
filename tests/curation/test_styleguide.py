"""The style guide shows every part, and nothing of it is in the database."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from readinglist import written
from readinglist.catalog.models import Entry, Post, Source
from readinglist.curation.styleguide import PROBLEMS

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def test_every_component_appears_on_it(curator_client: Client) -> None:
    written.forget()
    shown = {template.name for template in curator_client.get("/styleguide/").templates}
    components = {f"components/{path.name}" for path in (TEMPLATES / "components").glob("*.html")}
    assert components - shown == set()


def test_its_samples_are_no_rows(curator_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(8):  # what every curator's page asks
        curator_client.get("/styleguide/")
    assert not Entry.objects.exists()
    assert not Source.objects.exists()
    assert not Post.objects.exists()


def test_what_is_pressed_on_it_finds_nothing(curator_client: Client) -> None:
    content = curator_client.get("/styleguide/").content.decode()
    actions = {part.split('"', 1)[0] for part in content.split('action="')[1:]}
    samples = sorted(action for action in actions if "sample" in action or "/posts/" in action)
    assert len(samples) > 20
    assert {curator_client.post(action, {"stage": "read", "action": "read"}).status_code for action in samples} == {404}


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_page_of_a_problem_can_be_looked_at(curator_client: Client, name: str) -> None:
    answer = curator_client.get(f"/styleguide/{name}/")
    assert answer.status_code == 200
    assert f"{name}.html" in {template.name for template in answer.templates}


def test_every_problem_that_has_a_page_is_named() -> None:
    assert set(PROBLEMS) == {path.stem for path in TEMPLATES.glob("[45]*.html")}


def test_an_unknown_problem_is_not_found(curator_client: Client) -> None:
    assert curator_client.get("/styleguide/nothing/").status_code == 404
