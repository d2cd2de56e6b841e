"""A RabbitMQ of a test's own, to be killed and started again."""

import os
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from backfill.jobs.broker import check_broker
from barograph.errors import Unavailable
from tests.programs import free_port
from tools.programs.rabbitmq import RabbitmqPrograms

WAIT_S = 120.0


class OwnRabbitmq:
    """A broker that keeps its port and its folder, whatever is done to it."""

    def __init__(self, folder: Path, programs: RabbitmqPrograms) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._programs = folder, programs
        port, node_port, mapper_port = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{port}/"
        self._environment = {
            **os.environ,
            **programs.environment,
            "HOME": str(folder),
            "ERL_EPMD_PORT": str(mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"test{port}@localhost",
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(node_port),
        }
        self._processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        self._run([self._programs.port_mapper])
        self._run(self._programs.server)
        end = time.monotonic() + WAIT_S
        while not self._answers():
            assert time.monotonic() < end, (self._folder / "log").read_text()[-2000:]
            if self._processes[-1].poll() is not None:
                # For a moment somebody else's connection had its port.
                self._processes.pop()
                self._run(self._programs.server)
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL, as a crash, with what it has started."""
        for process in reversed(self._processes):
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._processes = []

    def is_running(self) -> bool:
        return bool(self._processes)

    def _run(self, command: list[str | Path]) -> None:
        with (self._folder / "log").open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    command,
                    env=self._environment,
                    cwd=self._folder,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def _answers(self) -> bool:
        try:
            check_broker(self.url)
        except Unavailable:
            return False
        return True


@contextmanager
def own_rabbitmq(folder: Path, programs: RabbitmqPrograms) -> Generator[OwnRabbitmq]:
    """A broker that runs, and is gone afterwards."""
    broker = OwnRabbitmq(folder / "rabbitmq", programs)
    try:
        broker.start()
        yield broker
    finally:
        if broker.is_running():
            broker.kill()
