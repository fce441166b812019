"""Settings, the path and notes."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User
from readinglist.catalog.models import ReadingList
from readinglist.operations.takeout.checks import Record
from readinglist.operations.takeout.incoming.desk import BATCH, Desk, Known
from readinglist.reading import paths
from readinglist.reading.models import Note, Path


class Settings:
    """The file's settings take the place of those here; what this instance does not know stays as it is."""

    tables = ("settings",)

    def __init__(self, desk: Desk) -> None:
        self._desk, self._count = desk, desk.report.of("settings")
        self._person = User.objects.get(pk=desk.user.pk)
        self._before: dict[str, Any] = {}  # by name, of those that change

    def take(self, table: str, record: Record) -> None:
        for name, there in record.items():
            here = getattr(self._person, name)
            if there is None or (there == here and type(there) is type(here)):
                self._count.same += 1
                continue
            try:
                if type(there) is not type(here):
                    raise ValidationError(_("This is no setting."))
                setattr(self._person, name, _field(name).clean(there, self._person))
            except ValidationError:
                self._desk.left.add(table, {name: there}, called=str(_field(name).verbose_name))
                continue
            self._before.setdefault(name, here)
            self._count.changed += 1

    def finish(self) -> None:
        for name, here in self._before.items():
            there = getattr(self._person, name)
            told = (str(_field(name).verbose_name), self._shown(name, here), self._shown(name, there))
            self._desk.report.settings.append(told)
        if self._before:
            self._person.save(update_fields=[*self._before])

    def _shown(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        return str(dict(_field(name).flatchoices).get(value, value))


def _field(name: str) -> Any:
    """The column of a setting."""
    return User._meta.get_field(name)


class PathOfLists:
    """Lists that are not on the path here come behind those that are."""

    tables = ("path",)

    def __init__(self, desk: Desk) -> None:
        self._desk, self._count = desk, desk.report.of("path")
        self._here = list(Path.objects.of(desk.user).order_by("position").values_list("list", flat=True))
        self._new: list[int] = []

    def take(self, table: str, record: Record) -> None:
        found = self._desk.catalogue.reading_list(record)
        if found is None:
            self._desk.left.add(table, record)
        elif found in self._here or found in self._new:
            self._count.same += 1
        else:
            self._new.append(found)
            self._count.added += 1

    def finish(self) -> None:
        if self._new:
            lists = ReadingList.objects.in_bulk([*self._here, *self._new])
            paths.choose([lists[pk] for pk in (*self._here, *self._new)], user=self._desk.user)


class Notes:
    """A note is the same where work, time of writing and text are; one that was edited elsewhere comes beside it."""

    tables = ("notes",)

    def __init__(self, desk: Desk) -> None:
        self._desk, self._count = desk, desk.report.of("notes")
        rows = Note.objects.filter(author=desk.user).values_list("entry", "created_at", "text")
        self._known = Known(rows.iterator(BATCH))
        self._new: list[Note] = []

    def take(self, table: str, record: Record) -> None:
        entry = self._desk.catalogue.entry(record)
        if entry is None:
            self._desk.left.add(table, record)
            return
        if self._known.take((entry, record["created_at"], record["text"])):
            self._count.same += 1
            return
        fields = {name: record[name] for name in ("text", "is_shared", "created_at", "updated_at")}
        self._new.append(Note(author=self._desk.user, entry_id=entry, **fields))
        self._count.added += 1
        self._desk.report.shared_notes += record["is_shared"]
        if len(self._new) >= BATCH:
            self.finish()

    def finish(self) -> None:
        Note.objects.bulk_create(self._new)
        self._new = []
