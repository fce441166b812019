"""What waits for a curator: suggestions, what lacks something, drafts, steps that cannot be read; and the latest
changes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Any

from django.db.models import Case, CharField, F, Model, OuterRef, Q, QuerySet, Subquery, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.admin.filters import lacks_of
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Category, Entry, Feed, Identifier, ReadingList, Source, Step, StepEntry
from readinglist.curation import feeds
from readinglist.curation.models import Suggestion

SHOWN = 20
LOOKED_AT = 500  # rows of history that may melt into those shown
HISTORY_TYPES: dict[str, str | Promise] = {"+": _("added"), "~": _("changed"), "-": _("deleted")}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to see to, and where."""

    text: str
    url: str
    note: str | Promise = ""


@dataclass(slots=True)
class Section:
    """What lacks the same thing: the first of it, how many there are, and the list of all.

    `way` is what the link to that list says, where it is not in the admin.
    """

    slug: str
    title: str | Promise
    empty: str | Promise
    url: str
    way: str | Promise = ""
    lines: list[Line] = field(default_factory=list)
    count: int = 0

    @property
    def more(self) -> int:
        return self.count - len(self.lines)

    def add(self, line: Line) -> None:
        self.count += 1
        if len(self.lines) < SHOWN:
            self.lines.append(line)


def sections(*, now: datetime) -> list[Section]:
    """Six queries, however much is unfinished."""
    return [_suggestions(), *_of_entries(), *_of_sources(), _steps(), _failing_feeds(now), *_gone_or_twice()]


def _suggestions() -> Section:
    """What readers want in the catalogue and nobody has judged, the oldest first."""
    section = Section(
        "suggestions",
        _("Suggestions"),
        _("Nothing: every suggestion has its answer."),
        reverse("curation:suggestions"),
        _("All that wait"),
    )
    for suggestion in Suggestion.objects.open().select_related("person").order_by("pk"):
        url = reverse("curation:judge", args=[suggestion.pk])
        section.add(Line(suggestion.title, url, suggestion.person.name if suggestion.person else _("a former member")))
    return section


def _of_entries() -> list[Section]:
    found = {
        "description": _section("entries-description", _("Entries without description"), Entry, "missing=description"),
        "address": _section("entries-address", _("Entries without an address"), Entry, "missing=address"),
        "category": _section("entries-category", _("Entries without a category"), Entry, "missing=category"),
        "draft": _section("entries-drafts", _("Drafts"), Entry, "status__exact=draft"),
    }
    rows = _with_lacks(Entry.objects.order_by("title", "pk")).values_list(
        "pk", "title", "kind", "lacks_description", "lacks_address", "lacks_category", "is_draft"
    )
    _sort_into(found, rows, "admin:catalog_entry_change", dict(Entry._meta.get_field("kind").flatchoices))
    return list(found.values())


def _of_sources() -> list[Section]:
    found = {
        "description": _section("sources-description", _("Sources without description"), Source, "missing=description"),
        "address": _section("sources-address", _("Sources without an address"), Source, "missing=address"),
        "category": _section("sources-category", _("Sources without a category"), Source, "missing=category"),
        "draft": _section("sources-drafts", _("Sources in draft"), Source, "status__exact=draft"),
    }
    rows = _with_lacks(Source.objects.order_by("name", "pk")).values_list(
        "pk", "name", "kind", "lacks_description", "lacks_address", "lacks_category", "is_draft"
    )
    _sort_into(found, rows, "admin:catalog_source_change", dict(Source._meta.get_field("kind").flatchoices))
    return list(found.values())


def _with_lacks(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those that lack something, with `lacks_description`, `lacks_address`, `lacks_category` and `is_draft`."""
    lacks = {f"lacks_{what}": _flag(lack) for what, lack in lacks_of(rows.model).items()}
    rows = rows.exclude(status=Status.RETIRED).annotate(**lacks, is_draft=_flag(Q(status=Status.DRAFT)))
    return rows.filter(Q(lacks_description=True) | Q(lacks_address=True) | Q(lacks_category=True) | Q(is_draft=True))


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(True)), default=Value(False))


def _sort_into(
    found: dict[str, Section], rows: Iterable[tuple[Any, ...]], url_name: str, kinds: dict[str, Any]
) -> None:
    for pk, text, kind, *lacks in rows:
        line = Line(text, reverse(url_name, args=[pk]), kinds.get(kind, kind))
        for section, is_lacking in zip(found.values(), lacks, strict=True):
            if is_lacking:
                section.add(line)


def _section(slug: str, title: str | Promise, model: type[Model], query: str) -> Section:
    return Section(slug, title, _("Nothing: all is done here."), _changelist(model, query))


def _changelist(model: type[Model], query: str) -> str:
    return reverse(f"admin:catalog_{model._meta.model_name}_changelist") + f"?{query}"


def _steps() -> Section:
    """Required works that nobody can read: retired, in draft, or without an address."""
    section = Section(
        "steps",
        _("Steps that ask for what cannot be read"),
        _("Nothing: every required work is live and has an address."),
        reverse("admin:catalog_readinglist_changelist"),
    )
    trouble = ~Q(entry__status=Status.LIVE) | Q(entry__url=None) | Q(entry__url="")
    places = (
        StepEntry.objects.filter(trouble, required=True).select_related("step__list", "entry").defer("entry__search")
    )
    for place in places.order_by("step__list__position", "step__list", "step__position", "pk"):
        is_live = place.entry.status == Status.LIVE
        section.add(
            Line(
                place.entry.title,
                reverse("admin:catalog_step_change", args=[place.step_id]),
                _("%(list)s, step %(n)d: %(why)s")
                % {
                    "list": place.step.list,
                    "n": place.step.position,
                    "why": _("no address") if is_live else place.entry.get_status_display(),
                },
            )
        )
    return section


def _failing_feeds(now: datetime) -> Section:
    """Feeds that have failed for longer than a host is usually away."""
    section = Section(
        "feeds",
        _("Feeds that fail for more than three days"),
        _("Nothing: every feed has answered lately."),
        reverse("curation:feeds") + f"?state={feeds.Standing.FAILING}",
        _("All that fail"),
    )
    for state in feeds.in_trouble(now):
        url = reverse("curation:feed", args=[state.feed_id])
        section.add(Line(state.feed.source.name, url, state.error or state.get_status_display()))
    return section


def _gone_or_twice() -> list[Section]:
    """Feeds that are not visited any more, as their hosts took them down; and feeds that moved to where another is."""
    gone = Section(
        "feeds-gone",
        _("Feeds that are gone"),
        _("Nothing: no host has taken a feed down for good."),
        reverse("curation:feeds") + f"?state={feeds.Standing.GONE}",
        _("All that are gone"),
    )
    twice = Section(
        "feeds-twice",
        _("Feeds that are here twice"),
        _("Nothing: no feed has moved to where another is."),
        reverse("curation:feeds") + f"?state={feeds.Standing.TWICE}",
        _("All that are here twice"),
    )
    for feed in feeds.gone_or_twice():
        url = reverse("curation:feed", args=[feed.pk])
        if feed.state.stopped_at is not None:
            gone.add(Line(feed.source.name, url, _("Its host says that this feed will not come back.")))
        elif (other := feed.state.duplicate_of) is not None:
            words = gettext("It has moved to where a feed of “%(name)s” is: both bring the same posts.")
            twice.add(Line(feed.source.name, url, words % {"name": other.source.name}))
    return [gone, twice]


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the history of any curated model."""

    at: datetime
    who: str
    how: str | Promise
    kind: str | Promise
    what: str
    url: str
    reason: str
    has_others: bool


_TITLE_OF_LIST = Subquery(ReadingList.objects.filter(pk=OuterRef("list_id")).values("title")[:1])
_TITLE_OF_ENTRY = Subquery(Entry.objects.filter(pk=OuterRef("entry_id")).values("title")[:1])
# What stands for a row, and whose history page shows it: the model and the column that names it.
_CHANGED: list[tuple[Any, Any, type[Model], str]] = [
    (Entry, F("title"), Entry, "id"),
    (Source, F("name"), Source, "id"),
    (Category, F("name"), Category, "id"),
    (ReadingList, F("title"), ReadingList, "id"),
    (Identifier, F("key"), Entry, "entry_id"),
    (Feed, F("url"), Source, "source_id"),
    (Step, Concat(_TITLE_OF_LIST, Value(" "), Cast("position", CharField())), ReadingList, "list_id"),
    (StepEntry, _TITLE_OF_ENTRY, ReadingList, "list_id"),
]


def latest_changes() -> list[Change]:
    """The latest changes of all curated models, in one query.

    What was done at one go (loading the catalogue, superseding, an action on many) is one change: its first row and
    `has_others`.
    """
    first, *others = [_records(number) for number in range(len(_CHANGED))]
    rows = first.union(*others, all=True).order_by("-at", "-record")[:LOOKED_AT]
    runs = groupby(rows, key=_run)
    return [_change(next(run), has_others=any(run)) for _key, run in islice(runs, SHOWN)]


def _run(row: dict[str, Any]) -> tuple[Any, ...]:
    """What is the same in one go of the program or of an action; what a person typed stands by itself."""
    own = (row["number"], row["record"]) if row["who"] and not row["reason"] else None
    return row["how"] if not row["who"] else "", row["reason"], row["who"], own


def _records(number: int) -> QuerySet[Any, dict[str, Any]]:
    model, text, _owner, column = _CHANGED[number]
    records = model.history.order_by("-history_date", "-history_id").annotate(
        number=Value(number),
        record=F("history_id"),
        at=F("history_date"),
        how=F("history_type"),
        who=Coalesce(F("history_user__name"), Value("")),
        reason=Coalesce(F("history_change_reason"), Value(""), output_field=TextField()),
        what=Coalesce(Cast(text, CharField()), Value("")),
        owner=F(column),
    )
    return records.values("number", "record", "at", "how", "who", "reason", "what", "owner")[:LOOKED_AT]  # type: ignore[no-any-return]


def _change(row: dict[str, Any], *, has_others: bool) -> Change:
    model, _text, owner, _column = _CHANGED[row["number"]]
    return Change(
        at=row["at"],
        who=row["who"],
        how=HISTORY_TYPES[row["how"]],
        kind=model._meta.verbose_name,
        what=row["what"],
        url=reverse(f"admin:catalog_{owner._meta.model_name}_history", args=[row["owner"]]),
        reason=row["reason"],
        has_others=has_others,
    )
