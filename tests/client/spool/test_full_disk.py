"""A disk that is full, as the kernel says it: with a limit on the size of a file, which needs no root."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.client.spool.frames import numbers
from tests.client.spool.test_disk_spool import opened
from tests.programs import ROOT

pytestmark = pytest.mark.timeout(60)

FILL = """
    import asyncio, resource, sys
    from barograph_client import SpoolFull, SpoolOptions, Stream

    async def main(folder):
        options = SpoolOptions(folder, fsync="always")
        stream = Stream("ws://127.0.0.1:9/x", "t", "rig", ["a"], spool=options, proxy=None,
                        connect_within_s=0, exit_within_s=0)
        async with stream:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
            number = 0
            try:
                while True:
                    await stream.send([0] * 7, [number] * 7, [float(number)] * 7)
                    number += 1
            except SpoolFull as full:
                assert "make room there" in str(full), full
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await stream.send([0], [number], [float(number)])
        print(number)

    from pathlib import Path
    asyncio.run(main(Path(sys.argv[1])))
"""


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    filled = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FILL), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "client")},
        text=True,
        stdout=subprocess.PIPE,
        check=True,
    )
    count = int(filled.stdout)
    assert count > 50
    store = opened(tmp_path)
    assert numbers(store) == list(range(count + 1))
    store.close()
