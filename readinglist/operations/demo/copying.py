"""Many rows at once by COPY, with numbers that are known before, so that rows can name each other."""

from collections.abc import Callable, Iterable, Iterator
from operator import attrgetter
from typing import Any

from django.db import connection, models

ROWS_AT_ONCE = 500  # between two looks at the progress
# Called with what is written and how many rows of it more.
Progress = Callable[[str, int], None]


def lock(*tables: type[models.Model]) -> None:
    """Until the end of the transaction nobody else writes here: the numbers given out below stay in a row."""
    names = ", ".join(_quoted(model._meta.db_table) for model in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE")


def reserve(model: type[models.Model], count: int) -> range:
    """`count` numbers in a row for rows of `model`; whoever inserts afterwards goes on behind them."""
    if count == 0:
        return range(0)
    with connection.cursor() as cursor:
        sequence = [_quoted(model._meta.db_table), model._meta.pk.column]
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", sequence)
        first = int(cursor.fetchone()[0])
        cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [*sequence, first + count - 1])
    return range(first, first + count)


def copy(model: type[models.Model], rows: Iterable[models.Model], *, progress: Progress) -> int:
    """Writes unsaved instances of `model`; all of them have a key, or the table numbers them in their order."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return 0
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    if first.pk is None:
        fields.remove(model._meta.pk)
    columns = ", ".join(_quoted(str(field.column)) for field in fields)
    values = _values(fields)
    count = 0
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {_quoted(model._meta.db_table)} ({columns}) FROM STDIN") as out:
            for row in _chained(first, rows):
                out.write_row(values(row))
                count += 1
                if count % ROWS_AT_ONCE == 0:
                    progress(str(model._meta.verbose_name_plural), ROWS_AT_ONCE)
    progress(str(model._meta.verbose_name_plural), count % ROWS_AT_ONCE)
    return count


def _values(fields: list[models.Field]) -> Callable[[models.Model], Any]:
    """What reads a row's values; only JSON has to be put into another form for the database."""
    read = attrgetter(*(field.attname for field in fields))
    adapted = [place for place, field in enumerate(fields) if isinstance(field, models.JSONField)]
    if not adapted:
        return read

    def read_and_adapt(row: models.Model) -> list[Any]:
        values = list(read(row))
        for place in adapted:
            values[place] = fields[place].get_db_prep_save(values[place], connection)
        return values

    return read_and_adapt


def _chained(first: models.Model, rest: Iterator[models.Model]) -> Iterator[models.Model]:
    yield first
    yield from rest


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
