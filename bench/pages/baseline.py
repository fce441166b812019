"""What a page costs at least: a view of the bench's own, in front of the real addresses and behind the same middleware.

Six queries by primary key, of which the last brings 50 rows, and a plain template that writes those.
"""

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from accounts.models import User
from readinglist.catalog.models import Category, Entry, Feed, ReadingList, Source

ADDRESS = "/baseline/"
ROWS = 50
SINGLE: tuple[type[Model], ...] = (Category, Feed, ReadingList, Source, User)

_TEMPLATE = engines["django"].from_string(
    """<!DOCTYPE html>
<html lang="en">
<title>Baseline</title>
<h1>{{ request.user }}</h1>
<p>{% for row in single %}{{ row }} {% endfor %}</p>
<ol>{% for row in rows %}<li><a href="/entries/{{ row.slug }}/">{{ row.title }}</a>, {{ row.venue }} {{ row.year }}</li>
{% endfor %}</ol>
"""
)


def baseline(request: HttpRequest) -> HttpResponse:
    """`?single=…&rows=…`: the keys, separated by commas."""
    keys = [int(key) for key in request.GET["single"].split(",")]
    rows = [int(key) for key in request.GET["rows"].split(",")]
    context = {
        "single": [model._default_manager.get(pk=key) for model, key in zip(SINGLE, keys, strict=True)],
        "rows": Entry.objects.defer("search").in_bulk(rows).values(),
    }
    return HttpResponse(_TEMPLATE.render(context, request))


def address() -> str:
    """With keys of rows that are there."""
    single = ",".join(str(model._default_manager.order_by("pk").values_list("pk", flat=True)[0]) for model in SINGLE)
    rows = ",".join(map(str, Entry.objects.order_by("pk").values_list("pk", flat=True)[:ROWS]))
    return f"{ADDRESS}?single={single}&rows={rows}"


urlpatterns = [path(ADDRESS.removeprefix("/"), baseline), path("", include("readinglist.urls"))]
