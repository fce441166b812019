"""With Redis away the door is open, and guessing is stopped all the same."""

from typing import cast

import pytest
from django.core.cache import cache, caches
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from redis.exceptions import RedisError

from accounts.models import User
from readinglist.cache import SharedCache
from tests.fixtures.cast import PASSWORD
from tests.fixtures.oidc import Provider, leave

pytestmark = pytest.mark.django_db


@pytest.fixture
def without_redis(settings: Settings) -> None:
    there = settings.CACHES["default"]
    settings.CACHES = {"default": there | {"LOCATION": "unix:///nowhere/redis.sock"}}
    cache.clear()


def test_the_door_is_open_without_redis_and_guessing_is_stopped_all_the_same(
    without_redis: None, outsider: Client, reader: User, provider: Provider, settings: Settings
) -> None:
    settings.SIGNUP = "open"
    with pytest.raises(RedisError):
        cast(SharedCache, caches["default"]).ping()
    assert outsider.post(reverse("account_signup"), {"email": "ida@example.org"}).status_code == 302
    assert outsider.post(reverse("account_reset_password"), {"email": reader.email}).status_code == 302
    assert leave(outsider).status_code == 200
    assert outsider.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD}).status_code == 302
    outsider.post(reverse("account_logout"))
    for _ in range(5):
        outsider.post(reverse("account_login"), {"login": reader.email, "password": "wrong"})
    page = outsider.post(reverse("account_login"), {"login": reader.email, "password": PASSWORD})
    assert "Too many attempts" in page.content.decode()


def test_what_is_kept_without_redis_is_forgotten_by_the_clock(without_redis: None) -> None:
    cache.set("a", 1, 60)
    assert cache.get_many(["a", "b"]) == {"a": 1}
    assert not cache.add("a", 2, 60)
    assert cache.incr("a") == 2
    assert cache.touch("a", 0)
    assert not cache.has_key("a")
    cache.set_many({"c": 3}, 60)
    cache.delete_many(["c"])
    assert cache.get("c") is None


def test_redis_is_asked_again_after_a_while(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    there = settings.CACHES["default"]
    cache.set("kept", "in Redis", 60)
    params = {"OPTIONS": dict(there.get("OPTIONS", {}))}
    ours = SharedCache(there["LOCATION"], params)
    monkeypatch.setattr("readinglist.cache._away_until", {there["LOCATION"]: float("inf")})
    assert ours.get("kept") is None
    monkeypatch.setattr("readinglist.cache._away_until", {there["LOCATION"]: 0})
    assert ours.get("kept") == "in Redis"
