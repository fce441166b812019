"""What the made-up team has suggested for the catalogue, and what its curator made of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from readinglist.catalog.models import Entry
from readinglist.curation import suggestions
from readinglist.curation.models import Suggestion
from readinglist.reading.models import PostState

AN_HOUR = timedelta(hours=1)
SUGGESTED = 0.3  # of the posts that somebody saves
REASONS = (
    "The measurements are the best I have seen on this.",
    "We argued about exactly this last week.",
    "Would replace two older things on the list.",
    "",
)
ANSWERS = (
    "Good, and too close to what the list has already.",
    "A post of its time; let us wait for the paper.",
    "Read it for the pictures. For the list it says too little of how.",
)


def suggest(
    saved: Iterable[PostState], entries: Mapping[str, Entry], *, curator: User, rng: Random, now: datetime
) -> list[Suggestion]:
    """Of posts that people saved, one for each work; `entries` by their keys: what is among them was accepted as it."""
    rows: dict[str, Suggestion] = {}
    for mark in saved:
        work = suggestions.work_of_post(mark.post)
        if mark.saved_at is None or now - mark.saved_at < AN_HOUR or work.key in rows or rng.random() >= SUGGESTED:
            continue
        row = rows[work.key] = Suggestion(
            person=mark.user,
            key=work.key,
            post=work.post,
            url=work.url,
            title=work.title,
            why=rng.choice(REASONS),
            made_at=mark.saved_at + timedelta(minutes=rng.randrange(1, 30)),
        )
        judged_at = row.made_at + timedelta(days=rng.randrange(3, 45))
        if judged_at < now:
            row.judged_by, row.judged_at, row.entry = curator, judged_at, entries.get(work.key)
            row.state = Suggestion.State.ACCEPTED if row.entry else Suggestion.State.DECLINED
            row.answer = "" if row.entry else rng.choice(ANSWERS)
    return list(rows.values())
