"""Databases of their own beside the tests' one: an instance that can be filled, destroyed and looked at as a whole."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection
from django.test import Client
from psycopg import sql

from accounts.models import SignInLink, User
from feeds.models import FeedState, Fetch, HostPause
from readinglist import embedded
from readinglist.catalog.models import Entry, Feed, Post, PostText, Source
from readinglist.reading import stages
from readinglist.reading.models import Follow, Note, PostState
from readinglist.reminders.models import Reminder
from tests.fixtures.cast import make_person

NOW = datetime(2026, 11, 16, 9, 30, 15, 123456, tzinfo=UTC)
MONDAY = NOW.date()
# What a script of SQL, its COPY and psql's own commands could stumble over.
HOSTILE = (
    "It's \\N and \\.\n\\.\n\\unrestrict x\n\\! true\nCOMMIT;\nSET transaction_timeout = 0;\n"
    '\t„ein“ ☃ 𝔘 \\\\ "x" $$ é\r\n'
)

_numbers = count(1)


@contextmanager
def own_database(*, is_empty: bool = False) -> Iterator[str]:
    """Django's connection leads to a new database, a migrated one or an empty one, and afterwards back."""
    name = f"own_{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')}_{next(_numbers)}"
    before = connection.settings_dict["NAME"]
    create(name, template="template0" if is_empty else embedded.DATABASE_NAME)
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        drop(name)


def create(name: str, *, template: str) -> None:
    _run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))


def drop(name: str) -> None:
    _run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _run(statement: sql.Composed) -> None:
    with connect("postgres") as server:
        server.execute(statement)


def connect(name: str) -> psycopg.Connection[Any]:
    """A connection that Django knows nothing of."""
    given = connection.settings_dict
    return psycopg.connect(
        host=given["HOST"],
        port=given["PORT"],
        user=given["USER"],
        password=given["PASSWORD"],
        dbname=name,
        autocommit=True,
    )


def fill() -> None:
    """A team that has used the program for a while."""
    call_command("loadcatalog", verbosity=0)
    ada = make_person("ada@example.org", "Ada Reader")
    ben = make_person("ben@example.org", "Ben Teammate")
    make_person("cleo@example.org", "Cleo Curator", role="curator")
    Client().force_login(ada)
    SignInLink.make(ben, now=NOW)
    _read(ada, ben)
    _arrive(ada)
    Reminder.objects.create(user=ada, week=MONDAY, state="sent", claimed_at=NOW, sent_at=NOW, message_id="<1@example>")


def _read(ada: User, ben: User) -> None:
    works = list(Entry.objects.filter(status="live")[:6])
    stages.start(works[0], user=ada, now=NOW)
    stages.set_percent(works[0], 40, user=ada, now=NOW + timedelta(minutes=10))
    stages.finish(works[1], user=ben, now=NOW)
    stages.skip(works[2], user=ben, now=NOW)
    Note.objects.create(author=ada, entry=works[0], text=HOSTILE, created_at=NOW, updated_at=NOW)
    Note.objects.create(entry=works[1], text="of a former member", is_shared=True, created_at=NOW, updated_at=NOW)
    works[3].title = "Changed by a curator"
    works[3].save()  # leaves a line of history


def _arrive(ada: User) -> None:
    feed = Feed.objects.select_related("source").order_by("pk")[0]
    hashes = [f"{number:064x}" for number in range(120)]
    posts = Post.objects.bulk_create(
        Post(
            feed=feed,
            guid_hash=hashed,
            key=f"url:example.org/{hashed}",
            title=f"Post {hashed[-2:]}",
            body=HOSTILE * 5,
            content_hash=hashed,
            published_at=NOW,
            first_seen_at=NOW,
        )
        for hashed in hashes
    )
    other = Feed.objects.create(
        source=Source.objects.exclude(pk=feed.source_id)[0], url="https://example.org/other.xml"
    )
    Post.objects.create(
        feed=other, guid_hash=hashes[0], key=posts[0].key, lead=posts[0], content_hash=hashes[0], first_seen_at=NOW
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_posttext (post_id, search)"
            " SELECT id, to_tsvector('readinglist_search', title || ' naïveté') FROM catalog_post"
        )
    assert PostText.objects.count() == 121
    PostState.objects.create(user=ada, post=posts[0], opened_at=NOW, saved_at=NOW)
    Follow.objects.create(user=ada, source=feed.source, caught_up_to=posts[100].pk, followed_at=NOW)
    FeedState.objects.create(feed=feed, next_at=NOW, etag='W/"x"', status="fetched")
    Fetch.objects.create(feed=feed, at=NOW, status="fetched", new_count=120)
    HostPause.objects.create(host="example.org", until=NOW)


def every_row() -> dict[str, list[str]]:
    """The text of every row of every table, generated columns and all."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        rows = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t ORDER BY 1')
            rows[table] = [text for (text,) in cursor.fetchall()]
    return rows


STRUCTURE = {
    "columns": """SELECT c.relname, attname, format_type(atttypid, atttypmod), attnotnull, attgenerated, attidentity,
        pg_get_expr(adbin, adrelid)
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = attrelid
        LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped""",
    "constraints": """SELECT conrelid::regclass::text, conname, condeferrable, condeferred, convalidated,
        pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "triggers": """SELECT tgrelid::regclass::text, tgname, tgenabled, pg_get_triggerdef(oid) FROM pg_trigger
        WHERE NOT tgisinternal""",
    "functions": """SELECT proname, pg_get_functiondef(p.oid) FROM pg_proc AS p
        WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND probin IS NULL""",
    "sequences": "SELECT sequencename, last_value, increment_by FROM pg_sequences WHERE schemaname = 'public'",
    "extensions": "SELECT extname, extnamespace::regnamespace::text FROM pg_extension",
    "search": """SELECT cfgname, maptokentype, mapseqno, mapdict::regdictionary::text
        FROM pg_ts_config JOIN pg_ts_config_map ON mapcfg = pg_ts_config.oid
        WHERE cfgnamespace = 'public'::regnamespace""",
}


def structure() -> dict[str, list[str]]:
    """What the database is made of, as PostgreSQL describes it."""
    described = {}
    with connection.cursor() as cursor:
        for name, query in STRUCTURE.items():
            cursor.execute(query)
            described[name] = sorted(_plain(str(row)) for row in cursor.fetchall())
    return described


def _plain(description: str) -> str:
    """PostgreSQL writes a list of values in a check anew, with its casts elsewhere: read once it means the same."""
    return re.sub(r"::(character varying|text)(\[\])?|[()]", "", description)
