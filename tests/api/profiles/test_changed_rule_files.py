"""Changed files of conversion rules: each is answered within a parser's limits, and profiles compile."""

import json
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.profiles.imported import read_profiles
from barograph.errors import Invalid
from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser
from barograph.parsing.task import ParserTask
from conversion import compile_profile
from conversion.importers.files import FORMATS, ImportOptions
from tests.conversion.importers import test_a2l, test_epics, test_epics_data, test_ni
from tests.conversion.importers.mdf_bytes import small_file
from tests.conversion.importers.tdms_bytes import SCALED, tdms
from tests.conversion.importers.test_xtce import (
    MODE,
    all_of,
    calibrated,
    comparison,
    context,
    default,
    document,
    operation,
    polynomial,
    spline,
)
from tests.examples import few_examples

XTCE = document(
    calibrated("Volts", default(polynomial(1, 2.5, -3e-3))),
    calibrated("Table", default(spline('order="1"'))),
    calibrated("Sum", default(operation("<x:ValueOperand>2</x:ValueOperand><x:Operator>*</x:Operator>"))),
    calibrated("Cases", context(all_of(comparison("Mode", "LOW")), polynomial(0, 1))),
    MODE,
)
FILES: list[tuple[str, bytes]] = [
    ("a2l", test_a2l.TEXT.encode()),
    ("epics", test_epics.TEXT.encode()),
    ("epics", test_epics_data.TEXT.encode()),
    ("mdf", small_file()),
    ("ni", test_ni.TEXT.encode()),
    ("tdms", tdms(SCALED)),
    ("xtce", XTCE.encode()),
]
OPTIONS = ImportOptions("cold", (0.0, 4095.0))
MAX_PAYLOAD_BYTES = 2**20
MAX_FILE_BYTES = 2**21
# A parser's own words where its function failed, or it was ended: neither may happen.
FAILURES = ("what was sent could not be read", "what was sent stands for more")

Change = tuple[float, float, bytes, int]
ODD = [
    b"1e308",
    b"-1e999",
    b"nan",
    b"0x",
    b"9" * 400,
    b"",
    b"\xff" * 8,
    bytes(8),
    b"\xff\xff\xff\x7f",
    b'"',
    b"</",
    b"/end",
]
changes = st.lists(
    st.tuples(
        st.floats(0, 1, exclude_max=True),
        st.sampled_from([0.0, 0.001, 0.003, 0.01, 0.1]),
        st.sampled_from(ODD) | st.binary(max_size=9),
        st.sampled_from([0, 0, 0, 1, 2, 20, 2000]),
    ),
    max_size=5,
)


def changed(content: bytes, each: Change) -> bytes:
    """With a part of it replaced, and so many more of the part."""
    place, share, other, repeats = each
    start = int(place * len(content))
    end = start + int(share * len(content))
    # Repeats of repeats would take all memory here, before anything is read.
    repeats = min(repeats, MAX_FILE_BYTES // max(end - start, 1))
    return (content[:start] + other + content[start:end] * repeats + content[end:])[:MAX_FILE_BYTES]


@pytest.fixture(scope="module")
def parser() -> Generator[Parser]:
    with Parser(ParserLimits(5, 30, 256 * 2**20), "api.profiles.imported") as parser:
        yield parser


def check_answered(parser: Parser, file_format: str, content: bytes) -> None:
    answer = read_or_refused(parser, file_format, content)
    if isinstance(answer, str):
        assert not answer.startswith(FAILURES), content
    else:
        for item in answer["items"][:20]:
            compile_profile({"kind": item["kind"], "payload": item["payload"]})


def read_or_refused(parser: Parser, file_format: str, content: bytes) -> dict[str, Any] | str:
    try:
        return json.loads(
            parser.ask(ParserTask(read_profiles, (content, file_format, OPTIONS, MAX_PAYLOAD_BYTES)))
        )
    except Invalid as refusal:
        return refusal.detail


def test_every_format_has_a_file_that_is_read(parser: Parser) -> None:
    assert {file_format for file_format, _ in FILES} == set(FORMATS)
    for file_format, content in FILES:
        assert isinstance(read_or_refused(parser, file_format, content), dict)


@few_examples(150)
@given(which=st.sampled_from(FILES), how=changes)
def test_a_changed_file_is_answered(parser: Parser, which: tuple[str, bytes], how: list[Change]) -> None:
    file_format, content = which
    for each in how:
        content = changed(content, each)
    check_answered(parser, file_format, content[: 2**20])
