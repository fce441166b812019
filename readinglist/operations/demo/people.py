"""Who is in the made-up team: names, zones, and how each of them reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from itertools import count, product
from random import Random
from string import ascii_letters
from zoneinfo import ZoneInfo

from django.utils.text import slugify

from accounts.models import User
from readinglist.operations.demo.words import SITE

# From UTC-8 to UTC by standard time.
ZONES = (
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Europe/Lisbon",
    "America/Chicago",
    "Atlantic/Reykjavik",
    "America/Toronto",
    "America/Denver",
    "Africa/Accra",
    "America/Vancouver",
    "America/Mexico_City",
    "America/Halifax",
    "Atlantic/Azores",
    "America/Bogota",
    "America/Argentina/Buenos_Aires",
    "America/Phoenix",
    "Atlantic/Cape_Verde",
    "America/Noronha",
    "America/St_Johns",
)
GIVEN_NAMES = (
    "Ana",
    "Tomás",
    "Grace",
    "Daniel",
    "Lucía",
    "Kwame",
    "Emma",
    "Rafael",
    "Sofia",
    "James",
    "Ines",
    "Noah",
    "Amara",
    "Oliver",
    "Camila",
    "Samuel",
    "Helena",
    "Mateo",
    "Chloe",
    "Kofi",
    "Julia",
    "Liam",
    "Mariana",
    "Ethan",
    "Abena",
    "Hugo",
    "Naomi",
    "Diego",
    "Freya",
    "Omar",
)
FAMILY_NAMES = (
    "Almeida",
    "Walker",
    "Mensah",
    "García",
    "Nguyen",
    "Bennett",
    "Pereira",
    "Clarke",
    "Okafor",
    "Morales",
    "Hughes",
    "Santos",
    "Kim",
    "Fraser",
    "Rojas",
    "Jónsson",
    "Patel",
    "Costa",
    "Murphy",
    "Torres",
    "Chen",
    "Baker",
    "Silva",
    "Osei",
    "Reid",
    "Vargas",
    "Evans",
    "Lopes",
    "Singh",
    "Moore",
)
ADDRESSES = f"@{SITE}"  # all end so, and nobody else's do
HALF_A_YEAR = timedelta(days=182)
WORKING_HOURS = range(9, 18)


@dataclass(frozen=True, slots=True)
class Habit:
    """How somebody reads."""

    joined_days: tuple[int, int]  # ago, from and to
    sessions_a_week: float
    stopped_days: int  # ago, that is when they opened it last at the latest
    follows: tuple[int, int]
    posts_a_session: float
    catches_up: bool


DILIGENT = Habit((170, 182), 4.0, 0, (25, 45), 3.0, True)
STEADY = Habit((120, 182), 1.8, 0, (12, 28), 2.0, True)
OCCASIONAL = Habit((90, 182), 0.5, 0, (5, 14), 1.5, True)
IDLE = Habit((100, 182), 1.0, 80, (0, 8), 1.0, False)
NEW = Habit((2, 14), 2.5, 0, (3, 12), 1.0, False)
# In this order over and over, so that a team of eight has some of each.
HABITS = (STEADY, DILIGENT, OCCASIONAL, STEADY, IDLE, DILIGENT, NEW, STEADY)


@dataclass(slots=True)
class Person:
    user: User
    habit: Habit
    sessions: list[datetime] = field(default_factory=list)  # when they sat down to read, oldest first


def make_people(ids: Sequence[int], *, rng: Random, now: datetime) -> list[Person]:
    """A team; every fortieth of them, beginning with the first, is to be a curator."""
    people = []
    for place, (pk, (name, email)) in enumerate(zip(ids, _names(rng), strict=False)):
        habit = HABITS[place % len(HABITS)]
        zone = ZoneInfo(ZONES[place % len(ZONES)])
        joined = now - timedelta(days=rng.randint(*habit.joined_days), minutes=rng.randrange(600))
        sessions = _sessions(habit, zone, joined, now, rng)
        user = User(
            pk=pk,
            email=email,
            name=name,
            zone=zone.key,
            password="!" + "".join(rng.choices(ascii_letters, k=40)),  # of nobody: people come in by a link
            wants_reminder=rng.random() < 0.85,
            reminder_weekday=rng.choices([1, 2, 5], [8, 1, 1])[0],
            reminder_hour=rng.choices([7, 8, 6, 12], [7, 2, 1, 1])[0],
            date_joined=joined,
            welcomed_at=joined,
            shares_stages=place % 8 != 4,
            last_login=sessions[-1] if sessions else None,
        )
        people.append(Person(user, habit, sessions))
    return people


def curators_among(people: Sequence[Person]) -> Sequence[Person]:
    return people[::40]


def _names(rng: Random) -> Iterator[tuple[str, str]]:
    """Name and address, for ever; no two addresses are the same."""
    names = list(product(GIVEN_NAMES, FAMILY_NAMES))
    rng.shuffle(names)
    for place in count():
        given, family = names[place % len(names)]
        again = place // len(names)
        local = f"{slugify(given)}.{slugify(family)}{again + 1 if again else ''}"
        yield f"{given} {family}", f"{local}{ADDRESSES}"


def _sessions(habit: Habit, zone: ZoneInfo, joined: datetime, now: datetime, rng: Random) -> list[datetime]:
    """At most one a working day, within the working hours of the zone."""
    sessions = []
    day = joined.astimezone(zone).date()
    end = now - timedelta(days=habit.stopped_days)
    while day <= end.astimezone(zone).date():
        clock = time(rng.choice(WORKING_HOURS), rng.randrange(60), rng.randrange(60))
        moment = datetime.combine(day, clock, zone).astimezone(UTC)
        # An hour before the end at the latest: a session takes its time.
        fits = joined < moment < end - timedelta(hours=1)
        if day.isoweekday() <= 5 and rng.random() < habit.sessions_a_week / 5 and fits:
            sessions.append(moment)
        day += timedelta(days=1)
    return sessions
