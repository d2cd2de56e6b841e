"""Pages of Python that are run as a notebook: blocks, each followed by what it prints."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import MARK, Block, matches
from tests.programs import ROOT

BLOCK = re.compile(r"```python\n(.*?)```(?:\n\n```text\n(.*?)```)?", re.DOTALL)


def python_blocks_of(page: Path) -> list[Block]:
    """All its blocks of Python."""
    return [Block(*found) for found in BLOCK.findall(page.read_text(encoding="utf-8"))]


def check_notebook(page: Path, folder: Path) -> None:
    """Runs all its blocks in one process there, and compares what they print, line by line.

    Args:
        folder: with a `.data/connection.json`.
    """
    blocks = python_blocks_of(page)
    script = "".join(f"{block.commands}\nprint({MARK!r}, flush=True)\n" for block in blocks)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "client"), "POLARS_FMT_MAX_ROWS": "20"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    answers = done.stdout.split(MARK)[:-1]
    assert len(answers) == len(blocks), done.stdout[-2000:] + done.stderr[-3000:]
    for block, answer in zip(blocks, answers, strict=True):
        for line in block.answer.splitlines():
            assert matches(line, answer), f"{line!r} is not in the answer:\n{answer}"
