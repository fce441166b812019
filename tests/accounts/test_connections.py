"""Connecting other accounts to one's own, and taking them away."""

import re

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.fixtures.cast import PASSWORD
from tests.fixtures.oidc import Provider, come_back, connect, leave, reason_of, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh(reader: User) -> Client:
    """The reader's browser, where they have just typed their password once more."""
    client = Client()
    client.force_login(reader)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_who_has_signed_in_connects_an_account_after_their_password(
    reader_client: Client, reader: User, provider: Provider
) -> None:
    asked = leave(reader_client)
    assert asked.status_code == 302
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    page = reader_client.post(asked["Location"], {"password": PASSWORD})
    answer = come_back(reader_client, page)
    assert answer["Location"] == reverse("accounts:security")
    assert "you can sign in with it from now on" in str(next(iter(get_messages(answer.wsgi_request))))
    assert SocialAccount.objects.get().user == reader
    assert User.objects.get().email == "ada@example.org", "the address here stays"


def test_an_account_of_somebody_else_cannot_be_connected(fresh: Client, teammate: User, provider: Provider) -> None:
    connect(teammate, provider)
    answer = sign_in(fresh)
    assert "connected to somebody else here" in str(next(iter(get_messages(answer.wsgi_request))))
    assert SocialAccount.objects.get().user == teammate


def test_one_account_of_a_provider_is_connected_at_most(fresh: Client, reader: User, provider: Provider) -> None:
    connect(reader, provider, uid="1")
    assert reason_of(sign_in(fresh)) == "second"
    assert SocialAccount.objects.get().uid == "1"


def test_a_connection_is_taken_away(fresh: Client, reader: User, provider: Provider) -> None:
    account = connect(reader, provider)
    page = fresh.get(reverse("accounts:security")).content.decode()
    action = re.search(r'action="([^"]+/disconnect/)"', page)
    assert action is not None
    assert action.group(1) == reverse("accounts:disconnect", args=[account.pk])
    assert fresh.post(action.group(1))["Location"] == reverse("accounts:security")
    assert not SocialAccount.objects.exists()


def test_nobody_disconnects_anothers_account(fresh: Client, teammate: User, provider: Provider) -> None:
    account = connect(teammate, provider)
    assert fresh.post(reverse("accounts:disconnect", args=[account.pk])).status_code == 404
    assert SocialAccount.objects.exists()


def test_the_only_way_in_stays(reader: User, reader_client: Client, provider: Provider) -> None:
    reader.set_unusable_password()
    reader.save()
    reader_client.force_login(reader)
    account = connect(reader, provider)
    SocialAccount.objects.create(user=reader, provider="https://gone.example", uid="1")  # no provider any more
    page = reader_client.post(reverse("accounts:disconnect", args=[account.pk]), follow=True).content.decode()
    assert "This is your only way to sign in. Set a password first." in page
    assert SocialAccount.objects.filter(pk=account.pk).exists()
