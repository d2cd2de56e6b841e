"""Bodies packed as gateways pack them."""

import gzip
import os
from collections.abc import Callable
from importlib.util import find_spec

import pytest

HAS_ZSTD = find_spec("zstandard") is not None
needs_zstd = pytest.mark.skipif(
    not HAS_ZSTD and "CI" not in os.environ, reason="run `make setup-dev`: zstandard came with it"
)
CODINGS = ["gzip", pytest.param("zstd", marks=needs_zstd)]


def pack(body: bytes, coding: str, level: int = 3) -> bytes:
    return _PACKERS[coding](body, level)


def _zstd(body: bytes, level: int) -> bytes:
    return zstandard.ZstdCompressor(level).compress(body)


def _gzip(body: bytes, level: int) -> bytes:
    return gzip.compress(body, level, mtime=0)


_PACKERS: dict[str, Callable[[bytes, int], bytes]] = {"gzip": _gzip, "zstd": _zstd}
if HAS_ZSTD:
    import zstandard
