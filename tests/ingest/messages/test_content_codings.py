"""Packed bodies: what comes out is what was packed, and no more of it than allowed."""

import hashlib
import itertools

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from barograph.errors import Invalid, TooLarge
from ingest.messages.content_codings import PIECE_BYTES, unpack
from tests.examples import times
from tests.ingest.packing import CODINGS, pack

LIMIT = 2**20
PIECE = PIECE_BYTES["gzip"]
bodies = st.binary(max_size=2000) | st.tuples(st.binary(), st.integers(0, 5000)).map(
    lambda part: part[0] * part[1]
)
coding = pytest.mark.parametrize("coding", CODINGS)


@coding
@settings(max_examples=25 * times())
@example(body=bytes(5), level=1, ends=[])
@given(body=bodies, level=st.integers(1, 9), ends=st.lists(st.integers(0, 5000), max_size=4))
def test_members_in_a_row_are_the_body(coding: str, body: bytes, level: int, ends: list[int]) -> None:
    places = sorted({0, len(body), *(min(end, len(body)) for end in ends)})
    members = [body[a:b] for a, b in itertools.pairwise(places)] or [b""]
    packed = b"".join(pack(each, coding, level) for each in members)
    assert unpack(packed, coding, len(body)) == body
    if body:
        with pytest.raises(TooLarge):
            unpack(packed, coding, len(body) - 1)


@coding
@settings(max_examples=25 * times())
@given(body=bodies, kept=st.floats(0, 1, exclude_max=True))
def test_a_body_cut_off_is_invalid(coding: str, body: bytes, kept: float) -> None:
    packed = pack(body, coding)
    with pytest.raises(Invalid, match=coding):
        unpack(packed[: int(kept * len(packed))], coding, LIMIT)


@coding
@settings(max_examples=25 * times())
@given(body=bodies, place=st.floats(0, 1, exclude_max=True), change=st.integers(1, 255))
def test_a_damaged_body_is_refused(coding: str, body: bytes, place: float, change: int) -> None:
    """Gzip has a checksum, so it is never read as something else; nothing but its own header may differ."""
    packed = bytearray(pack(body, coding))
    packed[int(place * len(packed))] ^= change
    try:
        unpacked = unpack(bytes(packed), coding, LIMIT)
    except (Invalid, TooLarge):
        return
    assert coding == "zstd" or unpacked == body


@coding
@given(noise=st.binary())
def test_what_is_not_packed_is_invalid(coding: str, noise: bytes) -> None:
    with pytest.raises(Invalid):
        unpack(noise, coding, LIMIT)
    with pytest.raises(Invalid):
        unpack(pack(b"body", coding) + b"." + noise, coding, LIMIT)


@coding
def test_few_bytes_are_not_unpacked_beyond_the_limit(coding: str) -> None:
    bomb = pack(bytes(2**27), coding, 9)
    assert len(bomb) < LIMIT
    with pytest.raises(TooLarge, match=f"{LIMIT} bytes when it is unpacked"):
        unpack(bomb, coding, LIMIT)


@coding
def test_members_without_content_take_no_time_of_their_square(coding: str) -> None:
    empty = pack(b"", coding)
    assert unpack(empty * (4 * 2**20 // len(empty)), coding, LIMIT) == b""


@pytest.mark.parametrize("length", [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE])
def test_a_member_may_end_where_a_piece_ends(length: int) -> None:
    content = b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(2 * PIECE // 32))
    member = next(each for n in range(length) if len(each := pack(content[: length - n], "gzip")) == length)
    assert unpack(member + pack(b"next", "gzip"), "gzip", LIMIT).endswith(b"next")
