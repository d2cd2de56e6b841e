"""A project with readings, an API to ask for backfills, and a worker that does them when it is told to."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from backfill.recalibration.recalibrator import Recalibrator
from backfill.recalibration.stored_readings import ReadingRange, read_range
from barograph.catalog.catalog import CatalogCache
from barograph.database.copy_format import ReadingColumns
from barograph.database.schema.program_roles import ProgramRole
from barograph.readings.preparing.prepare import prepare
from barograph.readings.storing.store import PreparedProject, connect, lock_catalog, store_readings
from barograph.times import DAY_US, now_us
from conversion import compile_profile
from tests.api.server import Person, Server
from tests.programs import url_of
from tests.seed import Project

OLD = {"slope": 2, "offset": 1}
NEW = {"coefficients": [0.5, 3, 0.25]}


@dataclass(frozen=True)
class Scene:
    """Sensors are told apart by their place in the project, or by key."""

    server: Server
    person: Person
    project: Project
    cache: CatalogCache

    @cached_property
    def recalibrator(self) -> Recalibrator:
        return Recalibrator(
            url_of(ProgramRole.WORKER, self.server.database_url),
            self.cache,
            window_readings=1_000,
            rest=lambda _: None,
        )

    @cached_property
    def sensors(self) -> dict[str, str]:
        """Public ids by key."""
        items = self.person.read(f"/projects/{self.project.public_id}/sensors", limit=500)["items"]
        return {item["key"]: item["id"] for item in items}

    def store(self, sensor: NDArray[np.int32], t_us: NDArray[np.int64], raw: NDArray[np.float64]) -> None:
        """Stores readings as ingest does."""
        with connect(self.server.database_url) as connection, connection.transaction():
            catalog = lock_catalog(connection, self.cache, self.project.id)
            slot_of = np.searchsorted(catalog.sensor_ids, self.project.sensor_ids).astype(np.int32)
            prepared = prepare(catalog, slot_of[sensor], t_us, raw, now_us())
            assert not prepared.code.any()
            store_readings(connection, [PreparedProject(catalog, prepared)])

    def save(self, key: str, kind: str, payload: object) -> str:
        """A new version of a sensor's calibration; its id."""
        body = {"kind": kind, "payload": payload}
        return self.person.made(f"/sensors/{self.sensors[key]}/conversion-profiles", body)["id"]

    def activate(self, key: str, kind: str, payload: object, valid_from: str = "0001-01-01T00:00:00Z") -> str:
        """A new version that holds from then on; its id. What is stored stays as it is."""
        profile = self.save(key, kind, payload)
        self.person.made(f"/conversion-profiles/{profile}:activate", {"valid_from": valid_from})
        return profile

    def ask(self, **given: object) -> dict[str, Any]:
        """Asks for a backfill."""
        body = {"reason": "test"} | given
        return self.person.made(f"/projects/{self.project.public_id}/backfills", body)

    def act(self, backfill: Mapping[str, Any], act: str) -> dict[str, Any]:
        return self.person.made(f"/backfills/{backfill['id']}:{act}")

    def look(self, backfill: Mapping[str, Any]) -> dict[str, Any]:
        return self.person.read(f"/backfills/{backfill['id']}")

    def record(self, *keys: str) -> tuple[str, str]:
        """A run with these sensors, and its capture session, which runs; their ids."""
        project = f"/projects/{self.project.public_id}"
        experiment = self.person.made(f"{project}/experiments", {"name": str(uuid4())})["id"]
        run = self.person.made(f"/experiments/{experiment}/runs", {"name": "r"})["id"]
        for key in keys:
            self.person.send("PUT", f"/runs/{run}/sensors/{self.sensors[key]}")
        return run, self.person.made(f"/runs/{run}/capture-sessions", {"start": True})["id"]

    def open_backfill_ids(self) -> list[int]:
        """What the worker's sweep finds."""
        self.recalibrator.sync_sessions()
        return self.recalibrator.open_backfill_ids()

    def work(self) -> None:
        """Works until nothing is open."""
        while open_ones := self.open_backfill_ids():
            for each in open_ones:
                self.recalibrator.work_on(each)
        self.recalibrator.convert_due()

    def readings(self) -> ReadingColumns:
        """All that is stored, by sensor, time, raw and physical value."""
        with connect(self.server.database_url) as connection, connection.transaction():
            sensor_ids = np.array(self.project.sensor_ids, np.int32)
            return read_range(connection, ReadingRange(sensor_ids, 0, now_us() + DAY_US))


def samples(
    sensors: int, per_sensor: int, *, step_us: int = 100_000, seed: int = 0, ago_us: int = 600_000_000
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.float64]]:
    """Sensor, time and raw value of readings that end some minutes ago."""
    start_us = now_us() - ago_us - per_sensor * step_us
    sensor = np.repeat(np.arange(sensors, dtype=np.int32), per_sensor)
    t_us = np.tile(start_us + step_us * np.arange(per_sensor), sensors)
    raw = np.random.default_rng(seed).normal(size=sensor.size).round(3)
    return sensor, t_us, raw


def converted(kind: str, payload: object, raw: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the library makes of values by itself."""
    return compile_profile({"kind": kind, "payload": payload}).convert(raw).physical


def assert_same(found: ReadingColumns, expected: ReadingColumns, *names: str) -> None:
    """Column by column, bit for bit."""
    for name in names or ("sensor_id", "t_us", "raw", "physical", "profile_id", "flags"):
        np.testing.assert_array_equal(
            getattr(found, name).view(np.uint8), getattr(expected, name).view(np.uint8), err_msg=name
        )
