"""The starting catalogue as files: TOML, a file a section, read and checked as a whole before anything is loaded.

A row may refer to rows of other files. Every problem of every file is collected, so that one pass mends them all.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readinglist.catalog.choices import Status
from readinglist.curation.checks import UnfitError, cleaned, text
from readinglist.curation.fields import Owned, Ref, Refs, Works
from readinglist.curation.shapes import SHAPE_BY_NAME, SHAPES, Shape

SHIPPED_FOLDER = Path(__file__).parent / "catalogue"
MAX_BYTES = 5_000_000
TABLES = [shape.name for shape in SHAPES if shape.name != "step"]


class CatalogueError(Exception):
    """The folder cannot be loaded; `problems` names each with its file, its row and what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Row:
    """One row of the files, with a value for every field of its shape.

    The key of a step is `list/step`; a list has its steps' slugs in order as the further field `steps`.
    """

    shape: str
    key: str
    fields: dict[str, Any]
    where: str


@dataclass
class Catalogue:
    """The rows of a folder by shape, in their order; `unfit` names those that were left out because of a problem."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {shape.name: [] for shape in SHAPES})
    unfit: set[tuple[str, str]] = field(default_factory=set)

    def __iter__(self) -> Iterator[Row]:
        return (row for rows in self.rows.values() for row in rows)

    def steps_of(self, list_key: str) -> list[Row]:
        return [row for row in self.rows["step"] if row.key.startswith(f"{list_key}/")]


def read_catalogue(folder: Path) -> Catalogue:
    """Everything that the folder's TOML files hold. Raises CatalogueError with all problems together."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        said = error.strerror or "it cannot be read"
        raise CatalogueError([f"{folder}: {said}; name a folder that holds the catalogue's TOML files."]) from error
    if not paths:
        raise CatalogueError([f"{folder} holds no TOML files; name the folder of a catalogue."])
    reading = _Reading()
    for path in paths:
        reading.read(path)
    problems = reading.problems + [problem for check in CHECKS for problem in check(reading.catalogue)]
    if problems:
        raise CatalogueError(problems)
    for row in reading.catalogue.rows["list"]:
        row.fields["steps"] = [step.key.partition("/")[2] for step in reading.catalogue.steps_of(row.key)]
    return reading.catalogue


class _Reading:
    """The rows and problems found so far."""

    def __init__(self) -> None:
        self.catalogue = Catalogue()
        self.problems: list[str] = []

    def read(self, path: Path) -> None:
        try:
            tables = _parse(path)
        except UnfitError as error:
            self.problems.append(f"{path.name} {error}")
            return
        for name, rows in tables.items():
            if name not in TABLES:
                self.problems.append(f"{path.name} has the unknown table {name!r}; write one of {', '.join(TABLES)}")
            elif not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                self.problems.append(f"{path.name} has {name} as something else than a table; write [[{name}]]")
            else:
                self._read_table(path, SHAPE_BY_NAME[name], rows)

    def _read_table(self, path: Path, shape: Shape, rows: list[dict[str, Any]]) -> None:
        for number, given in enumerate(rows, start=1):
            where = f"{path.name}, {shape.name} {number} ({str(given.get('slug', 'without slug'))[:100]})"
            steps = given.pop("step", []) if shape.name == "list" else []
            self._add(shape, given, where)
            if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
                self.problems.append(f"{where}: step is something else than a table; write [[list.step]]")
                continue
            for place, step in enumerate(steps, start=1):
                step_where = f"{where}, step {place} ({str(step.get('slug', 'without slug'))[:100]})"
                self._add(SHAPE_BY_NAME["step"], step, step_where, within=f"{given.get('slug')}/")

    def _add(self, shape: Shape, given: dict[str, Any], where: str, within: str = "") -> None:
        fields, said = {}, []
        for name in sorted(set(given) - {"slug", *shape.written}):
            said.append(f"the key {name!r} is unknown; take it out or write one of slug, {', '.join(shape.written)}")
        try:
            if "slug" not in given:
                raise UnfitError("is missing; add it")
            slug = cleaned(shape.model._meta.get_field("slug"), text(given["slug"]))
        except UnfitError as error:
            said.append(f"slug {error}")
            slug = ""
        for each in shape.fields:
            try:
                if each.name == shape.order:
                    fields[each.name] = len(self.catalogue.rows[shape.name]) + 1
                elif each.name in given:
                    fields[each.name] = each.normal(given[each.name], shape.model)
                else:
                    fields[each.name] = each.absent(shape.model)
            except UnfitError as error:
                said.append(f"{each.name} {error}")
        self.problems += [f"{where}: {sentence}" for sentence in said]
        if said:
            self.catalogue.unfit.add((shape.name, within + slug))
        else:
            self.catalogue.rows[shape.name].append(Row(shape.name, within + slug, fields, where))


def _parse(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            raise UnfitError(f"is no file of at most {MAX_BYTES} bytes; split it or take it out")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UnfitError(f"is no TOML: {error}; mend that line") from error
    except UnicodeDecodeError as error:
        raise UnfitError("is not written in UTF-8; save it so") from error
    except RecursionError as error:
        raise UnfitError("is nested too deeply; take the nesting out") from error
    except OSError as error:
        raise UnfitError(f"cannot be read: {error.strerror}") from error


# ------------------------------------------------ checks over the whole catalogue
def _check_doubles(catalogue: Catalogue) -> Iterator[str]:
    """Slugs once a table, identifiers and feeds once in all, works once a list."""
    owners: dict[tuple[Any, ...], str] = {}
    for row in catalogue:
        tokens: list[tuple[Any, ...]] = [(row.shape, row.key)]
        for each in SHAPE_BY_NAME[row.shape].fields:
            if isinstance(each, Owned):
                tokens += [(each.name, item) for item in row.fields[each.name]]
            elif isinstance(each, Works):
                tokens += [(_list_of(row), item) for item in row.fields[each.name]]
        for token in tokens:
            if token in owners:
                yield f"{row.where}: {token[-1]} is also in {owners[token]}; leave one"
            owners.setdefault(token, row.where)


def _check_references(catalogue: Catalogue) -> Iterator[str]:
    keys = {name: {row.key for row in rows} for name, rows in catalogue.rows.items()}
    for row in catalogue:
        for name, shape, key in _references(row):
            if key not in keys[shape] and (shape, key) not in catalogue.unfit:
                yield f"{row.where}: {name} names {key!r}, and there is no such {shape}; add it or mend the name"


def _check_trees(catalogue: Catalogue) -> Iterator[str]:
    """No row is part of itself by any way round, and no category stands too deep."""
    for shape in SHAPES:
        own = [each for each in shape.fields if isinstance(each, Ref) and each.to == shape.name]
        for each in own:
            above = {row.key: row.fields[each.name] for row in catalogue.rows[shape.name]}
            for row in catalogue.rows[shape.name]:
                length = _length_of_way(row.key, above)
                if length is None:
                    yield f"{row.where}: {each.name} leads back to the row itself; take it out"
                elif shape.deepest and length > shape.deepest:
                    yield f"{row.where}: stands {length} deep of {shape.deepest}; choose a {each.name} further up"


def _check_successors(catalogue: Catalogue) -> Iterator[str]:
    """A successor is live and not superseded itself, and what is superseded stands in no list."""
    entries = {row.key: row.fields for row in catalogue.rows["entry"]}
    for row in catalogue.rows["entry"]:
        successor = entries.get(row.fields["superseded_by"])
        if successor and successor["superseded_by"]:
            yield f"{row.where}: superseded_by names an entry that is superseded itself; name the newest"
        elif successor and successor["status"] != Status.LIVE:
            yield f"{row.where}: superseded_by names an entry that is not live; make it live or take it out"
    for row in catalogue.rows["step"]:
        for key in (*row.fields["entries"], *row.fields["companions"]):
            if entries.get(key, {}).get("superseded_by"):
                yield f"{row.where}: {key} is superseded; put its successor here"


def _check_addresses(catalogue: Catalogue) -> Iterator[str]:
    """What a step requires can be opened."""
    without = {row.key for row in catalogue.rows["entry"] if not row.fields["url"]}
    for row in catalogue.rows["step"]:
        for key in row.fields["entries"]:
            if key in without:
                yield f"{row.where}: {key} has no address and cannot be required; give it a url or make it a companion"


CHECKS = (_check_doubles, _check_references, _check_trees, _check_successors, _check_addresses)


def _references(row: Row) -> Iterator[tuple[str, str, str]]:
    """The field, the shape and the key of every row that `row` refers to."""
    for each in SHAPE_BY_NAME[row.shape].fields:
        value = row.fields[each.name]
        if isinstance(each, Ref):
            if value:
                yield each.name, each.to, value
        elif isinstance(each, Refs | Works):
            for key in value:
                yield each.name, "entry" if isinstance(each, Works) else each.to, key


def _length_of_way(key: str, above: dict[str, str | None]) -> int | None:
    """How many rows stand from `key` to the top; None where the way is a circle through `key`."""
    length, seen, at = 1, {key}, above.get(key)
    while at is not None and at in above:
        if at == key:
            return None
        if at in seen:
            break  # a circle further up: its own rows report it
        seen.add(at)
        length, at = length + 1, above[at]
    return length


def _list_of(row: Row) -> str:
    return f"list {row.key.partition('/')[0]}"
