"""Conversion rules of other systems, sent as files."""

from typing import Any

import httpx
import pytest

from conversion.importers.files import FORMATS
from tests.api.server import PREFIX, Person
from tests.conversion.importers.mdf_bytes import small_file
from tests.conversion.importers.tdms_bytes import SCALED, tdms
from tests.conversion.importers.test_files import FILES

A2L = """
/begin COMPU_METHOD CM.TORQUE "phys = 0.25 * int - 100" LINEAR "%6.2" "N*m" COEFFS_LINEAR 0.25 -100
/end COMPU_METHOD
/begin COMPU_METHOD CM.STRANGE "" SOMETHING "%6.2" "" /end COMPU_METHOD
"""
EPICS = "breaktable(typeX) { 0 10 100 20 } record(ai, Pump) { field(LINR, typeX) }"
NI = """
[DAQmxScale Load]
Scale.Type = Linear
Scale.Lin.Slope = 2.5
Scale.Lin.YIntercept = -1
"""
XTCE = """
<SpaceSystem xmlns="http://www.omg.org/spec/XTCE/20180204" name="Sat"><TelemetryMetaData>
<ParameterTypeSet><IntegerParameterType name="T"><IntegerDataEncoding><DefaultCalibrator>
<PolynomialCalibrator><Term coefficient="1" exponent="0"/>
<Term coefficient="2" exponent="1"/></PolynomialCalibrator>
</DefaultCalibrator></IntegerDataEncoding></IntegerParameterType></ParameterTypeSet>
<ParameterSet><Parameter name="V" parameterTypeRef="T"/></ParameterSet>
</TelemetryMetaData></SpaceSystem>
"""


def sent(person: Person, body: bytes, file_format: str = "a2l", **headers: str) -> httpx.Response:
    parameters = {"format": file_format}
    path = f"{PREFIX}/conversion-profiles:import"
    return person.client.post(path, params=parameters, content=body, headers=headers)


def imported(person: Person, text: str, file_format: str) -> dict[str, Any]:
    answer = sent(person, text.encode(), file_format)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("file_format", FORMATS)
def test_whatever_an_importer_returns_can_be_saved_whatever_its_unit(
    owner: Person, sensor: str, file_format: str
) -> None:
    answer = sent(owner, FILES[file_format](7), file_format)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == 7
    for item in answer.json()["items"]:
        body = {"kind": item["kind"], "payload": item["payload"], "note": item["text"]}
        saved = owner.made(f"/sensors/{sensor}/conversion-profiles", body)
        assert saved["payload"] == item["payload"]


def test_binary_files_are_read(owner: Person) -> None:
    items = sent(owner, small_file(), "mdf").json()["items"]
    assert [(item["name"], item["kind"]) for item in items] == [
        ("Speed", "linear"),
        ("Level", "expression"),
        ("State", "enumeration"),
    ]
    answer = sent(owner, tdms(SCALED), "tdms").json()
    assert [item["payload"]["output_unit"] for item in answer["items"]] == ["kN?"]
    assert [refused["name"] for refused in answer["refused"]] == ["/'Group'/'Sum'"]
    assert "NI_Scale[0]_Scale_Type = Add" in answer["refused"][0]["text"]


def test_the_range_of_an_epics_device_is_given_with_the_file(owner: Person) -> None:
    text = 'record(ai, R) { field(LINR, "LINEAR") field(EGUL, "-10") field(EGUF, "10") }'
    path = f"{PREFIX}/conversion-profiles:import?format=epics"
    assert owner.client.post(path, content=text).status_code == 422
    assert owner.client.post(f"{path}&raw_low=0", content=text).status_code == 422
    elsewhere = owner.client.post(f"{path.replace('epics', 'ni')}&raw_low=0&raw_high=4000", content=text)
    assert [each["pointer"] for each in elsewhere.json()["errors"]] == ["/query/raw_low", "/query/raw_high"]
    assert owner.client.post(f"{path}&cold_junction=t", content=text).status_code == 422
    (item,) = owner.client.post(f"{path}&raw_low=0&raw_high=4000", content=text).json()["items"]
    assert item["payload"] == {"slope": 0.005, "offset": -10}


def test_a_rule_too_large_to_be_saved_is_refused(owner: Person) -> None:
    points = " ".join(f"{i} {i / 3}" for i in range(40_000))
    answer = imported(owner, f"breaktable(large) {{ {points} }} breaktable(small) {{ 0 1 2 3 }}", "epics")
    assert [item["name"] for item in answer["items"]] == ["small"]
    assert [refused["name"] for refused in answer["refused"]] == ["large"]


@pytest.mark.parametrize(
    ("file_format", "text", "names"),
    [
        ("a2l", A2L, ["CM.TORQUE"]),
        ("epics", EPICS, ["typeX", "Pump"]),
        ("ni", NI, ["Load"]),
        ("xtce", XTCE, ["/Sat/V"]),
    ],
)
def test_each_formats_rules_become_profiles_that_can_be_saved(
    owner: Person, sensor: str, file_format: str, text: str, names: list[str]
) -> None:
    items = imported(owner, text, file_format)["items"]
    assert [item["name"] for item in items] == names
    for item in items:
        body = {"kind": item["kind"], "payload": item["payload"]}
        owner.made(f"/sensors/{sensor}/conversion-profiles", body)


def test_what_no_profile_expresses_is_listed_with_its_reason(owner: Person) -> None:
    (refused,) = imported(owner, A2L, "a2l")["refused"]
    assert (refused["name"], refused["reason"]) == ("CM.STRANGE", "conversion type SOMETHING is not known")
    assert 'COMPU_METHOD CM.STRANGE "" SOMETHING' in refused["text"]


@pytest.mark.parametrize(
    ("file_format", "text", "detail"),
    [
        ("a2l", "hello", "has no conversion rule in this format"),
        ("a2l", '/begin COMPU_METHOD CM.X "" SOMETHING "" "" /end COMPU_METHOD', "CM.X: conversion type"),
        ("a2l", "/begin COMPU_METHOD CM.X", "has no /end"),
        ("xtce", "<!DOCTYPE x>", "declares a document type"),
        ("xtce", "\0", "is no XML"),
        ("ni", "a = b", "is malformed"),
        ("epics", "breaktable(t) { 0", "has no closing brace"),
        ("mdf", "MDF     4.10", "ends before"),
        ("tdms", "TDMS", "is no TDMS"),
    ],
)
def test_a_file_that_gives_nothing_is_refused(
    owner: Person, file_format: str, text: str, detail: str
) -> None:
    answer = sent(owner, text.encode(), file_format)
    assert answer.status_code == 422, answer.text
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/body"
    assert detail in fault["detail"]


def test_latin_1_and_utf_16_are_read_too(owner: Person) -> None:
    text = A2L.replace("N*m", "°C")
    for encoding in ("latin-1", "utf-16", "utf-8-sig"):
        (item,) = sent(owner, text.encode(encoding)).json()["items"]
        assert item["payload"]["output_unit"] == "°C"


def test_bodies_that_are_no_files_are_refused(owner: Person) -> None:
    assert sent(owner, b"").json()["errors"][0]["pointer"] == "/body"
    assert sent(owner, b"x", **{"Content-Type": "multipart/form-data; boundary=x"}).status_code == 415
    assert sent(owner, bytes(2**23 + 1)).status_code == 413
    assert sent(owner, b"x", "csv").status_code == 422
