"""Did a change make a benchmark's figures better or worse, beyond what they vary by themselves?

Runs a benchmark of this project as it is here and as it was at a revision, in turn, on this machine, each
from a folder of its own (git's worktrees), and compares the tables that it prints, cell by cell. A figure has
moved if all of its rounds here lie on one side of all its rounds there, and the medians are more than 3 %
apart. Of five rounds that vary by chance alone, one figure in 126 does so.

Run: `make bench-compare REV=v1.2 BENCHMARK=ingest ARGS=--quick`.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.databases import ROOT
from benchmarks.table import print_table

MIN_CHANGE = 0.03
NUMBER = re.compile(r"-?[\d,]*\.?\d+")
# What set-up makes, and git does not keep.
SHARED = (".venv", ".services")

Figures = Mapping[str, float]
"""By table, row and column; a cell with several numbers has several."""


@dataclass(frozen=True)
class Moved:
    """A figure of both revisions; `moved` says whether beyond noise."""

    figure: str
    before: float
    after: float
    ratio: float
    moved: bool


def main() -> None:
    """Runs both in turn, and prints what has moved."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=main.__doc__)
    parser.add_argument("revision", help="what to compare with")
    parser.add_argument("benchmark", help="a module of benchmarks/, as ingest")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the figures go as well")
    given, arguments = parser.parse_known_args()
    before: list[Figures] = []
    after: list[Figures] = []
    with worktree_of(given.revision) as old:
        for number in range(given.rounds):
            before.append(run(old, given.benchmark, arguments))
            after.append(run(ROOT, given.benchmark, arguments))
            print(f"  round {number + 1} of {given.rounds}", flush=True)
    found = compare(before, after)
    rows = [as_row(each) for each in found if each.moved]
    print_table(f"{given.benchmark} since {given.revision}", ("figure", "before", "now", "ratio"), rows)
    print(f"\n{len(rows)} of {len(found)} figures have moved beyond noise.")
    if given.json:
        given.json.write_text(json.dumps([asdict(each) for each in found], indent=1))


@contextmanager
def worktree_of(revision: str) -> Generator[Path]:
    """A folder with the project as it was, and what set-up has made here."""
    with tempfile.TemporaryDirectory(prefix="barograph-compare-") as place:
        folder = Path(place) / "project"
        git("worktree", "add", "--detach", str(folder), revision)
        try:
            for name in SHARED:
                (folder / name).symlink_to((ROOT / name).resolve())
            yield folder
        finally:
            git("worktree", "remove", "--force", str(folder))


def git(*words: str) -> None:
    """A command that must succeed."""
    subprocess.run(["git", *words], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def run(folder: Path, benchmark: str, arguments: Sequence[str]) -> Figures:
    """The benchmark's figures, of the project in this folder."""
    words = [sys.executable, "-m", f"benchmarks.{benchmark}", *arguments]
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{folder / 'client'}"}
    done = subprocess.run(words, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, check=True)
    return figures_of(done.stdout)


def figures_of(printed: str) -> Figures:
    """The numbers in all Markdown tables, each named by its table's title, its row and its column."""
    found: dict[str, float] = {}
    title, header = "", list[str]()
    for line in printed.splitlines():
        if not line.startswith("|"):
            title, header = line.strip() or title, []
        elif not header:
            header = cells_of(line)
        elif set(line) - set("|- "):
            found |= row_figures(title, header, cells_of(line))
    return found


def cells_of(line: str) -> list[str]:
    """Without the bars."""
    return [cell.strip() for cell in line[2:-2].split(" | ")]


def row_figures(title: str, header: Sequence[str], cells: Sequence[str]) -> dict[str, float]:
    """The first cell names the row."""
    return {
        f"{title}: {cells[0]}: {name}" + (f" ({place})" if place else ""): float(number.replace(",", ""))
        for name, cell in zip(header[1:], cells[1:], strict=True)
        for place, number in enumerate(NUMBER.findall(cell))
    }


def compare(before: Sequence[Figures], after: Sequence[Figures]) -> list[Moved]:
    """Figures that every round of both has."""
    named = [name for name in before[0] if all(name in each for each in [*before, *after])]
    return [judge(name, [each[name] for each in before], [each[name] for each in after]) for name in named]


def judge(figure: str, before: Sequence[float], after: Sequence[float]) -> Moved:
    """Whether the rounds lie apart, and the medians far enough."""
    old, new = statistics.median(before), statistics.median(after)
    ratio = new / old if old else float("inf" if new else 1)
    is_apart = min(after) > max(before) or max(after) < min(before)
    return Moved(figure, old, new, ratio, is_apart and abs(ratio - 1) > MIN_CHANGE)


def as_row(each: Moved) -> Sequence[str]:
    """For people."""
    return each.figure, f"{each.before:,g}", f"{each.after:,g}", f"{each.ratio:.2f}"


if __name__ == "__main__":
    main()
