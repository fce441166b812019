"""With Redis away, people who are signed in read on."""

import pytest
from django.test import Client
from pytest_django import Settings

from readinglist.catalog.models import Entry, ReadingList


@pytest.mark.django_db
def test_pages_need_no_redis(reader_client: Client, canon: ReadingList, settings: Settings) -> None:
    entry = Entry.objects.get(short_title="Attention")
    reader_client.post(f"/entries/{entry.slug}/notes/", {"text": "A *note*", "is_shared": "False"})
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere/redis.sock"}
    }
    for address in ("/", "/canon/", "/entries/", entry.get_absolute_url()):
        assert reader_client.get(address).status_code == 200, address
    assert "<em>note</em>" in reader_client.get(entry.get_absolute_url()).content.decode()
