"""The way back by the commands that the page names: keep backups, verify one, restore, go on."""

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.barograph.cli.machine.test_command_line import Done, Installation, environment, installation
from tests.conftest import PROJECT

__all__ = ["installation"]  # the fixture

APART_S = 3


def barograph(installation: Installation, *words: str) -> Done:
    """A command of the installation that has a noun."""
    done = subprocess.run(
        [sys.executable, "-m", "barograph", *words],
        cwd=PROJECT,
        env=environment({"data_dir": str(installation.folder)}),
        capture_output=True,
        text=True,
        timeout=240,
    )
    return Done(done.returncode, done.stdout + done.stderr)


@pytest.mark.nightly
def test_what_was_there_at_an_instant_comes_back(installation: Installation, tmp_path: Path) -> None:
    place = str(tmp_path / "backups")
    keeping = ("up", *installation.ports, "--no-demo", "--detach", "--backup-to", place)
    assert installation.run(*keeping).code == 0
    assert barograph(installation, "project", "create", "before").code == 0
    time.sleep(APART_S)
    instant = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    time.sleep(APART_S)
    assert barograph(installation, "project", "create", "after").code == 0
    verified = barograph(installation, "backup", "verify", "--from", place)
    assert verified.code == 0, verified.said
    assert re.search(r"is good: restored to ", verified.said)
    assert installation.run("down").code == 0

    restore = ("restore", "--from", place, "--to-time", instant)
    refused = installation.run(*restore)
    assert refused.code == 1
    assert "holds a database already" in refused.said
    assert installation.run(*restore, "--force").code == 0
    again = installation.run(*keeping)
    assert again.code == 0, again.said
    projects = barograph(installation, "project", "list").said
    assert "before" in projects
    assert "after" not in projects
    listed = barograph(installation, "backup", "list", "--from", place).said
    assert len(re.findall(r"^\d{8}T\d{6}Z-", listed, re.MULTILINE)) == 2
