"""What the records of a document must be before anything is done with them. The rest of a record is not looked at."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from readinglist.operations.takeout.account_rows import SETTINGS
from readinglist.operations.takeout.formats import TakeoutError
from readinglist.operations.takeout.reading import record_called
from readinglist.operations.takeout.reading_rows import STATE
from readinglist.reading.models import Activity, Note, Stage
from readinglist.reading.stages import UNREAD, State

Record = Mapping[str, Any]
Check = Callable[[Any], Any]

# A moment beyond cannot be shown by every clock.
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_LONGEST_NOTE = Note._meta.get_field("text").max_length or 0
_MOST_KEYS = 50


class _Wrong(Exception):
    """What is wrong with one value."""


def text(longest: int) -> Check:
    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise _Wrong(_("is no text"))
        if len(value) > longest:
            raise _Wrong(_("is longer than %(count)d characters") % {"count": longest})
        # What PostgreSQL keeps in no text.
        if "\0" in value or not _is_unicode(value):
            raise _Wrong(_("holds a character that is none"))
        return value

    return check


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a pair
        return False
    return True


def texts(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > _MOST_KEYS:
        raise _Wrong(_("is no list of texts"))
    return [text(500)(each) for each in value]


def moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(text(40)(value))
    except ValueError:
        raise _Wrong(_("is no time like 2026-11-20T09:00:00+00:00")) from None
    try:
        if found.tzinfo is None or not _EARLIEST <= found <= _LATEST:
            raise _Wrong(_("is no time from 1970 to 2200 with its offset from UTC"))
        return found.astimezone(UTC)
    except OverflowError:
        raise _Wrong(_("is no time from 1970 to 2200 with its offset from UTC")) from None


def whole(least: int, most: int) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise _Wrong(_("is no whole number from %(least)d to %(most)d") % {"least": least, "most": most})
        return value

    return check


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(_("is neither true nor false"))
    return value


def one_of(*choices: str) -> Check:
    def check(value: Any) -> str:
        if value not in choices:
            raise _Wrong(_("is none of %(choices)s") % {"choices": ", ".join(choice or "“”" for choice in choices)})
        return str(value)

    return check


def maybe(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def setting(value: Any) -> str | int | None:
    """Its own field checks it further."""
    match value:
        case None | bool():
            return value
        case int():
            return int(whole(0, 1_000_000)(value))
        case _:
            return str(text(100)(value))


_WORK = {"work": text(100), "work_title": text(300), "work_identifiers": texts}
_WORK_OR_NONE = _WORK | {"work": maybe(_WORK["work"]), "work_title": maybe(_WORK["work_title"])}
_SOURCE = {"source": maybe(text(100)), "source_name": maybe(text(200)), "source_url": maybe(text(500))}
_POST = {
    "feed": maybe(text(500)),
    "guid_hash": maybe(text(64)),
    "key": maybe(text(500)),
    "url": maybe(text(2000)),
    "title": maybe(text(100_000)),
}
_STATE: dict[str, Check] = {
    "stage": one_of("", *Stage.values),
    "percent": whole(0, 100),
    "queued_at": maybe(moment),
    "started_at": maybe(moment),
    "read_at": maybe(moment),
    "page": maybe(whole(1, 32_767)),
    "pages": maybe(whole(1, 32_767)),
}
RECORDS: dict[str, dict[str, Check]] = {
    "settings": dict.fromkeys(SETTINGS, setting),
    "path": {"list": text(80), "title": text(120)},
    "read_states": {**_WORK, **_STATE},
    "log": {
        "at": moment,
        "action": one_of(*Activity.Action.values),
        "minutes": maybe(whole(0, 2_147_483_647)),
        **_WORK_OR_NONE,
        **_SOURCE,
        **_POST,
        **_STATE,
    },
    "notes": {**_WORK, "text": text(_LONGEST_NOTE), "is_shared": truth, "created_at": moment, "updated_at": moment},
    "follows": {**_SOURCE, "source": text(100), "followed_at": moment, "is_muted": truth, **_POST},
    "post_states": {
        **_SOURCE,
        **_POST,
        "opened_at": maybe(moment),
        "read_at": maybe(moment),
        "saved_at": maybe(moment),
        "unread_from": maybe(moment),
    },
}


def checked(table: str, number: int, record: Any) -> Record:
    """The values of a record, as the program has them; TakeoutError names the record and what is wrong with it."""
    if not isinstance(record, dict):
        where = record_called(table, number)
        raise TakeoutError(_("In this file, %(where)s is no object.") % {"where": where})
    found: dict[str, Any] = {}
    for name, check in RECORDS[table].items():
        try:
            found[name] = check(record.get(name))
        except _Wrong as error:
            raise TakeoutError(
                _("In this file, “%(name)s” of %(where)s %(wrong)s.")
                % {"name": name, "where": record_called(table, number), "wrong": error}
            ) from None
    wrong = _wrong_as_a_whole(table, found)
    if wrong:
        where = record_called(table, number)
        raise TakeoutError(_("In this file, %(where)s %(wrong)s.") % {"where": where, "wrong": wrong})
    return found


def state_of(record: Record) -> State:
    return State(*(record[name] for name in STATE))


def _wrong_as_a_whole(table: str, record: Record) -> str:
    """What no single value shows; empty where all is well."""
    if table == "log":
        things = [record["work"], record["feed"] or record["source"]]
        if sum(thing is not None for thing in things) != 1:
            return _("is about no work, post or source, or about two")
        if record["work"] is None and state_of(record) != UNREAD:
            return _("has a stage, which only works have")
    if table in ("read_states", "log") and not _is_coherent(state_of(record)):
        return _("has a stage and dates that cannot be together")
    if table == "read_states" and not record["stage"]:
        return _("has no stage")
    if table == "post_states":
        if record["feed"] is None or record["guid_hash"] is None:
            return _("does not say which post it is about")
        if record["read_at"] and record["unread_from"]:
            return _("is both read and unread")
    return ""


def _is_coherent(state: State) -> bool:
    """As the database wants read states, which see."""
    if not state.stage:
        return state == UNREAD
    if state.started_at and state.read_at and state.started_at > state.read_at:
        return False
    if state.page and not (state.pages and state.page <= state.pages):
        return False
    return {
        Stage.QUEUED: True,
        Stage.READING: state.started_at is not None,
        Stage.READ: state.read_at is not None,
        Stage.SKIPPED: state.read_at is None,
    }[Stage(state.stage)]
