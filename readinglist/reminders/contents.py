"""What one reader's weekly mail says: how far they are, and what they want of what is next, under way, and new."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.catalog.choices import Status
from readinglist.catalog.models import Entry, Feed, Identifier, Post
from readinglist.reading import inbox, paths, shelves
from readinglist.reading.models import Follow, ReadState, Stage

UNDER_WAY = 5
POSTS = 5
LOOKED_AT = 10  # posts of a feed
NEW_FOR = timedelta(days=7)
LONGEST_STRIP = 60  # steps; of more the cells would be hairs


@dataclass(frozen=True, slots=True)
class Piece:
    """A work, with what the reader has done of it."""

    entry: Entry
    state: ReadState | None
    is_done: bool = False

    @property
    def is_begun(self) -> bool:
        return self.state is not None and self.state.stage == Stage.READING

    @property
    def minutes_left(self) -> int:
        if self.state is None or not self.is_begun:
            return self.entry.about_minutes
        return max(1, self.entry.about_minutes * (100 - self.state.percent) // 100)


@dataclass(frozen=True, slots=True)
class News:
    """A post that is worth a look; `is_known` where it is a work of the catalogue."""

    post: Post
    is_known: bool


@dataclass(frozen=True, slots=True)
class Posts:
    """What has come from the sources that the reader follows."""

    news: Sequence[News]
    unread: int
    follows_any: bool

    @property
    def has_more_unread(self) -> bool:
        """Whether there are more unread posts than are counted."""
        return self.unread >= inbox.COUNTED_IN_ALL


@dataclass(frozen=True, slots=True)
class Contents:
    """`shelf` is the active list; `posts` is None where the reader wants none of them in the mail."""

    shelf: shelves.Shelf | None
    shows_next: bool
    under_way: Sequence[Piece]
    posts: Posts | None

    @property
    def sentence(self) -> str:
        """How far the reader is: in every mail, whatever else they want in it."""
        if self.shelf is None:
            return _("No reading list is here yet.")
        said = self.shelf.sentence if self.shows_next else self.shelf.progress.sentence
        return f"{self.shelf.reading_list.title}: {said}"

    @property
    def next(self) -> shelves.Spine | None:
        """The step that comes next; None where all is read, where there is no list, or where it is not wanted."""
        spine = self.shelf.next if self.shelf and self.shows_next else None
        return spine if spine and spine.works else None

    @property
    def pieces(self) -> list[Piece]:
        """The works of that step, the one to open first, what is done last."""
        if self.next is None:
            return []
        pieces = [_piece_of(work) for work in self.next.works]
        return sorted(pieces, key=lambda piece: piece.is_done)

    @property
    def strip(self) -> Sequence[shelves.Spine]:
        """The steps that the picture shows."""
        spines = self.shelf.spines if self.shelf else ()
        return spines if len(spines) <= LONGEST_STRIP else ()

    @property
    def is_numbered(self) -> bool:
        return len(self.strip) <= shelves.LARGE_TO


def contents_for(user: User, *, now: datetime) -> Contents:
    shelf = paths.shelf_of(paths.path_of(user), user)
    upcoming = shelf.next.works if shelf and shelf.next and user.reminder_shows_next else []
    return Contents(
        shelf=shelf,
        shows_next=user.reminder_shows_next,
        under_way=_under_way(user, besides=upcoming) if user.reminder_shows_under_way else [],
        posts=_posts(user, now=now) if user.reminder_shows_posts else None,
    )


def _posts(user: User, *, now: datetime) -> Posts:
    return Posts(
        news=_worth_it(user, now=now),
        unread=inbox.unread_count(user, now=now),
        follows_any=Follow.objects.of(user).heard().exists(),
    )


def _piece_of(work: Entry) -> Piece:
    """Of a work that a shelf has drawn."""
    return Piece(work, work.my_state, work.is_done)  # type: ignore[attr-defined]


def _under_way(user: User, *, besides: Iterable[Entry]) -> list[Piece]:
    states = (
        ReadState.objects.of(user)
        .filter(stage=Stage.READING, entry__status=Status.LIVE)
        .exclude(entry__in=[work.pk for work in besides])
        .select_related("entry")
        .defer("entry__search")
        .order_by("-started_at", "pk")
    )
    return [Piece(state.entry, state) for state in states[:UNDER_WAY]]


def _worth_it(user: User, *, now: datetime) -> list[News]:
    """Unread posts of the last days, one a source: first what is in the catalogue, then the newest."""
    since = now - NEW_FOR
    known = _in_the_catalogue(since)
    looked_at = inbox.readable().filter(pk__in=known | _newest_of_each_feed(user), first_seen_at__gt=since)
    unread = inbox.with_marks(looked_at, user, now=now).filter(is_unread=True)  # type: ignore[misc] # annotated
    chosen: dict[int, News] = {}
    for post in sorted(unread.defer("body").order_by("-pk"), key=lambda post: post.pk not in known):
        chosen.setdefault(post.feed.source_id, News(post, post.pk in known))
    return list(chosen.values())[:POSTS]


def _in_the_catalogue(since: datetime) -> set[int]:
    """The posts since then that are works of the catalogue, whoever follows them: there are never many."""
    keys = Identifier.objects.filter(entry__status=Status.LIVE).values("key")
    return set(Post.objects.filter(key__in=keys, first_seen_at__gt=since).order_by().values_list("pk", flat=True))


def _newest_of_each_feed(user: User) -> set[int]:
    """Some of what came last to every feed that is heard: a feed of hundreds a day hides none of the others."""
    newest = Post.objects.filter(feed=OuterRef("pk"), is_backlog=False).order_by("-pk").values("pk")[:LOOKED_AT]
    feeds = Feed.objects.filter(source__in=Follow.objects.of(user).heard().values("source"))
    return {pk for ids in feeds.order_by().values_list(ArraySubquery(newest)) for pk in ids[0]}
