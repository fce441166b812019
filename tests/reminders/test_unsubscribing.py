"""One click ends the weekly mail, signed in or not; looking does not."""

import pytest
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse

from accounts.models import User
from readinglist.reminders import unsubscribing

pytestmark = pytest.mark.django_db


def path_for(user: User) -> str:
    """The path of the link in the mail."""
    return "/" + unsubscribing.address_for(user).split("/", 3)[3]


def wants(user: User) -> bool:
    return User.objects.get(pk=user.pk).wants_reminder


def test_mail_providers_turn_it_off_with_one_post(reader: User, teammate: User) -> None:
    provider = Client(enforce_csrf_checks=True)
    answer = provider.post(path_for(reader), {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200, "a redirect would not be followed"
    assert not wants(reader)
    assert wants(teammate)


def test_looking_changes_nothing_and_offers_one_button(outsider: Client, reader: User) -> None:
    answer = outsider.get(path_for(reader))
    assert answer.status_code == 200
    assert answer.content.decode().count("<button") == 1
    assert "no-store" in answer["Cache-Control"]
    assert outsider.head(path_for(reader)).status_code == 200
    assert wants(reader)


def test_the_button_turns_it_off_and_says_how_to_have_it_back(outsider: Client, reader: User) -> None:
    page = outsider.post(path_for(reader)).content.decode()
    assert "You get no weekly mail from now on." in page
    assert reverse("accounts:settings") in page
    assert not wants(reader)


def test_twice_is_once(outsider: Client, reader: User) -> None:
    outsider.post(path_for(reader))
    assert outsider.post(path_for(reader)).status_code == 200
    page = outsider.get(path_for(reader)).content.decode()
    assert "<button" not in page
    assert not wants(reader)


def test_an_old_mail_ends_what_was_turned_on_again(outsider: Client, reader: User) -> None:
    path = path_for(reader)
    outsider.post(path)
    User.objects.filter(pk=reader.pk).update(wants_reminder=True)
    outsider.post(path)
    assert not wants(reader)


def test_the_page_tells_nobody_whose_mail_it_is(outsider: Client, reader: User) -> None:
    pages = [outsider.get(path_for(reader)).content.decode(), outsider.post(path_for(reader)).content.decode()]
    for told in (reader.email, "Ada"):
        assert all(told not in page for page in pages)


def test_it_is_no_way_in(outsider: Client, reader: User) -> None:
    outsider.post(path_for(reader))
    assert outsider.get(reverse("reading:home")).status_code == 302


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_wrong_link_says_so(outsider: Client, reader: User, method: str) -> None:
    right = path_for(reader)
    foreign = Signer(sep=".", salt="something else").sign(str(reader.pk))
    for wrong in (right[:-2] + "/", "/mail/unsubscribe/x/", f"/mail/unsubscribe/{reader.pk}.x/", foreign):
        path = wrong if wrong.startswith("/") else f"/mail/unsubscribe/{wrong}/"
        answer = getattr(outsider, method)(path)
        assert answer.status_code == 404
        assert "No such link" in answer.content.decode()
    assert wants(reader)


def test_the_link_of_somebody_who_is_gone_is_none(outsider: Client, teammate: User) -> None:
    path = path_for(teammate)
    teammate.delete()
    assert outsider.get(path).status_code == 404


def test_other_ways_of_asking_are_refused(outsider: Client, reader: User) -> None:
    assert outsider.put(path_for(reader)).status_code == 405
    assert wants(reader)
