"""The demo data into the database: all of it or nothing, and the same rows for the same seed and time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.roles import set_role
from feeds.models import FeedState, Fetch
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, EntryLink, Feed, Identifier, Post, Source, StepEntry, Supersession
from readinglist.curation import loading
from readinglist.curation.catalogue_files import SHIPPED_FOLDER, read_catalogue
from readinglist.curation.models import Suggestion
from readinglist.operations.demo import copying, inbox, people, posts, reading, suggested, visits, works
from readinglist.operations.demo.people import Person
from readinglist.operations.demo.posts import Arrivals
from readinglist.reading.models import Activity, Follow, Note, PostState, ReadState
from readinglist.reminders.models import Reminder

CHANGE_REASON = "demo data"
PLACES = Entry.categories.through
FILLED: tuple[type[models.Model], ...] = (
    User,
    Entry,
    PLACES,
    Identifier,
    EntryLink,
    Supersession,
    Post,
    FeedState,
    Fetch,
    ReadState,
    Activity,
    Note,
    Follow,
    PostState,
    Suggestion,
    Reminder,
)
# What a team and its feeds write: where there is any of it, nothing made up is mixed in.
WRITTEN: tuple[type[models.Model], ...] = (Post, ReadState, Activity, Note, Follow)


class Refused(Exception):
    """No demo data is made here; the message says why, and what to do."""


class AlreadyMade(Refused):
    """It is here."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each; `entries` come beside those of the catalogue."""

    readers: int
    entries: int
    posts: int


@dataclass(slots=True)
class Desk:
    """One run: its seed and time, and the rows written so far."""

    seed: int
    now: datetime
    progress: copying.Progress
    rows: dict[str, int] = field(default_factory=dict)

    def rng(self, subject: str) -> Random:
        """Chance of a subject's own: more posts do not change who reads."""
        return Random(f"{self.seed} {subject}")  # noqa: S311 - no secret comes of it

    def copy(self, model: type[models.Model], rows: Iterable[models.Model]) -> None:
        self.rows[str(model._meta.verbose_name_plural)] = copying.copy(model, rows, progress=self.progress)


def check_empty() -> None:
    """Raises Refused unless nobody but admins is here, and nothing has been read, written or fetched."""
    if User.objects.filter(email__endswith=people.ADDRESSES).exists():
        raise AlreadyMade(_("The demo data is here already; it is made only once."))
    elsewhere = _("Choose an empty folder by READINGLIST_HOME, or an empty database by DATABASE_URL.")
    if count := User.objects.filter(is_superuser=False).count():
        raise Refused(
            _("People use this instance (%(count)d), and demo data would mix with theirs. %(elsewhere)s")
            % {"count": count, "elsewhere": elsewhere}
        )
    for model in WRITTEN:
        if model._default_manager.exists():
            raise Refused(
                _("This instance has %(what)s already, and demo data would mix with them. %(elsewhere)s")
                % {"what": model._meta.verbose_name_plural, "elsewhere": elsewhere}
            )


def curator() -> User | None:
    """Who of the demo team may also manage the catalogue, and can be signed in."""
    return User.objects.filter(email__endswith=people.ADDRESSES, is_staff=True, is_active=True).order_by("pk").first()


@transaction.atomic
def fill(size: Size, *, seed: int, now: datetime, progress: copying.Progress) -> dict[str, int]:
    """Adds a made-up team of `size` with half a year of reading up to `now`; how many rows of what."""
    check_empty()
    if loading.is_untouched():
        loading.load(read_catalogue(SHIPPED_FOLDER), now=now)
    copying.lock(*FILLED)
    check_empty()  # once more, now that nobody can come in between
    desk = Desk(seed, now, progress)
    team = _fill_people(size.readers, desk)
    _fill_works(size.entries, desk)
    arrivals = _fill_posts(size.posts, desk)
    _fill_reading(team, desk)
    _fill_inbox(team, arrivals, desk)
    _fill_suggestions(team, desk)
    connection.check_constraints()
    with connection.cursor() as cursor:
        # The planner would else take the tables for empty until PostgreSQL looks at them by itself.
        cursor.execute("ANALYZE " + ", ".join(connection.ops.quote_name(model._meta.db_table) for model in FILLED))
    return desk.rows


def _fill_people(count: int, desk: Desk) -> list[Person]:
    team = people.make_people(copying.reserve(User, count), rng=desk.rng("people"), now=desk.now)
    desk.copy(User, (person.user for person in team))
    for person in people.curators_among(team):
        set_role(person.user, Role.CURATOR, by=None, now=desk.now)
    return team


def _fill_works(count: int, desk: Desk) -> None:
    ids = copying.reserve(Entry, count)
    made = works.make_works(ids, rng=desk.rng("works"), now=desk.now)
    desk.copy(Entry, made.entries)
    desk.copy(PLACES, made.places)
    desk.copy(Identifier, made.identifiers())
    desk.copy(EntryLink, made.links())
    desk.copy(Supersession, made.supersessions())
    _record_history(ids, desk.now)


def _fill_posts(count: int, desk: Desk) -> Arrivals:
    feeds = list(Feed.objects.filter(source__status=Status.LIVE).select_related("source").order_by("pk"))
    if count and not feeds:
        raise Refused(_("There is no live source with a feed to bring posts. First: manage.py loadcatalog"))
    all_visits = visits.make_visits(feeds, rng=desk.rng("visits"), now=desk.now)
    ids = copying.reserve(Post, count)
    arrivals = posts.make_arrivals(ids, all_visits, rng=desk.rng("arrivals"))
    known = Identifier.objects.filter(entry__status=Status.LIVE, entry__kind__in=works.ANNOUNCED)
    announced = list(known.order_by("pk").values_list("key", "entry__title"))
    desk.copy(Post, posts.make_posts(arrivals, announced, rng=desk.rng("posts")))
    # Of these the claim of a feed makes the first, so that a worker may have been faster.
    FeedState.objects.filter(feed__in=feeds).delete()
    desk.copy(FeedState, visits.states(all_visits, arrivals.published(), now=desk.now))
    desk.copy(Fetch, visits.fetches(all_visits, arrivals.counts(), rng=desk.rng("fetches"), now=desk.now))
    return arrivals


def _fill_reading(team: Sequence[Person], desk: Desk) -> None:
    places = StepEntry.objects.filter(required=True, entry__status=Status.LIVE).select_related("entry")
    path = [place.entry for place in places.order_by("list__position", "list", "step__position", "pk")]
    others = list(Entry.objects.live().exclude(pk__in=[entry.pk for entry in path]).order_by("pk"))
    desk.rng("likes").shuffle(others)
    library = reading.Library(
        path=path,
        others=others,
        sources=list(Source.objects.live().filter(feeds=None).order_by("pk")),
    )
    shelves = reading.read(team, library, rng=desk.rng("reading"))
    desk.copy(ReadState, (row for shelf in shelves for row in shelf.rows()))
    # In the order of time, as a team writes them.
    log = sorted((row for shelf in shelves for row in shelf.log), key=lambda row: row.at)
    desk.copy(Activity, log)
    notes = sorted((note for shelf in shelves for note in shelf.notes), key=lambda note: note.created_at)
    desk.copy(Note, notes)


def _fill_inbox(team: Sequence[Person], arrivals: Arrivals, desk: Desk) -> None:
    sources = list(Source.objects.live().exclude(feeds=None).order_by("pk").distinct())
    follows = inbox.follows(team, sources, arrivals, rng=desk.rng("follows"))
    desk.copy(Follow, follows)
    desk.copy(PostState, inbox.post_states(team, follows, arrivals, rng=desk.rng("marks"), now=desk.now))
    desk.copy(Reminder, inbox.reminders(team, rng=desk.rng("reminders"), now=desk.now))


def _fill_suggestions(team: Sequence[Person], desk: Desk) -> None:
    saved = PostState.objects.exclude(saved_at=None).select_related("post", "user").defer("post__body")
    entries = {
        known.key: known.entry for known in Identifier.objects.filter(entry__status=Status.LIVE).select_related("entry")
    }
    for person in people.curators_among(team)[:1]:
        made = suggested.suggest(
            saved.order_by("saved_at", "pk"), entries, curator=person.user, rng=desk.rng("suggestions"), now=desk.now
        )
        desk.copy(Suggestion, made)


def _record_history(ids: range, now: datetime) -> None:
    """One historical row for each new entry and identifier, with the entry's categories."""
    about: dict[str, Any] = {"at": now, "reason": CHANGE_REASON, "ids": list(ids)}
    of_entries, of_identifiers = Entry.history.model, Identifier.history.model
    of_places = of_entries.categories.model
    with connection.cursor() as cursor:
        for model, past, own in ((Entry, of_entries, "id"), (Identifier, of_identifiers, "entry_id")):
            tracked = {field.column for field in past._meta.concrete_fields}
            columns = ", ".join(str(f.column) for f in model._meta.concrete_fields if f.column in tracked)
            cursor.execute(
                f"INSERT INTO {past._meta.db_table} ({columns}, history_date, history_type, history_change_reason)"  # noqa: S608
                f" SELECT {columns}, %(at)s, '+', %(reason)s FROM {model._meta.db_table}"
                f" WHERE {own} = ANY(%(ids)s) ORDER BY id",
                about,
            )
        cursor.execute(
            f"INSERT INTO {of_places._meta.db_table} (id, entry_id, category_id, history_id)"  # noqa: S608
            f" SELECT place.id, place.entry_id, place.category_id, past.history_id FROM {PLACES._meta.db_table} place"
            f" JOIN {of_entries._meta.db_table} past ON past.id = place.entry_id"
            " WHERE place.entry_id = ANY(%(ids)s) ORDER BY place.id",
            about,
        )
