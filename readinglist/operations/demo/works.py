"""Made-up works beside those of the catalogue, with authors, identifiers, links and categories."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from django.db import models
from django.utils.text import slugify

from readinglist.catalog.choices import MINUTES_OF_ENTRY_KIND, Access, Caution, Depth, EntryKind, Origin, Status
from readinglist.catalog.models import Category, Entry, EntryLink, Identifier, Supersession
from readinglist.operations.demo.people import FAMILY_NAMES, GIVEN_NAMES, HALF_A_YEAR
from readinglist.operations.demo.words import MADE_UP, SITE, Subject, capitalised, sentences, subject, system_name

KINDS = {
    EntryKind.PAPER: 62,
    EntryKind.REPORT: 10,
    EntryKind.ARTICLE: 10,
    EntryKind.TUTORIAL: 6,
    EntryKind.FRAMEWORK: 4,
    EntryKind.TOOL: 4,
    EntryKind.SURVEY: 2,
    EntryKind.BOOK: 1,
    EntryKind.COURSE: 1,
}
# Where the starting catalogue keeps what is like it.
TRAINING = ("pre-training", "post-training", "distribution-techniques", "faults-and-stragglers", "hardware")
CATEGORIES = {
    EntryKind.PAPER: (*TRAINING, "scaling-laws", "debugging-and-profiling"),
    EntryKind.REPORT: ("vendor-reports", "pre-training"),
    EntryKind.ARTICLE: ("handbooks-and-tutorials", *TRAINING),
    EntryKind.TUTORIAL: ("handbooks-and-tutorials",),
    EntryKind.FRAMEWORK: ("training-frameworks",),
    EntryKind.TOOL: ("tools", "debugging-and-profiling"),
    EntryKind.SURVEY: ("surveys",),
    EntryKind.BOOK: ("books",),
    EntryKind.COURSE: ("courses",),
}
NAMED = (EntryKind.FRAMEWORK, EntryKind.TOOL)
ANNOUNCED = (EntryKind.PAPER, EntryKind.REPORT, EntryKind.ARTICLE, EntryKind.SURVEY)  # posts tell of them
TITLES = (
    "Revisiting {topic} {setting}",
    "What limits {topic} {setting}?",
    "{Manner} {topic} {setting}",
    "{Topic} and {other}: who waits for whom?",
    "Measuring {cost} in {topic} {setting}",
    "When {topic} fails {setting}",
)
DOI_OF_SAMPLES = "10.5555"  # the prefix that registrars keep for examples
VENUES = ("Preprint", "Workshop paper", "Technical report", "Journal version", "")
PAIR_OF_SO_MANY = 15  # works of a kind have one among them of which one supersedes the other


@dataclass(frozen=True, slots=True)
class Works:
    """The made-up entries, and the rows that hang on them."""

    entries: list[Entry]
    places: list[models.Model]  # of entries in categories

    def identifiers(self) -> Iterator[Identifier]:
        for number, entry in enumerate(self.entries):
            yield Identifier(entry=entry, key=f"url:{entry.url}")
            if entry.kind == EntryKind.PAPER and number % 3 == 0:
                yield Identifier(entry=entry, key=f"doi:{DOI_OF_SAMPLES}/demo.{number}")

    def links(self) -> Iterator[EntryLink]:
        for number, entry in enumerate(self.entries):
            if entry.kind in (EntryKind.PAPER, EntryKind.REPORT):
                yield EntryLink(entry=entry, kind=EntryLink.Kind.PDF, url=f"{entry.url}.pdf")
            if number % 4 == 0:
                yield EntryLink(entry=entry, kind=EntryLink.Kind.CODE, url=f"https://code.{SITE}/{entry.slug}")

    def supersessions(self) -> Iterator[Supersession]:
        """As `catalog.supersession` writes them for works that stand in no list."""
        for entry in self.entries:
            if entry.superseded_by_id is not None and entry.reviewed_at is not None:
                moved = {"to": entry.superseded_by_id, "places": [], "predecessors": []}
                yield Supersession(entry=entry, at=entry.reviewed_at, moved=moved)


def make_works(ids: Sequence[int], *, rng: Random, now: datetime) -> Works:
    by_slug = dict(Category.objects.order_by("pk").values_list("slug", "pk"))
    entries: list[Entry] = []
    places: list[models.Model] = []
    titles: set[str] = set()
    for place, pk in enumerate(ids):
        entry = _entry(pk, place, titles, rng, now)
        entries.append(entry)
        slugs = [slug for slug in CATEGORIES[EntryKind(entry.kind)] if slug in by_slug]
        chosen = rng.sample(slugs, min(len(slugs), rng.choice((1, 1, 2))))
        places += [Entry.categories.through(entry_id=pk, category_id=by_slug[slug]) for slug in chosen]
    _supersede_some(entries, rng, now)
    return Works(entries, places)


def _entry(pk: int, place: int, titles: set[str], rng: Random, now: datetime) -> Entry:
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    about = subject(rng)
    name = system_name(rng) if kind in NAMED or rng.random() < 0.5 else ""
    title = _title(kind, name, about, rng)
    while title in titles:
        name = system_name(rng)
        title = f"{name}: {title}"
    titles.add(title)
    slug = f"demo-{place + 1}-{slugify(title)[:60].rstrip('-')}"
    usual = MINUTES_OF_ENTRY_KIND[kind]
    added_at = now - rng.random() * HALF_A_YEAR
    return Entry(
        pk=pk,
        slug=slug,
        title=title,
        short_title=name or capitalised(about.topic)[:18].rstrip(),
        authors=_authors(rng),
        kind=kind,
        status=rng.choices([Status.LIVE, Status.DRAFT, Status.RETIRED], [97, 1, 2])[0],
        year=now.year - min(int(rng.expovariate(0.5)), 9),
        venue=rng.choice(VENUES) if kind == EntryKind.PAPER else "",
        url=f"https://works.{SITE}/{slug}",
        minutes=max(5, round(usual * rng.uniform(0.5, 1.6) / 5) * 5) if rng.random() < 0.6 else None,
        depth=rng.choice(["", Depth.SKIM, Depth.IN_DEPTH]),
        origin=rng.choice(Origin.values),
        access=rng.choices(Access.values, [9, 1, 1])[0],
        caution=rng.choices(["", *Caution.values], [12, 1, 1, 1])[0],
        description=f"{sentences(rng, rng.randint(1, 3))} {MADE_UP}",
        pick_when=about.fill("You run into {cost} {setting}."),
        added_on=added_at.date() if rng.random() < 0.3 else None,
        reviewed_at=max(added_at, now - timedelta(days=rng.randint(1, 140))),
    )


def _title(kind: str, name: str, about: Subject, rng: Random) -> str:
    match kind:
        case EntryKind.FRAMEWORK | EntryKind.TOOL:
            return about.fill(f"{name}: {{topic}} {{setting}}")
        case EntryKind.SURVEY:
            return about.fill("A survey of {topic} and {other} {setting}")
        case EntryKind.BOOK | EntryKind.COURSE:
            return about.fill("{Topic} from the ground up, {setting}")
        case EntryKind.TUTORIAL:
            return about.fill("{Manner} {topic} {setting}, step by step")
    pattern = rng.choice(TITLES)
    return f"{name}: {about.fill('{manner} {topic} {setting}')}" if name else about.fill(pattern)


def _authors(rng: Random) -> list[str]:
    count = min(1 + int(rng.expovariate(0.4)), 12)
    return [f"{rng.choice(GIVEN_NAMES)} {rng.choice(FAMILY_NAMES)}" for _ in range(count)]


def _supersede_some(entries: list[Entry], rng: Random, now: datetime) -> None:
    """Pairs of live works of one kind; nothing stands in two of them."""
    for kind in KINDS:
        live = [entry for entry in entries if (entry.kind, entry.status) == (kind, Status.LIVE)]
        chosen = rng.sample(live, len(live) // PAIR_OF_SO_MANY * 2)
        for old, new in zip(chosen[::2], chosen[1::2], strict=True):
            old.superseded_by = new
            old.year, new.year = sorted((old.year or 0, new.year or 0))
            old.reviewed_at = now - timedelta(days=rng.randint(1, 100))
