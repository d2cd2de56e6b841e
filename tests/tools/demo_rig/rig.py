"""The rig as a process."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.programs import ROOT


def start(connection_file: Path, speed: int) -> subprocess.Popen[str]:
    options = ["--connection", str(connection_file), "--speed", str(speed)]
    return subprocess.Popen(
        [sys.executable, "-m", "tools.demo_rig", *options], cwd=ROOT, text=True, stderr=subprocess.PIPE
    )


def stop(demo: subprocess.Popen[str]) -> str:
    demo.send_signal(signal.SIGTERM)
    _, words = demo.communicate(timeout=20)
    assert demo.returncode == 0, words
    return words
