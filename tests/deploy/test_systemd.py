"""Units that systemd takes, with commands that there are."""

import shutil
import subprocess
from pathlib import Path

import pytest

from barograph.cli.commands import COMMANDS, parser
from barograph.cli.parser import parse
from barograph.cli.words import plain
from tests.programs import ROOT

INSTALLED = "/opt/barograph"
UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd to check with")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_takes_it(unit: Path, tmp_path: Path) -> None:
    there = tmp_path / unit.name
    there.write_text(unit.read_text().replace(f"{INSTALLED}/.venv/bin/barograph", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", there], capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, complaints) == (0, [])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_what_it_starts_is_a_command(unit: Path) -> None:
    (line,) = (line for line in unit.read_text().splitlines() if line.startswith("ExecStart="))
    program, *words = line.removeprefix("ExecStart=").split()
    assert program == f"{INSTALLED}/.venv/bin/barograph"
    parse(parser(), plain(words, COMMANDS))
