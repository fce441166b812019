"""A reader who asks for pages, in the process that answers them; a program (`programs.answer`).

What a request costs is CPU time: this process's own, and that of the PostgreSQL process behind its connection.
"""

# ruff: noqa: E402 - models can be imported after Django has been set up
import gc
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, Literal

import django

from bench.programs import answer

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from accounts.models import User
from bench.pages import baseline
from bench.pages.transfer import bytes_of
from feeds.indexing import index_posts
from readinglist import written
from readinglist.catalog.models import Category, Entry, Post, ReadingList, Source
from readinglist.catalog.models.lists import CANON
from readinglist.reading.models import Follow, PostState

BEFORE = 2  # a page is asked for so often before it is measured


@dataclass(frozen=True, slots=True)
class Request:
    """What one took, in seconds: CPU of Python, CPU of PostgreSQL, and by the clock."""

    python: float
    database: float
    wall: float

    @property
    def cpu(self) -> float:
        return self.python + self.database


class Desk:
    """The reader, with a session of their own."""

    def __init__(self, user: User) -> None:
        self.user = user
        self._client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
        self._client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])

    def look(self, address: str) -> Any:
        return _checked(self._client.get(address), address)

    def post(self, address: str, values: Mapping[str, Any], **headers: str) -> Any:
        return _checked(self._client.post(address, values, headers=headers), address)

    def measure(self, address: str, values: Mapping[str, Any] | None = None, **headers: str) -> Request:
        """A GET; with `values` a POST."""
        connection.ensure_connection()
        backend = connection.connection.info.backend_pid
        database, python, wall = _cpu_of(backend), process_time(), perf_counter()
        if values is None:
            self.look(address)
        else:
            self.post(address, values, **headers)
        wall, python = perf_counter() - wall, process_time() - python
        return Request(python, _cpu_of(backend) - database, wall)


def _checked(response: Any, address: str) -> Any:
    if response.status_code not in (200, 302):
        raise RuntimeError(f"{address} answers {response.status_code}")
    return response


def _cpu_of(pid: int) -> float:
    """In billionths of a second from Linux, where a clock tick is longer than most queries."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


_desks: dict[tuple[str, bool], Desk] = {}


def make(posts: int, readers: int, entries: int) -> dict[str, Any]:
    """The data of `makedemo` in the database that everything finds by itself, searchable."""
    connection.close()
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", interactive=False, verbosity=0)
    call_command("makedemo", readers=readers, entries=entries, posts=posts, seed=1, verbosity=0)
    while index_posts(batches=10):  # a few, since each call begins where the last has ended
        pass
    connection.close()
    return {}


def sit_down(database: str, behind: bool) -> dict[str, Any]:
    """Takes the reader of a database who has read the most; `behind`: who has read nothing of all that ever came."""
    connection.close()
    connection.settings_dict["NAME"] = database
    user = _busiest()
    if behind:
        _fall_behind(user)
    _desks[database, behind] = desk = Desk(user)
    return {"pages": addresses(desk), "unread": _unread(user)}


def _busiest() -> User:
    readers = User.objects.filter(is_active=True, is_staff=False, shares_stages=True)
    return readers.annotate(n=Count("read_states")).order_by("-n", "pk")[0]


def _fall_behind(user: User) -> None:
    """Follows all there is; what a feed brought with its first fetch counts as news too."""
    Post.objects.filter(is_backlog=True).update(is_backlog=False)
    PostState.objects.filter(user=user).delete()
    Follow.objects.filter(user=user).delete()
    since = {"followed_at": user.date_joined, "caught_up_to": 0}
    Follow.objects.bulk_create(Follow(user=user, source=source, **since) for source in Source.objects.fed())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) catalog_post, reading_follow, reading_poststate")


def _unread(user: User) -> int:
    """All of it, not as far as the inbox counts; copies of one work too."""
    follows = Follow.objects.filter(user=user, is_muted=False).values_list("source", "caught_up_to")
    return sum(
        Post.objects.filter(feed__source=source, pk__gt=mark, is_backlog=False).count() for source, mark in follows
    )


def addresses(desk: Desk) -> dict[str, str]:
    """The readers' pages by name, each with as much on it as there is."""
    post = Post.objects.filter(feed__source__follows__user=desk.user).order_by("-pk")[0]
    entry = Entry.objects.current().annotate(n=Count("read_states")).order_by("-n", "pk")[0]
    category = Category.objects.annotate(n=Count("entries")).order_by("-n", "pk")[0]
    source = Source.objects.live().annotate(n=Count("feeds__posts")).order_by("-n", "pk")[0]
    reading_list = ReadingList.objects.filter(slug=CANON).first() or ReadingList.objects.all()[0]
    inbox = reverse("reading:inbox")
    return {
        "baseline": baseline.address(),
        "home": reverse("reading:home"),
        "canon": reverse("reading:canon"),
        "a list": reading_list.get_absolute_url(),
        "path": reverse("reading:path"),
        "landscape": reverse("reading:landscape"),
        "a category": category.get_absolute_url(),
        "entries": reverse("reading:entries"),
        "an entry": entry.get_absolute_url(),
        "inbox": inbox,
        "inbox, a post open": f"{inbox}?post={post.pk}",
        "a post": reverse("reading:post", args=[post.pk]),
        "sources": reverse("reading:sources"),
        "a source": source.get_absolute_url(),
        "search": reverse("reading:search"),
        "search, found": f"{reverse('reading:search')}?q={next(iter(queries().values()))}",
        "me": reverse("reading:me"),
        "history": reverse("reading:history"),
        "a reader": reverse("reading:reader", args=[desk.user.pk]),
    }


def queries() -> dict[str, str]:
    """What is searched for, by what it is; the words are those of the newest posts."""
    words, once = _words("DESC"), _words("ASC")[0]
    title = Post.objects.filter(lead=None).exclude(title="").order_by("-pk").values_list("title", flat=True)[0]
    frequent, year = words[-1], Post.objects.latest("first_seen_at").first_seen_at.year
    return {
        "a frequent word": frequent,
        "a rare word": words[0],
        "a rare word of long ago": once,
        "two words": f"{words[-2]} {words[len(words) // 2]}",
        "a phrase": f'"{" ".join(title.split()[:3])}"',
        "a word mistyped": f"{frequent[0]}{frequent[2]}{frequent[1]}{frequent[3:]}q",
        "without a word": f"{frequent} -{words[-3]}",
        "filters alone": "kind:blog is:unread",
        "a word and filters": f"{frequent} kind:blog year:{year}",
    }


def _words(order: Literal["ASC", "DESC"]) -> list[str]:
    """Of the newest posts or the oldest, the rarest first, as the index has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT word FROM ts_stat('SELECT search FROM catalog_posttext ORDER BY post_id {order} LIMIT 2000')"  # noqa: S608
            " WHERE word ~ '^[a-z]{6,}$' ORDER BY ndoc, word"
        )
        return [word for (word,) in cursor.fetchall()]


# ------------------------------------------------------------------- measures


def view(database: str, behind: bool, pages: Sequence[str], anew: bool = False) -> dict[str, Any]:
    """Each address once, in turn; `anew` with no part of a page remembered, as by a process that has just started."""
    desk = _desks[database, behind]
    if connection.settings_dict["NAME"] != database:
        connection.close()
        connection.settings_dict["NAME"] = database
    gc.collect()
    requests = []
    for page in pages:
        if anew:
            written.forget()
        requests.append(asdict(desk.measure(page)))
    return {"requests": requests}


def warm(database: str, behind: bool, pages: Sequence[str]) -> dict[str, Any]:
    for _ in range(BEFORE):
        view(database, behind, pages)
    return {}


def weigh(database: str, behind: bool, pages: Mapping[str, str]) -> dict[str, Any]:
    """How much a browser fetches for each: the page, and all with it."""
    desk = _desks[database, behind]
    sizes = {name: bytes_of(desk.look(address)) for name, address in pages.items()}
    return {name: {"page": found[""], "all": sum(found.values())} for name, found in sizes.items()}


def find(database: str, behind: bool) -> dict[str, Any]:
    """The address of each search."""
    view(database, behind, [])
    return {name: f"{reverse('reading:search')}?q={words}" for name, words in queries().items()}


def mark(database: str, behind: bool, what: str) -> dict[str, Any]:
    """Marks as read and takes it back: `all` that is unread, all where only one is (`last`), or `one` post."""
    view(database, behind, [])
    desk = _desks[database, behind]
    newest = Post.objects.latest("pk").pk
    follows, states = Follow.objects.filter(user=desk.user), PostState.objects.filter(user=desk.user)
    if what == "one":
        found = desk.measure(reverse("reading:mark_post", args=[newest]), {"action": "read"}, **{"HX-Request": "true"})
    else:
        follows.update(caught_up_to=newest - 1 if what == "last" else 0)
        found = desk.measure(reverse("reading:read_up_to"), {"post": newest})
    has_marked = states.filter(read_at__isnull=False).exists() or follows.filter(caught_up_to=newest).exists()
    states.delete()
    follows.update(caught_up_to=0)
    if not has_marked:
        raise RuntimeError(f"Nothing was marked: {what}")
    return asdict(found)


COMMANDS = {f.__name__: f for f in (make, sit_down, view, warm, weigh, find, mark)}

if __name__ == "__main__":
    logging.disable(logging.WARNING)
    settings.ROOT_URLCONF = baseline.__name__
    answer(COMMANDS)
