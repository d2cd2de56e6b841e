"""Bodies of line protocol, the columns' way and a plain reader's: both say the same of each."""

import math
import random
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from barograph.catalog.sensor_key_template import DEFAULT
from barograph.readings.rejects.reject_codes import RejectCode
from ingest.messages.line_protocol.body import LineForm, parse_lines
from ingest.messages.line_protocol.values import PRECISIONS
from tests.examples import in_time, tonight
from tests.ingest.messages.line_protocol.reference import read_plainly

NOW_US = 1_700_000_000_123_456
# What lines are made of, and what takes them apart.
SCRAPS = [
    *("cpu", "m", "a=b", ",", ",", "=", "=", " ", " ", "\n", "\n", "\\", '"', "#", "\r\n", "\t", "é", "\0"),
    *("v=1", "f=1.5", "f=-2i", "u=3u", "b=true", 's="x y"', 's="a\\"b"', "=t", "1e3", "-", ".", "i", "u"),
    *(" 1700000000000000000", " 17", " -5", "v=0.8444218515250481", "9007199254740993i", "1e999"),
]
NUMBERS = [
    "0",
    "-0",
    "1.",
    ".5",
    "+7",
    "12345678901234567890",
    "0.1234567890123456789",
    "5e-324",
    "1i",
    "-9i",
    "18446744073709551615u",
    "9223372036854775808i",
    "-1u",
    "nan",
    "inf",
    "0x1",
    "1_0",
    "t",
    "FALSE",
    '"q,=w"',
    '""',
    '"a\\\\"',
    '"a\nb"',
    "T",
    "False",
    "truE",
    "1e5",
    "-1.5E-3",
    "1e400",
    "-9223372036854775808i",
    "-9223372036854775809i",
    "18446744073709551616u",
    "9" * 40,
    "9" * 40 + "i",
    "0." + "0" * 40 + "1",
    "1i5",
    "--1",
    "",
]


def assert_alike(body: bytes, precision: str) -> None:
    """Checks that both readers say the same of the body."""
    parsed = parse_lines(body, LineForm(precision, DEFAULT, NOW_US), 2**20)
    columns, keys = parsed.body.columns, parsed.body.references
    codes = {} if columns.odd is None else dict(zip(columns.odd.row.tolist(), columns.odd.code, strict=True))
    found = [
        (keys[channel], t_us, "string" if codes.get(row) == RejectCode.BAD_VALUE else value)
        for row, (channel, t_us, value) in enumerate(
            zip(columns.channel.tolist(), columns.t_us.tolist(), columns.value.tolist(), strict=True)
        )
    ]
    expected, bad = read_plainly(body, precision, NOW_US)
    assert sorted(found, key=repr) == sorted(map(tuple, expected), key=repr), body
    assert parsed.bad_lines == bad, (body, parsed.faults)
    assert all(isinstance(value, str) or math.isfinite(value) for _, _, value in found)


def some_lines(draw: Callable[[list[str]], str]) -> str:
    """Lines that are mostly well written."""
    lines: list[str] = []
    for _ in range(int(draw(["1", "2", "5"]))):
        key = draw(
            [
                "cpu",
                "c\\ p\\,u",
                "a.b",
                "m,host=a",
                "m,b=2,a=1",
                "m,t\\ g=v\\=1",
                "m,x=",
                ",x=1",
                "é",
                "m\\\\",
                "m,t=1,t=2",
                "m,t=a=b",
                "m\0",
                "m,\\,t=\\ ",
                "\\#m",
            ]
        )
        fields = ",".join(
            draw(["v", "f\\ 1", "x.y", "o\\=k", "v", "w\\,", "\\"]) + "=" + draw(NUMBERS)
            for _ in range(int(draw(["1", "1", "2", "3"])))
        )
        time = draw(
            [
                "",
                "",
                " 1700000000000000000",
                " 1",
                " -1",
                " 1700000000",
                " 9223372036854775807",
                "  2",
                " x",
                " +1",
                " 1.5",
            ]
        )
        lines.append(draw(["", "", "", " ", "#", "# "]) + key + draw([" ", " ", " ", "  "]) + fields + time)
    return draw(["\n", "\n", "\r\n", "\n\n", "\r"]).join(lines)


@st.composite
def well_written(draw: st.DrawFn) -> bytes:
    return some_lines(lambda choices: draw(st.sampled_from(choices))).encode()


scraps = st.lists(st.sampled_from(SCRAPS), max_size=40).map(lambda parts: "".join(parts).encode())
precisions = st.sampled_from(sorted(set(PRECISIONS.values())))


@settings(max_examples=150, deadline=None)
@given(body=well_written() | scraps | st.binary(max_size=60), precision=precisions)
@example(body=b'm v="a\nb",w=1 1\nm v=2 2', precision="ns")
@example(body=b'm v="a\nm v=2 2', precision="ns")
@example(body=b'm,q=" v="a b\\\\" 1\n# "x\nm v=2 2', precision="ns")
@example(body=b"m\\\nm v=1", precision="ns")
@example(body=b"m v=1 1 ", precision="ns")
@example(body=b"m v=1 1 2", precision="ns")
@example(body=b"m," + b"t" * 600 + b"=1 v=1", precision="ns")
@example(body=b"m " + b"f" * 600 + b"=1", precision="ns")
@example(body=b"m\xff v=1\nm v=1", precision="ns")
@example(body=b"m v=1 2562047788015216", precision="h")
def test_both_readers_say_the_same(body: bytes, precision: str) -> None:
    assert_alike(body, precision)


def _assert_many_alike(cases: int, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    names = sorted(set(PRECISIONS.values()))
    for case in in_time(range(cases)):
        if case % 3:
            body = some_lines(chance.choice).encode()
        else:
            body = "".join(chance.choices(SCRAPS, k=chance.randrange(60))).encode()
        if case % 5 == 0 and body:
            at = chance.randrange(len(body))
            body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
        assert_alike(body, chance.choice(names))


def test_thousands_of_bodies_are_read_alike() -> None:
    _assert_many_alike(2000, 560)


@pytest.mark.nightly
def test_many_thousands_of_bodies_are_read_alike() -> None:
    _assert_many_alike(100_000, tonight())
