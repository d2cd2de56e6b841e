import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from conversion import ImportRefused
from conversion.importers.mdf import blocks as mdf_file
from conversion.importers.mdf import rules as mdf
from tests.conversion.importers.mdf_bytes import small_file, started
from tests.conversion.importers.values import labels, physical

FILE = small_file()


def test_channels_are_found_with_their_conversions_and_units() -> None:
    file = mdf_file.read(FILE)
    assert list(file.channels) == ["Speed", "Level", "State"]
    speed, level, state = (mdf.profile_of(file.conversion(name)) for name in file.channels)
    assert_allclose(physical(speed, [100.0]), [15])
    assert speed["payload"]["output_unit"] == "Km/h"
    assert level["payload"]["output_unit"] == "Unit<less"
    assert labels(state, [0, 1, 2]) == ["off", "on", None]


def test_log_is_the_natural_logarithm() -> None:
    level = mdf.profile_of(mdf_file.read(FILE).conversion("Level"))
    assert_allclose(physical(level, [10.0]), [np.log(10) + 1])


def test_equal_names_are_told_apart() -> None:
    file = started()
    line = file.conversion(1, [0, 2], [])
    assert len(mdf_file.read(file.finished(file.channel("T", line, file.channel("T", line)))).channels) == 2


def test_a_conversion_within_a_conversion_is_refused() -> None:
    file = started()
    inner = file.conversion(1, [0, 2], [])
    outer = file.conversion(7, [1], [inner, file.text("rest")])
    read = mdf_file.read(file.finished(file.channel("T", outer)))
    with pytest.raises(ImportRefused, match="another one"):
        read.conversion("T")


def test_channels_that_lead_in_a_circle_end() -> None:
    file = started()
    channel = file.channel("T", file.conversion(1, [0, 2], []))
    struct.pack_into("<Q", file.content, channel + 24, channel)
    assert list(mdf_file.read(file.finished(channel)).channels) == ["T"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is no MDF 4"),
        (b"MDF     3.30    ", "is no MDF 4"),
        (b"MDF     4.10    ", "ends before"),
        (FILE[:64] + b"##XX" + FILE[68:], "no HD block"),
    ],
)
def test_other_bytes_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(ImportRefused, match=reason):
        mdf_file.read(content)


@given(st.integers(64, len(FILE) - 1), st.binary(min_size=1, max_size=9))
def test_a_damaged_file_is_read_or_refused(at: int, damage: bytes) -> None:
    try:
        file = mdf_file.read(FILE[:at] + damage + FILE[at + len(damage) :])
        for name in file.channels:
            file.size(name)
            mdf.profile_of(file.conversion(name))
    except ImportRefused:
        return


@given(st.integers(0, len(FILE)))
def test_a_file_cut_short_is_read_or_refused(length: int) -> None:
    try:
        file = mdf_file.read(FILE[:length])
        for name in file.channels:
            mdf.profile_of(file.conversion(name))
    except ImportRefused:
        return
