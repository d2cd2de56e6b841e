"""What does Barograph cost a machine on which nothing happens?

Starts everything with an empty data directory, waits until it is at rest, and counts for a minute the
processor time of each process and of its children, those that have ended included, and how often their
threads woke: each voluntary context switch is one. Wanted: 1 % of a core in all.

Run: `python -m benchmarks.idle [--seconds 60]`. Last results (two cores):

| program      | polling | woken | with events | asleep | told of commits |
| ------------ | ------- | ----- | ----------- | ------ | --------------- |
| supervisor   | 0.05%   | 0.10% | 0.03%       | 0.05%  | 0.05%           |
| postgres     | 4.07%   | 0.30% | 3.52%       | 0.50%  | 0.38%           |
| redis-server | 2.03%   | 0.07% | 0.45%       | 0.15%  | 0.05%           |
| backfill     | 7.50%   | 0.33% | 5.23%       | 0.82%  | 0.30%           |
| api          | 0.90%   | 0.10% | 0.08%       | 0.03%  | 0.03%           |
| ingest       | 0.30%   | 0.07% | 0.07%       | 0.05%  | 0.03%           |
| all          | 14.85%  | 0.97% | 9.38%       | 1.60%  | 0.85%           |

`polling` is one minute before decision 183 and `woken` half a minute after it, on 26 November 2026 beside
other programs. `with events` is before decision 900, `asleep` after it, and `told of commits` after decision
991, a minute each on a quiet machine, on 27 November 2026. On the same day, just before decision 991, it was
1.28%.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import print_table
from tests.programs import free_port

REST_S = 20.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ProcessTimes:
    """A process as `/proc` has it.

    Attributes:
        busy_s: with what its children took that have ended.
        wakes: of its threads that there are.
    """

    parent: int
    command: str
    busy_s: float
    wakes: int


@dataclass(frozen=True)
class ProgramUse:
    """The use of the machine by a program and all processes below it, until now."""

    busy_s: float = 0.0
    wakes: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory(prefix="idle") as data:
        ports = ["--api-port", str(free_port()), "--ingest-port", str(free_port())]
        command = [sys.executable, "-m", "barograph", "up", "--no-demo", "--data", data, *ports]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, cwd=Path(__file__).parent.parent
        ) as supervisor:
            try:
                time.sleep(REST_S)
                before = use_by_program(supervisor.pid)
                time.sleep(seconds)
                after = use_by_program(supervisor.pid)
            finally:
                supervisor.terminate()
    rows = [[name, *rates(before.get(name, ProgramUse()), use, seconds)] for name, use in after.items()]
    everything = rates(total(before), total(after), seconds)
    columns = ["program", "of a core", "wakes a second"]
    print_table("Without data", columns, [*rows, ["all", *everything]])


def rates(before: ProgramUse, after: ProgramUse, seconds: float) -> list[str]:
    share = (after.busy_s - before.busy_s) / seconds
    return [f"{share:.2%}", f"{(after.wakes - before.wakes) / seconds:.1f}"]


def total(uses: Mapping[str, ProgramUse]) -> ProgramUse:
    return ProgramUse(sum(use.busy_s for use in uses.values()), sum(use.wakes for use in uses.values()))


def use_by_program(root: int) -> Mapping[str, ProgramUse]:
    """The use by a process and all below it, by what each runs."""
    processes, uses = all_processes(), dict[str, ProgramUse]()
    for pid, process in processes.items():
        if is_below(processes, pid, root):
            name = "supervisor" if pid == root else program_of(processes, pid, root)
            use = uses.get(name, ProgramUse())
            uses[name] = ProgramUse(use.busy_s + process.busy_s, use.wakes + process.wakes)
    return uses


def program_of(processes: Mapping[int, ProcessTimes], pid: int, root: int) -> str:
    """The name of the supervisor's child that the process is, or is below of."""
    while processes[pid].parent != root:
        pid = processes[pid].parent
    words = processes[pid].command.split("\0")
    return words[words.index("-m") + 1] if "-m" in words else Path(words[0].split()[0]).name


def is_below(processes: Mapping[int, ProcessTimes], pid: int, root: int) -> bool:
    while pid in processes and pid != root:
        pid = processes[pid].parent
    return pid == root


def all_processes() -> dict[int, ProcessTimes]:
    """The processes of the machine, without those that end meanwhile."""
    found = dict[int, ProcessTimes]()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = read_process(folder)
            except OSError:
                continue
    return found


def read_process(folder: Path) -> ProcessTimes:
    stat = (folder / "stat").read_text()
    fields = stat[stat.rindex(")") + 2 :].split()
    ticks = sum(int(field) for field in fields[11:15])
    command = (folder / "cmdline").read_text()
    return ProcessTimes(int(fields[1]), command, ticks / TICKS_A_SECOND, read_wakes(folder))


def read_wakes(folder: Path) -> int:
    """How often its threads have given up the processor to wait for something."""
    statuses = [(task / "status").read_text() for task in (folder / "task").iterdir()]
    return sum(int(status.partition("\nvoluntary_ctxt_switches:")[2].split()[0]) for status in statuses)


if __name__ == "__main__":
    main()
