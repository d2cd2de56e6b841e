"""`docs/first-experiment.md`: its commands, in order, against real programs, answer what the page says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from barograph.supervisor.connection import Connection
from tests.api.server import PASSWORD, SIGNING_KEY, Server
from tests.programs import ROOT, running

PAGE = ROOT / "docs" / "first-experiment.md"
BLOCK = re.compile(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
ADA = "ada@example.org"
# Printed between blocks, to tell their answers apart.
MARK = "\x1e"


@dataclass(frozen=True)
class Block:
    """Commands, and what they should answer; nothing if the page does not say."""

    commands: str
    answer: str


@pytest.fixture
def data_dir(database_url: str, tmp_path: Path) -> Generator[Path]:
    """As `up` leaves it, with the programs running."""
    settings = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY}
    with (
        running("api", database_url, tmp_path / "api.log", settings) as api,
        running("ingest", database_url, tmp_path / "ingest.log") as ingest,
    ):
        Server(api.url, database_url).register(ADA, is_admin=True)
        here = Connection(api.url, ingest.url, "", database_url, "", ADA, PASSWORD)
        here.write(tmp_path / "connection.json")
        yield tmp_path


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's second part is for people with curl")
def test_its_commands_answer_what_it_says(data_dir: Path) -> None:
    blocks = [Block(*found) for found in BLOCK.findall(PAGE.read_text())]
    answers = run_all(blocks, data_dir)
    assert len(answers) == len(blocks), answers[-1]
    for block, answer in zip(blocks, answers, strict=True):
        for line in block.answer.splitlines():
            assert re.search(pattern(line), plain(answer)), f"{line!r} is not in the answer:\n{answer}"


def run_all(blocks: list[Block], data_dir: Path) -> list[str]:
    """What each block answers, up to the first that fails."""
    script = "set -euo pipefail\nexec 2>&1\n" + "".join(
        f"{block.commands}printf '{MARK}'\n" for block in blocks
    )
    for told, here in ((".venv/bin/python", sys.executable), (".data/", f"{data_dir}/")):
        script = script.replace(told, here)
    environment = {**os.environ, "BAROGRAPH_DATA_DIR": str(data_dir)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, timeout=240
    )
    return done.stdout.removesuffix(MARK).split(MARK)


def pattern(line: str) -> str:
    """A whole line of the answer, in which … may be anything."""
    parts = [re.escape(part.strip()) for part in plain(line).split("…")]
    return rf"(?m)^{'.*'.join(parts)}$"


def plain(text: str) -> str:
    """With one space where a table has several, and none at the ends of lines."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines())
