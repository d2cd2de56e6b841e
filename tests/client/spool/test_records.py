"""The codec of segments against a model: a list of messages."""

import struct
import zlib
from io import BufferedReader
from pathlib import Path

import pytest
from barograph_client.spool.records import (
    HEAD,
    SpoolRecord,
    encode_head,
    encode_record,
    read_head,
    read_records,
)
from barograph_client.spool.segments import segment_path, whole_extent
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import few_examples

FIRST = 7
MESSAGES = st.lists(st.binary(max_size=40), max_size=6)


def encoded(messages: list[bytes]) -> list[bytes]:
    return [
        encode_record(SpoolRecord(FIRST + place, 1_000 + place, len(message), message))
        for place, message in enumerate(messages)
    ]


def read(path: Path) -> list[SpoolRecord]:
    with path.open("rb") as file:
        return list(_read(file))


def _read(file: BufferedReader) -> list[SpoolRecord]:
    return list(read_records(file, FIRST)) if read_head(file) == FIRST else []


def is_whole_up_to(records: list[bytes], size_bytes: int) -> int:
    """How many records so many bytes hold."""
    ends = [HEAD.size + sum(map(len, records[: place + 1])) for place in range(len(records))]
    return sum(end <= size_bytes for end in ends)


@few_examples(12)
@given(MESSAGES, st.binary(max_size=60))
def test_a_segment_that_is_torn_at_any_byte_holds_what_came_before(
    tmp_path: Path, messages: list[bytes], torn: bytes
) -> None:
    records = encoded(messages)
    whole = b"".join([encode_head(FIRST), *records])
    path = segment_path(tmp_path, FIRST)
    for size_bytes in range(len(whole) + 1):
        path.write_bytes(whole[:size_bytes])
        count = is_whole_up_to(records, size_bytes)
        assert [record.message for record in read(path)] == messages[:count]
        last_index, extent, _ = whole_extent(path)
        assert last_index == FIRST + count - 1
        is_headed = size_bytes >= HEAD.size
        assert extent == (HEAD.size + sum(map(len, records[:count])) if is_headed else 0)
    path.write_bytes(whole + torn)
    assert [record.message for record in read(path)] == messages, "what follows is no record"
    path.write_bytes(whole + bytes(4096))
    assert [record.message for record in read(path)] == messages, "nor are zeros"


@few_examples(12)
@given(st.lists(st.binary(max_size=20), min_size=1, max_size=4), st.data())
def test_no_damaged_byte_goes_unnoticed(tmp_path: Path, messages: list[bytes], data: st.DataObject) -> None:
    records = encoded(messages)
    whole = bytearray(b"".join([encode_head(FIRST), *records]))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= data.draw(st.integers(1, 255))
    path = segment_path(tmp_path, FIRST)
    path.write_bytes(whole)
    found = [record.message for record in read(path)]
    assert found == messages[: is_whole_up_to(records, place)]


def test_a_record_lies_as_the_module_draws_it() -> None:
    rest = struct.pack("<IQqII", 3, 5, 1_000, 2, 0) + b"abc"
    assert encode_record(SpoolRecord(5, 1_000, 2, b"abc")) == struct.pack("<I", zlib.crc32(rest)) + rest


@pytest.mark.parametrize("data", [b"", b"BGSPOOL1", b"SQLite format 3\0" + bytes(50)])
def test_what_is_no_segment_holds_nothing(tmp_path: Path, data: bytes) -> None:
    path = segment_path(tmp_path, FIRST)
    path.write_bytes(data)
    assert read(path) == []
