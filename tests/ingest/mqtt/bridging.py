"""The bridge as it really runs: a process of its own, with a file of settings."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.forking import ROOT, ForkedProcess, ProgramRequest, start_program
from tests.programs import free_port
from tests.seed import Project

WAIT_S = 60.0
HEAD = """\
state = "{folder}/state"

[broker]
url = "{broker}"
client_id = "bridge"
{more_of_broker}
[server]
url = "{server}"
"""


class BridgeProcess:
    """`python -m ingest.mqtt`, one life after the other on one folder."""

    def __init__(
        self,
        folder: Path,
        broker_url: str,
        server_url: str,
        project: Project,
        subscriptions: str,
        more_of_broker: str = "",
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.folder, self._log = folder, folder / "bridge.log"
        head = HEAD.format(folder=folder, broker=broker_url, server=server_url, more_of_broker=more_of_broker)
        self.config = folder / "bridge.toml"
        self.config.write_text(head + subscriptions)
        self._environment = {
            **os.environ,
            "BAROGRAPH_MQTT_TOKEN": project.token,
            "BAROGRAPH_MQTT_PORT": str(self.port),
        }
        self.process: subprocess.Popen[bytes] | ForkedProcess | None = None

    def start(self, *, is_ready: bool = True) -> None:
        """Starts it, and waits until it is subscribed."""
        request = ProgramRequest(self._environment, ["--config", str(self.config)])
        with self._log.open("ab") as log:
            self.process = start_program("ingest.mqtt", request, log)
        if is_ready:
            self.wait_until_ready()

    def run_once(self) -> subprocess.CompletedProcess[str]:
        """Another process with the same file, which is expected to end by itself."""
        return subprocess.run(
            [sys.executable, "-m", "ingest.mqtt", "--config", str(self.config)],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
        )

    def wait_until_ready(self) -> None:
        end = time.monotonic() + WAIT_S
        while self.trouble() != "":
            assert time.monotonic() < end, self.log()[-3000:]
            time.sleep(0.02)

    def wait_for_trouble(self, words: str) -> None:
        """Until `/ready` says so."""
        end = time.monotonic() + WAIT_S
        while words not in (said := self.trouble()):
            assert time.monotonic() < end, said + self.log()[-3000:]
            time.sleep(0.02)

    def trouble(self) -> str:
        """What `/ready` complains of; empty if it does not."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}/ready", timeout=5):
                return ""
        except HTTPError as error:
            return error.read().decode()
        except (URLError, OSError) as error:
            return f"no answer: {error}"

    def metric(self, name: str) -> float:
        """The sum of a metric's values."""
        with urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def log(self) -> str:
        return self._log.read_text()

    def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.process = None
        return code


@contextmanager
def bridging(bridge: BridgeProcess) -> Generator[BridgeProcess]:
    """The bridge runs, and is gone afterwards."""
    try:
        bridge.start()
        yield bridge
    finally:
        if bridge.process is not None:
            bridge.kill()
