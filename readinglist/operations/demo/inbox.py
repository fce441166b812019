"""What the made-up team follows, how far each has caught up, marks on posts, and the weekly mails of the past."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from random import Random

from readinglist.catalog.models import Source
from readinglist.operations.demo.people import Person
from readinglist.operations.demo.posts import DAY, Arrivals
from readinglist.operations.demo.words import SITE
from readinglist.reading.follows import NEW_FOLLOWERS_POSTS
from readinglist.reading.models import Follow, PostState
from readinglist.reminders import due
from readinglist.reminders.models import Reminder

LOOKS_BACK = 14 * DAY
CATCHES_UP = 0.25  # of the sessions of those who do
A_TICK = timedelta(minutes=5)  # between two looks at who is due
UNANSWERED = "The connection ended while the mail was handed over: nobody can say whether it arrived."


def follows(people: Iterable[Person], sources: Sequence[Source], arrivals: Arrivals, *, rng: Random) -> list[Follow]:
    rows = []
    for person in people:
        caught_up_at = _caught_up_at(person, rng)
        count = min(rng.randint(*person.habit.follows), len(sources))
        for source in rng.sample(sources, count):
            followed_at = _followed_at(person, rng)
            mark = _mark_of_new_follower(source, followed_at, arrivals)
            if caught_up_at is not None and followed_at <= caught_up_at:
                mark = max(mark, arrivals.last_until(caught_up_at.timestamp()))
            rows.append(
                Follow(
                    user=person.user,
                    source=source,
                    caught_up_to=mark,
                    is_muted=False,
                    followed_at=followed_at,
                )
            )
    return sorted(rows, key=lambda row: row.followed_at)


def _caught_up_at(person: Person, rng: Random) -> datetime | None:
    """The last session in which they said "read up to here"."""
    if not person.habit.catches_up:
        return None
    return next((at for at in reversed(person.sessions) if rng.random() < CATCHES_UP), None)


def _followed_at(person: Person, rng: Random) -> datetime:
    """Most of it on the first day, the rest in one session or another."""
    if person.sessions and rng.random() < 0.3:
        return rng.choice(person.sessions)
    return person.user.date_joined + timedelta(seconds=rng.randrange(60, 1200))


def _mark_of_new_follower(source: Source, at: datetime, arrivals: Arrivals) -> int:
    """Just before the newest posts, as `reading.follows` sets it; backlog does not count."""
    there = arrivals.of_source(source.pk, 0, at.timestamp())
    news = [place for place in there if not arrivals.sights[place].is_backlog]
    return arrivals.ids[news[-NEW_FOLLOWERS_POSTS:][0]] - 1 if news else 0


def post_states(
    people: Iterable[Person], all_follows: Sequence[Follow], arrivals: Arrivals, *, rng: Random, now: datetime
) -> Iterator[PostState]:
    """Marks on posts that a person could see in the inbox at that time; never on copies, whose lead may be shown."""
    follows_of: dict[int, list[Follow]] = {}
    for follow in all_follows:
        follows_of.setdefault(follow.user_id, []).append(follow)
    for person in people:
        marked: set[int] = set()
        for at in person.sessions:
            heard = [follow for follow in follows_of.get(person.user.pk, []) if follow.followed_at <= at]
            looks = int(rng.expovariate(1 / person.habit.posts_a_session)) if heard else 0
            for number in range(min(looks, 8)):
                source_id = rng.choice(heard).source_id
                until = at.timestamp()
                places = arrivals.of_source(source_id, until - LOOKS_BACK, until)
                place = rng.choice(places) if places else None
                if place is not None and place not in marked and place not in arrivals.copies:
                    marked.add(place)
                    opened_at = at + timedelta(minutes=5 * number, seconds=rng.randrange(60))
                    yield _marks(person, arrivals.ids[place], opened_at, rng, now)


def _marks(person: Person, post_id: int, opened_at: datetime, rng: Random, now: datetime) -> PostState:
    marks = PostState(user=person.user, post_id=post_id, opened_at=opened_at)
    chance = rng.random()
    if chance < 0.8:
        marks.read_at = opened_at + timedelta(seconds=rng.randrange(20, 240))
    elif chance < 0.88:
        marks.unread_from = opened_at + timedelta(seconds=rng.randrange(20, 240))
    elif chance < 0.92 and now - opened_at < timedelta(days=7):
        marks.unread_from = now + timedelta(hours=rng.randrange(6, 200))
    if rng.random() < 0.1:
        marks.saved_at = opened_at + timedelta(seconds=rng.randrange(5, 240))
    return marks


def reminders(people: Iterable[Person], *, rng: Random, now: datetime) -> list[Reminder]:
    """The weekly mails so far, of those who want them; in one case in a hundred it is not known what became of it."""
    rows = []
    for person in people:
        user = person.user
        week = due.week_of(user.date_joined, user.tzinfo)
        while user.wants_reminder and (at := due.moment_of(user, week)) < now - A_TICK:
            if at > user.date_joined:
                rows.append(_reminder(person, week, at + rng.random() * A_TICK, rng))
            week += due.WEEK
    return sorted(rows, key=lambda row: (row.claimed_at, row.user_id))


def _reminder(person: Person, week: date, at: datetime, rng: Random) -> Reminder:
    is_known = rng.random() < 0.99
    return Reminder(
        user=person.user,
        week=week,
        state=Reminder.State.SENT if is_known else Reminder.State.UNKNOWN,
        claimed_at=at,
        sent_at=at + timedelta(seconds=rng.randrange(1, 9)) if is_known else None,
        message_id=f"<{week:%G-W%V}.{person.user.pk}@{SITE}>",
        error="" if is_known else UNANSWERED,
    )
