"""What the starting catalogue consists of, as a table: per kind of row its model, its fields, how it is found again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models

from readinglist.catalog.choices import Stream
from readinglist.catalog.models import Category, Entry, ReadingList, Source, Step
from readinglist.curation.checks import identifier, web_address
from readinglist.curation.fields import Feeds, Field, Find, Links, Many, Owned, Ref, Refs, Successor, Works
from readinglist.week.models import CadenceRule, ContributionPath, Duty


def name_by_slug(key: str, find: Find) -> dict[str, Any] | None:
    return {"slug": key}


def name_step(key: str, find: Find) -> dict[str, Any] | None:
    """A step is what it is within its list: its key is `list/step`."""
    list_key, _, slug = key.partition("/")
    list_id = find("list", list_key)
    return None if list_id is None else {"list_id": list_id, "slug": slug}


@dataclass(frozen=True)
class Shape:
    """One kind of row.

    `natural` gives the columns named in `identity` for a key of the files; `order` names the column that holds the
    order of appearance; rows with a value of `known_by` in common are the same, and where `is_told_apart`, those that
    both have values but none in common are not, whatever their slugs; `deepest` limits a tree.
    """

    name: str
    model: type[models.Model]
    fields: tuple[Field, ...]
    natural: Callable[[str, Find], dict[str, Any] | None] = name_by_slug
    identity: tuple[str, ...] = ("slug",)
    order: str | None = None
    known_by: Owned | None = None
    is_told_apart: bool = False
    deepest: int | None = None

    @property
    def columns(self) -> list[Field]:
        return [field for field in self.fields if field.is_column]

    @property
    def many(self) -> list[Many]:
        return [field for field in self.fields if isinstance(field, Many)]

    @property
    def unique(self) -> list[Many]:
        """The fields of which no two rows may have the same value."""
        return [each for each in self.many if each.is_unique]

    @property
    def trees(self) -> list[Ref]:
        return [each for each in self.fields if isinstance(each, Ref) and each.is_column and each.to == self.name]

    @property
    def successor(self) -> Successor:
        return next(each for each in self.fields if isinstance(each, Successor))

    @property
    def written(self) -> tuple[str, ...]:
        """What a row in a file may say besides its slug."""
        return tuple(field.name for field in self.fields if field.name != self.order)


_identifiers = Owned("identifiers", column="key", check=identifier)
_feeds = Feeds("feeds", column="url", check=web_address)


def _plain(*names: str) -> tuple[Field, ...]:
    return tuple(Field(name) for name in names)


SHAPES = (
    Shape(
        "category",
        Category,
        (*_plain("name", "position", "description"), Ref("parent", to="category")),
        order="position",
        deepest=3,
    ),
    Shape(
        "source",
        Source,
        (
            *_plain(
                "name", "kind", "url", "rhythm", "status", "origin", "access", "caution", "description", "pick_when"
            ),
            Ref("parent", to="source"),
            Refs("categories", to="category"),
            _feeds,
        ),
        known_by=_feeds,
    ),
    Shape(
        "entry",
        Entry,
        (
            *_plain("title", "short_title", "authors", "kind", "status", "year", "venue", "url", "depth", "origin"),
            *_plain("access", "caution", "description", "pick_when"),
            Field("minutes", least=1),
            Ref("source", to="source"),
            Ref("part_of", to="entry"),
            Successor("superseded_by", to="entry"),
            Refs("categories", to="category"),
            _identifiers,
            Links("links"),
        ),
        known_by=_identifiers,
        is_told_apart=True,
    ),
    Shape("list", ReadingList, _plain("title", "description", "position"), order="position"),
    Shape(
        "step",
        Step,
        (Works("entries", required=True), Works("companions", required=False)),
        natural=name_step,
        identity=("list_id", "slug"),
    ),
    Shape(
        "cadence",
        CadenceRule,
        (
            *_plain("what", "frequency", "audience", "depth", "position"),
            Field("streams", among=Stream.values),
            Field("per_period", least=1),
            Field("minutes", least=1),
            Refs("sources", to="source"),
        ),
        order="position",
    ),
    Shape(
        "duty",
        Duty,
        (
            *_plain("session", "weekday", "frequency", "who", "what"),
            Field("minutes", least=1),
            Refs("sources", to="source"),
        ),
    ),
    Shape(
        "contribution",
        ContributionPath,
        (
            *_plain("title", "position", "output", "description", "url", "examples", "targets"),
            Refs("target_sources", to="source"),
        ),
    ),
)
SHAPE_BY_NAME = {shape.name: shape for shape in SHAPES}
