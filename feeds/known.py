"""What is kept of the entries of a feed's last document: enough to recognise each, and to do without reading it again.

Packed, an entry takes 32 bytes. Of its guid and its key so much is kept as tells that another entry of the same
document may have the same; where one may, the whole document is read.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HASH_BYTES = 16
SHORT_BYTES = 4

_FORMAT = struct.Struct(f">{HASH_BYTES}s{SHORT_BYTES}s{SHORT_BYTES}sq")
_NO_DATE = -(2**63)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Known:
    """An entry that was read: `hash` is of its text and all that it is read by."""

    hash: bytes
    guid: bytes  # the beginning of its guid's hash
    key: bytes  # the same of its key; NO_KEY without one
    published_at: datetime | None  # in whole seconds


NO_KEY = bytes(SHORT_BYTES)


def pack(entries: Iterable[Known]) -> bytes:
    return b"".join(_FORMAT.pack(one.hash, one.guid, one.key, _seconds(one.published_at)) for one in entries)


def unpack(packed: bytes) -> list[Known]:
    """The entries in the order of their document; none where it is of another make."""
    if len(packed) % _FORMAT.size:
        return []
    return [Known(found, guid, key, _date(seconds)) for found, guid, key, seconds in _FORMAT.iter_unpack(packed)]


def recognise(hashes: Sequence[bytes], known: Sequence[Known]) -> tuple[dict[int, Known], list[int]]:
    """Those of a document's entries that are known, by their place and each once; and the places of the others."""
    of_last = {one.hash: one for one in known}
    places = {found: place for place, found in reversed([*enumerate(hashes)])}
    kept = {place: of_last[found] for found, place in places.items() if found in of_last}
    return kept, [place for place, found in enumerate(hashes) if found not in of_last]


def _seconds(date: datetime | None) -> int:
    return _NO_DATE if date is None else (date - _EPOCH) // timedelta(seconds=1)


def _date(seconds: int) -> datetime | None:
    return None if seconds == _NO_DATE else _EPOCH + timedelta(seconds=seconds)
