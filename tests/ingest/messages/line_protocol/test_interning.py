"""Pieces of a text by number: the same as sorting them all would give, whichever share a bucket."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.messages.line_protocol import interning
from ingest.messages.line_protocol.interning import InternedPieces, intern
from ingest.messages.line_protocol.structure import PAD_BYTES

pieces = st.lists(st.sampled_from([b"", b"a", b"b", b"cpu,host=a", b"cpu,host=b", b"x" * 40, b"x" * 41]))


def interned(texts: list[bytes]) -> InternedPieces:
    """The pieces of a text that they make, one behind the other."""
    data = bytes(PAD_BYTES) + b"".join(texts) + bytes(PAD_BYTES)
    word = np.ndarray((len(data) - 7,), "<u8", data, strides=(1,))
    end = PAD_BYTES + np.cumsum([len(each) for each in texts], dtype=np.int64)
    return intern(word, end - np.array([len(each) for each in texts], np.int64), end)


def assert_tells_apart(texts: list[bytes]) -> None:
    found = interned(texts)
    numbers = found.number.tolist()
    assert [texts[row] for row in found.example[found.number].tolist()] == texts
    assert len(set(zip(texts, numbers, strict=True))) == len(set(texts)) == found.example.size
    assert found.is_sure.all()


@given(texts=pieces)
def test_equal_pieces_have_one_number(texts: list[bytes]) -> None:
    assert_tells_apart(texts)


@pytest.mark.parametrize("bits", [1, 3])
def test_pieces_that_share_a_bucket_are_told_apart(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    spread = interned([b"%d" % (number % 40) for number in range(200)])
    monkeypatch.setattr(interning, "_BUCKETS", 2**bits)
    monkeypatch.setattr(interning, "_TO_BUCKET", np.uint64(64 - bits))
    crowded = interned([b"%d" % (number % 40) for number in range(200)])
    assert crowded.number.tolist() == spread.number.tolist()
    assert crowded.content == spread.content


@given(texts=st.permutations([b"a", b"b", b"cpu,host=a", b"cpu,host=b", b"x" * 40]))
def test_what_is_said_does_not_depend_on_the_order(texts: list[bytes]) -> None:
    assert interned(texts).content == interned(sorted(texts)).content
