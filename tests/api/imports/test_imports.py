"""Imports: announced, uploaded in pieces, looked into, started, stopped."""

import hashlib
import io
import shutil
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl
import psycopg
import pytest
from nptdms import ChannelObject
from psycopg.types.json import Jsonb

from api.edge.routing.route import MAX_FILE_BYTES
from tests.api.server import PREFIX, Person, Server, serving
from tests.files.signal_files import save_tdms, waveform

CSV = b"sensor,time,value\np,2015-01-01T00:00:00Z,1.5\nq,2015-01-01T00:00:01Z,2\np,yesterday,3\n"
# The project of most tests has no sensors.
ALLOWED = {"allow_rejects": True}
HOW = {"format": "csv", "csv": {}, "time": {"column": "time"}, "sensor": "sensor", "value": "value"}


def put(person: Person, imported: str, piece: bytes, offset: int = 0) -> httpx.Response:
    path = f"{PREFIX}/imports/{imported}/content"
    return person.client.put(path, params={"offset": offset}, content=piece)


def announced(person: Person, project: str, content: bytes, **fields: object) -> str:
    body = {"file_name": "old.csv", "size_bytes": len(content), **fields}
    return person.made(f"/projects/{project}/imports", body)["id"]


def uploaded(person: Person, project: str, content: bytes, **fields: object) -> str:
    imported = announced(person, project, content, **fields)
    answer = put(person, imported, content)
    assert (answer.status_code, answer.json()["status"]) == (200, "ready"), answer.text
    return imported


def preview(person: Person, project: str, content: bytes, how: object = None) -> dict[str, Any]:
    body = None if how is None else {"how": how}
    return person.made(f"/imports/{uploaded(person, project, content)}:preview", body)


def faults(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 422, answer.text
    return {error["pointer"]: error["detail"] for error in answer.json()["errors"]}


@pytest.fixture
def sensor_p(owner: Person, project: str) -> str:
    body = {"key": "p", "input_unit": "degC"}
    return owner.made(f"/projects/{project}/sensors", body)["id"]


def test_an_upload_goes_on_where_it_stopped(owner: Person, project: str) -> None:
    imported = announced(owner, project, CSV)
    assert put(owner, imported, CSV[:10]).json()["received_bytes"] == 10
    again = put(owner, imported, CSV[:10])
    assert (again.status_code, again.json()["detail"]) == (
        409,
        "10 bytes are here; go on from there, not from 0",
    )
    assert put(owner, imported, CSV[20:], 20).status_code == 409
    received = owner.read(f"/imports/{imported}")["received_bytes"]
    last = put(owner, imported, CSV[received:], received).json()
    assert (last["status"], last["received_bytes"]) == ("ready", len(CSV))
    assert put(owner, imported, b"x", len(CSV)).status_code == 409
    shown = owner.made(f"/imports/{imported}:preview")
    assert [each["sensor"] for each in shown["readings"]] == ["p", "q"]


def test_pieces_and_files_have_a_greatest_size(owner: Person, project: str) -> None:
    imported = announced(owner, project, CSV)
    assert faults(put(owner, imported, CSV + b"!")) == {
        "/body": "goes 1 bytes beyond the end that was announced"
    }
    assert put(owner, imported, bytes(MAX_FILE_BYTES + 1)).status_code == 413
    body = {"file_name": "huge", "size_bytes": 2**40}
    assert owner.post(f"/projects/{project}/imports", body).status_code == 413


def test_a_preview_shows_columns_and_how_they_would_be_read(
    owner: Person, project: str, sensor_p: str
) -> None:
    assert sensor_p
    shown = preview(owner, project, CSV)
    assert shown["format"] == "csv"
    assert shown["columns"][2] == {
        "name": "value",
        "type": "String",
        "unit": None,
        "examples": ["1.5", "2", "3"],
    }
    assert (shown["how"]["sensor"], shown["how"]["time"]["format"]) == ("sensor", "rfc3339")
    assert shown["readings"][0] == {
        "row": 1,
        "sensor": "p",
        "time": "2015-01-01T00:00:00.000000Z",
        "value": 1.5,
    }
    assert shown["unreadable"] == [{"row": 3, "column": "time", "code": "bad-time", "text": "yesterday"}]
    assert shown["unknown_sensors"] == ["q"]


def test_a_preview_follows_another_mapping(owner: Person, project: str) -> None:
    table = pl.DataFrame({"when": ["1.2.2015 12:00", "1.7.2015 12:00"], "a": [1.0, None], "b": [3, 4]})
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    time = {"column": "when", "format": "pattern", "pattern": "%d.%m.%Y %H:%M", "zone": "Europe/Berlin"}
    how = {"format": "parquet", "time": time, "columns": {"b": "p", "a": "q"}}
    shown = preview(owner, project, buffer.getvalue(), how)
    assert [(each["sensor"], each["time"][5:16], each["value"]) for each in shown["readings"]] == [
        ("p", "02-01T11:00", 3),
        ("q", "02-01T11:00", 1),
        ("p", "07-01T10:00", 4),
    ]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"time": {"column": "zeit"}}, "/time/column"),
        ({"value": "wert"}, "/value"),
        ({"time": {"column": "time", "format": "typed"}}, "/time/format"),
        ({"time": {"column": "time", "zone": "Mars/Phobos"}}, "/how/time"),
        ({"time": {"column": "time", "format": "pattern"}}, "/how/time"),
        ({"value": None}, "/how"),
        ({"colour": "red"}, "/how/colour"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(
    owner: Person, project: str, changes: dict[str, object], pointer: str
) -> None:
    imported = uploaded(owner, project, CSV)
    for action in ("preview", "start"):
        answer = owner.post(f"/imports/{imported}:{action}", {"how": {**HOW, **changes}})
        assert list(faults(answer)) == [pointer]


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"PAR1 and no more", "broken off"),
        (b"PK\x03\x04", "compressed with zip"),
        (b"\n\n", "is empty"),
        (b"a,b\n1,2,3\n", "found more fields in line 2 than it has columns: 3, not 2"),
        (b"x" * 2_000_000, "longer than"),
        (b"ARROW1\0\0" + b"x" * 50, "malformed"),
    ],
)
def test_a_file_that_is_none_is_refused(owner: Person, project: str, content: bytes, detail: str) -> None:
    answer = owner.post(f"/imports/{uploaded(owner, project, content)}:preview")
    assert answer.status_code == 422
    assert detail in answer.json()["detail"]


def test_units_are_converted_where_they_can_be(owner: Person, project: str, sensor_p: str) -> None:
    assert sensor_p
    imported = uploaded(owner, project, CSV)
    wrong = {**HOW, "units": {"p": "bar", "q": "bar"}}
    assert faults(owner.post(f"/imports/{imported}:start", {"how": wrong})) == {
        "/how/units/p": "'bar' can't be converted to the sensor's input_unit, 'degC'",
        "/how/units/q": "the project has no such sensor",
    }
    started = owner.made(f"/imports/{imported}:start", {"how": {**HOW, "units": {"p": "degF"}}, **ALLOWED})
    assert (started["status"], started["how"]["units"]) == ("running", {"p": "degF"})


def test_an_import_is_paused_resumed_and_cancelled(owner: Person, project: str) -> None:
    imported = uploaded(owner, project, CSV)
    assert owner.post(f"/imports/{imported}:resume").json()["detail"] == "the import is ready; start it"
    owner.made(f"/imports/{imported}:start", {"how": HOW, **ALLOWED})
    for action, status in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert owner.made(f"/imports/{imported}:{action}")["status"] == status
    for action in ("pause", "resume", "cancel"):
        assert owner.post(f"/imports/{imported}:{action}").status_code == 409
    actions = [each["action"] for each in owner.read(f"/projects/{project}/audit", subject=imported)["items"]]
    assert actions[::-1] == [
        f"import.{each}" for each in ("create", "upload", "start", "pause", "resume", "cancel")
    ]
    assert owner.read(f"/projects/{project}/imports")["items"][0]["status"] == "cancelled"


def test_nothing_starts_before_the_file_is_here(owner: Person, project: str) -> None:
    imported = announced(owner, project, CSV)
    put(owner, imported, CSV[:5])
    for action in ("preview", "start"):
        answer = owner.post(f"/imports/{imported}:{action}", {"how": HOW})
        assert (answer.status_code, answer.json()["detail"]) == (
            409,
            f"5 of {len(CSV)} bytes are here; send the rest",
        )


def test_a_file_is_not_read_in_twice_by_mistake(owner: Person, project: str) -> None:
    sha256 = hashlib.sha256(CSV).hexdigest()
    first = uploaded(owner, project, CSV, sha256=sha256)
    owner.made(f"/imports/{first}:start", {"how": HOW, **ALLOWED})
    second = uploaded(owner, project, CSV, sha256=sha256)
    answer = owner.post(f"/imports/{second}:start", {"how": HOW, **ALLOWED})
    assert answer.status_code == 409
    assert first in answer.json()["detail"]
    assert (
        owner.made(f"/imports/{second}:start", {"how": HOW, "allow_repeat": True, **ALLOWED})["status"]
        == "running"
    )


def test_a_file_that_can_be_read_in_two_ways_is_not_begun_until_it_is_said(
    owner: Person, project: str, sensor_p: str
) -> None:
    assert sensor_p
    imported = uploaded(owner, project, b"time,p\n03/04/2026 00:00,1\n05/06/2026 00:00,2\n")
    shown = owner.made(f"/imports/{imported}:preview")
    assert (shown["how"], shown["readings"], len(shown["candidates"])) == (None, [], 2)
    answer = owner.post(f"/imports/{imported}:start", {})
    assert answer.status_code == 422
    assert "every row fits %d/%m/%Y %H:%M and %m/%d/%Y %H:%M" in answer.json()["detail"]
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/how", "/how"]
    american = shown["candidates"][1]
    started = owner.made(f"/imports/{imported}:start", {"how": american})
    assert started["how"]["time"]["pattern"] == "%m/%d/%Y %H:%M"


def test_a_file_that_can_be_read_in_one_way_starts_as_it_is_guessed(
    owner: Person, project: str, sensor_p: str
) -> None:
    assert sensor_p
    imported = uploaded(owner, project, b"time,p\n2026-03-04 00:00,1\n")
    assert owner.made(f"/imports/{imported}:start", {})["how"]["columns"] == {"p": "p"}
    nothing = uploaded(owner, project, b"a,b\n1,2\n")
    assert faults(owner.post(f"/imports/{nothing}:start", {})) == {"/how": "missing"}


def test_sensors_that_take_no_readings_stop_it_before_it_starts(
    owner: Person, project: str, sensor_p: str
) -> None:
    long = uploaded(owner, project, CSV)
    assert faults(owner.post(f"/imports/{long}:start", {"how": HOW})) == {
        "/how/sensor": "the project has no sensor 'q'"
    }
    assert owner.read(f"/imports/{long}")["status"] == "ready"
    wide = uploaded(owner, project, b"time,a/b,c\n2026-03-04T00:00:00Z,1,2\n")
    how = {"format": "csv", "csv": {}, "time": {"column": "time"}, "columns": {"a/b": "p", "c": "nobody"}}
    assert faults(owner.post(f"/imports/{wide}:start", {"how": how})) == {
        "/how/columns/c": "the project has no sensor 'nobody'"
    }
    how["columns"] = {"a/b": sensor_p.upper()}
    assert owner.patch(f"/sensors/{sensor_p}", {"status": "inactive"}).status_code == 200
    assert faults(owner.post(f"/imports/{wide}:start", {"how": how})) == {
        "/how/columns/a~1b": f"sensor {sensor_p.upper()!r} is inactive"
    }


def test_units_count_whichever_way_a_file_names_the_sensor(
    owner: Person, project: str, sensor_p: str, server: Server
) -> None:
    content = f"sensor,time,value\n{sensor_p.upper()},2015-01-01T00:00:00Z,212\n".encode()
    imported = uploaded(owner, project, content)
    owner.made(f"/imports/{imported}:start", {"how": {**HOW, "units": {"p": "degF"}}})
    with psycopg.connect(server.database_url) as connection:
        row = connection.execute("select factors from import where public_id = %s", (imported,)).fetchone()
    assert row is not None
    assert set(row[0]) == {"p", sensor_p}


def test_an_import_that_an_earlier_release_understood_is_still_shown(
    owner: Person, project: str, server: Server
) -> None:
    imported = uploaded(owner, project, CSV)
    how = {**HOW, "time": {"column": "time", "format": "pattern", "pattern": "%C%y"}}
    with psycopg.connect(server.database_url) as connection:
        connection.execute("update import set how = %s where public_id = %s", (Jsonb(how), imported))
    assert owner.read(f"/imports/{imported}")["how"]["time"]["pattern"] == "%C%y"
    assert owner.read(f"/projects/{project}/imports")["items"][0]["how"]["time"]["pattern"] == "%C%y"


def test_a_project_may_announce_so_much_and_no_more(database_url: str, tmp_path: Path) -> None:
    """What is announced counts, whether it has come or not, until it ends."""
    with serving(database_url, data_dir=tmp_path, import_project_bytes=2**20) as server:
        owner = server.person("owner@example.org")
        projects = [owner.made("/projects", {"name": name})["id"] for name in ("full", "other")]
        file = {"file_name": "f", "size_bytes": 600_000}
        first = owner.made(f"/projects/{projects[0]}/imports", file)["id"]
        refused = owner.post(f"/projects/{projects[0]}/imports", file)
        assert refused.status_code == 413
        assert "600,000 of at most 1,048,576 bytes" in refused.json()["detail"]
        owner.made(f"/projects/{projects[1]}/imports", file)
        owner.made(f"/imports/{first}:cancel")
        owner.made(f"/projects/{projects[0]}/imports", file)
        owner.client.close()


def test_files_that_are_announced_count_as_if_they_were_on_the_disk(
    database_url: str, tmp_path: Path
) -> None:
    free_bytes = shutil.disk_usage(tmp_path).free
    much = {"import_max_bytes": free_bytes, "import_project_bytes": 2 * free_bytes, "data_dir": tmp_path}
    with serving(database_url, **much) as server:
        owner = server.person("owner@example.org")
        projects = [owner.made("/projects", {"name": name})["id"] for name in ("first", "second")]
        file = {"file_name": "f", "size_bytes": free_bytes // 3}
        assert owner.post(f"/projects/{projects[0]}/imports", file).status_code == 201
        refused = owner.post(f"/projects/{projects[1]}/imports", file | {"size_bytes": free_bytes * 2 // 5})
        assert (refused.status_code, "the disk has no room" in refused.json()["detail"]) == (413, True)
        owner.client.close()


def test_missing_sensors_are_made_when_asked(owner: Person, project: str, sensor_p: str) -> None:
    content = (
        b"time,p,Flow [l/min],note\n,degC,,\n2015-01-01T00:00:00Z,1.5,2,x\n2015-01-01T00:00:01Z,1.6,3,y\n"
    )
    imported = uploaded(owner, project, content)
    assert set(faults(owner.post(f"/imports/{imported}:start", {}))) == {"/how/columns/Flow [l~1min]"}
    started = owner.made(f"/imports/{imported}:start", {"create_sensors": True})
    assert started["status"] == "running"
    sensors = {each["key"]: each for each in owner.read(f"/projects/{project}/sensors")["items"]}
    assert set(sensors) == {"p", "Flow [l/min]"}
    assert sensors["p"]["id"] == sensor_p
    assert sensors["Flow [l/min]"]["input_unit"] == "l/min"
    actions = [each["action"] for each in owner.read(f"/projects/{project}/audit")["items"]]
    assert actions[:2] == ["import.start", "sensor.create"]


def test_an_import_that_is_refused_makes_no_sensors(owner: Person, project: str, sensor_p: str) -> None:
    content = b"time,p,q\n2015-01-01T00:00:00Z,1.5,2\n"
    how = {
        "format": "csv",
        "csv": {},
        "time": {"column": "time"},
        "columns": {"p": "p", "q": "q"},
        "units": {"p": "bar"},
    }
    imported = uploaded(owner, project, content)
    answer = owner.post(f"/imports/{imported}:start", {"how": how, "create_sensors": True})
    assert set(faults(answer)) == {"/how/units/p"}
    assert [each["key"] for each in owner.read(f"/projects/{project}/sensors")["items"]] == ["p"]
    how["units"] = {"q": "bar"}
    owner.made(f"/imports/{imported}:start", {"how": how, "create_sensors": True})
    q, p = owner.read(f"/projects/{project}/sensors")["items"]
    assert (q["key"], q["input_unit"], p["id"]) == ("q", "bar", sensor_p)


def test_a_key_of_the_form_of_an_id_is_not_made(owner: Person, project: str) -> None:
    key = "3f0c8d5e-0b1f-4a57-9d6e-2f6a1c9b7e10"
    content = f"time,{key}\n2015-01-01T00:00:00Z,1.5\n".encode()
    imported = uploaded(owner, project, content)
    answer = owner.post(f"/imports/{imported}:start", {"create_sensors": True})
    assert set(faults(answer)) == {f"/how/columns/{key}"}


def test_a_preview_tells_where_units_differ(owner: Person, project: str, sensor_p: str) -> None:
    shown = preview(owner, project, b"time,p [K]\n2015-01-01T00:00:00Z,1.5\n")
    assert shown["columns"][1]["unit"] == "K"
    how = shown["how"] | {"columns": {"p [K]": "p"}}
    shown = preview(owner, project, b"time,p [K]\n2015-01-01T00:00:00Z,2.5\n", how)
    (note,) = [each for each in shown["notes"] if "units" in each]
    assert note == "the file says K of p, the sensor degC: `units` would convert the values"
    assert sensor_p


def test_a_file_of_signals_is_shown_and_its_sensors_are_made(
    owner: Person, project: str, tmp_path: Path
) -> None:
    file = tmp_path / "run.tdms"
    times = waveform(0.5, unit_string="bar")
    save_tdms(file, *(ChannelObject("g", name, np.arange(3.0), times) for name in ("p", "q")))
    imported = uploaded(owner, project, file.read_bytes())
    shown = owner.made(f"/imports/{imported}:preview")
    assert (shown["format"], shown["sensors"], shown["unknown_sensors"]) == ("tdms", ["p", "q"], ["p", "q"])
    how = shown["how"] | {"names": {"p": "rig.p"}}
    started = owner.made(f"/imports/{imported}:start", {"how": how, "create_sensors": True})
    assert (started["status"], started["how"]["names"]) == ("running", {"p": "rig.p"})
    (sensor,) = owner.read(f"/projects/{project}/sensors")["items"]
    assert (sensor["key"], sensor["input_unit"]) == ("rig.p", "bar")


@pytest.mark.parametrize("name", ["a\0b", "x" * 600, "\u202ekey", " "])
def test_names_that_no_sensor_may_have_are_refused(owner: Person, project: str, name: str) -> None:
    content = f"time,{name}\n2015-01-01T00:00:00Z,1.5\n".encode()
    how = {"format": "csv", "csv": {}, "time": {"column": "time"}, "columns": {name: name[:500]}}
    imported = uploaded(owner, project, content)
    answer = owner.post(f"/imports/{imported}:start", {"how": how, "create_sensors": True})
    assert answer.status_code in ({200, 422} if name.strip() else {422}), answer.text
