"""The log and the read states that it tells: after any file, a state is what the last line of its log says."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Max

from readinglist.operations.takeout import merging
from readinglist.operations.takeout.checks import Record, state_of
from readinglist.operations.takeout.incoming.desk import BATCH, Desk, Known
from readinglist.operations.takeout.reading_rows import STATE
from readinglist.reading import stages
from readinglist.reading.models import Activity, ReadState
from readinglist.reading.stages import UNREAD, State


class Log:
    """Lines keep their times and come behind those that are here. Where the two sides of a work's story end in
    different states, one more line carries what `merging` makes of them.
    """

    tables = ("read_states", "log")

    def __init__(self, desk: Desk) -> None:
        self._desk, self._of_lines, self._of_states = desk, desk.report.of("log"), desk.report.of("read_states")
        mine = Activity.objects.of(desk.user)
        columns = ("at", "action", "minutes", "entry", "source", "post", *STATE)
        self._known = Known(mine.values_list(*columns).iterator(BATCH))
        self._here = {row.entry_id: stages.state_of(row) for row in ReadState.objects.of(desk.user)}
        self._last: dict[int, datetime] = dict(
            mine.exclude(entry=None).order_by().values_list("entry").annotate(last=Max("at"))
        )
        self._told: dict[int, State] = {}  # by the file's states
        self._folded: dict[int, State] = {}  # by the file's log
        self._written: dict[int, State] = {}  # by the last line that was written now
        self._waiting: list[Record] = []
        self._lines: list[Activity] = []

    def take(self, table: str, record: Record) -> None:
        if table == "log":
            self._waiting.append(record)
            if len(self._waiting) >= BATCH:
                self._flush()
            return
        entry = self._desk.catalogue.entry(record)
        if entry is None:
            self._desk.left.add(table, record)
        else:
            # Two works of the file may be one here.
            self._told[entry] = merging.merged(self._told.get(entry, UNREAD), state_of(record))

    def finish(self) -> None:
        self._flush()
        changed = {}
        for entry in sorted({*self._told, *self._folded}):
            here, after = self._here.get(entry, UNREAD), self._settled(entry)
            if after != here:
                changed[entry] = after
            self._count_state(here, after)
        Activity.objects.bulk_create(self._lines, BATCH)
        ReadState.objects.bulk_create(
            [
                ReadState(user=self._desk.user, entry_id=entry, **stages.fields_of(state))
                for entry, state in changed.items()
            ],
            BATCH,
            update_conflicts=True,
            unique_fields=["user", "entry"],
            update_fields=STATE,
        )

    def _flush(self) -> None:
        """Writes the lines that wait, in their order."""
        posts = iter(self._desk.catalogue.posts([record for record in self._waiting if record["feed"]]))
        for record in self._waiting:
            thing = self._thing_of(record, posts)
            if not any(thing.values()):
                self._desk.left.add("log", record)
                continue
            at, action, minutes, entry = record["at"], record["action"], record["minutes"], thing["entry_id"]
            if entry:
                self._folded[entry] = state_of(record)
                self._last[entry] = max(at, self._last.get(entry, at))
            if self._known.take((at, action, minutes, *thing.values(), *(record[name] for name in STATE))):
                self._of_lines.same += 1
                continue
            self._of_lines.added += 1
            self._write(at, action, state_of(record), minutes=minutes, **thing)
        self._waiting = []
        Activity.objects.bulk_create(self._lines)
        self._lines = []

    def _thing_of(self, record: Record, posts: Iterator[int | None]) -> dict[str, int | None]:
        catalogue = self._desk.catalogue
        return {
            "entry_id": catalogue.entry(record) if record["work"] is not None else None,
            "source_id": catalogue.source(record) if record["work"] is None and not record["feed"] else None,
            "post_id": next(posts) if record["feed"] else None,
        }

    def _settled(self, entry: int) -> State:
        """The state of a work after the file, with a line for it where no line says so."""
        here, folded = self._here.get(entry, UNREAD), self._folded.get(entry, UNREAD)
        there = self._told.get(entry, folded)
        if entry not in self._written and there == folded:
            return here  # the file tells nothing that is not known
        after = merging.merged(here, there)
        if after != self._written.get(entry, here):
            times = (self._last.get(entry), after.read_at, after.started_at, after.queued_at)
            at = max((time for time in times if time), default=self._desk.now)
            self._write(at, stages.ACTION_OF[after.stage], after, entry_id=entry)
        return after

    def _write(self, at: datetime, action: str, state: State, **fields: Any) -> None:
        self._lines.append(Activity(user=self._desk.user, at=at, action=action, **stages.fields_of(state), **fields))
        if fields.get("entry_id"):
            self._written[fields["entry_id"]] = state

    def _count_state(self, here: State, after: State) -> None:
        if after == here:
            self._of_states.same += here != UNREAD
        elif here == UNREAD:
            self._of_states.added += 1
        else:
            self._of_states.changed += 1
