"""Whole files: what becomes of every rule, and that no file costs more than its size warrants."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from conversion import compile_profile
from conversion.importers.files import FORMATS, FREE_SIZE, MAX_TEXT, Imported, ImportOptions, profiles_of
from tests.conversion.importers.mdf_bytes import small_file, started
from tests.conversion.importers.tdms_bytes import SCALED, tdms

XTCE = """<SpaceSystem name="Sat"><TelemetryMetaData>
<ParameterTypeSet>{types}</ParameterTypeSet><ParameterSet>{parameters}</ParameterSet>
</TelemetryMetaData></SpaceSystem>"""


def a2l(count: int) -> bytes:
    units = ["Unitless", "RPM", "flag", "Km/h", "\t", "x" * 300, "a\nb"]
    return "\n".join(
        f'/begin COMPU_METHOD CM.{i} "" LINEAR "%6.2" "{units[i % len(units)]}" COEFFS_LINEAR 0.25 {i} '
        f"/end COMPU_METHOD"
        for i in range(count)
    ).encode()


def xtce(count: int) -> bytes:
    types = "".join(
        f'<FloatParameterType name="T{i}"><UnitSet><Unit>Unit {i}?</Unit></UnitSet><IntegerDataEncoding>'
        f'<DefaultCalibrator><PolynomialCalibrator><Term coefficient="{i}" exponent="1"/>'
        f"</PolynomialCalibrator></DefaultCalibrator></IntegerDataEncoding></FloatParameterType>"
        for i in range(count)
    )
    parameters = "".join(f'<Parameter name="P{i}" parameterTypeRef="T{i}"/>' for i in range(count))
    return XTCE.format(types=types, parameters=parameters).encode()


def epics(count: int) -> bytes:
    return "\n".join(
        f'record(ai, R{i}) {{ field(LINR, "LINEAR") field(ESLO, "{i}") field(EOFF, "1") field(EGU, "flag") }}'
        for i in range(count)
    ).encode()


def ni(count: int) -> bytes:
    return "\n".join(
        f"[DAQmxScale S{i}]\nScale.Type = Linear\nScale.Lin.Slope = {i}\nScale.ScaledUnits = Pump strokes"
        for i in range(count)
    ).encode()


def mdf(count: int) -> bytes:
    file = started()
    channel = 0
    for i in range(count):
        channel = file.channel(f"C{i}", file.conversion(1, [i, 2], []), channel, unit=file.text("Unit less"))
    return file.finished(channel)


def tdms_channels(count: int) -> bytes:
    return tdms({f"/'G'/'C{i}'": SCALED["/'Group'/'Force'"] for i in range(count)})


FILES: dict[str, Callable[[int], bytes]] = {
    "a2l": a2l,
    "epics": epics,
    "mdf": mdf,
    "ni": ni,
    "tdms": tdms_channels,
    "xtce": xtce,
}


def imported(content: bytes, file_format: str) -> Imported:
    return profiles_of(content, file_format, ImportOptions())


@pytest.mark.parametrize("file_format", FORMATS)
def test_every_rule_of_every_format_becomes_a_profile_whatever_its_unit(file_format: str) -> None:
    made = imported(FILES[file_format](20), file_format)
    assert len(made.profiles) == 20
    assert made.refused == []
    for each in made.profiles:
        compile_profile(each.profile)
        assert 0 < len(each.text) <= MAX_TEXT


def test_what_can_not_be_read_is_kept_as_text() -> None:
    made = imported(b'/begin COMPU_METHOD M "what it is" SOMETHING "%6" "V" /end COMPU_METHOD', "a2l")
    (refused,) = made.refused
    assert refused.name == "M"
    assert '"what it is" SOMETHING' in refused.text
    made = imported(tdms(SCALED), "tdms")
    assert [(each.name, "NI_Scale[0]_Scale_Type = Add" in each.text) for each in made.refused] == [
        ("/'Group'/'Sum'", True)
    ]
    assert [each.name for each in imported(small_file(), "mdf").profiles] == ["Speed", "Level", "State"]


def test_a_unit_that_is_too_long_or_not_printable_is_cut_out_or_mended() -> None:
    payloads = [each.profile["payload"] for each in imported(a2l(7), "a2l").profiles]
    assert [each.get("output_unit") for each in payloads] == [
        *["Unitless", "RPM", "flag", "Km/h"],
        *[None, None, "a b"],
    ]


@pytest.mark.parametrize("file_format", FORMATS)
def test_twice_the_rules_are_twice_the_work(file_format: str) -> None:
    once, twice = (steps(FILES[file_format](count), file_format) for count in (40, 80))
    assert twice < 2.3 * once


def steps(content: bytes, file_format: str) -> int:
    """How many instructions of Python it takes to import a file."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:  # noqa: ANN401  # a function of this kind
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    imported(content, file_format)  # what is worked out once for all files
    sys.settrace(trace)
    try:
        imported(content, file_format)
    finally:
        sys.settrace(before)
    return count


def shared_a2l(rules: int, rows: int) -> bytes:
    table = (
        f'/begin COMPU_VTAB T "" TAB_VERB {rows} '
        + " ".join(f'{i} "l"' for i in range(rows))
        + " /end COMPU_VTAB"
    )
    method = '/begin COMPU_METHOD M{} "" TAB_VERB "" "" COMPU_TAB_REF T /end COMPU_METHOD'
    return "\n".join([table, *(method.format(i) for i in range(rules))]).encode()


def shared_xtce(rules: int, rows: int) -> bytes:
    labels = "".join(f'<Enumeration value="{i}" label="l"/>' for i in range(rows))
    group = f"<EnumerationList>{labels}</EnumerationList>"
    kind = f'<EnumeratedParameterType name="T">{group}</EnumeratedParameterType>'
    parameters = "".join(f'<Parameter name="P{i}" parameterTypeRef="T"/>' for i in range(rules))
    return XTCE.format(types=kind, parameters=parameters).encode()


def shared_epics(rules: int, rows: int) -> bytes:
    table = "breaktable(T) {" + " ".join(f"{i} {i}" for i in range(rows)) + "}"
    return "\n".join([table, *(f"record(ai, R{i}) {{ field(LINR, T) }}" for i in range(rules))]).encode()


def shared_mdf(rules: int, rows: int) -> bytes:
    file = started()
    conversion, channel = file.conversion(4, [float(i // 2) for i in range(2 * rows)], []), 0
    for i in range(rules):
        channel = file.channel(f"C{i}", conversion, channel)
    return file.finished(channel)


@pytest.mark.parametrize(
    ("file_format", "shared"),
    [("a2l", shared_a2l), ("xtce", shared_xtce), ("epics", shared_epics), ("mdf", shared_mdf)],
)
def test_many_rules_of_one_large_table_are_refused_before_they_are_made(
    file_format: str, shared: Callable[[int, int], bytes]
) -> None:
    content = shared(600, 2000)
    made = imported(content, file_format)
    assert made.profiles
    assert len(made.profiles) * 2000 <= FREE_SIZE + len(content)
    assert len(made.profiles) + len(made.refused) in (600, 601)
    assert made.refused[-1].reason.startswith("the file's rules use its tables so often")
    # A table that few rules use is no matter.
    assert not imported(shared(5, 2000), file_format).refused
