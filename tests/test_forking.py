"""Processes that run tests share the one that forks a program, and it ends after them."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

from tests.forking import FORKS, ROOT
from tests.processes import is_alive
from tests.waiting import wait_until

# Has a program say how it is used, and tells which processes that fork it has started; ends once it may.
STARTS_ONE = """
import os, sys
from tests import forking
with open(sys.argv[1], "wb") as log:
    request = forking.ProgramRequest(dict(os.environ), ["--help"])
    code = forking.start_program("ingest.mqtt", request, log).wait(120)
print(code, forking._started, flush=True)
sys.stdin.read()
"""


def test_one_process_forks_for_all_of_a_run(tmp_path: Path) -> None:
    run = {
        **os.environ,
        FORKS: "yes",
        "PYTEST_XDIST_TESTRUNUID": secrets.token_hex(16),
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "client"))),
    }
    logs = [tmp_path / f"{number}.log" for number in range(3)]
    started = [_start(log, run) for log in logs]
    said = [_line_of(process) for process in started]
    assert all(line.startswith("0 [") for line in said), said
    forkers = [int(pid) for line in said for pid in line.removeprefix("0 [").rstrip("]\n").split(",") if pid]
    assert len(forkers) == 1
    assert all("usage:" in log.read_text() for log in logs)
    # It stays for whoever is left.
    for process in started[:2]:
        process.communicate(timeout=60)
    assert is_alive(forkers[0])
    started[2].communicate(timeout=60)
    wait_until(lambda: not is_alive(forkers[0]))


def _start(log: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", STARTS_ONE, str(log)],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()
