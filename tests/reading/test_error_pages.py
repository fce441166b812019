"""Error pages speak plainly and lead back."""

import pytest
from django.http import HttpRequest
from django.test import Client
from django.views.defaults import server_error

from accounts.models import User


def test_a_missing_page_says_so(reader_client: Client) -> None:
    response = reader_client.get("/entries/nothing-of-the-kind/")
    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_stale_form_says_what_to_do(reader: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reader)
    response = strict.post("/accounts/settings/", {"name": "Ada"})
    assert response.status_code == 403
    assert "load the page anew" in response.content.decode()


@pytest.mark.django_db
def test_a_fault_of_ours_needs_neither_session_nor_database(django_assert_num_queries: object) -> None:
    response = server_error(HttpRequest())
    assert response.status_code == 500
    assert "Nothing that you saved is lost" in response.content.decode()
