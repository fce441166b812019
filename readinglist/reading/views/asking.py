"""What an address asks of the inbox, and the address that asks for it."""

from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.models import Source
from readinglist.reading import inbox
from readinglist.reading.forms import InboxForm
from readinglist.reading.models import Follow


def asked(request: ReaderRequest, *, with_sources: bool = False) -> InboxForm:
    """By the address, or by a form that repeats it. The sources to choose from are fetched where one is named too."""
    query = request.POST if request.method == "POST" else request.GET
    sources = followed(request.user) if with_sources or query.get("source") else ()
    form = InboxForm(query, sources=sources)
    form.is_valid()
    return form


def followed(user: User) -> QuerySet[Source]:
    """What the inbox brings, by name."""
    heard = Follow.objects.of(user).heard().values("source")
    return Source.objects.visible().filter(pk__in=heard).only("slug", "name", "kind").order_by("name", "pk")


def query_of(shown: inbox.InboxFilter, **more: Any) -> str:
    """`?stream=blogs`; empty where the usual is shown."""
    query = {
        "stream": shown.stream,
        "source": shown.source.slug if shown.source else "",
        "state": "" if shown.state == inbox.UNREAD else shown.state,
        **more,
    }
    wanted = {name: value for name, value in query.items() if value}
    return f"?{urlencode(wanted)}" if wanted else ""


def address_of(shown: inbox.InboxFilter, **more: Any) -> str:
    return reverse("reading:inbox") + query_of(shown, **more)
