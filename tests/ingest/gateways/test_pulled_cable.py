"""The drill of `docs/gateways.md`: the cable is pulled for an hour, and the power is lost once meanwhile."""

import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from barograph.times import now_us
from tests.ingest.database import ask, stored
from tests.ingest.gateways.rig_without_power import MINUTE_US, PER_MINUTE
from tests.power_cut import cut_power
from tests.programs import Program, start_with_options
from tests.seed import Project
from tests.servers.proxy import Proxy
from tests.waiting import wait_until

HOUR = 60


class PulledRig:
    """A rig before a proxy that is its cable. Its readings are an hour's, up to this moment."""

    def __init__(self, folder: Path, cable: Proxy, project: Project, fsync: str) -> None:
        self.cable = cable
        self._folder, self._project, self._fsync = folder, project, fsync
        self._start_us = now_us() - (HOUR + 1) * MINUTE_US
        self._process: subprocess.Popen[str] | None = None

    @contextmanager
    def on(self, first: int, last: int) -> Generator[None]:
        """With power, until all these minutes are sent."""
        options = {
            "url": f"{self.cable.url}/ingest/v1/ws",
            "token": self._project.token,
            "spool": str(self._folder / "spool"),
            "fsync": self._fsync,
            "record": str(self._folder / "record"),
            "report": str(self._folder / "report"),
            "keys": list(self._project.keys),
            "start_us": self._start_us,
            "minutes": [first, last],
        }
        self._process = start_with_options(
            "tests.ingest.gateways.rig_without_power", options, self._folder / "rig.log"
        )
        try:
            wait_until(lambda: self.has_sent(last))
            yield
        finally:
            self._process.kill()
            self._process.wait(60)

    def has_sent(self, minute: int) -> bool:
        report = self._folder / "report"
        return report.exists() and f"{minute}\n" in report.read_text().splitlines(keepends=True)

    def lose_power(self) -> int:
        """How many bytes the disk did not have."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(60)
        return cut_power(self._folder / "spool", self._folder / "record")

    def leave(self) -> None:
        """In good order: everything has an ack."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(120) == 0, (self._folder / "rig.log").read_text()[-3000:]

    def expected(self, *minutes: range) -> list[tuple[int, int, float]]:
        """Sensor, time and value of all readings of these minutes."""
        seconds = [each * PER_MINUTE + second for part in minutes for each in part for second in range(60)]
        return sorted(
            (sensor, self._start_us + second * 1_000_000, float(second))
            for sensor in self._project.sensor_ids
            for second in seconds
        )


def stored_readings(database_url: str, project: Project) -> list[tuple[int, int, float]]:
    rows = stored(database_url, project, "sensor_id, time, raw")
    return sorted((sensor, round(time.timestamp() * 1e6), raw) for sensor, time, raw in rows)


def pull_for_an_hour(
    database_url: str, ingest: Program, project: Project, folder: Path, fsync: str
) -> tuple[PulledRig, int]:
    """The rig, and the bytes that its disk lost; all that it has is stored."""
    with Proxy(ingest.url.replace("http", "ws")) as cable:
        rig = PulledRig(folder, cable, project, fsync)
        with rig.on(0, 9):
            wait_until(lambda: len(stored_readings(database_url, project)) == len(rig.expected(range(10))))
            cable.is_plugged.clear()
        with rig.on(10, 34):
            lost = rig.lose_power()
        with rig.on(35, HOUR):
            time.sleep(0.1)  # it goes on as it can; the server hears nothing of it
            assert len(stored_readings(database_url, project)) == len(rig.expected(range(10)))
            cable.is_plugged.set()
            rig.leave()
    return rig, lost


def test_every_reading_is_in_place_after_an_hour_without_cable_and_a_loss_of_power(
    database_url: str, own_ingest: Program, project: Project, tmp_path: Path
) -> None:
    rig, _ = pull_for_an_hour(database_url, own_ingest, project, tmp_path, "always")
    assert stored_readings(database_url, project) == rig.expected(range(HOUR + 1))
    assert ask(database_url, "select from producer_gap") == []


@pytest.mark.nightly
def test_what_the_disk_was_never_asked_to_keep_is_lost_with_the_power_and_nothing_else(
    database_url: str, own_ingest: Program, project: Project, tmp_path: Path
) -> None:
    rig, lost = pull_for_an_hour(database_url, own_ingest, project, tmp_path, "never")
    assert lost > 25 * PER_MINUTE * len(project.keys) * 20
    assert stored_readings(database_url, project) == rig.expected(range(10), range(35, HOUR + 1))
