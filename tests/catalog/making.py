"""Rows and filled-in forms for the tests of the admin."""

from typing import Any

from django.utils.text import slugify

from readinglist.catalog.models import Entry, ReadingList, Source, Step, StepEntry

ENTRY_FIELDS = [
    *("title", "short_title", "kind", "status", "year", "venue", "url", "minutes", "depth", "origin"),
    *("access", "caution", "description", "pick_when"),
]


def make_entry(title: str, **fields: Any) -> Entry:
    defaults: dict[str, Any] = {
        "slug": slugify(title),
        "kind": "paper",
        "url": f"https://example.org/{slugify(title)}",
        "description": "What it is.",
    }
    return Entry.objects.create(title=title, **defaults | fields)


def make_source(name: str, **fields: Any) -> Source:
    return Source.objects.create(**{"name": name, "slug": slugify(name), "kind": "blog", "description": "x"} | fields)


def make_list(*titles: str, slug: str = "canon") -> ReadingList:
    """A list with a step for each title."""
    reading_list = ReadingList.objects.create(slug=slug, title=slug.title())
    for position, title in enumerate(titles, start=1):
        entry = Entry.objects.filter(title=title).first() or make_entry(title)
        step = Step.objects.create(list=reading_list, slug=slugify(title), position=position)
        StepEntry.objects.create(step=step, list=reading_list, entry=entry)
    return reading_list


def entry_form(entry: Entry | None = None, *, keys: list[str] | None = None, **typed: Any) -> dict[str, Any]:
    """What a browser sends for the form of `entry`, or of a new one, with `typed` on top."""
    form: dict[str, Any] = {"kind": "paper", "status": "live", "access": "free"}
    existing = []
    if entry is not None:
        form |= {name: getattr(entry, name) for name in ENTRY_FIELDS if getattr(entry, name) is not None}
        form |= {
            "authors": "\n".join(entry.authors),
            "source": f"{entry.source.name} [{entry.source.slug}]" if entry.source else "",
            "part_of": f"{entry.part_of.title} [{entry.part_of.slug}]" if entry.part_of else "",
            "categories": list(entry.categories.values_list("pk", flat=True)),
        }
        existing = list(entry.identifiers.all())
    keys = keys or []
    form |= _management("identifiers", len(existing) + len(keys), len(existing)) | _management("links", 0, 0)
    for number, identifier in enumerate(existing):
        form |= {f"identifiers-{number}-id": identifier.pk, f"identifiers-{number}-key": identifier.key}
        form[f"identifiers-{number}-entry"] = identifier.entry_id
    for number, key in enumerate(keys, start=len(existing)):
        form[f"identifiers-{number}-key"] = key
    return form | typed


def source_form(source: Source | None = None, *, feeds: list[str] | None = None, **typed: Any) -> dict[str, Any]:
    form: dict[str, Any] = {"kind": "blog", "status": "live", "access": "free", "rhythm": "weekly"}
    if source is not None:
        form |= {"name": source.name, "description": source.description}
    feeds = feeds or []
    form |= _management("feeds", len(feeds), 0)
    form |= {f"feeds-{number}-url": url for number, url in enumerate(feeds)}
    return form | typed


def list_form(reading_list: ReadingList, *, places: dict[int, Any] | None = None, **typed: Any) -> dict[str, Any]:
    """What a browser sends for a list's form; `places` by a step's position so far."""
    steps = list(reading_list.steps.order_by("position"))
    form: dict[str, Any] = {"title": reading_list.title, "description": "", "position": reading_list.position}
    form |= _management("steps", len(steps), len(steps))
    for number, step in enumerate(steps):
        form |= {
            f"steps-{number}-id": step.pk,
            f"steps-{number}-list": reading_list.pk,
            f"steps-{number}-place": (places or {}).get(step.position, step.position),
            f"initial-steps-{number}-place": step.position,
            f"steps-{number}-work": "",
        }
    return form | typed


def _management(prefix: str, total: int, initial: int) -> dict[str, int]:
    return {
        f"{prefix}-TOTAL_FORMS": total,
        f"{prefix}-INITIAL_FORMS": initial,
        f"{prefix}-MIN_NUM_FORMS": 0,
        f"{prefix}-MAX_NUM_FORMS": 1000,
    }
