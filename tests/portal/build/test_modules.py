"""The portal's own tests, which Node.js runs. `make check` has its types, format and lint."""

import subprocess
import sys

from tests.programs import ROOT


def test_node_finds_nothing_wrong() -> None:
    command = [sys.executable, "-m", "tools.portal", "test"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
