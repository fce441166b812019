"""What a person follows: sources that are not followed here come to it, and marks are raised, never lowered."""

from django.db.models.functions import Greatest

from readinglist.catalog.models import Source
from readinglist.operations.takeout.checks import Record
from readinglist.operations.takeout.incoming.desk import BATCH, Desk
from readinglist.reading import follows
from readinglist.reading.models import Follow


class Follows:
    """Where the post that the mark stands at has not come here, the newest posts wait as for any new follower."""

    tables = ("follows",)

    def __init__(self, desk: Desk) -> None:
        self._desk, self._count = desk, desk.report.of("follows")
        self._here = {follow.source_id: follow for follow in Follow.objects.of(desk.user)}
        self._raised: set[int] = set()
        self._waiting: list[Record] = []

    def take(self, table: str, record: Record) -> None:
        self._waiting.append(record)
        if len(self._waiting) >= BATCH:
            self._flush()

    def finish(self) -> None:
        self._flush()
        raised = [follow for source, follow in self._here.items() if source in self._raised]
        for follow in raised:  # or further, where another tab has caught up meanwhile
            follow.caught_up_to = Greatest("caught_up_to", follow.caught_up_to)
        Follow.objects.bulk_update(raised, ["caught_up_to"], BATCH)

    def _flush(self) -> None:
        marks = self._desk.catalogue.posts(self._waiting)
        for record, mark in zip(self._waiting, marks, strict=True):
            source = self._desk.catalogue.source(record)
            if source is None:
                self._desk.left.add("follows", record)
            elif source not in self._here:
                self._here[source] = self._new(source, record, mark)
                self._count.added += 1
            elif mark is not None and mark > self._here[source].caught_up_to:
                self._here[source].caught_up_to = mark
                self._count.changed += source not in self._raised
                self._raised.add(source)
            else:
                self._count.same += 1
        self._waiting = []

    def _new(self, source: int, record: Record, mark: int | None) -> Follow:
        user, is_muted, followed_at = self._desk.user, record["is_muted"], record["followed_at"]
        if mark is None and record["feed"] is not None:
            follows.follow(Source(pk=source), user=user, now=followed_at)
            Follow.objects.of(user).filter(source=source).update(is_muted=is_muted)
            return Follow.objects.of(user).get(source=source)
        fields = {"caught_up_to": mark or 0, "is_muted": is_muted, "followed_at": followed_at}
        # Another tab may have followed it meanwhile.
        return Follow.objects.get_or_create(user=user, source_id=source, defaults=fields)[0]
