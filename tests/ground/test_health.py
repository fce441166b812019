"""/healthz: 200 with JSON once the database and Redis do, under any Host, without a session."""

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from readinglist.operations import health


@pytest.mark.django_db
def test_it_answers_under_any_host(outsider: Client) -> None:
    response = outsider.get("/healthz", headers={"host": "10.1.2.3:8000"})
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": "ok", "redis": "ok"}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_it_says_503_without_details_when_redis_is_gone(outsider: Client, settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "readinglist.cache.SharedCache", "LOCATION": "unix:///nowhere/redis.sock"}
    }
    response = outsider.get("/healthz")
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": "ok", "redis": "no answer"}


@pytest.mark.django_db
def test_it_says_503_when_the_database_is_gone_and_one_line_why(
    outsider: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ConnectionError("no route")

    monkeypatch.setitem(health.PARTS, "database", fail)
    assert outsider.get("/healthz").json()["database"] == "no answer"
    ours = [record for record in caplog.records if record.name == health.__name__]
    assert [(record.getMessage(), record.exc_info) for record in ours] == [
        ("The database does not answer: ConnectionError('no route')", None)
    ]


@pytest.mark.django_db
def test_other_addresses_are_refused_under_a_foreign_host(outsider: Client) -> None:
    assert outsider.get("/accounts/login/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_does_the_housekeeping(celery_worker_process: object) -> None:
    """The whole way: message in Redis, worker process, rows in PostgreSQL."""
    from datetime import timedelta

    from django.utils import timezone

    from accounts.models import SignInLink
    from accounts.tasks import forget_expired
    from readinglist.embedded_processes import wait_until

    now = timezone.now()
    SignInLink.make(None, now=now - timedelta(days=3))
    SignInLink.make(None, now=now)
    cache.clear()
    forget_expired.delay()
    assert wait_until(lambda: SignInLink.objects.count() == 1, 15)
