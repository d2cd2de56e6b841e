import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversion.canonical import canonical_json, content_hash

# RFC 8785, appendix B: IEEE 754 bits and their ECMAScript spelling.
RFC_8785_NUMBERS = [
    ("0000000000000000", "0"),
    ("8000000000000000", "0"),
    ("0000000000000001", "5e-324"),
    ("8000000000000001", "-5e-324"),
    ("7fefffffffffffff", "1.7976931348623157e+308"),
    ("ffefffffffffffff", "-1.7976931348623157e+308"),
    ("4340000000000000", "9007199254740992"),
    ("c340000000000000", "-9007199254740992"),
    ("4430000000000000", "295147905179352830000"),
    ("44b52d02c7e14af5", "9.999999999999997e+22"),
    ("44b52d02c7e14af6", "1e+23"),
    ("44b52d02c7e14af7", "1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", "999999999999999700000"),
    ("444b1ae4d6e2ef4f", "999999999999999900000"),
    ("444b1ae4d6e2ef50", "1e+21"),
    ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", "0.000001"),
    ("41b3de4355555553", "333333333.3333332"),
    ("41b3de4355555554", "333333333.33333325"),
    ("becbf647612f3696", "-0.0000033333333333333333"),
    ("43143ff3c1cb0959", "1424953923781206.2"),
]


@pytest.mark.parametrize(("bits", "spelling"), RFC_8785_NUMBERS)
def test_numbers_are_spelled_as_rfc_8785_lists_them(bits: str, spelling: str) -> None:
    value = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonical_json(value) == spelling


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_as_itself(value: float) -> None:
    assert float(canonical_json(value)) == value


def test_keys_are_sorted_by_utf16_as_rfc_8785_shows() -> None:
    # RFC 8785, section 3.2.3.
    keys = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    document = json.loads(canonical_json(dict.fromkeys(keys, 0)))
    assert list(document) == ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]


def test_key_order_and_number_spelling_leave_the_hash_alone() -> None:
    first = content_hash({"kind": "linear", "payload": {"slope": 1, "offset": 1e2}})
    second = content_hash({"payload": {"offset": 100, "slope": 1.0}, "kind": "linear"})
    assert first == second
    assert len(first) == 64


def test_different_content_has_different_hashes() -> None:
    assert content_hash({"a": 1}) != content_hash({"a": math.nextafter(1, 2)})
    assert content_hash({"a": "1"}) != content_hash({"a": 1})
    assert content_hash({"a": None}) != content_hash({})


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError, match="set is not JSON"):
        canonical_json({1, 2})
