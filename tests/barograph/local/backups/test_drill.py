"""The drill: an installation goes back to an earlier instant, and its gateways go on by themselves.

With a spool that keeps what has an ack, every reading is there; without one the hole is named exactly.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from barograph_client import LostFrames, SpoolOptions, Stream
from barograph_client.backoff import Backoff

from barograph.local.backups.kept_times import restorable_until
from barograph.local.backups.records import list_backups
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.times import now_us
from tests.barograph.local.backups.installation import Installation, make_installation
from tests.barograph.local.backups.keeping import keeping, restore
from tests.ingest.database import ask, stored
from tests.programs import Program, running
from tests.seed import Project, seed_project
from tests.servers.postgres import Postgres
from tests.waiting import wait_until

FLUSH_WITHIN_S = 60


@pytest.mark.parametrize("frames", [3, pytest.param(2000, marks=pytest.mark.nightly)])
def test_gateways_go_on_after_a_restore_and_what_is_missing_is_named(
    tmp_path: Path, executables: Executables, account: ServerAccount, frames: int
) -> None:
    tmp_path.chmod(0o711)
    installation = make_installation(tmp_path, executables, account)
    with installation.running() as postgres:
        project = seed_project(postgres.url)
        with running("ingest", postgres.url, tmp_path / "ingest.log") as ingest:
            drill = Drill(installation, postgres, ingest, project, frames)
            lost = asyncio.run(drill.run(tmp_path / "spool"))
            rows = stored(postgres.url, project, "sensor_id, raw")
            gaps = ask(
                postgres.url,
                "select name, producer_gap.first_seq, producer_gap.last_seq from producer_gap"
                " join producer on producer.id = producer_gap.producer_id",
            )
    of_kept, of_plain = project.sensor_ids[:2]
    last = 2 * frames + 1
    missing = LostFrames(frames + 1, 2 * frames)
    assert [value for sensor, value in rows if sensor == of_kept] == list(range(1, last + 1))
    assert [value for sensor, value in rows if sensor == of_plain] == [*range(1, frames + 1), last]
    assert gaps == [("plain", missing.first_seq, missing.last_seq)]
    assert lost == (missing,)


class Drill:
    """Two gateways that send so many frames before the instant that is gone back to, and as many after it."""

    def __init__(
        self, installation: Installation, postgres: Postgres, ingest: Program, project: Project, frames: int
    ) -> None:
        self._installation, self._postgres, self._ingest = installation, postgres, ingest
        self._project, self._frames = project, frames

    async def run(self, spool: Path) -> tuple[LostFrames, ...]:
        """What the gateway without a spool says that it lost."""
        options = SpoolOptions(spool, keep_acked_s=3600)
        async with (
            self._stream("kept", self._project.keys[0], options) as kept,
            self._stream("plain", self._project.keys[1], None) as plain,
        ):
            with keeping(self._installation, self._postgres):
                place = self._installation.place
                await until(lambda: list_backups(place) != [])
                await self._send(kept, plain, 1, self._frames)
                instant = datetime.now(UTC)
                await self._send(kept, plain, self._frames + 1, 2 * self._frames)
                (record,) = list_backups(place)
                await until(lambda: (restorable_until(place, record) or instant) > instant)
            # In this thread: the kernel ends a server with the thread that has started it.
            self._go_back(instant)
            last = 2 * self._frames + 1
            await self._send(kept, plain, last, last)
            assert kept.lost == ()
            return plain.lost

    async def _send(self, kept: Stream, plain: Stream, first: int, last: int) -> None:
        for value in range(first, last + 1):
            for stream in (kept, plain):
                await stream.send([0], [now_us()], [value])
        for stream in (kept, plain):
            await asyncio.wait_for(stream.flush(), FLUSH_WITHIN_S)

    def _go_back(self, instant: datetime) -> None:
        """As an operator does: stop, restore, start."""
        self._ingest.stop()
        self._postgres.stop()
        restore(self._installation, instant, force=True)
        self._postgres.start()
        self._ingest.start()

    def _stream(self, producer: str, sensor: str, spool: SpoolOptions | None) -> Stream:
        backoff = Backoff(first_s=0.02, max_s=0.3)
        url, token = self._ingest.socket_url, self._project.token
        return Stream(url, token, producer, [sensor], spool=spool, backoff=backoff, proxy=None)


async def until(holds: Callable[[], bool]) -> None:
    await asyncio.to_thread(wait_until, holds)
