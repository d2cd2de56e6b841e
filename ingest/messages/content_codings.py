"""Bodies that came packed (`Content-Encoding`), unpacked within a limit. Pure.

Few bytes may stand for any number: they are unpacked a few at a time, and no further than a body may be long.

Why: decision 450.
"""

import zlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Protocol

from barograph.errors import Invalid, TooLarge

try:
    import zstandard
except ModuleNotFoundError:  # an environment that `make setup` has not brought up to date yet
    zstandard = None

PIECE_BYTES = {"gzip": 4096, "zstd": 256}
"""What is unpacked at once, so that it is 8 MiB at most: one byte of gzip stands for 1,032 at most, and a
block of zstd, which takes four bytes at least, for 128 KiB."""
MAX_WINDOW_BYTES = 8 * 2**20
"""RFC 9659: who sends zstd over HTTP may ask for no larger window."""
_GZIP_WITH_HEADER = 31


class StreamDecoder(Protocol):
    """Unpacks one member of gzip or one frame of zstd."""

    @property
    def eof(self) -> bool:
        """Whether its end was seen."""
        ...

    @property
    def unused_data(self) -> bytes:
        """The bytes after its end."""
        ...

    def decompress(self, data: bytes, /) -> bytes:
        """Decodes these bytes."""
        ...


def _decoders() -> Mapping[str, Callable[[], StreamDecoder]]:
    decoders: dict[str, Callable[[], StreamDecoder]] = {
        "gzip": partial(zlib.decompressobj, _GZIP_WITH_HEADER),
    }
    if zstandard is not None:
        decoders["zstd"] = zstandard.ZstdDecompressor(max_window_size=MAX_WINDOW_BYTES).decompressobj
    return decoders


DECODERS = _decoders()
_DAMAGED = (zlib.error,) if zstandard is None else (zlib.error, zstandard.ZstdError)


def unpack(packed: bytes, coding: str, max_bytes: int) -> bytes:
    """Decodes a body. Members of gzip, and frames of zstd, follow one another.

    Raises:
        TooLarge: it is more than `max_bytes`.
        Invalid: it is not of this coding, damaged, or cut off.
    """
    try:
        return _unpacked(packed, coding, max_bytes)
    except EOFError:
        raise Invalid(f"the body is cut off: its {coding} stream has no end") from None
    except _DAMAGED as error:
        raise Invalid(f"the body is not {coding}, or was damaged on its way: {error}") from None


def _unpacked(packed: bytes, coding: str, max_bytes: int) -> bytes:
    unpacked = bytearray()
    new_decoder, piece_bytes = DECODERS[coding], PIECE_BYTES[coding]
    decoder = new_decoder()
    for start in range(0, len(packed), piece_bytes):
        piece = packed[start : start + piece_bytes]
        while piece:
            if decoder.eof:
                decoder = new_decoder()
            unpacked += decoder.decompress(piece)
            if len(unpacked) > max_bytes:
                raise TooLarge(f"a body takes at most {max_bytes} bytes when it is unpacked")
            piece = decoder.unused_data if decoder.eof else b""
    if not decoder.eof:
        raise EOFError
    return bytes(unpacked)
