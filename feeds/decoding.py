"""Content encodings, undone piece by piece, so that a small body that stands for a huge one is never held whole.

aiohttp would undo them too, but takes a body that was cut short for a whole one.
"""

import zlib
from collections.abc import Iterator
from typing import Protocol

import brotli

PIECE = 64 * 1024
GZIP_MEMBERS = 16  # one is usual; thousands would cost more than they could hold
_GZIP_BEGINS = b"\x1f"


class Undecodable(Exception):
    """The body is not what its encoding says, or nobody asked for that encoding."""


class Decoder(Protocol):
    def decode(self, chunk: bytes) -> Iterator[bytes]:
        """What the next bytes of a body stand for, in pieces of bounded size; some may be empty."""

    def is_whole(self) -> bool:
        """Whether the body may end here."""


class _Plain:
    def decode(self, chunk: bytes) -> Iterator[bytes]:
        yield chunk

    def is_whole(self) -> bool:
        return True


class _Gzip:
    """A body is one member or several; what follows the last is padding, which some hosts send."""

    def __init__(self) -> None:
        self._members = 0
        self._is_over = False
        self._begin()

    def _begin(self) -> None:
        self._members += 1
        if self._members > GZIP_MEMBERS:
            raise Undecodable
        self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        while chunk and not self._is_over:
            if self._member.eof:
                self._is_over = not chunk.startswith(_GZIP_BEGINS)
                if self._is_over:
                    return
                self._begin()
            yield from _inflate(self._member, chunk)
            chunk = self._member.unused_data

    def is_whole(self) -> bool:
        return self._member.eof


class _Deflate:
    """With the two bytes of zlib's header, as it should be, or without, as some hosts send it."""

    def __init__(self) -> None:
        self._inner: zlib._Decompress | None = None

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        if self._inner is None and chunk:
            self._inner = zlib.decompressobj(zlib.MAX_WBITS if chunk[0] & 0x0F == 8 else -zlib.MAX_WBITS)
        if self._inner is not None and not self._inner.eof:
            yield from _inflate(self._inner, chunk)

    def is_whole(self) -> bool:
        return self._inner is not None and self._inner.eof


def _inflate(inner: "zlib._Decompress", chunk: bytes) -> Iterator[bytes]:
    try:
        while True:
            piece = inner.decompress(chunk, PIECE)
            yield piece
            chunk = inner.unconsumed_tail
            # A full piece may have left more behind even where all input was taken.
            if inner.eof or (not chunk and len(piece) < PIECE):
                return
    except zlib.error as error:
        raise Undecodable from error


class _Brotli:
    def __init__(self) -> None:
        self._inner = brotli.Decompressor()

    def decode(self, chunk: bytes) -> Iterator[bytes]:
        try:
            piece = self._inner.process(chunk, output_buffer_limit=PIECE)
            while piece:
                yield piece
                piece = self._inner.process(b"", output_buffer_limit=PIECE)
        except brotli.error as error:
            raise Undecodable from error

    def is_whole(self) -> bool:
        return bool(self._inner.is_finished())


_DECODERS: dict[str, type[Decoder]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate, "br": _Brotli}


def decoder_of(encoding: str) -> Decoder:
    """The decoder of a Content-Encoding; encodings in several layers are nobody's honest feed."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        return _Plain()
    if encoding not in _DECODERS:
        raise Undecodable
    return _DECODERS[encoding]()
