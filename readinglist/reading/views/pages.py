"""What several pages of the reader share: lines of works, and the way back."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.http import url_has_allowed_host_and_scheme

from accounts.models import User
from accounts.requests import ReaderRequest
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, Source
from readinglist.reading.models import ReadState

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """A work in a list, with the reader's own state; `is_read_before`: they have read an earlier version of it."""

    entry: Entry
    state: ReadState | None
    is_read_before: bool = False


def lines_of(entries: Iterable[Entry], user: User) -> list[Line]:
    """The works with their states, in one further query."""
    works = list(entries)
    mine = {state.entry_id: state for state in ReadState.objects.of(user).filter(entry__in=[w.pk for w in works])}
    return [Line(work, mine.get(work.pk)) for work in works]


def if_visible(thing: Entry | Source | None, user: User) -> Entry | Source | None:
    """A thing to link to; nothing where it is a draft and `user` no curator."""
    if thing is None or thing.status != Status.DRAFT or user.has_perm("catalog.change_entry"):
        return thing
    return None


def way_back(request: ReaderRequest, otherwise: str) -> str:
    """`next` of the form where it is a page of ours."""
    target = request.POST.get("next", "")
    # Anything else might also be the name of a route.
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None) and urlsplit(target).path.startswith("/"):
        return target
    return otherwise
