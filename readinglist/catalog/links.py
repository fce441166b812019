"""Where a work is read: its addresses under names that say what opens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from readinglist.catalog.models import Entry, EntryLink

_ARXIV_PDF = "https://arxiv.org/pdf/"


@dataclass(frozen=True, slots=True)
class Door:
    url: str
    label: str


def doors_of(entry: Entry, identifiers: Iterable[str], links: Iterable[EntryLink]) -> Sequence[Door]:
    """Each address once, the text itself first: the PDF that a curator or arXiv names, then the work's own page."""
    links = list(links)
    arxiv = next((key.removeprefix("arxiv:") for key in identifiers if key.startswith("arxiv:")), "")
    pdf = next((link.url for link in links if link.kind == EntryLink.Kind.PDF), "")
    doors = []
    if pdf or arxiv:
        doors.append(Door(pdf or _ARXIV_PDF + arxiv, _("Open the PDF")))
    if entry.url:
        doors.append(Door(entry.url, _name_of_page(entry.url)))
    labels: dict[str, str] = {
        EntryLink.Kind.PDF: _("Another PDF"),
        EntryLink.Kind.ABSTRACT: _("Abstract"),
        EntryLink.Kind.CODE: _("Code"),
        EntryLink.Kind.VIDEO: _("Video"),
        EntryLink.Kind.PAGE: _("Page"),
    }
    doors += [Door(link.url, labels[link.kind]) for link in links]
    once: dict[str, Door] = {}
    for door in doors:
        once.setdefault(door.url, door)
    return list(once.values())


def _name_of_page(url: str) -> str:
    parts = urlsplit(url)
    if parts.hostname == "arxiv.org" and parts.path.startswith("/abs/"):
        return _("Abstract on arXiv")
    if parts.path.endswith(".pdf"):
        return _("Open the PDF")
    return _("Open it")
