"""What messages of JSON and of numbers are read as, whatever they hold."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.messages.json_body import parse_json
from ingest.mqtt.delivery.bodies import to_bodies
from ingest.mqtt.key_template import KeyTemplate
from ingest.mqtt.payloads.instants import TimeUnit, read_instant
from ingest.mqtt.payloads.json_message import JsonMeaning
from ingest.mqtt.payloads.number_message import read_number
from ingest.mqtt.payloads.readings import MqttReading, ReadMessage
from tests.examples import few_examples

TEMPLATE = KeyTemplate("{topic}/{field}")
T_S = 1_790_000_000
T_US = T_S * 1_000_000
TEXTS = st.text(max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
PATHS = st.none() | st.sampled_from(["a", "0", "a.b", "0.a", "", ".", "a..b"]) | TEXTS


def read(payload: object, **meaning: Any) -> ReadMessage:  # noqa: ANN401 - as the settings have it
    message = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return JsonMeaning(TEMPLATE, **meaning).read("t", {}, message)


def found(  # as `read`
    payload: object,
    **meaning: Any,  # noqa: ANN401 - as the settings have it
) -> list[tuple[str, object, int | None]]:
    return [(each.key, each.value, each.t_us) for each in read(payload, **meaning).readings]


@pytest.mark.parametrize(
    ("payload", "meaning", "wanted"),
    [
        (21.5, {}, [("t", 21.5, None)]),
        (True, {}, [("t", True, None)]),
        (
            {"a": 1, "b": {"c": False}, "unit": "bar", "none": None},
            {},
            [("t/a", 1, None), ("t/b.c", False, None)],
        ),
        ({"v": 4.5, "ts": T_S}, {"value": "v", "time": "ts", "time_unit": "s"}, [("t", 4.5, T_US)]),
        ({"a": 1, "ts": T_S}, {"time": "ts", "time_unit": "s"}, [("t/a", 1, T_US)]),
        (
            {"a": 1, "b": "x", "ts": "2026-09-21T14:13:20Z"},
            {"fields": ("a", "b", "c"), "time": "ts"},
            [("t/a", 1, T_US), ("t/b", "x", T_US)],
        ),
        (
            [[T_S, 1.5], [T_S + 1, 1.6]],
            {"time": "0", "value": "1", "time_unit": "s"},
            [("t", 1.5, T_US), ("t", 1.6, T_US + 1_000_000)],
        ),
        (
            {"t": [T_S, T_S + 1], "flow": [1.5, None]},
            {"time": "t", "time_unit": "s"},
            [("t/flow", 1.5, T_US), ("t/flow", None, T_US + 1_000_000)],
        ),
        (
            {"at": T_S, "samples": [{"x": 1}, {"x": 2, "at": T_S + 1}]},
            {"readings": "samples", "time": "at", "time_unit": "s"},
            [("t/x", 1, T_US), ("t/x", 2, T_US + 1_000_000)],
        ),
        ({"a.b": 1, "a": {"b": 2}}, {"value": "a.b"}, [("t", 1, None)]),
    ],
)
def test_documents_are_readings_by_their_settings(
    payload: object, meaning: dict[str, Any], wanted: list[tuple[str, object, int | None]]
) -> None:
    assert found(payload, **meaning) == wanted


def test_a_time_that_can_not_be_read_is_kept_and_its_reading_rejected() -> None:
    (missing,) = read({"v": 1}, value="v", time="ts").readings
    (bad,) = read({"v": 1, "ts": "noon"}, value="v", time="ts").readings
    assert (missing.t_us, missing.bad_time) == (None, "")
    assert (bad.t_us, bad.bad_time) == (None, "noon")


def test_what_is_no_row_among_rows_costs_none_of_them() -> None:
    meaning = JsonMeaning(KeyTemplate("{field}"), value=None)
    message = meaning.read("t", {}, b'[{"a": 1}, 5, "x", null, {"a": 2}]')
    assert [(each.key, each.value) for each in message.readings] == [
        ("a", 1),
        ("t", "no object and no array: 5"),
        ("t", 'no object and no array: "x"'),
        ("t", "no object and no array: null"),
        ("a", 2),
    ]


def test_columns_of_other_lengths_are_one_dead_letter() -> None:
    (reading,) = read({"t": [T_S], "v": [1, 2]}, time="t", time_unit="s").readings
    assert isinstance(reading.value, str)
    assert reading.value.startswith("an array without an array of as many times")


@pytest.mark.parametrize("payload", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"{}", b'"x', b"[]"])
def test_what_can_not_be_read_is_one_dead_letter_under_its_topic(payload: bytes) -> None:
    message = read(payload)
    assert message.is_unreadable
    assert [each.key for each in message.readings] == ["t"]
    assert not message.has_own_times


@few_examples(150)
@given(JSON, PATHS, PATHS, PATHS, st.sampled_from(["s", "ms", "us", "ns", "rfc3339"]))
def test_any_document_becomes_bodies_that_ingest_reads(
    document: object, readings: str | None, value: str | None, time: str | None, unit: TimeUnit
) -> None:
    message = read(document, readings=readings, value=value, time=time, time_unit=unit)
    assert_ingest_reads(message)


@few_examples(100)
@given(st.binary(max_size=60))
def test_any_bytes_become_bodies_that_ingest_reads(payload: bytes) -> None:
    assert_ingest_reads(read(payload))
    assert_ingest_reads(read_number(TEMPLATE, "t", {}, payload))


def assert_ingest_reads(message: ReadMessage) -> None:
    (body,) = to_bodies([(each, T_US) for each in message.readings], 10**6)
    read_back = parse_json(body.text("mqtt/b", 1, register_sensors=True).encode())
    assert read_back.columns.t_us.size == len(message.readings)
    assert (read_back.producer, read_back.seq, read_back.register_sensors) == ("mqtt/b", 1, True)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21.5", 21.5),
        (" -3\n", -3),
        ("1e3", 1000.0),
        ("9007199254740993", 9007199254740993),
        ("TRUE", True),
        ("-inf", -math.inf),
        ("+Infinity", math.inf),
    ],
)
def test_a_number_as_text_is_a_reading(text: str, value: object) -> None:
    (reading,) = read_number(TEMPLATE, "t", {}, text.encode()).readings
    assert (reading.key, reading.value, reading.t_us) == ("t", value, None)


@pytest.mark.parametrize("text", ["", "on", "-+inf", "1_000", "٣", "1,5", "0x10", "1 2", "1" * 200])
def test_what_is_no_number_is_one_dead_letter(text: str) -> None:
    assert read_number(TEMPLATE, "t", {}, text.encode()).is_unreadable


@pytest.mark.parametrize(
    ("sent", "unit", "t_us"),
    [
        (1.000001, "s", 1_000_001),
        (1790000000.123456, "s", 1_790_000_000_123_456),
        ("1790000000.5", "s", 1_790_000_000_500_000),
        (1999, "ns", 1),
        (-1, "ns", -1),
        (5, "us", 5),
        (1.5, "ms", 1500),
        ("1970-01-01T01:00:00+01:00", "rfc3339", 0),
        ("1970-01-01T00:00:00", "rfc3339", None),
        (5, "rfc3339", None),
        ("5", "rfc3339", None),
        (True, "s", None),
        (10**30, "s", None),
        (float("inf"), "s", None),
        ("1e999999999", "s", None),
        (None, "s", None),
    ],
)
def test_times_are_read_in_the_unit_that_is_told(sent: object, unit: TimeUnit, t_us: int | None) -> None:
    assert read_instant(sent, unit) == t_us


@few_examples(50)
@given(st.lists(st.tuples(st.text(max_size=30), st.booleans()), max_size=60), st.integers(1100, 3000))
def test_bodies_keep_all_readings_in_order_and_are_small_enough(
    given_readings: list[tuple[str, bool]], max_bytes: int
) -> None:
    readings = [MqttReading(key, 1.5, T_US, historical=old) for key, old in given_readings]
    bodies = list(to_bodies([(each, 0) for each in readings], max_bytes))
    for historical in (False, True):
        texts = [text for body in bodies if body.historical is historical for text in body.readings]
        wanted = [key for key, old in given_readings if old is historical]
        assert [json.loads(text)["sensor"] for text in texts] == wanted
    for body in bodies:
        assert len(body.readings) == 1 or len(body.text("p", 1, register_sensors=True)) <= max_bytes
