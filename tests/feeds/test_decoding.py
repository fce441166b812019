"""Encodings are undone in pieces of bounded size, whatever the pieces they come in; all or nothing."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feeds.decoding import GZIP_MEMBERS, PIECE, Undecodable, decoder_of
from tests.fixtures.effort import examples

Encode = Callable[[bytes], bytes]


def bare_deflate(body: bytes) -> bytes:
    return zlib.compress(body)[2:-4]


def in_two_members(body: bytes) -> bytes:
    return gzip.compress(body[:7]) + gzip.compress(body[7:])


ENCODINGS: list[tuple[str, Encode]] = [
    ("", bytes),
    ("Identity", bytes),
    ("gzip", gzip.compress),
    ("X-GZIP", gzip.compress),
    ("gzip", in_two_members),
    ("deflate", zlib.compress),
    ("deflate", bare_deflate),
    ("br", brotli.compress),
]


def decode(encoding: str, encoded: bytes, step: int = 1 << 20) -> bytes:
    decoder = decoder_of(encoding)
    pieces = [piece for at in range(0, len(encoded), step) for piece in decoder.decode(encoded[at : at + step])]
    if not decoder.is_whole():
        raise Undecodable
    return b"".join(pieces)


@settings(max_examples=examples(100))
@given(
    st.sampled_from(ENCODINGS),
    st.one_of(st.binary(min_size=1), st.builds(bytes.__mul__, st.binary(min_size=1), st.integers(1, 100_000))),
    st.integers(1, 5_000),
)
def test_what_was_encoded_comes_back(encoding: tuple[str, Encode], body: bytes, step: int) -> None:
    name, encode = encoding
    body = body[: 3 * PIECE]
    assert decode(name, encode(body), step) == body


@pytest.mark.parametrize(("name", "encode"), ENCODINGS[2:])
def test_a_body_cut_anywhere_is_not_whole(name: str, encode: Encode) -> None:
    encoded = encode(b"<rss>A feed of some length, which says little.</rss>")
    members = 2 if encode is in_two_members else 1
    whole = 0
    for end in range(len(encoded)):
        try:
            decode(name, encoded[:end])
        except Undecodable:
            continue
        whole += 1
    assert whole == members - 1  # a gzip body may end with any of its members


@pytest.mark.parametrize("name", ["gzip", "deflate", "br"])
@settings(max_examples=examples(50))
@given(body=st.binary())
def test_any_bytes_are_decoded_or_refused(name: str, body: bytes) -> None:
    try:
        decode(name, body)
    except Undecodable:
        return
    assert body


@pytest.mark.parametrize("name", ["zstd", "compress", "gzip, gzip", "gzip,br", "aes128gcm", "*"])
def test_what_nobody_asked_for_is_refused(name: str) -> None:
    with pytest.raises(Undecodable):
        decoder_of(name)


@pytest.mark.parametrize(
    ("name", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("br", brotli.compress)]
)
def test_a_bomb_goes_off_in_small_pieces(name: str, encode: Encode) -> None:
    pieces = decoder_of(name).decode(encode(bytes(5_000_000)))
    sizes = [len(piece) for piece in pieces]
    assert sum(sizes) == 5_000_000
    assert max(sizes) <= 2 * PIECE


def test_padding_after_a_gzip_body_is_ignored() -> None:
    assert decode("gzip", gzip.compress(b"<rss/>") + b"\n\0\0", step=5) == b"<rss/>"


def test_a_gzip_body_of_countless_members_is_refused() -> None:
    assert decode("gzip", gzip.compress(b"a") * GZIP_MEMBERS) == b"a" * GZIP_MEMBERS
    with pytest.raises(Undecodable):
        decode("gzip", gzip.compress(b"a") * (GZIP_MEMBERS + 1))
