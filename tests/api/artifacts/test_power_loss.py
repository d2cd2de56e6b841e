"""Power fails while files are sent, and what neither the API nor PostgreSQL has synced is gone.

What a sender was told to be here is; what is finished is whole; nothing half is served.
`BAROGRAPH_TEST_POWER_LOSSES` says how often (20 by default).
"""

import hashlib
import http.client
import logging
import os
import random
import threading
import time
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from barograph.artifacts.staging import Staging
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.api.artifacts.filing import Filing, filing
from tests.api.server import PREFIX, SIGNING_KEY, Server
from tests.programs import Program, running
from tests.servers.c_library import needs_compiler
from tests.servers.failing_disk import FailingDisk, postgres_on_failing_disk
from tests.servers.postgres import Postgres

POWER_LOSSES = int(os.environ.get("BAROGRAPH_TEST_POWER_LOSSES") or 20)
MB = 2**20
SENDERS = 4
MAX_FILE_BYTES = 24 * MB
SEND_BYTES = 2**17
WITHIN_S = 120
log = logging.getLogger(__name__)
pytestmark = [pytest.mark.nightly, pytest.mark.timeout(3600), needs_compiler]


@dataclass
class SentFile:
    """One file on its way.

    Attributes:
        content: empty once it is whole, which the API has said.
        told_bytes: how much of it the API said to be here, at most.
    """

    id: str
    sha256: str
    content: bytes
    told_bytes: int = 0


@dataclass
class Machine:
    """One that has the database, the API, and their disks; it loses power as a whole."""

    postgres: Postgres
    database_disk: FailingDisk
    api: Program
    api_disk: FailingDisk
    files: Filing
    sent: list[SentFile] = field(default_factory=list[SentFile])

    def lose_power(self) -> int:
        """And it comes back; how many bytes of files were not synced."""
        self.api.kill()
        self.postgres.kill()
        self.database_disk.lose_unsynced()
        lost_bytes = self.api_disk.lose_unsynced()
        self.postgres.start()
        self.check()
        self.api.start()
        return lost_bytes

    def check(self) -> None:
        """That what was told is there, and is what was sent; while nobody writes."""
        with psycopg.connect(self.postgres.url) as connection:
            rows = connection.execute(
                "select public_id::text, status, received_bytes from artifact"
            ).fetchall()
        standing = {row[0]: row[1:] for row in rows}
        for each in list(self.sent):
            status, received = standing[each.id]
            assert received >= each.told_bytes
            kept, staged = self.files.kept(each.id), self.files.folder / "artifacts" / "uploads" / each.id
            if status == "ready":
                assert hashlib.sha256(kept.read_bytes()).hexdigest() == each.sha256
                continue
            assert (status, bool(each.content)) == ("uploading", True)
            # It may have been moved before its row was told.
            there = kept if kept.exists() else staged
            if received:
                assert there.read_bytes()[:received] == each.content[:received]


class Sender:
    """Sends one file after the other, in bodies of any length, and goes on after each break."""

    def __init__(self, machine: Machine, seed: int, is_over: threading.Event) -> None:
        self._machine, self._is_over = machine, is_over
        self._chance = random.Random(seed)  # noqa: S311  # repeatable, not secret
        self._token = machine.files.person.client.headers["authorization"]

    def run(self) -> int:
        """How many files are whole by the end."""
        count = 0
        with httpx.Client(
            base_url=self._machine.api.url, headers={"Authorization": self._token}, timeout=WITHIN_S
        ) as client:
            while not self._is_over.is_set():
                self._send(client, self._announce(client))
                count += 1
        return count

    def _announce(self, client: httpx.Client) -> SentFile:
        content = self._chance.randbytes(self._chance.randrange(1, MAX_FILE_BYTES))
        sha256 = hashlib.sha256(content).hexdigest()
        body = {"name": "report.bin", "size_bytes": len(content), "sha256": sha256}
        path = f"/runs/{self._machine.files.run}/artifacts"
        made = SentFile(self._asked(client, "POST", path, body)["id"], sha256, content)
        self._machine.sent.append(made)
        return made

    def _send(self, client: httpx.Client, file: SentFile) -> None:
        there = f"/artifacts/{file.id}"
        while (received := self._received(client, file)) < len(file.content):
            if self._chance.random() < 0.2:
                # Nothing is served of what is half here.
                assert self._answer(client, "GET", f"{there}/content").status_code in {409, 503}
            self._put(file, received)
        ended = self._asked(client, "POST", f"{there}:complete")
        assert (ended["status"], ended["failure"]) == ("ready", "")
        content = self._answer(client, "GET", f"{there}/content")
        assert content.status_code == 200
        assert content.content == file.content
        file.content = b""

    def _received(self, client: httpx.Client, file: SentFile) -> int:
        """How much is here, which is never less than it was."""
        received: int = self._asked(client, "GET", f"/artifacts/{file.id}")["received_bytes"]
        assert received >= file.told_bytes
        file.told_bytes = received
        return received

    def _put(self, file: SentFile, offset: int) -> None:
        """One body, which ends where it ends."""
        stop = self._chance.choice((len(file.content), self._chance.randrange(offset, len(file.content)) + 1))
        # Some are gone in the middle of what they said that they would send.
        gone = stop if self._chance.random() < 0.7 else self._chance.randrange(offset, stop)
        line = http.client.HTTPConnection("127.0.0.1", self._machine.api.port, timeout=WITHIN_S)
        try:
            line.putrequest("PUT", f"{PREFIX}/artifacts/{file.id}/content?offset={offset}")
            line.putheader("Authorization", self._token)
            line.putheader("Content-Length", str(stop - offset))
            line.endheaders()
            for at in range(offset, gone, SEND_BYTES):
                line.send(file.content[at : min(at + SEND_BYTES, gone)])
            if gone == stop:
                answer = line.getresponse()
                said = answer.read()
                assert answer.status in {200, 409, 503}, said
                if answer.status == 200:
                    file.told_bytes = max(file.told_bytes, stop)
        except (OSError, http.client.HTTPException):
            return
        finally:
            line.close()

    def _asked(self, client: httpx.Client, method: str, path: str, body: object = None) -> dict[str, Any]:
        """What is answered in the end."""
        answer = self._answer(client, method, path, body)
        while answer.status_code in {409, 503}:
            time.sleep(0.1)
            answer = self._answer(client, method, path, body)
        assert answer.is_success, answer.text
        return answer.json()

    def _answer(self, client: httpx.Client, method: str, path: str, body: object = None) -> httpx.Response:
        """What is answered, once there is somebody to."""
        end_s = time.monotonic() + WITHIN_S
        while True:
            try:
                return client.request(method, PREFIX + path, json=body)
            except httpx.TransportError:
                assert time.monotonic() < end_s
                time.sleep(0.05)


@pytest.fixture
def machine(tmp_path: Path, executables: Executables, account: ServerAccount) -> Generator[Machine]:
    with failing_machine(tmp_path, executables, account) as made:
        yield made


@contextmanager
def failing_machine(folder: Path, executables: Executables, account: ServerAccount) -> Generator[Machine]:
    data, database = folder / "data", folder / "database"
    for each in (data, database):
        each.mkdir()
    with postgres_on_failing_disk(database, executables, account) as (postgres, database_disk):
        disk = FailingDisk(data, folder / "kept", account)
        environment = {
            "BAROGRAPH_SIGNING_KEY": SIGNING_KEY,
            "BAROGRAPH_DATA_DIR": str(data),
            **disk.environment,
        }
        with running("api", postgres.url, folder / "api.log", environment) as api:
            files = filing(Server(api.url, postgres.url, data), data)
            yield Machine(postgres, database_disk, api, disk, files)
            files.person.client.close()


def test_power_losses_take_nothing_of_uploads_that_was_told(machine: Machine) -> None:
    chance, is_over = random.Random(POWER_LOSSES), threading.Event()  # noqa: S311  # repeatable, not secret
    lost_bytes = 0
    with ThreadPoolExecutor(SENDERS) as threads:
        senders = [threads.submit(Sender(machine, seed, is_over).run) for seed in range(SENDERS)]
        try:
            for number in range(POWER_LOSSES):
                wait_for_bytes(machine.files, senders)
                time.sleep(chance.uniform(0, 1))
                lost = machine.lose_power()
                log.warning("power loss %d: %d bytes were not synced", number + 1, lost)
                lost_bytes += lost
        finally:
            is_over.set()
        whole = sum(sender.result(WITHIN_S) for sender in senders)
    # Else this would be no more than killed processes, and no more than beginnings of files.
    assert lost_bytes > 0
    assert whole > SENDERS
    machine.check()


def wait_for_bytes(files: Filing, senders: list[Future[int]]) -> None:
    """Until something is on its way, while nobody has failed."""
    staging, end_s = Staging(files.folder / "artifacts" / "uploads"), time.monotonic() + WITHIN_S
    begun_s = time.time()
    while not any(each.size_bytes and each.written_s > begun_s for each in staging.uploads()):
        assert time.monotonic() < end_s
        for sender in senders:
            if sender.done():
                sender.result()
        time.sleep(0.02)
