"""A PostgreSQL of the bench's own, durable as an instance's is, and copies of databases: each run finds the same.

Its Redis is for the worker whose memory is looked at.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from readinglist import embedded

PROJECT = Path(__file__).resolve().parent.parent
MEASURED = embedded.DATABASE_NAME  # which every program of ours finds by itself

# Small posts of long ago, spread over the given feeds.
_FILL = """
    INSERT INTO catalog_post (
        feed_id, guid_hash, key, is_backlog, url, title, body, content_hash, published_at, first_seen_at
    )
    SELECT feeds[1 + n %% array_length(feeds, 1)], encode(sha256(('guid ' || n)::bytea), 'hex'),
           'url:old.example/' || n, true, 'https://old.example/' || n, 'Post ' || n, '<p>Words of long ago.</p>',
           encode(sha256(('content ' || n)::bytea), 'hex'), '2020-01-01'::timestamptz + n * '1 minute'::interval,
           '2026-01-01'
    FROM generate_series(%(first)s::bigint, %(last)s) n, (SELECT %(feeds)s::bigint[] AS feeds) given
"""


@contextmanager
def own_services() -> Iterator[None]:
    """PostgreSQL and Redis in a home that goes with them; whatever the environment and .env say of others is unset."""
    home = Path(tempfile.mkdtemp(prefix="readinglist-bench-"))
    home.chmod(0o755)  # as root, the servers' account has to come through
    names = re.findall(r"^([A-Z_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE)
    os.environ |= {name + ending: "" for name in names for ending in ("", "_FILE")}
    os.environ |= {"READINGLIST_HOME": str(home), "DJANGO_SETTINGS_MODULE": "readinglist.settings"}
    try:
        embedded.start(owned=True)
        yield
    finally:
        embedded.stop()
        shutil.rmtree(home, ignore_errors=True)


def address(name: str = MEASURED) -> dict[str, str]:
    """As psycopg takes it."""
    given = embedded.database()
    return {"host": given["HOST"], "port": given["PORT"], "user": given["USER"], "dbname": name}


def pid() -> int:
    found = embedded.running()["postgres"]
    assert found is not None
    return found


@contextmanager
def connect(name: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(**address(name), autocommit=True) as connection:  # type: ignore[arg-type]
        yield connection


def version() -> str:
    with connect("postgres") as server:
        return str(server.info.server_version // 10_000) + f".{server.info.server_version % 10_000}"


def keep(name: str, *, of: str = MEASURED) -> None:
    """A copy of a database, to come back to; who is connected to it is cut."""
    with _carelessly() as server:
        server.execute(_drop(name))
        server.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(sql.Identifier(of)))
        server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [of])
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(of)))
        server.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true").format(sql.Identifier(of)))


@contextmanager
def _carelessly() -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """What is done here is not waited for by the disk; afterwards nothing of it is left to be written."""
    with connect("postgres") as server:
        _set(server, "fsync = off")
        yield server
        server.execute("CHECKPOINT")
        os.sync()
        _set(server, "fsync = on")


def _set(server: psycopg.Connection[tuple[Any, ...]], setting: LiteralString) -> None:
    server.execute(sql.SQL("ALTER SYSTEM SET {}").format(sql.SQL(setting)))
    server.execute("SELECT pg_reload_conf()")


def restore(name: str) -> None:
    """The measured database as it was kept."""
    keep(MEASURED, of=name)


def _drop(name: str) -> sql.Composed:
    return sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))


def tidy(name: str) -> None:
    with _carelessly(), connect(name) as database:
        database.execute("VACUUM ANALYZE")


def count_posts(name: str = MEASURED) -> int:
    with connect(name) as database:
        row = database.execute("SELECT count(*) FROM catalog_post").fetchone()
    assert row is not None
    return int(row[0])


def thin_out(name: str, *, most: int) -> list[int]:
    """Takes away the posts of as many feeds as it takes to leave at most so many; returns the other feeds."""
    with connect(name) as database:
        counts = database.execute("SELECT feed_id, count(*) FROM catalog_post GROUP BY 1 ORDER BY 1").fetchall()
        kept: list[int] = []
        for feed_id, count in counts:
            most -= count
            if most < 0:
                break
            kept.append(feed_id)
        database.execute("DELETE FROM catalog_post WHERE feed_id <> ALL (%s)", [kept])
    return kept


def fill(name: str, *, feeds: list[int], total: int) -> None:
    """Brings a database to `total` posts."""
    with _carelessly(), connect(name) as database:
        database.execute(_FILL, {"feeds": feeds, "first": count_posts(name) + 1, "last": total})
    tidy(name)
