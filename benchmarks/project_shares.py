"""What does a project cost in a commit that carries many?

A commit of 200 projects, with a reading and a linear profile each, by one committer in this process: the
processor time of it, divided by projects. The baseline prepares each project's share by itself, as it is done
for large projects.

Run: `python -m benchmarks.project_shares [--quick]`. The last recorded result stands in decision 940.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from unittest import mock

import numpy as np

from barograph.catalog import joined_catalogs
from barograph.times import now_us
from benchmarks.databases import fresh_database, serving_cluster
from benchmarks.table import print_table
from ingest.commits.committer import Committer
from ingest.messages.frames import Fate, ReceivedFrame, Source
from ingest.messages.wire import FrameColumns
from tests.ingest.committing import committing
from tests.ingest.frames import bind_source
from tests.seed import Profile, seed_project

PROJECTS = 200
LINEAR = [Profile("linear", {"slope": 2, "offset": 1})]


def main() -> None:
    """Measures both in turn, and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="10 commits of each instead of 100")
    commits = 10 if parser.parse_args().quick else 100
    with serving_cluster() as server_url, fresh_database(server_url) as url:
        sources = [bind_source(url, seed_project(url, 1, LINEAR)) for _ in range(PROJECTS)]
        with committing(url) as committer:
            for seq in range(1, 4):
                _commit(committer, sources, seq)
            pairs = [_measure_pair(committer, sources, 4 + 2 * number) for number in range(commits)]
    alone, together = (statistics.median(column) for column in zip(*pairs, strict=True))
    header = ("prepared", "processor, µs a project", "share")
    rows = [("alone", f"{alone:.0f}", "1"), ("together", f"{together:.0f}", f"{together / alone:.2f}")]
    print_table(f"A commit of {PROJECTS} projects with a reading each", header, rows)


def _measure_pair(committer: Committer, sources: Sequence[Source], seq: int) -> tuple[float, float]:
    """Alone, and together."""
    with mock.patch.object(joined_catalogs, "MAX_SENSORS", 0):
        alone = _commit(committer, sources, seq)
    return alone, _commit(committer, sources, seq + 1)


def _commit(committer: Committer, sources: Sequence[Source], seq: int) -> float:
    """Microseconds of this process's processor time for each project."""
    frames = [_frame(source, seq) for source in sources]
    began_s = time.process_time()
    receipts = committer.commit(frames)
    took_s = time.process_time() - began_s
    assert {receipt.fate for receipt in receipts} == {Fate.STORED}
    assert all(receipt.accepted == 1 for receipt in receipts)
    return took_s * 1e6 / len(sources)


def _frame(source: Source, seq: int) -> ReceivedFrame:
    columns = np.zeros(1, np.int32), np.array([now_us()], np.int64), np.array([float(seq)])
    return ReceivedFrame.of(source, FrameColumns(seq, *columns, size_bytes=60))


if __name__ == "__main__":
    main()
