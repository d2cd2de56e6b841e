"""An etcd of a drill's own, with one member, to be killed and started again."""

import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from barograph.local.servers.account import ServerAccount
from tests.programs import free_port
from tests.waiting import wait_until
from tools.programs.patroni import PatroniPrograms


class OwnEtcd:
    """One that keeps its address and its data.

    Attributes:
        url: where clients find it.
    """

    def __init__(self, folder: Path, programs: PatroniPrograms, account: ServerAccount) -> None:
        folder.mkdir(mode=0o700)
        account.own(folder)
        self.url, peers = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self._log = folder.with_name("etcd.log")
        self._command = account.command(
            programs.etcd,
            f"--data-dir={folder}",
            f"--listen-client-urls={self.url}",
            f"--advertise-client-urls={self.url}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            dies_by=signal.SIGTERM,
        )
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it, and waits until it takes changes."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd="/")
        wait_until(self._is_healthy, what=f"etcd, as {self._log} says")

    def kill(self) -> None:
        """SIGKILL, as when its machine is lost. What it holds is on its disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def away(self) -> Generator[None]:
        """It is dead meanwhile."""
        self.kill()
        try:
            yield
        finally:
            self.start()

    def _is_healthy(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health", timeout=2).json().get("health") == "true"
        return False


@contextmanager
def own_etcd(folder: Path, programs: PatroniPrograms, account: ServerAccount) -> Generator[OwnEtcd]:
    """It runs, and is gone afterwards."""
    etcd = OwnEtcd(folder, programs, account)
    etcd.start()
    try:
        yield etcd
    finally:
        etcd.kill()
