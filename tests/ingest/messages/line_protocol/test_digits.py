"""Decimals in columns are what Python reads."""

import re

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from ingest.messages.line_protocol.digits import MAX_DIGITS, ShortDecimals, Words, first_dots, read_digits
from ingest.messages.line_protocol.structure import PAD_BYTES

DECIMAL = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
texts = st.text("0123456789" * 2 + "..-+eiu/:\x0e\x1e>", max_size=8)
some_texts = st.lists(texts | st.from_regex(r"[0-9]{0,4}\.?[0-9]{0,3}", fullmatch=True), max_size=20)


def laid_out(written: list[str]) -> tuple[Words, NDArray[np.int64], NDArray[np.int64]]:
    """The words of a text that they make, one behind the other, and where each begins and ends."""
    data = bytes(PAD_BYTES) + "".join(written).encode() + bytes(PAD_BYTES)
    length = np.array([len(each) for each in written], np.int64)
    end = PAD_BYTES + np.cumsum(length)
    return np.ndarray((len(data) - 7,), "<u8", data, strides=(1,)), end - length, end


@given(written=some_texts)
@example(written=["", ".", "5.", ".5", "1234567.", "12345678", "1.2.3", "0.000001"])
def test_short_decimals_are_what_python_reads(written: list[str]) -> None:
    word, start, end = laid_out(written)
    read = ShortDecimals.between(word, end, end - start)
    assert read.is_read.tolist() == [DECIMAL.fullmatch(each) is not None for each in written]
    for number, text in enumerate(written):
        if read.is_read[number]:
            assert int(read.mantissa[number]) == int(text.replace(".", ""))
            assert int(read.places[number]) == len(text.partition(".")[2])
            assert bool(read.has_dot[number]) == ("." in text)


@given(written=some_texts)
def test_the_first_dot_is_found(written: list[str]) -> None:
    word, start, _ = laid_out(written)
    place, is_far = first_dots(word, start)
    behind = ["".join(written)[each : each + 8] for each in (start - PAD_BYTES).tolist()]
    assert place.tolist() == [each.index(".") if "." in each else 8 for each in behind]
    assert is_far.tolist() == ["." not in each for each in behind]


@given(written=st.lists(st.text("0123456789", max_size=MAX_DIGITS + 2) | texts, max_size=20))
def test_digits_are_what_python_reads(written: list[str]) -> None:
    word, start, end = laid_out(written)
    number, are_digits = read_digits(word, start, end)
    fit = [len(each) <= MAX_DIGITS and re.fullmatch("[0-9]*", each) is not None for each in written]
    assert are_digits.tolist() == fit
    assert number[are_digits].tolist() == [
        int(each or 0) for each, fits in zip(written, fit, strict=True) if fits
    ]
