"""Pages whose commands are run: blocks of shell commands, each followed by what it answers."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from barograph.local.command import write_command
from barograph.local.connection import ConnectionFile
from tests.api.server import PASSWORD, serving
from tests.examples import T, in_its_turn
from tests.programs import ROOT, running

BLOCK = re.compile(r"```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)
TURNS = 3
# Printed between blocks, to tell their answers apart.
MARK = "\x1e"


@dataclass(frozen=True)
class Block:
    """Commands, and what they should answer; nothing if the page does not say."""

    commands: str
    answer: str


@contextmanager
def serving_page(database_url: str, folder: Path, admin: str) -> Generator[Path]:
    """A data directory as `up` leaves it, with API and ingest running."""
    with (
        serving(database_url, data_dir=folder) as api,
        running("ingest", database_url, folder / "ingest.log") as ingest,
    ):
        api.register(admin, is_admin=True)
        here = ConnectionFile(api.url, ingest.url, "", database_url, "", admin, PASSWORD)
        here.write(folder / "connection.json")
        yield folder


def one_of_the_pages(turn: int) -> Callable[[T], T]:
    """A page of commands that CI runs for each third commit; the nightly run has the others."""
    return in_its_turn(turn, TURNS)


def blocks_of(page: Path) -> list[Block]:
    """All its blocks of commands."""
    return [Block(*found) for found in BLOCK.findall(page.read_text())]


def check_page(page: Path, data_dir: Path) -> None:
    """Runs all its blocks in one shell, and compares what they answer with what it says, line by line."""
    blocks = blocks_of(page)
    answers = run_all(blocks, data_dir)
    assert len(answers) == len(blocks), answers[-1]
    for block, answer in zip(blocks, answers, strict=True):
        for line in block.answer.splitlines():
            assert matches(line, answer), f"{line!r} is not in the answer:\n{answer}"


def matches(line: str, answer: str) -> bool:
    """Whether it stands in the answer, whatever … stands for."""
    return re.search(_pattern(line), _plain(answer)) is not None


def run_all(blocks: list[Block], data_dir: Path) -> list[str]:
    """What each block answers, up to the first that fails."""
    script = "set -euo pipefail\nexec 2>&1\n" + "".join(
        f"{block.commands}printf '{MARK}'\n" for block in blocks
    )
    commands = data_dir / "bin"
    commands.mkdir(exist_ok=True)
    write_command(commands, Path(sys.executable))
    for told, here in (
        (".venv/bin/python", sys.executable),
        ("$PWD/.venv/bin", str(commands)),
        (".data/", f"{data_dir}/"),
    ):
        script = script.replace(told, here)
    environment = {**os.environ, "BAROGRAPH_DATA_DIR": str(data_dir)}
    done = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, timeout=240
    )
    return done.stdout.removesuffix(MARK).split(MARK)


def _pattern(line: str) -> str:
    """A whole line of the answer, in which … may be anything."""
    parts = [re.escape(part.strip()) for part in _plain(line).split("…")]
    return rf"(?m)^{'.*'.join(parts)}$"


def _plain(text: str) -> str:
    """With one space where a table has several, and none at the ends of lines."""
    return "\n".join(" ".join(line.split()) for line in text.splitlines())
