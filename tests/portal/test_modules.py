"""The portal's own tests and checks, which Node.js runs."""

import subprocess
import sys

import pytest

from tests.programs import ROOT


@pytest.mark.parametrize("verb", ["test", "check"])
def test_node_finds_nothing_wrong(verb: str) -> None:
    command = [sys.executable, "-m", "tools.portal", verb]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
