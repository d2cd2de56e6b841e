"""Programs as they really run: processes of their own, with settings from the environment."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from barograph.database.schema.program_roles import ProgramRole, program_url
from barograph.local.servers.endpoint import free_port
from tests.forking import ROOT, ForkedProcess, ProgramRequest, start_program

PORTS = {
    "api": "API",
    "benchmarks.support.probed_api": "API",
    "ingest": "INGEST",
    "backfill": "WORKER",
}
ROLES = {"api": ProgramRole.API, "ingest": ProgramRole.INGEST, "backfill": ProgramRole.WORKER}


# Longer than any drill takes on a slow machine: who logs in once does so for all of it.
ACCESS_TOKEN_S = 86_400


class Program:
    """`python -m <name>` on a port, of the code in a folder; its output goes to a file.

    `hurry` names times of its modules that are shorter: `{"ingest.edges.gate.DRAIN_S": 1}`.
    """

    def __init__(
        self,
        name: str,
        port: int,
        environment: Mapping[str, str],
        log: Path,
        code: Path = ROOT,
        hurry: Mapping[str, float] | None = None,
    ) -> None:
        self.name, self.port, self.log = name, port, log
        self._code, self._hurry = code, hurry or {}
        own = {f"BAROGRAPH_{PORTS[name]}_PORT": str(port)}
        usual = {"BAROGRAPH_ACCESS_TOKEN_S": str(ACCESS_TOKEN_S)}
        self._environment = {**os.environ, **usual, **environment, **own}
        self.process: subprocess.Popen[bytes] | ForkedProcess | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ingest/v1/ws"

    def start(self, *, wait_for: str | None = "/ready") -> None:
        """Starts the process, and waits until it answers there."""
        with self.log.open("ab") as log:
            request = ProgramRequest(self._environment, hurry=self._hurry)
            self.process = start_program(self.name, request, log, self._code)
        if wait_for is not None:
            self.wait_for(wait_for)

    def wait_for(self, path: str, timeout_s: float = 90) -> None:
        """Waits for a 200.

        Raises:
            TimeoutError: none came; says what the log ends with.
        """
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            try:
                with urlopen(self.url + path, timeout=2) as answer:  # noqa: S310  # our own program
                    if answer.status == 200:
                        return
            except (URLError, OSError):
                pass
            time.sleep(0.05)
        raise TimeoutError(f"{self.name} does not answer {path}: {self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """SIGKILL, as a crash."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM, as an operator; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(timeout=90)
        self.process = None
        return code


def url_of(role: ProgramRole, database_url: str) -> str:
    """How the role connects to the database; the test's own connections are the owner's."""
    url = program_url(database_url, role)
    assert url is not None, f"the server refuses {role}"
    return url


@contextmanager
def running(
    name: str,
    database_url: str,
    log: Path,
    environment: Mapping[str, str] | None = None,
    hurry: Mapping[str, float] | None = None,
) -> Generator[Program]:
    """A program that serves with its role, and is gone afterwards."""
    own = {"BAROGRAPH_DATABASE_URL": url_of(ROLES[name], database_url), **(environment or {})}
    program = Program(name, free_port(), own, log, hurry=hurry)
    try:
        program.start()
        yield program
    finally:
        if program.process is not None:
            program.kill()


def start_with_options(module: str, options: Mapping[str, object], log: Path) -> subprocess.Popen[str]:
    """`python -m <module>`, which reads its options as JSON from its input; its output goes to a file."""
    with log.open("a") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'client'}"},
            text=True,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
        )
    assert process.stdin is not None
    json.dump(options, process.stdin)
    process.stdin.close()
    return process
