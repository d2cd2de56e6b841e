"""Each kind of profile at work, as users meet it: saved and activated through the API, applied to readings
that a gateway streams, read back as physical values."""

import math
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from websockets.sync.client import connect

from barograph.times import now_us
from conversion import KINDS, CompiledProfile, compile_profile
from tests.api.server import Person, Server, serving
from tests.conftest import database_name, temporary_database
from tests.ingest.gateway import Gateway, binary_frame
from tests.programs import Program, running

RAW = [-3.0, 0.0, 0.5, 1.0, 4.0, 12.0, 20.0, 100.0, 1000.0, 32_000.0]
# What the channels that a profile needs hold.
AUXILIARY = 21.5


@pytest.fixture(scope="module")
def server(server_url: str, template_name: str) -> Generator[Server]:
    with temporary_database(server_url, database_name(), template_name) as url, serving(url) as server:
        yield server


@pytest.fixture(scope="module")
def person(server: Server) -> Generator[Person]:
    person = server.person("engineer@example.org")
    yield person
    person.client.close()


@pytest.fixture(scope="module")
def ingest(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Generator[Program]:
    log: Path = tmp_path_factory.mktemp("ingest") / "ingest.log"
    with running("ingest", server.database_url, log) as program:
        yield program


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_works_from_the_api_to_the_streamed_reading(
    kind: str, person: Person, ingest: Program
) -> None:
    payload = dict(KINDS[kind].example)
    compiled = compile_profile({"kind": kind, "payload": payload})
    project = person.made("/projects", {"name": kind})["id"]
    sensors = {
        key: person.made(f"/projects/{project}/sensors", {"key": key})["id"]
        for key in ("measured", *compiled.channels)
    }
    for channel in compiled.channels:
        activate(person, sensors[channel], "identity", {})
    activate(person, sensors["measured"], kind, payload)

    stream(ingest, person, project, list(sensors))

    stored = person.read(f"/sensors/{sensors['measured']}/readings")["items"]
    assert [item["raw"] for item in stored] == RAW
    physical, flags = expected(compiled)
    assert [item["physical"] for item in stored] == physical
    assert [item["flags"] for item in stored] == flags
    assert any(value is not None for value in physical)


def activate(person: Person, sensor: str, kind: str, payload: object) -> None:
    """Saves a profile and lets it hold from the beginning of time."""
    body = {"kind": kind, "payload": payload}
    profile = person.made(f"/sensors/{sensor}/conversion-profiles", body)["id"]
    person.made(f"/conversion-profiles/{profile}:activate", {})


def stream(ingest: Program, person: Person, project: str, keys: list[str]) -> None:
    """A frame of the auxiliaries, and one of what is measured, each reading a millisecond after the last."""
    token = person.made(f"/projects/{project}/ingest-tokens", {"name": "gateway"})["token"]
    start = now_us() - 1_000_000
    channels = list(range(1, len(keys)))
    times = [start + 1000 * number for number in range(len(RAW))]
    headers = {"Authorization": f"Bearer {token}"}
    with connect(ingest.socket_url, additional_headers=headers, proxy=None) as connection:
        gateway = Gateway(connection)
        gateway.bind("rig", keys)
        gateway.send(binary_frame(1, channels, [start] * len(channels), [AUXILIARY] * len(channels)))
        gateway.send(binary_frame(2, [0] * len(RAW), times, RAW))
        gateway.acked_up_to(2)


def expected(compiled: CompiledProfile) -> tuple[list[float | None], list[int]]:
    """What the library makes of the same values by itself."""
    aux = {channel: np.full(len(RAW), AUXILIARY) for channel in compiled.channels}
    physical, flags = compiled.convert(np.array(RAW), aux)
    return [None if math.isnan(value) else value for value in physical.tolist()], flags.tolist()
