"""Works, what a reader has done with them, and the categories that they stand in."""

from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from readinglist.catalog.choices import Access, Caution, EntryKind, Origin, Status
from readinglist.catalog.models import Entry
from readinglist.curation.samples import NOBODYS
from readinglist.reading import categories
from readinglist.reading.categories import Branch, Share
from readinglist.reading.models import Note, ReadState, Stage
from readinglist.reading.views.pages import Line


def work(number: int, title: str = "", **facts: Any) -> Entry:
    defaults: dict[str, Any] = {"kind": EntryKind.PAPER, "minutes": 75, "year": 2020, "venue": "SC"}
    title = title or _("Sample %(number)s") % {"number": number}
    return Entry(pk=NOBODYS + number, slug=f"sample--{number}", title=title, **(defaults | facts))


def state(entry: Entry, stage: Stage, *, now: datetime, percent: int = 0) -> ReadState:
    started_at = None if stage in (Stage.QUEUED, Stage.SKIPPED) else now - timedelta(days=9)
    read_at = now - timedelta(days=2) if stage == Stage.READ else None
    return ReadState(entry=entry, stage=stage, percent=percent, queued_at=now, started_at=started_at, read_at=read_at)


def lines(now: datetime) -> list[Line]:
    """Works in every stage, and those that say more of themselves."""
    rows = [Line(work(1, "ZeRO: Memory Optimizations Toward Training Trillion Parameter Models"), None)]
    for number, stage in enumerate(Stage, start=2):
        entry = work(number)
        rows.append(Line(entry, state(entry, stage, now=now, percent=40 if stage == Stage.READING else 0)))
    paid = work(7, kind=EntryKind.BOOK, access=Access.PAID, caution=Caution.MARKETING, venue="", minutes=640)
    retired = work(8, status=Status.RETIRED)
    replaced = work(9, superseded_by=work(1))
    return [*rows, Line(paid, None), Line(retired, None), Line(replaced, None, is_read_before=True)]


def notes(author: Any, now: datetime) -> list[Note]:
    texts = [
        (_("16 bytes per parameter: 2 + 2 + 12. **Check** what our fork does with `fp32`."), False, author),
        (_("> Stage 3 pays in communication.\n\nWe measured *1.5 times*; see the table."), True, None),
    ]
    return [
        Note(pk=NOBODYS + number, author=who, text=text, is_shared=shared, created_at=now, updated_at=now)
        for number, (text, shared, who) in enumerate(texts)
    ]


def branches() -> tuple[Branch, ...]:
    """Categories three deep."""
    pipeline = Branch("sample--2", _("Pipeline"), 22)
    parallel = Branch("sample--1", _("Parallelism"), 31, (pipeline,))
    return Branch("sample--0", _("Training"), 40, (parallel,)), Branch("sample--3", _("Serving"), 13)


def mix() -> list[Share]:
    return categories.mix({Origin.ACADEMIC: 46, Origin.INDUSTRIAL: 42, Origin.COMMUNITY: 12})
