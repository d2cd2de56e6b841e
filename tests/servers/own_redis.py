"""A Redis of a test's own, to be killed, restarted empty or not, and made to refuse."""

import shutil
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.local.servers.redis_server import prepare_redis

STARTS_WITHIN_S = 60


class OwnRedis:
    """A server that keeps its port, whatever is done to it."""

    def __init__(self, folder: Path, executables: Executables, account: ServerAccount) -> None:
        self._folder, self._log = folder, folder.with_name("own-redis.log")
        self._service = prepare_redis(folder, executables, account)
        self.url = self._service.url
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._service.command,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self._service.environment,
                start_new_session=True,
            )
        end = time.monotonic() + STARTS_WITHIN_S
        while not self._service.is_ready():
            assert time.monotonic() < end, self._log.read_text()[-2000:]
            time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def is_running(self) -> bool:
        return self._process is not None

    def forget(self) -> None:
        """Loses what it kept on its disk; it must not run."""
        for path in self._folder.iterdir():
            if path.name.startswith("appendonly"):
                shutil.rmtree(path)

    @contextmanager
    def frozen(self) -> Generator[None]:
        """SIGSTOP: connections stay, and nobody answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextmanager
    def full(self) -> Generator[None]:
        """Refuses whatever would need memory."""
        self._configure("maxmemory", "1")
        try:
            yield
        finally:
            self._configure("maxmemory", "0")

    @contextmanager
    def read_only(self) -> Generator[None]:
        """Refuses every change, as one that can't reach its disk, or became a replica."""
        self._configure("min-replicas-to-write", "1")
        try:
            yield
        finally:
            self._configure("min-replicas-to-write", "0")

    def _configure(self, name: str, value: str) -> None:
        with Redis.from_url(self.url) as client:  # pyright: ignore[reportUnknownMemberType]  # untyped extras
            client.config_set(name, value)  # pyright: ignore[reportUnknownMemberType]


@contextmanager
def own_redis(folder: Path, executables: Executables, account: ServerAccount) -> Generator[OwnRedis]:
    """A server that runs, and is gone afterwards."""
    redis = OwnRedis(folder / "own-redis", executables, account)
    redis.start()
    try:
        yield redis
    finally:
        if redis.is_running():
            redis.kill()
