"""`python -m tests.ingest.simulation.mutants [--cpu-s N] [--only WORDS]`: does the simulation find faults?

Breaks the code one line at a time, in a copy of the tree, and tells stories until a law breaks or the time is
over. It says how long each took, so that two kinds of stories can be compared by what they find in a minute.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[3]
TREES = ["barograph", "client", "conversion", "ingest", "sql", "tests"]


@dataclass(frozen=True)
class Mutant:
    """A line that is wrong.

    Attributes:
        name: what is broken.
        path: in which file.
        right, wrong: the line, and what stands in its place.
    """

    name: str
    path: str
    right: str
    wrong: str


CLAIMS, STORING = "ingest/commits/sequence_claims.py", "ingest/commits/frame_storing.py"
SOCKET, REST = "ingest/edges/sockets/socket.py", "ingest/edges/requests/rest.py"
CATALOG, STORE = "barograph/catalog/catalog.py", "barograph/readings/storing/store.py"
FRAMES, STANDING = "ingest/messages/known_channels.py", "client/barograph_client/delivery/standing.py"
BUDGET, BLOCKS = "ingest/commits/budget.py", "barograph/database/block_format.py"
LIMITS = "barograph/readings/storing/limit_commits.py"
LOCK_LIMITS = '        self._run(query("limit_commit.alone") if is_alone else query("limit_commit.share"))\n'
READ_LIMITS = (
    '        row = fetch_row(self._connection, query("limit_commit.standing"), self._project, binary=True)\n'
)
GIVE_BACK = "            self._budget.give_back(receipt.frame.source, receipt.frame.size_bytes)\n"
MUTANTS = [
    Mutant(
        "a claim that failed is passed over",
        CLAIMS,
        "not ledger.claim(connection, claims)",
        "ledger.claim(connection, claims) is None",
    ),
    Mutant(
        "so is a key that was used",
        CLAIMS,
        "claimed.rowcount != len(claims)",
        "claimed.rowcount > len(claims)",
    ),
    Mutant(
        "names are looked up in the catalog at hand",
        SOCKET,
        "await self._gate.catalog_as_of(self._sender.project_id, binding.catalog_stamp), binding",
        "catalog, binding",
    ),
    Mutant("channels are not bound", SOCKET, "            producer.source.bind_channels(catalog)\n", ""),
    Mutant(
        "names keep their numbering after a rename",
        "barograph/catalog/sensor_names.py",
        "if not stays or (before.key[was[is_known]] != now.key[place[is_known]]).any()",
        "if not stays",
    ),
    Mutant(
        "sensors of ids from before keep the numbering",
        "barograph/catalog/sensor_names.py",
        "added.size and added[0] < before.sensor_id.size",
        "added.size and added[0] < 0",
    ),
    Mutant(
        "slots are kept, whatever the numbering",
        FRAMES,
        "self.numbering is catalog.numbering\n",
        "catalog.numbering is not None\n",
    ),
    Mutant(
        "a commit of one project goes by the catalog of the cache",
        STORE,
        "return catalogs.current(connection, project_id)",
        "return catalogs.get(project_id)",
    ),
    Mutant(
        "a commit of several goes by those of the cache",
        STORE,
        "return catalogs.all_current(connection, project_ids)",
        "return {each: catalogs.get(each) for each in project_ids}",
    ),
    Mutant(
        "a commit takes no lock of its catalog",
        STORE,
        'connection.execute(query("catalog.lock_shared"), {"project_id": project_id})',
        "assert project_id",
    ),
    Mutant("a commit of several stores what somebody holds", STORE, "    if held:\n", "    if not wanted:\n"),
    Mutant(
        "a block holds readings of two versions",
        BLOCKS,
        "(columns.t_us // SECOND_US, columns.profile_id, ",
        "(columns.t_us // SECOND_US, ",
    ),
    Mutant(
        "a block holds readings of two seconds",
        BLOCKS,
        "(columns.t_us // SECOND_US, columns.profile_id, ",
        "(columns.profile_id, ",
    ),
    Mutant(
        "rows beside blocks are not stored",
        BLOCKS,
        "rows = encode(columns.take(others)) if others.size else []",
        "rows: list[bytes] = []",
    ),
    Mutant(
        "catalogs are told by their version",
        CATALOG,
        'known.catalog.stamp != project["catalog_stamp"]',
        'known.catalog.version != project["catalog_version"]',
    ),
    Mutant(
        "changes are read, though the database does not descend", CATALOG, 'if row["is_later"]:', "if row:"
    ),
    Mutant(
        "the lost range is told one too short",
        STANDING,
        "self.resume_at = missing.last_seq + 1",
        "self.resume_at = missing.last_seq",
    ),
    Mutant(
        "one frame too few is sent again",
        STANDING,
        "        outbox.send_from(index)\n        return True",
        "        outbox.send_from(index + 1 if has_lost else index)\n        return True",
    ),
    Mutant(
        "a frame of a lost COMMIT is stored, whatever its seq",
        CLAIMS,
        "return Fate.STORED if frame.seq <= stands.last_seq else None",
        "return Fate.STORED",
    ),
    Mutant(
        "how long a frame waited is not told",
        CLAIMS,
        "max(0, now - own[-1].received_us) / 1e6",
        "min(0, now - own[-1].received_us) / 1e6",
    ),
    Mutant("room is given back twice", "ingest/commits/pipeline.py", GIVE_BACK, 2 * GIVE_BACK),
    Mutant(
        "any frame under a used seq is a duplicate",
        REST,
        "if not await asyncio.to_thread(binding.stored.has_stored, frame, catalog):",
        "if catalog is None:",
    ),
    Mutant(
        "keys become no sensors",
        "ingest/edges/requests/sensor_registration.py",
        "if catalog.slot(each) is None and not",
        "if catalog.slot(each) is not None and not",
    ),
    Mutant(
        "a body of one known key registers none",
        "ingest/edges/requests/sensor_registration.py",
        "    if not unknown:\n",
        "    if len(unknown) < len(set(references)):\n",
    ),
    Mutant("a gap is not refused", REST, "if seq > binding.last_seq + 1:", "if seq < 0:"),
    Mutant(
        "a kept body too few is sent again",
        "ingest/mqtt/delivery/journal.py",
        'seq > ? and seq < ? order by seq", (last, first)',
        'seq > ? and seq < ? order by seq", (last + 1, first)',
    ),
    Mutant(
        "frames of tokens that are no more are stored",
        STORING,
        "if catalog.has_valid(token_id, now_us)}",
        "if catalog.has_valid(token_id, now_us) or now_us}",
    ),
    Mutant(
        "an alarm is decided beside other commits",
        LIMITS,
        "        if not is_alone:\n            raise _NeedsAlone\n        self._write_verdict",
        "        self._write_verdict",
    ),
    Mutant(
        "where limits stand is read before the lock",
        LIMITS,
        LOCK_LIMITS + READ_LIMITS,
        READ_LIMITS + LOCK_LIMITS,
    ),
    Mutant(
        "how far live readings have come is not noted",
        LIMITS,
        'self._run(query("limit_commit.add_progress"), newest=newest.tobytes())',
        'self._run(query("limit_commit.add_progress"), newest=newest[:0].tobytes())',
    ),
    Mutant(
        "a reading of the newest one's time is late",
        "barograph/alarms/arrivals.py",
        "is_late = self.t_us < self._newest_before(newest)",
        "is_late = self.t_us <= self._newest_before(newest)",
    ),
    Mutant(
        "a limit that stands is passed by",
        LIMITS,
        "return np.union1d(self._violating, here)",
        "return np.union1d(self._violating, here[:0])",
    ),
    Mutant(
        "who comes passes those who wait for room",
        BUDGET,
        "if source.project_id in self._lines or self._somebody_waits_for_all():",
        "if self._lines is None:",
    ),
    Mutant("one who waits for room is forgotten", BUDGET, "[project_id].popleft()", "[project_id].pop()"),
    Mutant("the project that holds most comes first", BUDGET, "return min(fitting", "return max(fitting"),
    Mutant(
        "kept bodies age by a clock that is set",
        "ingest/mqtt/delivery/journal.py",
        "return self._opened_s + time.monotonic() - self._opened_steady_s",
        "return time.time()",
    ),
    Mutant(
        "a spool's frames age by a clock that is set",
        "client/barograph_client/spool/disk.py",
        "clock: Clock = time.monotonic\n",
        "clock: Clock = time.time\n",
    ),
    Mutant(
        "readings may be of any future",
        "barograph/readings/preparing/prepare.py",
        "if t_us.max() > latest_us:",
        "if t_us.max() > latest_us + slot.size * 10**15:",
    ),
    Mutant(
        "a batch of an earlier attempt gives the receipts",
        "ingest/commits/doubtful_batches.py",
        "known = {receipt.frame: receipt for batch in self.batches",
        "known = {receipt.frame: receipt for batch in self.batches[:1]",
    ),
]


def main() -> int:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.ingest.simulation.mutants", description=__doc__)
    parser.add_argument("--cpu-s", type=int, default=20, help="how long each one is looked for")
    parser.add_argument("--first", type=int, default=1, help="the seed of the first story")
    parser.add_argument("--only", default="", help="those whose name has this in it")
    wanted = parser.parse_args()
    chosen = [mutant for mutant in MUTANTS if wanted.only in mutant.name]
    with TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder)
        for tree in TREES:
            shutil.copytree(ROOT / tree, copy / tree, ignore=shutil.ignore_patterns("__pycache__"))
        for mutant in chosen:
            told = _told(copy, mutant, ["--first", str(wanted.first), "--seeds", "1000000"], wanted.cpu_s)
            sys.stdout.write(f"{told:50.50}  {mutant.name}\n")
            sys.stdout.flush()
    return 0


def _told(copy: Path, mutant: Mutant, arguments: Sequence[str], cpu_s: int) -> str:
    path = copy / mutant.path
    text = path.read_text()
    if text.count(mutant.right) != 1:
        return "is not there any more"
    path.write_text(text.replace(mutant.right, mutant.wrong))
    try:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tests.ingest.simulation",
                "--processes",
                "1",
                "--until-broken",
                "--cpu-s",
                str(cpu_s),
                *arguments,
            ],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": ".:client"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        path.write_text(text)
    lines = (done.stdout or done.stderr).strip().splitlines()
    return lines[-1] if lines else "nothing was said"


if __name__ == "__main__":
    sys.exit(main())
