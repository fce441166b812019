"""Reading a document that may be anything: records one after the other, whatever its length, within bounds."""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, NoReturn

from django.utils.translation import gettext as _

from readinglist.operations.takeout import formats
from readinglist.operations.takeout.formats import TakeoutError

CHUNK_CHARACTERS = 1 << 16
# What the zip format's reader raises on bytes that are none, are cut short, encrypted or otherwise not ours.
UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
# Other ways of packing cost more memory or time than they save here, and this program packs so.
PACKED = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)
_SPACE = re.compile(r"[ \t\n\r]*")


def records(file: IO[bytes]) -> Iterator[tuple[str, int, Any]]:
    """Each record with the name of its table and its number there, from 1; TakeoutError for what is no such file.

    `file` is the archive, or its document alone.
    """
    file.seek(0)
    if file.read(2) != b"PK":
        file.seek(0)
        yield from _Document(file).records()
        return
    try:
        with zipfile.ZipFile(file) as archive:
            member = archive.getinfo(formats.DOCUMENT)
            if member.compress_type not in PACKED:
                raise NotImplementedError
            with archive.open(member) as document:
                yield from _Document(document).records()
    except KeyError:
        raise TakeoutError(
            _("There is no “%(name)s” in this archive. Choose the file as it was downloaded.")
            % {"name": formats.DOCUMENT}
        ) from None
    except UNREADABLE as error:
        raise TakeoutError(_("This file is damaged or was cut short. Download it again.")) from error


class _Document:
    """One JSON object, read piece by piece: facts first, then arrays of records."""

    def __init__(self, file: IO[bytes]) -> None:
        self._text = io.TextIOWrapper(_Bounded(file), "utf-8-sig")  # type: ignore[type-var] # it has all that is used
        self._decode = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
        self._buffer, self._at, self._is_over = "", 0, False
        self._table, self._number = "", 0
        self._values = 0

    def records(self) -> Iterator[tuple[str, int, Any]]:
        try:
            yield from self._tables()
        except UnicodeDecodeError:
            raise TakeoutError(_("This file is no UTF-8 text. Choose the file as it was downloaded.")) from None

    def _tables(self) -> Iterator[tuple[str, int, Any]]:
        facts: dict[str, Any] = {}
        if self._peek() != "{":
            _refuse_foreign()
        for name in self._members():
            if name in facts:
                raise TakeoutError(_("“%(name)s” stands twice in this file.") % {"name": name[:80]})
            self._table, self._number = name[:80], 0
            if self._peek() != "[":
                facts[name] = self._value()
                continue
            facts[name] = None
            _check_facts(facts)
            for record in self._items():
                yield name, self._number, record
        _check_facts(facts)
        if self._peek():
            self._refuse()

    def _members(self) -> Iterator[str]:
        """The names in the object; whoever iterates reads the value of each."""
        self._skip("{")
        separator = self._peek()
        while separator != "}":
            name = self._value()
            if not isinstance(name, str) or self._skip() != ":":
                self._refuse()
            yield name
            separator = self._peek()
            if separator == ",":
                self._skip()
            elif separator != "}":
                self._refuse()
        self._skip("}")

    def _items(self) -> Iterator[Any]:
        self._skip("[")
        if self._peek() != "]":
            while True:
                self._number += 1
                yield self._value()
                if self._peek() != ",":
                    break
                self._skip()
        if self._skip() != "]":
            self._refuse()

    def _value(self) -> Any:
        """The JSON value that comes next, with as much more of the file as it needs."""
        self._values += 1
        if self._values > formats.MAX_VALUES:
            raise TakeoutError(
                _("This file holds more than %(count)s lines, which is more than it may.")
                % {"count": f"{formats.MAX_VALUES:,}"}
            )
        self._peek()
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except (ValueError, RecursionError):
                if len(self._buffer) - self._at > formats.MAX_RECORD_CHARACTERS or not self._more():
                    self._refuse()
                continue
            # A number at the end of what is here may go on.
            if end == len(self._buffer) and self._more():
                continue
            if end - self._at > formats.MAX_RECORD_CHARACTERS:
                self._refuse()
            self._at = end
            return value

    def _peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            space = _SPACE.match(self._buffer, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._more():
                return ""

    def _skip(self, expected: str = "") -> str:
        character = self._peek()
        if not character or (expected and character != expected):
            self._refuse()
        self._at += 1
        return character

    def _more(self) -> bool:
        piece = "" if self._is_over else self._text.read(CHUNK_CHARACTERS)
        self._is_over = not piece
        self._buffer, self._at = self._buffer[self._at :] + piece, 0
        return bool(piece)

    def _refuse(self) -> NoReturn:
        where = _("the beginning")
        if self._number:
            where = record_called(self._table, self._number)
        elif self._table:
            where = f"“{self._table}”"
        raise TakeoutError(
            _("This file is no JSON, or too much at once, at %(where)s. Download it again.") % {"where": where}
        )


class _Bounded(io.RawIOBase):
    """As much of a file as a document may have: an archive of a few bytes can unpack to any number."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._left = file, formats.MAX_DOCUMENT_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._file.read(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            raise TakeoutError(
                _("This file unpacks to more than %(size)d MB, which is more than it may.")
                % {"size": formats.MAX_DOCUMENT_BYTES // 1_000_000}
            )
        buffer[: len(piece)] = piece
        return len(piece)


def record_called(table: str, number: int) -> str:
    return _("record %(number)d of “%(table)s”") % {"number": number, "table": table}


def _check_facts(facts: dict[str, Any]) -> None:
    if facts.get("kind") != formats.KIND:
        _refuse_foreign()
    if facts.get("format") != formats.FORMAT:
        raise TakeoutError(
            _("This file has the format %(format)s, and this instance knows %(known)d. Ask an admin to update it.")
            % {"format": str(facts.get("format"))[:20], "known": formats.FORMAT}
        )


def _refuse_foreign() -> NoReturn:
    raise TakeoutError(_("This is no download of a Readinglist. Choose the zip file that you got there, as it is."))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
