"""Filters that live in the address; pages and, later, the API share them."""

from collections.abc import Iterable
from typing import Any

import django_filters
from django import forms
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from readinglist.catalog.choices import (
    MINUTES_OF_ENTRY_KIND,
    STREAM_OF_ENTRY_KIND,
    Access,
    Depth,
    EntryKind,
    Origin,
    SourceKind,
    Stream,
)
from readinglist.catalog.models import Category, Entry, Source
from readinglist.catalog.models.entries import EntryQuerySet
from readinglist.catalog.models.sources import SourceQuerySet
from readinglist.reading import search
from readinglist.reading.models import Follow, ReadState, Stage

UNREAD = "unread"
STAGES = [(UNREAD, _("Unread")), *Stage.choices]
NO_STREAM = "none"  # books, courses, frameworks and tools
ORDERS = [
    ("title", _("Title")),
    ("-year", _("Newest year first")),
    ("year", _("Oldest year first")),
    ("minutes", _("Shortest first")),
    ("-added_on", _("Latest additions")),
]
NEWEST, MOST_FOLLOWED = "newest", "followers"
SOURCE_ORDERS = [(NEWEST, _("Newest post first")), (MOST_FOLLOWED, _("Most followed first"))]
FOLLOWING = [("yes", _("Followed")), ("muted", _("Muted")), ("no", _("Not followed"))]


def within(category: Category) -> QuerySet[Category]:
    """A category and all that stands inside it, which is at most two levels."""
    return Category.objects.filter(Q(pk=category.pk) | Q(parent=category.pk) | Q(parent__parent=category.pk))


_NOT_A_CHOICE = {"invalid_choice": _("There is no such choice. Take one of the list.")}


def _choice(choices: Any, empty: Any, **options: Any) -> django_filters.ChoiceFilter:
    """A select whose first line, `empty`, filters nothing."""
    return django_filters.ChoiceFilter(choices=choices, empty_label=empty, error_messages=_NOT_A_CHOICE, **options)


def _of_category() -> django_filters.ModelChoiceFilter:
    return django_filters.ModelChoiceFilter(
        label=_("Category"),
        queryset=Category.objects.all(),
        to_field_name="slug",
        method="filter_category",
        empty_label=_("Every category"),
        error_messages=_NOT_A_CHOICE,
    )


def in_categories(entries: EntryQuerySet, categories: Iterable[Category]) -> EntryQuerySet:
    """The entries that stand in any of the categories, each once."""
    places = Entry.categories.through.objects.filter(entry=OuterRef("pk"), category__in=categories)
    return entries.filter(Exists(places))


def sources_in_categories(sources: SourceQuerySet, categories: Iterable[Category]) -> SourceQuerySet:
    places = Source.categories.through.objects.filter(source=OuterRef("pk"), category__in=categories)
    return sources.filter(Exists(places))


def _of_words() -> django_filters.CharFilter:
    return django_filters.CharFilter(
        label=_("Words"), method="filter_words", widget=forms.TextInput(attrs={"type": "search", "maxlength": 200})
    )


class EntryFilter(django_filters.FilterSet):
    """`request.user` decides what the stages mean."""

    q = _of_words()
    category = _of_category()
    kind = _choice(EntryKind.choices, _("Any kind"), label=_("Kind"))
    stream = _choice(
        [*Stream.choices, (NO_STREAM, _("In no stream"))], _("Any stream"), label=_("Stream"), method="filter_stream"
    )
    year = _choice(lambda: _years(), _("Any year"), label=_("Year"))
    origin = _choice(Origin.choices, _("Any origin"), label=_("Origin"))
    access = _choice(Access.choices, _("Any access"), label=_("Access"))
    depth = _choice(Depth.choices, _("Any depth"), label=_("Depth"))
    stage = _choice(STAGES, _("Any stage"), label=_("Stage"), method="filter_stage")

    class Meta:
        model = Entry
        fields: list[str] = []

    def filter_words(self, entries: EntryQuerySet, name: str, value: str) -> EntryQuerySet:
        text = search.clean(value)
        return search.entries_with(entries, text) if text else entries

    def filter_category(self, entries: EntryQuerySet, name: str, value: Category) -> EntryQuerySet:
        return in_categories(entries, within(value))

    def filter_stream(self, entries: EntryQuerySet, name: str, value: str) -> EntryQuerySet:
        if value == NO_STREAM:
            return entries.exclude(kind__in=STREAM_OF_ENTRY_KIND)
        return entries.of_stream(value)

    def filter_stage(self, entries: EntryQuerySet, name: str, value: str) -> EntryQuerySet:
        mine = ReadState.objects.filter(user=self.request.user, entry=OuterRef("pk"))
        if value == UNREAD:
            return entries.filter(~Exists(mine))
        return entries.filter(Exists(mine.filter(stage=value)))


def ordered(entries: EntryQuerySet, order: str) -> EntryQuerySet:
    """The entries by one of ORDERS; by title where `order` is none of them."""
    if order.lstrip("-") in ("year", "added_on"):
        field = F(order.lstrip("-"))
        first = field.desc(nulls_last=True) if order.startswith("-") else field.asc(nulls_last=True)
        return entries.order_by(first, Lower("title"), "pk")
    if order == "minutes":
        usual = Case(*(When(kind=kind, then=Value(minutes)) for kind, minutes in MINUTES_OF_ENTRY_KIND.items()))
        return entries.order_by(Coalesce("minutes", usual), Lower("title"), "pk")
    return entries.order_by(Lower("title"), "pk")


class SourceFilter(django_filters.FilterSet):
    """`request.user` decides what is followed. The stream is chosen above the form."""

    q = _of_words()
    category = _of_category()
    following = _choice(FOLLOWING, _("Followed or not"), label=_("Followed"), method="filter_following")
    stream = _choice(
        Stream.choices, _("Any stream"), label=_("Stream"), method="filter_stream", widget=forms.HiddenInput
    )
    kind = _choice(SourceKind.choices, _("Any kind"), label=_("Kind"))
    origin = _choice(Origin.choices, _("Any origin"), label=_("Origin"))
    access = _choice(Access.choices, _("Any access"), label=_("Access"))

    def filter_words(self, sources: SourceQuerySet, name: str, value: str) -> SourceQuerySet:
        text = search.clean(value)
        return search.sources_with(sources, text) if text else sources

    def filter_following(self, sources: SourceQuerySet, name: str, value: str) -> SourceQuerySet:
        mine = Follow.objects.filter(user=self.request.user, source=OuterRef("pk"))
        if value == "muted":
            return sources.filter(Exists(mine.filter(is_muted=True)))
        return sources.filter(Exists(mine) if value == "yes" else ~Exists(mine))

    def filter_category(self, sources: SourceQuerySet, name: str, value: Category) -> SourceQuerySet:
        return sources_in_categories(sources, within(value))

    def filter_stream(self, sources: SourceQuerySet, name: str, value: str) -> SourceQuerySet:
        return sources.of_stream(value)


def _years() -> list[tuple[int | None, str]]:
    years = Entry.objects.visible().exclude(year=None).order_by("-year").values_list("year", flat=True).distinct()
    return [(year, str(year)) for year in years]
