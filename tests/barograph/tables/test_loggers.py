"""Files as loggers and spreadsheets write them: each is read right, or asked about, or refused."""

from pathlib import Path
from typing import Any

import pytest

from barograph.errors import Invalid
from barograph.tables.mapping import TableMapping
from barograph.tables.preview import Preview, preview
from barograph.times import parse_time, to_us

TOA5 = (
    '"TOA5","CR1000","CR1000","1234","CR1000.Std.32","CPU:p.CR1","4567","Table1"\n'
    '"TIMESTAMP","RECORD","AirTC"\n"TS","RN","Deg C"\n"","","Avg"\n'
    '"2026-03-04 12:00:00",0,21.5\n"2026-03-04 12:00:00.25",1,"NAN"\n'
)
LABVIEW = (
    "LabVIEW Measurement\t\nDecimal_Separator\t,\nDate\t2026/03/04\n***End_of_Header***\t\t\n"
    "X_Value\tVoltage\n0,000000\t1,5\n0,001000\t1,6\n"
)
KEYSIGHT = (
    "Name,,\nOwner,,\n\nScan,Time,101 <temp> (C)\n"
    "1,03/04/2026 12:00:00:123,21.5\n2,03/04/2026 12:00:01:123,21.6\n"
)
CATMAN = "HBM_CATMAN_DATAFILE\nDate: 04.03.2026\n\nTime\tForce\ns\tkN\n0,00000\t1,5\n0,01000\t1,6\n"
INFLUX = (
    "#datatype,string,long,dateTime:RFC3339,double,string\n,result,table,_time,_value,_field\n"
    ",,0,2026-01-01T12:00:00.123456789Z,1.5,temp\n"
)


def shown(tmp_path: Path, content: str, how: TableMapping | None = None) -> Preview:
    path = tmp_path / "file"
    path.write_text(content)
    return preview(path, how)


def read(found: Preview) -> list[tuple[str, float | None]]:
    return [(each.time, each.value) for each in found.readings]


def described(csv: dict[str, Any], time: dict[str, Any], column: str) -> TableMapping:
    return TableMapping.model_validate(
        {"format": "csv", "csv": csv, "time": time, "columns": {column: column}}
    )


@pytest.mark.parametrize(
    ("content", "readings"),
    [
        (  # Excel, American: a row after the twelfth tells
            'Date/Time,p\n3/4/2026 1:05:09 PM,"1,234.5"\n3/14/2026 12:05:10 AM,"1,235"\n',
            [("2026-03-04T13:05:09.000000Z", 1234.5), ("2026-03-14T00:05:10.000000Z", 1235.0)],
        ),
        (  # Excel, German
            "Zeit;p\n04.03.2026 13:05:09;1.234,5\n04.03.2026 13:05:10;1.235\n",
            [("2026-03-04T13:05:09.000000Z", 1234.5), ("2026-03-04T13:05:10.000000Z", 1235.0)],
        ),
        (  # Excel, French
            "Date;p\n04/03/2026 13:05:09;0,5\n14/03/2026 13:05:10;1234,25\n",
            [("2026-03-04T13:05:09.000000Z", 0.5), ("2026-03-14T13:05:10.000000Z", 1234.25)],
        ),
        (  # pandas: an index without a name, a zone with an offset
            ",p\n2026-10-25 02:30:00.123456789+02:00,1.5\n2026-10-25 02:30:00.123456789+01:00,2.5\n",
            [("2026-10-25T00:30:00.123456Z", 1.5), ("2026-10-25T01:30:00.123456Z", 2.5)],
        ),
        (  # InfluxDB 1
            "name,time,p\nrig,1700000000123456789,1.5\nrig,1700000001123456789,\n",
            [("2023-11-14T22:13:20.123456Z", 1.5)],
        ),
        (  # Python's logging
            "time;p\n2026-03-04 12:00:00,123;1.5\n2026-03-04 12:00:01,5;2.5\n",
            [("2026-03-04T12:00:00.123000Z", 1.5), ("2026-03-04T12:00:01.500000Z", 2.5)],
        ),
    ],
)
def test_what_is_certain_is_read(
    tmp_path: Path, content: str, readings: list[tuple[str, float | None]]
) -> None:
    assert read(shown(tmp_path, content)) == readings


@pytest.mark.parametrize(
    ("content", "questions", "ways"),
    [
        (
            "Date/Time,p\n3/4/2026 1:05 PM,1\n3/5/2026 1:05 PM,2\n",
            1,
            ["%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"],
        ),
        ("time,p\n13/01/2026 00:00,1\n01/13/2026 00:00,2\n", 1, ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]),
        ("time,p\n01-02-03 00:00,1\n", 1, ["%d-%m-%y %H:%M", "%m-%d-%y %H:%M", "%y-%m-%d %H:%M"]),
        ("time,p\n45292.520833333336,1\n45292.53,2\n", 1, ["excel"]),
        ("time,p\n0,1\n1700000000,2\n1700000001,3\n", 1, ["epoch_s"]),
        ("time,p\n1700000000,1\n1700000001000,2\n", 1, ["epoch_ms"]),
        ("time;p\n2026-01-01 00:00:00;1,234\n2026-01-01 00:00:01;2,345\n", 1, ["%Y-%m-%d %H:%M:%S%.f"] * 2),
    ],
)
def test_what_is_not_certain_is_asked(tmp_path: Path, content: str, questions: int, ways: list[str]) -> None:
    found = shown(tmp_path, content)
    assert (found.how, found.readings, len(found.questions)) == (None, [], questions)
    assert [way.time.pattern or way.time.format for way in found.candidates] == ways


AT_NOON = [("2026-03-14T12:00:00.000000Z", 1.5), ("2026-03-14T12:00:01.000000Z", 1.6)]


@pytest.mark.parametrize(
    ("content", "column", "readings"),
    [
        (TOA5, "AirTC", [("2026-03-04T12:00:00.000000Z", 21.5), ("2026-03-04T12:00:00.250000Z", None)]),
        (  # the day is the fourteenth, or else the month is asked for
            KEYSIGHT.replace("03/04", "03/14"),
            "101 <temp> (C)",
            [("2026-03-14T12:00:00.123000Z", 21.5), ("2026-03-14T12:00:01.123000Z", 21.6)],
        ),
        ("Date,Time,p\n03/14/2026,12:00:00,1.5\n03/14/2026,12:00:01,1.6\n", "p", AT_NOON),
        ("Date,Time,p\n2026-03-14,12:00:00,1.5\n2026-03-14,12:00:01,1.6\n", "p", AT_NOON),
        ("Datum;Uhrzeit;p\n14.03.2026;12:00:00;1,5\n14.03.2026;12:00:01;1,6\n", "p", AT_NOON),
        ("# rig 7\n#\ntime p\n2026-03-14T12:00:00Z   1.5\n# cold\n2026-03-14T12:00:01Z\t1.6\n", "p", AT_NOON),
        ("# time p\n2026-03-14T12:00:00Z 1.5\n2026-03-14T12:00:01Z 1.6\n", "p", AT_NOON),
        ("  date  time   p\n2026-03-14 12:00:00  1.5 \n2026-03-14 12:00:01  1.6 \n", "p", AT_NOON),
        ("time,p\n,bar\n2026-03-14T12:00:00Z,1.5\n2026-03-14T12:00:01Z,1.6\n", "p", AT_NOON),
    ],
)
def test_tables_are_found_behind_preambles_and_below_units(
    tmp_path: Path, content: str, column: str, readings: list[tuple[str, float | None]]
) -> None:
    found = shown(tmp_path, content)
    assert found.how is not None
    assert column in (found.how.columns or {})
    only = found.how.model_copy(update={"columns": {column: column}})
    assert read(shown(tmp_path, content, only)) == readings


def test_influxdb_s_annotated_csv_is_read(tmp_path: Path) -> None:
    found = shown(tmp_path, INFLUX)
    assert read(found) == [("2026-01-01T12:00:00.123456Z", 1.5)]
    assert found.sensors == ["temp"]


@pytest.mark.parametrize(
    ("content", "column", "form", "units"),
    [
        ("time,p\n0.000,1\n0.001,2\n", "time", "elapsed_s", {}),
        ("t (ms);p [bar]\n0;1,5\n1;2,5\n", "t (ms)", "elapsed_ms", {"t (ms)": "ms", "p [bar]": "bar"}),
        (LABVIEW, "X_Value", "elapsed_s", {}),
        (CATMAN, "Time", "elapsed_s", {"Time": "s", "Force": "kN"}),
        (
            "format,dSPACE_CSV\nversion,2\nTime,Model/Out1\n0.000,1.5\n0.001,1.6\n",
            "Time",
            "elapsed_s",
            {},
        ),
    ],
)
def test_when_a_count_of_seconds_began_is_asked(
    tmp_path: Path, content: str, column: str, form: str, units: dict[str, str]
) -> None:
    found = shown(tmp_path, content)
    (way,) = found.candidates
    assert (found.how, way.time.column, way.time.format) == (None, column, form)
    assert found.questions == [
        f"column {column!r}: its numbers count from a start of the file's own: say when that was"
    ]
    assert {each.name: each.unit for each in found.columns if each.unit} == units
    start = "2026-03-14T12:00:00+02:00"
    time = way.time.model_copy(update={"start": start})
    first, second = shown(tmp_path, content, way.model_copy(update={"time": time})).readings
    step_us = {"t (ms)": 1000, "Time": 10_000 if content == CATMAN else 1000}.get(column, 1000)
    assert first.time == "2026-03-14T10:00:00.000000Z"
    assert to_us(parse_time(second.time)) - to_us(parse_time(first.time)) == step_us


def test_a_count_of_seconds_without_its_start_is_refused(tmp_path: Path) -> None:
    how = described({}, {"column": "time", "format": "elapsed_s"}, "p")
    with pytest.raises(Invalid) as refused:
        shown(tmp_path, "time,p\n0.000,1\n", how)
    assert [each.pointer for each in refused.value.errors] == ["/time/start"]


def test_lines_around_a_header_are_skipped_where_it_is_said(tmp_path: Path) -> None:
    time = {"column": "TIMESTAMP", "format": "pattern", "pattern": "%Y-%m-%d %H:%M:%S%.f"}
    how = described({"skip_lines": 1, "skip_after_header": 2}, time, "AirTC")
    found = shown(tmp_path, TOA5, how)
    assert read(found) == [("2026-03-04T12:00:00.000000Z", 21.5), ("2026-03-04T12:00:00.250000Z", None)]
    time = {"column": "Time", "format": "pattern", "pattern": "%m/%d/%Y %H:%M:%S:%f"}
    found = shown(tmp_path, KEYSIGHT, described({"skip_lines": 3}, time, "101 <temp> (C)"))
    assert read(found) == [("2026-03-04T12:00:00.123000Z", 21.5), ("2026-03-04T12:00:01.123000Z", 21.6)]


def test_what_is_taken_for_granted_is_said(tmp_path: Path) -> None:
    found = shown(tmp_path, "time,note,p\n2026-03-04 12:00:00,warm,1\n")
    assert found.notes == ["times without an offset are taken for UTC", "left out: note"]
