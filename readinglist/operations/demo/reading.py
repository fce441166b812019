"""How the made-up team reads works: states, the log and notes, by the rules that hold for everybody."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from readinglist.catalog.models import Entry, Source
from readinglist.operations.demo.people import Person
from readinglist.operations.demo.words import sentences, subject
from readinglist.reading import stages
from readinglist.reading.models import Activity, Note, ReadState
from readinglist.reading.stages import UNREAD, State

LONG_MINUTES = 300
LOOK_MINUTES = 15
SESSION_MINUTES = (25, 55)
NEARLY_ALL = 90  # per cent; who has come so far reads the rest
TRIES = 20
NOTES = (
    "**{Topic}**: compare with what we do {setting}.",
    "Section 3 is enough. The number to remember: *{number} per cent* of {cost}.",
    "- {topic}\n- {other}\n\nWhich of the two do we lack?",
    "> {number} per cent less {cost}\n\nOnly {setting}, though.",
    "Try `{manner}` mode on the small cluster first.",
)


@dataclass(frozen=True, slots=True)
class Library:
    """The works of the lists in their order, other works, the most liked first, and sources without a feed."""

    path: Sequence[Entry]
    others: Sequence[Entry]
    sources: Sequence[Source]


@dataclass(slots=True)
class Shelf:
    """What one person has done so far."""

    user: User
    states: dict[int, State] = field(default_factory=dict)
    log: list[Activity] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def of(self, entry: Entry) -> State:
        return self.states.get(entry.pk, UNREAD)

    def put(self, entry: Entry, action: str, after: State, at: datetime, *, minutes: int | None = None) -> None:
        """One row of the log for each change, and none where nothing changes."""
        if after != self.of(entry):
            self.states[entry.pk] = after
            self.log.append(
                Activity(user=self.user, entry=entry, at=at, action=action, minutes=minutes, **asdict(after))
            )

    def rows(self) -> Iterator[ReadState]:
        for entry_id, state in self.states.items():
            if state != UNREAD:
                yield ReadState(user=self.user, entry_id=entry_id, **asdict(state))


def read(people: Iterable[Person], library: Library, *, rng: Random) -> list[Shelf]:
    return [_Reader(person, library, rng).read() for person in people]


class _Reader:
    """One person, sitting down session by session."""

    def __init__(self, person: Person, library: Library, rng: Random) -> None:
        self.person = person
        self.library = library
        self.rng = rng
        self.shelf = Shelf(person.user)
        self.path = list(reversed(library.path))
        self.pile: list[Entry] = []
        self.under_way: list[Entry] = []
        self.finished: list[Entry] = []

    def read(self) -> Shelf:
        for at in self.person.sessions:
            self._look(at)
            self._change_mind(at)
            if entry := self._choose(at):
                self._go_on(entry, at + timedelta(minutes=2))
        return self.shelf

    def _look(self, at: datetime) -> None:
        if self.library.sources and self.rng.random() < 0.1:
            source, action = self.rng.choice(self.library.sources), Activity.Action.LOOKED
            self.shelf.log.append(
                Activity(user=self.shelf.user, source=source, at=at, action=action, minutes=LOOK_MINUTES)
            )

    def _change_mind(self, at: datetime) -> None:
        """Now and then something is put on the pile, left out, read again, or was not read after all."""
        chance = self.rng.random()
        if chance < 0.15 and (entry := self._another()):
            self.pile.append(entry)
            self.shelf.put(entry, Activity.Action.QUEUED, stages.queued(UNREAD, at), at)
        elif chance < 0.17 and (entry := self._next_on_path() or self._another()):
            self.shelf.put(entry, Activity.Action.SKIPPED, stages.skipped(UNREAD, at), at)
        elif chance < 0.19 and self.finished:
            entry = self.finished.pop(self.rng.randrange(len(self.finished)))
            if self.rng.random() < 0.3:
                self.shelf.put(entry, Activity.Action.UNREAD, UNREAD, at)
            else:
                self._start(entry, at)

    def _choose(self, at: datetime) -> Entry | None:
        """What is under way first, but a long work does not hold up the others."""
        for entry in self.under_way:
            if entry.about_minutes < LONG_MINUTES or self.rng.random() < 0.3:
                return entry
        chance = self.rng.random()
        if chance < 0.2 and self.pile:
            new: Entry | None = self.pile.pop(0)
        else:
            new = (chance < 0.7 and self._next_on_path()) or self._another()
        if new:
            self._start(new, at)
        return new

    def _start(self, entry: Entry, at: datetime) -> None:
        self.under_way.append(entry)
        self.shelf.put(entry, Activity.Action.STARTED, stages.started(self.shelf.of(entry), at), at)

    def _go_on(self, entry: Entry, at: datetime) -> None:
        minutes = self.rng.randint(*SESSION_MINUTES)
        at += timedelta(minutes=minutes)
        before = self.shelf.of(entry)
        percent = before.percent + 100 * minutes // entry.about_minutes
        if percent < NEARLY_ALL:
            after = stages.progressed(before, percent, at)
            self.shelf.put(entry, Activity.Action.PROGRESSED, after, at, minutes=minutes)
            return
        self.shelf.put(entry, Activity.Action.FINISHED, stages.finished(before, at), at, minutes=minutes)
        self.under_way.remove(entry)
        self.finished.append(entry)
        if self.rng.random() < 0.25:
            self._write(entry, at + timedelta(minutes=1))

    def _write(self, entry: Entry, at: datetime) -> None:
        text = subject(self.rng).fill(self.rng.choice(NOTES))
        if self.rng.random() < 0.4:
            text = f"{text}\n\n{sentences(self.rng, 2)}"
        shared = self.rng.random() < 0.5
        self.shelf.notes.append(
            Note(author=self.shelf.user, entry=entry, text=text, is_shared=shared, created_at=at, updated_at=at)
        )

    def _next_on_path(self) -> Entry | None:
        """A work may stand in several lists: it is read once."""
        while self.path:
            entry = self.path.pop()
            if self.shelf.of(entry) == UNREAD:
                return entry
        return None

    def _another(self) -> Entry | None:
        """Some works are much more liked than others."""
        for _ in range(TRIES if self.library.others else 0):
            entry = self.library.others[int(len(self.library.others) * self.rng.random() ** 2)]
            if self.shelf.of(entry) == UNREAD:
                return entry
        return None
