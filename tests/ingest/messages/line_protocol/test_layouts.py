"""Bodies that name what one before named: their sensors are not looked up again, and none are mixed up."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barograph.catalog.sensor_key_template import DEFAULT
from ingest.messages.line_protocol.body import LineForm, parse_lines
from ingest.messages.line_protocol.layouts import (
    MAX_LAYOUT_BYTES,
    MAX_LAYOUTS,
    KnownLayouts,
    Layout,
    NamedSensors,
)
from tests.ingest.messages.line_protocol.test_against_reference import NOW_US, assert_alike

SENSORS = NamedSensors({"cpu.v": 0}, np.zeros(1, np.int32))

# Few keys and fields, so that bodies often name the same ones, in another order, and almost the same ones.
lines = st.builds(
    "{},host={} {}={} {}".format,
    st.sampled_from(["cpu", "cpux", "mem\\ x"]),
    st.sampled_from(["a", "b", "abcdefgh", "abcdefghi", "a\0"]),
    st.sampled_from(["v", "w", "v=1,w"]),
    st.integers(0, 9),
    st.integers(0, 9),
)


def names_of(body: bytes, template: str = DEFAULT) -> list[str]:
    return list(parse_lines(body, LineForm("ns", template, NOW_US), 2**20).body.references)


def layout(number: int) -> Layout:
    return Layout(DEFAULT, bytes([number]), b"", b"")


@given(st.lists(st.lists(lines, max_size=6), max_size=8))
def test_bodies_of_few_series_are_read_as_if_each_were_the_first(bodies: list[list[str]]) -> None:
    for body in bodies:
        assert_alike("\n".join(body).encode(), "ns")


def test_a_sensor_of_a_line_that_is_read_by_itself_stays_out_of_the_next_body() -> None:
    assert names_of(b"first v=1 1\n\nfirst  v=1 1") == ["first.v"]
    assert names_of(b"first v=1 1\nsecond  w=1 1") == ["first.v", "second.w"]
    assert names_of(b"first v=2 2") == ["first.v"]


def test_another_template_names_other_sensors() -> None:
    body = b"third,site=a v=1 1"
    assert names_of(body) == ["third,site=a.v"]
    assert names_of(body, "{tag:site}/{field}") == ["a/v"]
    assert names_of(body) == ["third,site=a.v"]


def test_what_is_known_is_not_looked_up_again() -> None:
    known, asked = KnownLayouts(), list[int]()
    for number in (1, 2, 1, 2):
        known.named(layout(number), lambda number=number: asked.append(number) or SENSORS)
    assert asked == [1, 2]


def test_the_layout_that_was_not_seen_for_longest_is_forgotten() -> None:
    known, asked = KnownLayouts(), list[int]()
    for number in [*range(MAX_LAYOUTS), 0, MAX_LAYOUTS, 0, 1]:
        known.named(layout(number), lambda number=number: asked.append(number) or SENSORS)
    assert asked == [*range(MAX_LAYOUTS + 1), 1]


def test_a_large_layout_is_looked_up_each_time() -> None:
    known, asked = KnownLayouts(), list[int]()
    large = Layout(DEFAULT, bytes(MAX_LAYOUT_BYTES), b"", b"")
    for number in range(2):
        known.named(large, lambda number=number: asked.append(number) or SENSORS)
    assert asked == [0, 1]
