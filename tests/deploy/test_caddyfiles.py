"""Every front door's file is one that Caddy takes."""

import os
import subprocess
from pathlib import Path

import pytest

from barograph.local.refusal import SetUpRefused
from tests.conftest import SERVICES_DIR
from tests.programs import ROOT
from tools.programs.caddy import ensure_caddy

FILES = sorted(ROOT.glob("deploy/**/Caddyfile"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_caddy_takes_it(path: Path, tmp_path: Path) -> None:
    try:
        caddy = ensure_caddy(SERVICES_DIR)
    except SetUpRefused as refused:
        pytest.skip(f"no Caddy to check with: {refused}")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", path],
        env={**os.environ, "HOME": str(tmp_path), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "Caddyfile input is not formatted" not in done.stderr
