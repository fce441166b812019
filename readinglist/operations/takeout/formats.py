"""What the file is: a zip archive with one JSON document, and each of its tables once more as CSV."""

import json
import os
from datetime import date
from typing import Any

KIND = "readinglist person"
FORMAT = 1
DOCUMENT = "readinglist.json"
README = "README.txt"
TABLES_FOLDER = "tables"

# What a page takes; a longer file goes in by `manage.py importperson`.
MAX_FILE_BYTES = 10_000_000
# What it may unpack to. A hundred thousand marks on posts are half of it.
MAX_DOCUMENT_BYTES = 100_000_000
MAX_RECORD_CHARACTERS = 200_000
# Records, and names in the document: those that hold something are fewer in a document of that length.
MAX_VALUES = 500_000

# So much of what is written is kept in memory before it goes to the disk.
SPOOL_BYTES = 1 << 20

# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class TakeoutError(Exception):
    """The file cannot be brought in; the message says why, and which record it is."""


def as_json(record: dict[str, Any]) -> str:
    return _encoder.encode(record)


def as_cell(value: Any) -> str:
    """A value in a CSV table. What a spreadsheet would calculate gets an apostrophe before it."""
    match value:
        case None:
            return ""
        case str():
            text = value
        case bool():
            return "yes" if value else "no"
        case list():
            text = " ".join(map(str, value))
        case date():
            return value.isoformat()
        case dict():
            text = as_json(value)
        case _:
            text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def private(path: str, flags: int) -> int:
    """An opener for `open`: what is somebody's alone, nobody else on the machine reads."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _plain(value: Any) -> str:
    if isinstance(value, date):  # a moment is one too
        return value.isoformat()
    raise TypeError(value)


_encoder = json.JSONEncoder(ensure_ascii=False, default=_plain)
