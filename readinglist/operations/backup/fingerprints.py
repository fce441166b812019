"""What a table holds in two figures: its number of rows, and a checksum that does not depend on their order.

The checksum adds up a hash of each row's text, so that rows that are missing, doubled or changed show. Generated
columns stay out: another version of PostgreSQL may rightly compute them otherwise.
"""

from dataclasses import dataclass

from django.db.backends.utils import CursorWrapper
from psycopg import sql

SCHEMA = "public"

# The text of a row must not depend on how a server is set up.
PLAIN_TEXT = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';"
    " SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex';"
)

# Tables of extensions are made by them.
_TABLES = """
    SELECT relname, coalesce(array_agg(attname::text ORDER BY attnum) FILTER (WHERE attgenerated = ''), '{}')
    FROM pg_catalog.pg_class AS relation
    LEFT JOIN pg_catalog.pg_attribute AS field
        ON attrelid = relation.oid AND attnum > 0 AND NOT attisdropped
    WHERE relnamespace = to_regnamespace(%s) AND relkind IN ('r', 'p') AND NOT relispartition
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend
            WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = relation.oid AND deptype = 'e'
        )
    GROUP BY relname ORDER BY relname
"""


@dataclass(frozen=True)
class Fingerprint:
    rows: int
    checksum: str


def columns_by_table(cursor: CursorWrapper) -> dict[str, list[str]]:
    """Every table of the program, with those of its columns that are stored as they were written."""
    cursor.execute(_TABLES, [SCHEMA])
    return dict(cursor.fetchall())


def take(cursor: CursorWrapper, table: str, columns: list[str]) -> Fingerprint:
    """In a transaction in which PLAIN_TEXT was executed."""
    cursor.execute(query(table, columns))
    return Fingerprint(*cursor.fetchone())


def query(table: str, columns: list[str]) -> str:
    """The statement that gives a table's rows and checksum."""
    composed = sql.SQL(
        "SELECT count(*), coalesce(sum(('x' || left(encode("
        "sha256(convert_to(ROW({columns})::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint), 0)::text FROM {table}"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier(SCHEMA, table),
    )
    return composed.as_string()
