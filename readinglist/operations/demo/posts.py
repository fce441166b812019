"""Made-up posts in the order in which they arrived, some of them copies, some of them works of the catalogue."""

from bisect import bisect_left, bisect_right
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

from feeds.store import NEWS_OF_FIRST_FETCH
from readinglist.catalog import identifiers
from readinglist.catalog.choices import Rhythm, SourceKind
from readinglist.catalog.models import Feed, Post
from readinglist.operations.demo.visits import HOUR, MOST_FIRST, Visits, moment
from readinglist.operations.demo.words import SITE, Subject, Texts, subject

BUSIEST_FIRST = list(Rhythm)
DAY = 24 * HOUR
COPIES = 0.03
WORKS = 0.01
QUIET_WEEKENDS = 0.6
RELEASES = (SourceKind.PROJECT, SourceKind.ISSUE_TRACKER)
TITLES = {
    SourceKind.COMMUNITY: (
        "Has anybody tried {topic} {setting}?",
        "{Topic}: {count} devices, {number} per cent less {cost}",
        "What do you do about {cost} with {topic}?",
    ),
    SourceKind.PODCAST: ("{Topic} {setting}, with a guest", "A long talk about {topic} and {other}"),
    SourceKind.NEWSLETTER: ("{Topic}, {other}, and {number} short notes", "The week in {topic}"),
    SourceKind.CHANNEL: ("{Topic} from scratch", "Reading the code of {topic}"),
}
USUAL_TITLES = (
    "{Manner} {topic} {setting}",
    "How we cut {cost} by {number} per cent with {topic}",
    "{Topic} {setting}: lessons from {days} days",
    "Why {topic} was not the bottleneck",
    "Notes on {topic} and {other}",
)


@dataclass(frozen=True, slots=True)
class Sight:
    """A post before it is written: when it was seen and published, and where."""

    seen: int
    published: int
    place: int  # of its feed
    is_backlog: bool = False


class Arrivals:
    """All posts in the order of their arrival, which is that of their ids."""

    def __init__(self, ids: Sequence[int], sights: Sequence[Sight], all_visits: Sequence[Visits]) -> None:
        self.ids = ids
        self.sights = sights
        self.all_visits = all_visits
        self.seen = [sight.seen for sight in sights]
        self.places_of_source: dict[int, list[int]] = {}
        for place, sight in enumerate(sights):
            self.places_of_source.setdefault(self.feed_of(sight).source_id, []).append(place)
        self.copies: set[int] = set()  # by place; known when all are written

    def feed_of(self, sight: Sight) -> Feed:
        return self.all_visits[sight.place].feed

    def counts(self) -> Counter[tuple[int, int]]:
        """How many a visit found, by feed and time."""
        return Counter((self.feed_of(sight).pk, sight.seen) for sight in self.sights)

    def published(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for sight in self.sights:
            found.setdefault(self.feed_of(sight).pk, []).append(sight.published)
        return found

    def last_until(self, seconds: float) -> int:
        """The id of the newest post at a time; 0 where there was none."""
        count = bisect_right(self.seen, seconds)
        return self.ids[count - 1] if count else 0

    def of_source(self, source_id: int, since: float, until: float) -> list[int]:
        """Places of what a source brought between two times."""
        places = self.places_of_source.get(source_id, [])
        begin = bisect_left(places, since, key=lambda place: self.seen[place])
        return places[begin : bisect_right(places, until, key=lambda place: self.seen[place])]


@dataclass(slots=True)
class Story:
    """What one post or several tell: the first of them leads."""

    key: str
    url: str
    title: str
    lead: int = 0
    feeds: set[int] = field(default_factory=set)  # by place: two posts of one feed are never one work


def make_arrivals(ids: Sequence[int], all_visits: Sequence[Visits], *, rng: Random) -> Arrivals:
    """When each post comes, and by which feed: a few feeds bring most, as Zipf has it, and the daily ones lead."""
    order = list(range(len(all_visits)))
    rng.shuffle(order)
    order.sort(key=lambda place: BUSIEST_FIRST.index(Rhythm(all_visits[place].feed.source.rhythm)))
    sights: list[Sight] = []
    for place, count in zip(order, _zipf(len(ids), len(order)), strict=True):
        sights += _sights(place, count, all_visits[place], rng)
    sights.sort(key=lambda sight: (sight.seen, sight.published, sight.place))
    return Arrivals(ids, sights, all_visits)


def make_posts(arrivals: Arrivals, works: Sequence[tuple[str, str]], *, rng: Random) -> Iterator[Post]:
    """The posts themselves, in their order. `works`: identifiers and titles that some of them announce."""
    texts = Texts(rng)
    recent: deque[Story] = deque(maxlen=300)
    of_work: dict[str, Story] = {}
    released = Counter[int]()
    for number, (pk, sight) in enumerate(zip(arrivals.ids, arrivals.sights, strict=True)):
        about = subject(rng)
        chance = rng.random()
        if chance < WORKS and works:
            key, title = rng.choice(works)
            story = of_work.setdefault(key, Story(key, identifiers.url_of(key), title))
        elif chance < WORKS + COPIES and recent:
            story = rng.choice(recent)
        else:
            url = f"https://posts.{SITE}/{number + 1}"
            released[sight.place] += 1
            title = _title(SourceKind(arrivals.feed_of(sight).source.kind), about, released[sight.place], rng)
            story = Story(f"url:{url}", url, title)
            recent.append(story)
        post = _post(pk, number, sight, arrivals.feed_of(sight), story, texts.body(about))
        if post.lead_id is not None:
            arrivals.copies.add(number)
        yield post


def _zipf(total: int, feeds: int) -> list[int]:
    """`total` in parts as 1, 1/2, 1/3, …; what rounding leaves goes to the first."""
    harmonic = sum(1 / rank for rank in range(1, feeds + 1))
    counts = [int(total / rank / harmonic) for rank in range(1, feeds + 1)]
    for place in range(total - sum(counts)):
        counts[place % feeds] += 1
    return counts


def _sights(place: int, count: int, visits: Visits, rng: Random) -> list[Sight]:
    """One feed's posts: what its first visit finds, and then what each visit finds."""
    first, last = visits.successes[0], visits.successes[-1]
    found_first = min(count // 4, MOST_FIRST)
    dates = sorted(first - rng.randrange(365 * DAY) for _ in range(found_first))
    sights = [
        Sight(first, published, place, is_backlog=found_first - number > NEWS_OF_FIRST_FETCH)
        for number, published in enumerate(dates)
    ]
    while len(sights) < count:
        published = rng.randint(first + 1, last)
        is_weekend = moment(published).weekday() >= 5
        if not is_weekend or rng.random() > QUIET_WEEKENDS:
            sights.append(Sight(visits.arrival_of(published), published, place))
    return sights


def _title(kind: SourceKind, about: Subject, released: int, rng: Random) -> str:
    if kind in RELEASES:
        return about.fill(f"v{1 + released // 60}.{released // 6 % 10}.{released % 6}: {{topic}}")
    return about.fill(rng.choice(TITLES.get(kind, USUAL_TITLES)))


def _post(pk: int, number: int, sight: Sight, feed: Feed, story: Story, body: str) -> Post:
    """The first post of a story leads, those of other feeds are copies; a second one of a feed stands for itself."""
    guid_hash = sha256(f"tag:{SITE},{number + 1}".encode()).hexdigest()
    key, lead = story.key, story.lead or None
    if sight.place in story.feeds:
        key, lead = f"guid:{feed.pk}:{guid_hash[:40]}", None
    story.feeds.add(sight.place)
    story.lead = story.lead or pk
    published_at = moment(sight.published)
    content = "\n".join((story.url, story.title, published_at.isoformat(), body))
    return Post(
        pk=pk,
        feed=feed,
        guid_hash=guid_hash,
        key=key,
        lead_id=lead,
        is_backlog=sight.is_backlog,
        url=story.url,
        title=story.title,
        body=body,
        content_hash=sha256(content.encode()).hexdigest(),
        published_at=published_at,
        first_seen_at=moment(sight.seen),
    )
